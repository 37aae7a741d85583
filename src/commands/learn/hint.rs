//! `satrain hint`: the next hint. It is recorded and costs nothing.

use std::io::Write;

use clap::Args;
use serde_json::json;

use super::view;
use crate::commands::context::Context;
use crate::error::{Exit, Result};

/// Arguments of `satrain hint`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain hint\n  satrain hint --again")]
pub struct HintArgs {
    /// The attempt or its scenario, if several are in progress
    attempt: Option<String>,
    /// Show the hints seen so far instead of the next one
    #[arg(long)]
    again: bool,
}

/// Runs the command.
pub fn run(ctx: &Context, args: &HintArgs, out: &mut impl Write) -> Result<Exit> {
    let mut record = ctx.session.attempt(args.attempt.as_deref())?;
    let bound = ctx.session.scenario_of(&record)?;
    let hints = &bound.scenario.hints;
    let before = record.hints.min(hints.len());
    let first = if args.again { 1 } else { before + 1 };
    if !args.again && before < hints.len() {
        record = ctx.session.amend(&record.id, |record| record.hints = record.hints.max(before + 1))?;
    }
    let shown = record.hints.min(hints.len());
    if ctx.json {
        let value = json!({"shown": shown, "total": hints.len(), "hints": hints.get(..shown)});
        ctx.write_json(out, &value)?;
        return Ok(Exit::Passed);
    }
    for number in first..=shown {
        view::hint(&ctx.style, hints, number, out)?;
    }
    if first > shown {
        let text = if hints.is_empty() {
            "There are no hints."
        } else if args.again {
            "No hint has been shown yet; omit --again to see the first one."
        } else {
            "There are no more hints; --again shows all."
        };
        writeln!(out, "{text}")?;
    }
    Ok(Exit::Passed)
}
