//! The result as Markdown: the machine, the table, and what its columns mean. In: cells. Out: text. Measures nothing.

use std::path::Path;
use std::time::Duration;

use satrain::cluster::ClusterInfo;
use satrain::host::{HostFacts, SearchPath};

use super::Options;
use super::measure::Quantiles;
use super::population::{GRADED, WEB};

/// What was measured with so many Pods and checks.
#[derive(Debug)]
pub(super) struct Cell {
    /// Pods in the cluster.
    pub(super) pods: usize,
    /// Checks in a grade.
    pub(super) checks: usize,
    /// Distinct probes of a grade.
    pub(super) probes: usize,
    /// How long one grade after the other took.
    pub(super) grade: Quantiles,
    /// Grades a second, several at once.
    pub(super) rate: f64,
    /// Processor time of the grading process for one grade: what does not depend on the machine's other work.
    pub(super) processor: Duration,
    /// Peak of the grading process's memory, in bytes.
    pub(super) peak: u64,
    /// kubectl, asked as a shell script asks.
    pub(super) shell: Option<Asked>,
    /// kubectl, asked for each probe.
    pub(super) same: Option<Asked>,
}

/// What kubectl took.
#[derive(Debug)]
pub(super) struct Asked {
    /// Distinct calls.
    pub(super) calls: usize,
    /// How long all of them took.
    pub(super) time: Quantiles,
}

/// The whole result.
pub(super) fn markdown(options: &Options, cluster: &ClusterInfo, cells: &[Cell]) -> String {
    let mut text = machine(cluster) + "\n\n";
    text += &format!(
        "| Pods | checks | probes | median | p90 | p99 | grades/s, {} at once | own CPU time | peak memory | kubectl, as a script asks | | kubectl, for each probe | |\n",
        options.at_once
    );
    text += "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n";
    for cell in cells {
        text += &row(cell);
    }
    text + "\n" + &notes(options)
}

/// One row: what was measured in one cell.
pub(super) fn row(cell: &Cell) -> String {
    let asked = |asked: &Option<Asked>| {
        let Some(Asked { calls, time }) = asked else { return "– | –".into() };
        let ratio = time.median.as_secs_f64() / cell.grade.median.as_secs_f64();
        let calls = if *calls == 1 { "1 call".into() } else { format!("{calls} calls") };
        format!("{} in {calls} | {ratio:.1} ×", shown(time.median))
    };
    format!(
        "| {} | {} | {} | {} | {} | {} | {:.1} | {} | {:.0} MB | {} | {} |\n",
        thousands(cell.pods),
        cell.checks,
        cell.probes,
        shown(cell.grade.median),
        shown(cell.grade.p90),
        shown(cell.grade.p99),
        cell.rate,
        shown(cell.processor),
        cell.peak as f64 / 1e6,
        asked(&cell.shell),
        asked(&cell.same),
    )
}

fn shown(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    if milliseconds < 1000.0 {
        format!("{milliseconds:.0} ms")
    } else {
        format!("{:.2} s", milliseconds / 1e3)
    }
}

fn thousands(number: usize) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

fn machine(cluster: &ClusterInfo) -> String {
    let facts = HostFacts::collect(Path::new("/"), &SearchPath::default());
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processor = read("/proc/cpuinfo");
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let load = read("/proc/loadavg");
    format!(
        "{}, {} processors, {:.0} GB, {}, kernel {}, load {} at the end; Kubernetes {} on the same machine; {} build.",
        processor.map_or("an unnamed processor", |(_, model)| model),
        std::thread::available_parallelism().map_or(0, usize::from),
        facts.memory_total as f64 / 1e9,
        facts.os.name,
        facts.kernel.release,
        load.split(' ').next().unwrap_or_default(),
        cluster.version,
        if cfg!(debug_assertions) { "a debug" } else { "an optimised" },
    )
}

fn notes(options: &Options) -> String {
    format!(
        "- {} grades a cell, each with a connection of its own, all checks passing. Quantiles are of grades one after\n  \
           the other, by nearest rank. CPU time (a grade) and peak memory are the grading process's; the latter with its baseline.\n\
         - Half of the Pods are in the graded Namespace `{GRADED}`. Pod `{WEB}` runs; all others are bound to no node,\n  \
           and their status was written through the API. Checks are of mixed kinds, ten a team: `tokenMount`, `resource`\n  \
           (3), `workload` (2), `access` (allowed, denied, exactly), `exec`. A single check is the `tokenMount`.\n\
         - kubectl, median of {} times: one call after the other, equal ones once, answers thrown away. *As a script\n  \
           asks*: the named object, the selected Pods, `auth can-i` for each right and `--list` for \"exactly\", `exec`;\n  \
           that looks at less than a grade does (no second copy of an app, no binding elsewhere, no reason why).\n  \
           *For each probe*: what the grade asked, call by call.\n",
        options.grades, options.kubectl
    )
}
