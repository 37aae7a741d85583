//! `satrain class variant`: what to tell a learner, or all of them.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::opened;
use crate::class::{Assignment, BoundClass, BoundTask, Learner, Reader};
use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::report::class;
use crate::scenario;

/// Arguments of `satrain class variant`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain class variant security anna\n  satrain class variant security anna --task scenario-2\n  satrain class variant security --all --csv > mail-merge.csv"
)]
pub(super) struct VariantArgs {
    /// The folder of the class
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The learner, by id
    #[arg(value_name = "LEARNER", required_unless_present = "all", conflicts_with = "all")]
    learner: Option<String>,
    /// Show all learners
    #[arg(long)]
    all: bool,
    /// Show only this task
    #[arg(long, value_name = "SCENARIO")]
    task: Option<String>,
    /// Print CSV, a line for each learner, for mail merges
    #[arg(long)]
    csv: bool,
}

/// Runs the command.
pub(super) fn run(ctx: &Context, args: &VariantArgs, out: &mut impl Write) -> Result<Exit> {
    let (folder, bound) = opened(ctx, &args.folder)?;
    let tasks = tasks(&bound, args.task.as_deref())?;
    let roster = folder.roster();
    let learners: Vec<&Learner> = match &args.learner {
        Some(id) => vec![roster.named(id)?],
        None => roster.learners().iter().collect(),
    };
    let of = |learner: &&Learner| Assignment::of(&folder, &tasks, learner, Reader::Learner);
    let all: Vec<Assignment> = learners.iter().map(of).collect();
    if args.csv {
        write!(out, "{}", class::assignments_csv(&all))?;
    } else if ctx.json {
        ctx.write_json(out, &all)?;
    } else {
        class::assignments(out, &ctx.style, &all)?;
    }
    Ok(Exit::Passed)
}

/// The task that was asked for, or all.
fn tasks<'a>(class: &'a BoundClass, wanted: Option<&str>) -> Result<Vec<&'a BoundTask>> {
    let Some(wanted) = wanted else { return Ok(class.tasks.iter().collect()) };
    let known: Vec<&str> = class.tasks.iter().map(BoundTask::id).collect();
    let task = class.task(wanted).ok_or_else(|| scenario::unknown("task", wanted, &known))?;
    Ok(vec![task])
}
