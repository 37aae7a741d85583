//! `satrain prove [ID…]`: proves the graders on clusters of its own.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::choice::ClusterChoice;
use super::context::Context;
use super::ground;
use super::prove_quizzes;
use crate::cluster::Provider;
use crate::error::{Exit, Failure, Result};
use crate::lab::attempt;
use crate::lab::cluster::LabCluster;
use crate::lab::store::Store;
use crate::prove::env::ProofEnv;
use crate::prove::proof::Proof;
use crate::prove::runner::{Plan, prove};
use crate::quiz::Bank;
use crate::report::{junit, matrix};
use crate::scenario::Loaded;

/// The cluster that is made for a proof and taken down after it.
const OWN: &str = "prove";
/// And another, where cases that need one to themselves are played meanwhile.
const APART: &str = "prove-apart";

/// Cases often wait: for Pods, or for the ten seconds for which the API server remembers a token.
const JOBS_PER_CPU: usize = 4;

/// Arguments of `satrain prove`.
#[derive(Debug, Args)]
pub struct ProveArgs {
    /// Scenarios, by id or path [default: all]
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Cases at a time [default: four times the CPUs]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
    /// Also write the outcome as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Also play mutants: each solution with one thing changed for the worse, which some check must notice
    #[arg(long)]
    mutation: bool,
    /// Also record each case's grade, as DIR/SCENARIO/CASE.json, for `check --replay`
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// Prove quiz items instead, by topic or id: each key must be what the cluster says
    #[arg(long, conflicts_with_all = ["mutation", "junit"])]
    quizzes: bool,
    /// Leave the proof's own clusters running
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    cluster: ClusterChoice,
}

/// Runs the command.
pub async fn run(ctx: &Context, args: &ProveArgs, out: &mut impl Write) -> Result<Exit> {
    let (scenarios, items) = match args.quizzes {
        true => (Vec::new(), prove_quizzes::items(&Bank::builtin()?, &args.ids)?),
        false => (scenarios(ctx, args)?, Vec::new()),
    };
    let own = !args.cluster.is_explicit();
    let choice = if own { ClusterChoice::embedded(OWN).for_speed() } else { args.cluster.clone() };
    let state = ctx.paths.state.join("prove");
    let store = if own { Store::ephemeral(state) } else { Store::new(state) };
    // Until the clusters are down: another proof would use them, and lose them on its way.
    let _lock = ctx.lock(&store)?;
    let site = ground::up(ctx, &choice).await?;
    if !site.capabilities.exclusive {
        return Err(Failure::usage(
            "a proof needs a cluster to itself, and an adopted one is shared\nLeave out `--context`: the proof then makes a cluster of its own.",
        ));
    }
    let open = ctx.store().in_progress()?;
    if open.iter().any(|r| r.cluster.uid == site.cluster.uid) {
        return Err(Failure::usage(
            "attempts are in progress on that cluster, and a proof must not disturb them\n\
             Leave out `--name`: the proof then makes a cluster of its own.",
        ));
    }
    let plan = Plan::of(&scenarios, args.mutation);
    let apart = match own && plan.needs_apart() {
        true => another(ctx).await,
        false => None,
    };
    let cpus = std::thread::available_parallelism().map_or(2, usize::from);
    let env = ProofEnv {
        lab: site,
        apart,
        store,
        jobs: args.jobs.map_or(cpus * JOBS_PER_CPU, usize::from),
        events: ctx.events.clone(),
        record: args.record.clone(),
    };
    let proof = match args.quizzes {
        true => {
            attempt::clear(&env.store, &env.lab).await?;
            let on = (&env.lab, &env.store, env.jobs);
            let record = args.record.as_deref();
            Err(prove_quizzes::run(ctx, on, &items, record, out).await)
        }
        false => Ok(prove(&env, &scenarios, plan).await),
    };
    if own && !args.keep {
        ground::provider(ctx, &choice, false)?.down(&ctx.events).await?;
        // This proof's, or that of an earlier one which kept its clusters.
        end_another(ctx).await?;
    }
    let proof = match proof {
        Ok(proof) => proof?,
        Err(quizzes) => return quizzes,
    };
    write(ctx, args, &proof, out)?;
    Ok(match (proof.holds, proof.invalid()) {
        (true, _) => Exit::Passed,
        (false, true) => Exit::Invalid,
        (false, false) => Exit::NotPassed,
    })
}

/// A cluster for the cases that need one to themselves. Where there is no room for a second, they wait for the others.
async fn another(ctx: &Context) -> Option<LabCluster> {
    let site = afresh(ctx).await;
    site.inspect_err(|failure| {
        let why = &failure.report;
        ctx.events.warn(format!("there is no second cluster, so some cases wait for all others: {why}"));
    })
    .ok()
}

/// The second cluster as it is at its start, whatever an interrupted proof left running.
async fn afresh(ctx: &Context) -> Result<LabCluster> {
    end_another(ctx).await?;
    ground::up(ctx, &ClusterChoice::embedded(APART).for_speed()).await
}

/// Ends the second cluster, if it runs.
async fn end_another(ctx: &Context) -> Result<()> {
    let provider = ground::provider(ctx, &ClusterChoice::embedded(APART), false)?;
    if provider.find().await?.is_some() {
        provider.down(&ctx.events).await?;
    }
    Ok(())
}

fn scenarios(ctx: &Context, args: &ProveArgs) -> Result<Vec<Loaded>> {
    if !args.ids.is_empty() {
        return args.ids.iter().map(|id| ctx.scenario(id)).collect();
    }
    let catalog = ctx.catalog()?;
    catalog.entries().iter().map(|e| e.loaded.clone().map_err(Failure::from)).collect()
}

fn write(ctx: &Context, args: &ProveArgs, proof: &Proof, out: &mut impl Write) -> Result<()> {
    if let Some(path) = &args.junit {
        let unwritable = |e: std::io::Error| Failure::other(format!("{}: {e}", path.display()));
        let mut file = BufWriter::new(File::create(path).map_err(unwritable)?);
        junit::write(&mut file, proof).and_then(|()| file.flush()).map_err(unwritable)?;
    }
    match ctx.json {
        true => ctx.write_json(out, proof)?,
        false => matrix::write(out, &ctx.style, proof)?,
    }
    Ok(())
}
