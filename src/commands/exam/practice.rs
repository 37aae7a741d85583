//! `satrain exam check|hint`: what a practice exam allows, and no other.

use std::io::Write;

use clap::Args;

use super::clusters::Own;
use super::under_way;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::report::text;
use crate::result::closing::Closing;
use crate::result::recording::Recording;
use crate::sitting::Sitting;
use crate::sitting::clusters::Clusters;
use crate::sitting::entry::Event;
use crate::sitting::error::SittingError;
use crate::sitting::state::{Phase, State};

/// Arguments of both.
#[derive(Debug, Args)]
pub(super) struct PracticeArgs {
    /// The task's number
    #[arg(value_parser = super::tasks::number)]
    number: usize,
}

fn must_be_practice(state: &State, what: &'static str) -> Result<()> {
    match state.opened.practice {
        true => Ok(()),
        false => Err(SittingError::NotPractice { what }.into()),
    }
}

/// Grades a task now. What comes of it is not recorded, but that it was asked is: the review counts it.
pub(super) async fn check(ctx: &Context, args: &PracticeArgs, out: &mut impl Write) -> Result<Exit> {
    let (sitting, state) = under_way::begun(ctx)?;
    must_be_practice(&state, "be checked")?;
    let attempt = sitting.attempt(&state, args.number)?;
    let gone = || Failure::no_cluster(format!("the cluster of task {} is gone", args.number));
    let lab = Own(ctx).find(&attempt.record.cluster).await?.ok_or_else(gone)?;
    let grade = attempt.grade(&lab).await;
    count(&sitting, args.number)?;
    let result = Recording::of(&attempt, &grade, None).result_of(&grade);
    match ctx.json {
        true => ctx.write_json(out, &result)?,
        false => text::write(out, &ctx.style, &result, Closing::default())?,
    }
    Ok(if result.score.passed { Exit::Passed } else { Exit::NotPassed })
}

/// Writes down that a task was graded for the candidate.
fn count(sitting: &Sitting, task: usize) -> Result<()> {
    let _lock = sitting.lock()?;
    let mut state = sitting.state()?;
    if state.phase == Phase::Running {
        sitting.folder.write(&mut state, Event::Checked { task })?;
    }
    Ok(())
}

/// Shows the next hint to a task.
pub(super) fn hint(ctx: &Context, args: &PracticeArgs, out: &mut impl Write) -> Result<Exit> {
    let (sitting, state) = under_way::begun(ctx)?;
    must_be_practice(&state, "give hints")?;
    let attempt = sitting.attempt(&state, args.number)?;
    let hints = &attempt.bound.scenario.hints;
    let mut record = attempt.record.clone();
    record.hints = (record.hints + 1).min(hints.len());
    let _lock = sitting.lock()?;
    attempt.dir.save_record(&record)?;
    match record.hints.checked_sub(1).and_then(|at| hints.get(at)) {
        Some(hint) => {
            writeln!(out, "{}", ctx.style.dim(&format!("Hint {} of {}", record.hints, hints.len())))?;
            writeln!(out, "{}", ctx.style.wrap(hint, "  "))?;
        }
        None => writeln!(out, "there are no hints to task {}", args.number)?,
    }
    Ok(Exit::Passed)
}
