//! `satrain reset`: removes exactly what the attempt made and sets it up again; with `--end`, only removes.

use std::io::Write;
use std::time::Instant;

use clap::Args;

use super::view;
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::commands::trust::{self, Trust};
use crate::error::{Exit, Result};
use crate::lab::attempt::{self, Attempt};
use crate::lab::cleanup::Removed;
use crate::session::trust::Ground;

/// Arguments of `satrain reset`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain reset\n  satrain reset --end scenario-2")]
pub struct ResetArgs {
    /// The attempt or its scenario, if several are in progress
    attempt: Option<String>,
    /// End the attempt instead of setting it up again (results are kept)
    #[arg(long)]
    end: bool,
    #[command(flatten)]
    trust: Trust,
}

/// Runs the command.
pub async fn run(ctx: &Context, args: &ResetArgs, out: &mut impl Write) -> Result<Exit> {
    let store = ctx.session.store();
    let wanted = ctx.session.attempt(args.attempt.as_deref())?;
    let bound = match args.end {
        true => None,
        false => {
            // What it does now, and not what it did when the attempt was begun.
            let bound = ctx.session.scenario_of(&wanted)?;
            trust::must_be_allowed(ctx, &[&bound], Ground::of(wanted.cluster.provider), args.trust)?;
            Some(bound)
        }
    };
    let _lock = ctx.session.lock(&store)?;
    let record = store.find(Some(wanted.id.as_str()))?;
    ctx.session.track(&record.id);
    let Some(lab) = connect::find(ctx, &record).await? else {
        if !args.end {
            return Err(connect::gone(&record));
        }
        // Its cluster took everything with it.
        let told =
            format!("the cluster of attempt {} is gone, and everything with it; results are kept", record.id);
        attempt::forget(&store, record)?;
        ctx.events.note(told);
        return Ok(Exit::Passed);
    };
    let began = Instant::now();
    let Some(bound) = bound else {
        ctx.events.step(format!("Removing attempt {}", record.id));
        let removed = attempt::end(&store, &lab, record, &[]).await?;
        tell(ctx, &removed);
        ctx.events.done(format!("Removed in {:.1} s; results are kept", began.elapsed().as_secs_f32()));
        return Ok(Exit::Passed);
    };
    let mut attempt = Attempt::resume(&store, record, bound)?;
    ctx.events.step(format!("Setting {} up again", attempt.record.scenario.id));
    let removed = attempt.reset(&store, &lab, true).await?;
    tell(ctx, &removed);
    ctx.events.done(format!("Set up again in {:.1} s", began.elapsed().as_secs_f32()));
    if !ctx.json {
        view::task(ctx, &attempt, out)?;
    }
    Ok(Exit::Passed)
}

fn tell(ctx: &Context, removed: &Removed) {
    for what in &removed.outside {
        ctx.events.note(format!("removed {what}"));
    }
    for what in &removed.restored {
        ctx.events.note(format!("put back {what}"));
    }
}
