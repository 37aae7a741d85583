//! Benchmark of grading: `cargo bench --bench grade` (`-- --help` for a quicker try).
//!
//! In: root and a distribution, as `satrain run` needs them. Out: a Markdown table and the machine on stdout,
//! progress and each row on stderr. One embedded cluster of its own, ended afterwards, is filled with Pods step by step; at each
//! size, grades of 1, 10 and 50 checks are timed beside the same questions asked with kubectl. A grade that is not
//! a full pass ends the benchmark: an error is fast, and must not be measured as an answer.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports what it measured")]

mod kubectl;
mod lab;
mod measure;
mod mix;
mod population;
mod table;
mod work;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use futures::StreamExt;
use kubectl::Kubectl;
use lab::Lab;
use measure::{PeakMemory, Quantiles, processor_time, timed};
use table::{Asked, Cell};
use work::Work;

/// What a part of the benchmark may fail with.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What is measured.
#[derive(Debug, Parser)]
struct Options {
    /// Pods in the cluster; half of them in the Namespace that is graded.
    #[arg(long, value_delimiter = ',', default_value = "10,1000,5000")]
    pods: Vec<usize>,
    /// Checks in a grade.
    #[arg(long, value_delimiter = ',', default_value = "1,10,50")]
    checks: Vec<usize>,
    /// Grades a cell.
    #[arg(long, default_value_t = 50)]
    grades: usize,
    /// Grades under way at once when their rate is measured.
    #[arg(long, default_value_t = 4)]
    at_once: usize,
    /// How often kubectl is asked the whole list of questions, a cell; 0 leaves it out.
    #[arg(long, default_value_t = 3)]
    kubectl: usize,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Outcome<()> {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let lab = Lab::start().await?;
        let mut cells = Vec::new();
        tokio::select! {
            measured = measure_all(&options, &lab, &mut cells) => measured,
            _ = tokio::signal::ctrl_c() => Err("interrupted; the cluster was ended".into()),
        }?;
        print!("{}", table::markdown(&options, &lab.info, &cells));
        Ok(())
    })
}

async fn measure_all(options: &Options, lab: &Lab, cells: &mut Vec<Cell>) -> Outcome<()> {
    let client = lab.info.grader_client().await?;
    eprintln!("Preparing the Namespaces");
    population::prepare(&client).await?;
    let mut there = 0;
    for &pods in &options.pods {
        eprintln!("{pods} Pods");
        population::grow(&client, there, pods).await?;
        there = there.max(pods);
        for &checks in &options.checks {
            let cell = measure(options, lab, there, checks).await?;
            eprint!("{}", table::row(&cell));
            cells.push(cell);
        }
    }
    Ok(())
}

async fn measure(options: &Options, lab: &Lab, pods: usize, checks: usize) -> Outcome<Cell> {
    let work = Arc::new(Work::prepare(lab, checks).await?);

    // The first one also fills the caches of the API server. No grade is kept: it holds all that was seen.
    let seen = work.grade().await?.observations;
    let probes: Vec<_> = seen.iter().map(|seen| seen.probe.clone()).collect();
    let (memory, used) = (PeakMemory::reset()?, processor_time()?);
    let mut times = Vec::new();
    for _ in 0..options.grades {
        let (time, graded) = timed(work.grade()).await;
        graded?;
        times.push(time);
    }
    let (peak, used) = (memory.read()?, processor_time()? - used);

    // Each in a task of its own, so that all processors are used.
    let all = futures::stream::iter(0..options.grades)
        .map(|_| {
            tokio::spawn({
                let work = work.clone();
                async move { work.grade().await.map(drop) }
            })
        })
        .buffer_unordered(options.at_once);
    let (whole, graded) = timed(all.collect::<Vec<_>>()).await;
    for graded in graded {
        graded??;
    }

    let kubectl = Kubectl::new(&lab.info, lab.folder("home")?);
    let shell = ask_kubectl(options, &kubectl, &kubectl::of_checks(&work.checks)?)?;
    let same = ask_kubectl(options, &kubectl, &kubectl::of_probes(&probes)?)?;
    Ok(Cell {
        pods,
        checks: work.checks.len(),
        probes: probes.len(),
        grade: Quantiles::of(times),
        rate: options.grades as f64 / whole.as_secs_f64(),
        peak,
        processor: used / u32::try_from(options.grades)?,
        shell,
        same,
    })
}

fn ask_kubectl(options: &Options, kubectl: &Kubectl, questions: &[Vec<String>]) -> Outcome<Option<Asked>> {
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..options.kubectl {
        times.push(kubectl.ask_all(questions)?);
    }
    let asked = |times| Asked { calls: questions.len(), time: Quantiles::of(times) };
    Ok((!times.is_empty()).then(|| asked(times)))
}
