//! `satrain run ID`: cluster, setup, task, the learner's turn (a shell, or a script), score.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::{desk, shell, view};
use crate::commands::cluster::choice::ClusterChoice;
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::commands::trust::{self, Trust};
use crate::error::{Exit, Failure, Result};
use crate::fs::foreign_text;
use crate::lab::error::LabError;
use crate::lab::script::{Manner, as_script};
use crate::printable::name;
use crate::sandbox;
use crate::scenario::model::Scenario;
use crate::session::begin::Wanted;
use crate::session::trust::Ground;

/// Arguments of `satrain run`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain run scenario-2\n  satrain run scenario-2 --desk\n  satrain run scenario-2 --solution my-solution.sh"
)]
pub struct RunArgs {
    /// The scenario: its id, or the path of its file or directory
    id: String,
    /// Play a solution or mistake of the scenario by name, or a script, instead of opening a shell. A script runs as its first
    /// line (`#!`) says, else with bash, without any shell option
    #[arg(long, value_name = "NAME|FILE")]
    solution: Option<String>,
    /// Randomise resource names; the same seed gives the same names
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Start over even if an attempt of this scenario is in progress
    #[arg(long)]
    fresh: bool,
    /// Open the desk: the task, a shell and the requirements on one screen
    #[arg(long, conflicts_with = "solution")]
    desk: bool,
    /// Time limit for a script, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, requires = "solution")]
    timeout: u64,
    /// Show what was expected, and where (gives the solution away)
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    trust: Trust,
    #[command(flatten)]
    cluster: ClusterChoice,
}

/// Runs the command.
pub async fn run(ctx: &Context, args: &RunArgs, out: &mut impl Write) -> Result<Exit> {
    let loaded = ctx.session.scenario(&args.id)?;
    let wanted = Wanted::new(&loaded, args.seed, args.fresh, args.solution.clone())?;
    // Looked up before anything is made: a typing error should cost nothing.
    let script = match args.solution.as_deref() {
        Some(name) => {
            let (text, manner) = script(&wanted.bound.scenario, name)?;
            Some((name, text, manner))
        }
        None => None,
    };
    if let Some((_, _, Manner::AsWritten)) = &script
        && !ctx.without_sandbox
    {
        sandbox::probe(&connect::this_program()?).await.map_err(LabError::from)?;
    }
    if args.desk {
        let instead = format!(
            "`satrain run {}` opens a shell without it; `satrain task` and `satrain check` show the rest.",
            args.id
        );
        desk::must_be_possible(ctx, "the desk", &instead)?;
    }
    let cluster = connect::resolved(ctx, &args.cluster).await?;
    trust::must_be_allowed(ctx, &[&wanted.bound], Ground::of(cluster.kind()?), args.trust)?;
    let lab = connect::up(ctx, &cluster).await?;
    let (attempt, turn) = ctx.session.begin_or_resume(&lab, wanted).await?;
    if !ctx.json && !args.desk {
        view::task(ctx, &attempt, out)?;
    }
    let failed = match script {
        Some((name, text, manner)) => {
            let limit = Duration::from_secs(args.timeout);
            ctx.session.play(&lab, &attempt, (name, &text, manner), limit).await?
        }
        None if ctx.interactive() => {
            let place = if args.desk { shell::Place::Desk } else { shell::Place::Terminal };
            return shell::turn(ctx, &lab, (attempt, turn), (place, args.explain), out).await;
        }
        None => None,
    };
    let _lock = ctx.session.lock(&ctx.session.store())?;
    attempt.must_be_the_same()?;
    // Asked again: the cluster may have gone meanwhile, and that is no fault of the script.
    let lab = connect::of_attempt(ctx, &attempt.record).await?;
    let graded = ctx.session.grade(&lab, &attempt, failed).await?;
    drop(turn);
    view::graded(ctx, &graded, view::How { explain: args.explain, left_shell: false }, out)
}

/// The text of a solution or mistake, or of a file.
fn script(scenario: &Scenario, name: &str) -> Result<(String, Manner)> {
    let solutions = scenario.solutions.iter().map(|s| (s.name.as_str(), &s.run));
    let mistakes = scenario.mistakes.iter().map(|m| (m.name.as_str(), &m.run));
    let all: Vec<(&str, &String)> = solutions.chain(mistakes).collect();
    if let Some((_, text)) = all.iter().find(|(n, _)| *n == name) {
        return Ok(((*text).clone(), Manner::Strict));
    }
    let path = Path::new(name);
    if path.exists() {
        return Ok((read(path)?, Manner::AsWritten));
    }
    if scenario.for_learners {
        return Err(Failure::usage(format!(
            "{} is a copy for learners, without solutions, and no file is called `{name}`\nName a script of your own.",
            scenario.id
        )));
    }
    let names: Vec<&str> = all.iter().map(|(n, _)| *n).collect();
    Err(Failure::usage(format!(
        "{} has no solution or mistake `{name}`, and no such file exists\nAvailable: {}",
        scenario.id,
        names.join(", ")
    )))
}

/// The script in a file.
pub(super) fn read(path: &Path) -> Result<String> {
    let refused = |why: &str| Failure::usage(format!("{}: {why}", name(path)));
    let text = foreign_text(path).map_err(|e| refused(&e.to_string()))?;
    as_script(text).map_err(|why| refused(&why.to_string()))
}
