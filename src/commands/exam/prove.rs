//! `satrain exam prove [PAPER…]`: proves papers on a cluster of its own.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::draw::{Drawn, any_seed};
use crate::commands::author::proof_clusters::{ProofClusters, jobs};
use crate::commands::cluster::choice::ClusterChoice;
use crate::commands::context::Context;
use crate::commands::trust::{self, Trust};
use crate::error::{Exit, Failure, Result};
use crate::exam::{BoundPaper, ReadPaper, file, read};
use crate::prove::env::ProofEnv;
use crate::prove::papers::proof::PapersProof;
use crate::prove::papers::{Submitted, prove};
use crate::quiz::Bank;
use crate::report::papers;
use crate::session::trust::Ground;

/// Arguments of `satrain exam prove`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain exam prove paper.yaml\n  satrain exam prove --draw 3 --seed 1 --questions 2"
)]
pub(super) struct ProveArgs {
    /// Papers, as files
    #[arg(value_name = "PAPER", required_unless_present = "draw")]
    papers: Vec<PathBuf>,
    /// Also draw and prove this many papers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000))]
    draw: Option<u64>,
    /// Seed of the first drawn paper; each further one has the next [default: another one each time]
    #[arg(long, value_name = "N", requires = "draw")]
    seed: Option<u64>,
    #[command(flatten)]
    drawn: Drawn,
    /// Tasks to set up in parallel [default: four per CPU]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Also write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Keep the proof's own cluster running
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    cluster: ClusterChoice,
}

/// Runs the command.
pub(super) async fn run(ctx: &Context, args: &ProveArgs, out: &mut impl Write) -> Result<Exit> {
    // Before a cluster is started: a typing error should cost nothing.
    let submitted = submitted(ctx, args)?;
    let labs = submitted.iter().flat_map(|one| &one.paper.tasks).filter_map(|task| task.lab());
    let plays: Vec<_> = labs.map(|lab| &lab.bound).collect();
    trust::must_be_allowed(ctx, &plays, Ground::Own, args.trust)?;
    let clusters = ProofClusters::up(ctx, &args.cluster).await?;
    let env = ProofEnv {
        lab: clusters.lab.clone(),
        apart: None,
        store: clusters.store.clone(),
        jobs: jobs(args.jobs),
        events: ctx.events.clone(),
        record: None,
    };
    let proof = prove(&env, &submitted).await;
    if !args.keep {
        clusters.down(ctx).await?;
    }
    let proof = proof?;
    write(ctx, args, &proof, out)?;
    Ok(if proof.holds { Exit::Passed } else { Exit::NotPassed })
}

/// The papers that are named, then those that are drawn: as files, as somebody would sit them.
fn submitted(ctx: &Context, args: &ProveArgs) -> Result<Vec<Submitted>> {
    let (catalog, bank) = (ctx.session.catalog()?, Bank::builtin()?);
    let bound = |paper: &ReadPaper| BoundPaper::of(paper, &catalog, &bank);
    let mut all = Vec::new();
    for path in &args.papers {
        let paper = bound(&file::load(path)?)?;
        all.push(Submitted { paper, file: Some(path.display().to_string()), seed: None });
    }
    let Some(count) = args.draw else { return Ok(all) };
    let first = args.seed.map_or_else(any_seed, Ok)?;
    for number in 0..count {
        let Some(seed) = first.checked_add(number) else {
            return Err(Failure::usage(format!(
                "there is no seed {first} + {number}\nGive a smaller `--seed`."
            )));
        };
        let (_, text) = args.drawn.paper(ctx, seed)?;
        let paper = bound(&read(&format!("paper of seed {seed}"), &text)?)?;
        all.push(Submitted { paper, file: None, seed: Some(seed) });
    }
    Ok(all)
}

fn write(ctx: &Context, args: &ProveArgs, proof: &PapersProof, out: &mut impl Write) -> Result<()> {
    if let Some(path) = &args.junit {
        let unwritable = |e: std::io::Error| Failure::of_file(path, &e);
        let mut file = BufWriter::new(File::create(path).map_err(unwritable)?);
        papers::write_junit(&mut file, proof).and_then(|()| file.flush()).map_err(unwritable)?;
    }
    match ctx.json {
        true => ctx.write_json(out, proof)?,
        false => papers::write(out, &ctx.style, proof)?,
    }
    Ok(())
}
