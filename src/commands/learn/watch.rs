//! `satrain watch`: the board of the attempt in progress, kept up to date while somebody works in another terminal.

use clap::Args;

use super::desk;
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::lab::attempt::Attempt;

/// Arguments of `satrain watch`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain watch\n  satrain watch scenario-2")]
pub struct WatchArgs {
    /// The attempt or its scenario, if several are in progress
    attempt: Option<String>,
}

/// Runs the command. Nothing is graded, and nothing is written down.
pub async fn run(ctx: &Context, args: &WatchArgs) -> Result<Exit> {
    desk::must_be_possible(ctx, "`satrain watch`", "`satrain check` grades once, as often as you like.")?;
    let record = ctx.session.attempt(args.attempt.as_deref())?;
    let bound = ctx.session.scenario_of(&record)?;
    let attempt = Attempt::resume(&ctx.session.store(), record, bound)?;
    attempt.must_be_ready()?;
    let lab = connect::of_attempt(ctx, &attempt.record).await?;
    desk::show(ctx, &lab, &attempt, None).await?;
    Ok(Exit::Passed)
}
