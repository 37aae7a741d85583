//! `satrain exam time|extra|pause|continue`: the clock.

use std::io::Write;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::start::{more, sentence};
use super::tasks::said;
use super::{keeper, under_way};
use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::sitting::Act;
use crate::sitting::now::now;

/// Arguments of `satrain exam extra`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  satrain exam extra 10 --reason 'fire alarm'")]
pub(super) struct ExtraArgs {
    /// How much more: minutes, or per cent of the paper's time, such as `25%`
    time: String,
    /// Why; the result says it
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Shows how much time is left.
pub(super) fn time(ctx: &Context, out: &mut impl Write) -> Result<Exit> {
    let (_, state) = under_way::begun(ctx)?;
    match ctx.json {
        true => {
            let now = now();
            let value = json!({
                "left": state.left(&now).as_secs(), "used": state.used(&now).as_secs(), "lasts": state.lasts().as_secs(),
                "deadline": state.deadline(&now), "standsStill": state.stands_still(),
            });
            ctx.write_json(out, &value)?;
        }
        false => writeln!(out, "{}", keeper::left(&state))?,
    }
    Ok(Exit::Passed)
}

/// Gives more time.
pub(super) fn extra(ctx: &Context, args: &ExtraArgs, out: &mut impl Write) -> Result<Exit> {
    let (sitting, state) = under_way::begun(ctx)?;
    let time = more(&args.time, Duration::from_secs(state.opened.seconds))?;
    let state = sitting.extend(time, &sentence(&args.reason)?)?;
    said(ctx, out, &format!("{} min more: {}", time.as_secs() / 60, keeper::left(&state)))
}

/// Stops the clock of a practice exam, or lets it run again.
pub(super) fn pause(ctx: &Context, on: bool, out: &mut impl Write) -> Result<Exit> {
    let (sitting, _) = under_way::begun(ctx)?;
    let state = sitting.act(Act::Pause(on))?;
    said(ctx, out, &keeper::left(&state))
}
