//! `satrain prove [ID…]`: proves the graders on clusters of its own.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::proof_clusters::{ProofClusters, jobs};
use crate::commands::cluster::choice::ClusterChoice;
use crate::commands::context::Context;
use crate::commands::trust::{self, Trust};
use crate::error::{Exit, Failure, Result};
use crate::prove::env::ProofEnv;
use crate::prove::proof::Proof;
use crate::prove::runner::{Plan, prove};
use crate::prove::variations::Choice;
use crate::report::{junit, matrix};
use crate::scenario::{Binding, Loaded, bind};
use crate::session::trust::Ground;
use crate::shard::Shard;
use crate::variation;

/// Arguments of `satrain prove`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain prove scenario-2\n  satrain prove scenario-2 --mutation\n  satrain prove scenario-2 --case unsolved --case automount-left-on"
)]
pub struct ProveArgs {
    /// Scenarios, by id or path [default: all]
    #[arg(value_name = "ID")]
    pub(super) ids: Vec<String>,
    /// Cases to run in parallel [default: four per CPU]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(super) jobs: Option<u16>,
    /// Also write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Also play mutants: each solution with one change for the worse, which some check must catch; of these
    /// scenarios only, if some are named
    #[arg(long, value_name = "ID,…", num_args = 0.., require_equals = true, value_delimiter = ',')]
    mutation: Option<Vec<String>>,
    /// Prove only this case, by its name in the table, such as `unsolved` or a mistake (repeatable)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["variations", "quizzes"])]
    case: Vec<String>,
    /// Prove only part K of N: unsolved, the first solution and `reset` of each scenario, and a part of all others
    #[arg(long, value_name = "K/N", conflicts_with_all = ["case", "variations", "quizzes"])]
    part: Option<Shard>,
    /// Prove variations of the reference solutions instead: attacks, which must lose points, and harmless ones, which
    /// must keep them; N: a sample of about so many, of each variation and scenario; NAME,…: these only
    #[arg(long, value_name = "N|NAME,…", num_args = 0.., require_equals = true, value_delimiter = ',')]
    #[arg(conflicts_with_all = ["mutation", "quizzes"])]
    variations: Option<Vec<String>>,
    /// Also record each case's grade, as DIR/SCENARIO/CASE.json, for `check --replay`
    #[arg(long, value_name = "DIR")]
    pub(super) record: Option<PathBuf>,
    /// Prove quiz items instead, by topic or id: the cluster must confirm each answer
    #[arg(long, conflicts_with_all = ["mutation", "junit"])]
    pub(in crate::commands) quizzes: bool,
    /// Keep the proof's own clusters running
    #[arg(long)]
    pub(super) keep: bool,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    pub(super) cluster: ClusterChoice,
}

/// Runs the command.
pub async fn run(ctx: &Context, args: &ProveArgs, out: &mut impl Write) -> Result<Exit> {
    let scenarios = scenarios(ctx, args)?;
    let plan = match args.variations.as_deref() {
        Some(asked) => Plan::of_variations(&scenarios, &choice(asked)?),
        None => Plan::of(&scenarios, &mutated(args, &scenarios)?, &args.case).map_err(|name| {
            Failure::usage(format!(
                "no case of this proof is called `{}`\nA case is called as in the table: `unsolved`, a solution, a mistake, `reset`, or with `--mutation` a mutant.",
                name.escape_debug()
            ))
        })?,
    };
    let plan = match args.part {
        Some(part) => plan.in_part(part),
        None => plan,
    };
    let plays = scenarios.iter().map(|loaded| bind(loaded, &Binding::defaults(&loaded.scenario)));
    let plays = plays.collect::<std::result::Result<Vec<_>, _>>()?;
    trust::must_be_allowed(ctx, &plays.iter().collect::<Vec<_>>(), Ground::Own, args.trust)?;
    let clusters = ProofClusters::up(ctx, &args.cluster).await?;
    let apart = if plan.needs_apart() { clusters.apart(ctx).await } else { None };
    let env = ProofEnv {
        lab: clusters.lab.clone(),
        apart,
        store: clusters.store.clone(),
        jobs: jobs(args.jobs),
        events: ctx.events.clone(),
        record: args.record.clone(),
    };
    let proof = prove(&env, &scenarios, plan).await;
    if !args.keep {
        clusters.down(ctx).await?;
    }
    let proof = proof?;
    write(ctx, args, &proof, out)?;
    Ok(match (proof.holds, proof.invalid()) {
        (true, _) => Exit::Passed,
        (false, true) => Exit::Invalid,
        (false, false) => Exit::NotPassed,
    })
}

fn scenarios(ctx: &Context, args: &ProveArgs) -> Result<Vec<Loaded>> {
    if !args.ids.is_empty() {
        return args.ids.iter().map(|id| provable(ctx.session.scenario(id)?)).collect();
    }
    let catalog = ctx.session.catalog()?;
    let all: Result<Vec<Loaded>> =
        catalog.entries().iter().map(|e| e.loaded.clone().map_err(Failure::from)).collect();
    let (copies, scenarios): (Vec<_>, Vec<_>) = all?.into_iter().partition(|s| s.scenario.for_learners);
    for copy in copies {
        ctx.events.note(format!("{} is not proved: {COPY}", copy.scenario.id));
    }
    Ok(scenarios)
}

/// Why a copy for learners proves nothing.
const COPY: &str = "it is a copy for learners, without solutions and mistakes";

fn provable(loaded: Loaded) -> Result<Loaded> {
    match loaded.scenario.for_learners {
        false => Ok(loaded),
        true => Err(Failure::usage(format!(
            "{} cannot be proved: {COPY}\nProve the scenario that it was made from.",
            loaded.scenario.id
        ))),
    }
}

/// The ids of the scenarios whose mutants are played.
fn mutated(args: &ProveArgs, scenarios: &[Loaded]) -> Result<Vec<String>> {
    let all = || scenarios.iter().map(|loaded| loaded.scenario.id.clone()).collect::<Vec<_>>();
    match args.mutation.as_deref() {
        None => Ok(Vec::new()),
        Some([]) => Ok(all()),
        Some(named) => match named.iter().find(|id| !all().contains(id)) {
            None => Ok(named.to_vec()),
            Some(id) => Err(Failure::usage(format!(
                "`--mutation={id}` names no scenario of this proof\nIt proves {}.",
                all().join(", ")
            ))),
        },
    }
}

/// Which variations are asked for.
fn choice(asked: &[String]) -> Result<Choice> {
    let unknown = |name: &&String| variation::named(name).is_none();
    match asked {
        [] => Ok(Choice::All),
        [one] if one.parse::<usize>().is_ok() => Ok(Choice::Sample(one.parse().unwrap_or_default())),
        names => match names.iter().find(unknown) {
            None => Ok(Choice::Named(names.to_vec())),
            Some(name) => {
                let all = variation::library().map_err(Failure::other)?;
                Err(Failure::usage(format!(
                    "there is no variation `{name}`\nThere are {}.",
                    all.iter().map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ")
                )))
            }
        },
    }
}

fn write(ctx: &Context, args: &ProveArgs, proof: &Proof, out: &mut impl Write) -> Result<()> {
    if let Some(path) = &args.junit {
        let unwritable = |e: std::io::Error| Failure::of_file(path, &e);
        let mut file = BufWriter::new(File::create(path).map_err(unwritable)?);
        junit::write(&mut file, proof).and_then(|()| file.flush()).map_err(unwritable)?;
    }
    match ctx.json {
        true => ctx.write_json(out, proof)?,
        false => matrix::write(out, &ctx.style, proof)?,
    }
    Ok(())
}
