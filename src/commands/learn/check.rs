//! `satrain check`: grades the attempt in progress, or judges a recorded grade again.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::view;
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::lab::attempt::Attempt;

/// Arguments of `satrain check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain check\n  satrain check --explain")]
pub struct CheckArgs {
    /// The attempt or its scenario, if several are in progress
    attempt: Option<String>,
    /// Judge a recorded grade again, without a cluster (`-` reads stdin)
    #[arg(long, value_name = "FILE", conflicts_with = "attempt")]
    pub(in crate::commands) replay: Option<PathBuf>,
    /// Show what was expected, and where (gives the solution away)
    #[arg(long)]
    pub(in crate::commands) explain: bool,
}

/// Runs the command.
pub async fn run(ctx: &Context, args: &CheckArgs, out: &mut impl Write) -> Result<Exit> {
    let store = ctx.session.store();
    let wanted = ctx.session.attempt(args.attempt.as_deref())?;
    let _lock = ctx.session.lock(&store)?;
    // Read again: another satrain may have changed it while we waited.
    let record = store.find(Some(wanted.id.as_str()))?;
    ctx.session.must_not_be_under_way(&record)?;
    ctx.session.track(&record.id);
    let bound = ctx.session.scenario_of(&record)?;
    let attempt = Attempt::resume(&store, record, bound)?;
    attempt.must_be_ready()?;
    let lab = connect::of_attempt(ctx, &attempt.record).await?;
    let graded = ctx.session.grade(&lab, &attempt, None).await?;
    view::graded(ctx, &graded, view::How { explain: args.explain, left_shell: false }, out)
}
