//! `satrain class check`: whether a class is sound, and what is in it.

use std::io::Write;
use std::path::Path;

use super::opened;
use crate::class::Summary;
use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::report::class;

/// Runs the command.
pub(super) fn run(ctx: &Context, path: &Path, out: &mut impl Write) -> Result<Exit> {
    let (folder, bound) = opened(ctx, path)?;
    let summary = Summary::of(&folder, &bound);
    if folder.others_read_the_key() {
        ctx.events.warn("other users of this machine may read class.key: `chmod 600 class.key` in the folder of the class");
    }
    for task in summary.tasks.iter().filter(|task| summary.variants && task.spread.possible == 1) {
        ctx.events
            .warn(format!("all learners play {} with the same values: it has no variants", task.scenario));
    }
    match ctx.json {
        true => ctx.write_json(out, &summary)?,
        false => class::summary(out, &ctx.style, &summary)?,
    }
    Ok(Exit::Passed)
}
