//! `satrain class list`: all learners, with all values of what they play.

use std::io::Write;
use std::path::Path;

use super::opened;
use crate::class::{Assignment, BoundTask, Reader};
use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::report::class;

/// Runs the command.
pub(super) fn run(ctx: &Context, path: &Path, out: &mut impl Write) -> Result<Exit> {
    let (folder, bound) = opened(ctx, path)?;
    let tasks: Vec<&BoundTask> = bound.tasks.iter().collect();
    let of = |learner| Assignment::of(&folder, &tasks, learner, Reader::Instructor);
    let all: Vec<Assignment> = folder.roster().learners().iter().map(of).collect();
    match ctx.json {
        true => ctx.write_json(out, &all)?,
        false => class::assignments(out, &ctx.style, &all)?,
    }
    Ok(Exit::Passed)
}
