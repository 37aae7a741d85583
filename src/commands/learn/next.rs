//! `satrain next`: which scenario to play next.

use std::io::Write;

use clap::Args;
use serde_json::json;

use crate::commands::context::Context;
use crate::commands::learn::topic::TopicArgs;
use crate::error::{Exit, Result};
use crate::history::schedule;
use crate::scenario::path::{self, Reason};
use crate::session::progress::Progress;

/// Arguments of `satrain next`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain next\n  satrain next --topic tokens")]
pub struct NextArgs {
    #[command(flatten)]
    topic: TopicArgs,
}

/// Runs the command.
pub fn run(ctx: &Context, args: &NextArgs, out: &mut impl Write) -> Result<Exit> {
    let progress = Progress::of(&ctx.session.store())?;
    let catalog = ctx.session.catalog()?;
    let entries = args.topic.choose(catalog.entries())?;
    let proposed = path::next(&entries, &progress.best, &progress.open);
    if ctx.json {
        let value = proposed.map(|(scenario, reason)| {
            let reason = match reason {
                Reason::InProgress => "in-progress",
                Reason::NotPassed => "not-passed",
                Reason::New => "new",
            };
            let best = progress.best.get(&scenario.id);
            json!({"id": scenario.id, "title": scenario.title, "minutes": scenario.minutes, "reason": reason, "best": best})
        });
        ctx.write_json(out, &json!({"next": value, "questionsDue": due(ctx)?}))?;
        return Ok(Exit::Passed);
    }
    let Some((scenario, reason)) = proposed else {
        let what =
            if entries.is_empty() { "There is no such scenario." } else { "You have passed all of them." };
        writeln!(
            out,
            "{what} {} shows the list; `--seed N` plays one with different names.",
            ctx.style.command("satrain list")
        )?;
        return Ok(Exit::Passed);
    };
    let why = match reason {
        Reason::InProgress => "it is in progress".to_owned(),
        Reason::NotPassed => {
            format!("your best score is {} %", progress.best.get(&scenario.id).copied().unwrap_or_default())
        }
        Reason::New if scenario.after.is_empty() => "it is new to you".to_owned(),
        Reason::New => format!("it follows {}", scenario.after.join(", ")),
    };
    writeln!(
        out,
        "{} {} {} ({} min): {why}.",
        ctx.style.bold(&scenario.id),
        ctx.style.dot(),
        scenario.title,
        scenario.minutes
    )?;
    let does = if matches!(reason, Reason::InProgress) { "continues" } else { "starts" };
    writeln!(out, "\n{} {does} it.", ctx.style.command(&format!("satrain run {}", scenario.id)))?;
    match due(ctx)? {
        0 => {}
        1 => writeln!(out, "One question is due: {}.", ctx.style.command("satrain quiz --due"))?,
        n => writeln!(out, "{n} questions are due: {}.", ctx.style.command("satrain quiz --due"))?,
    }
    Ok(Exit::Passed)
}

/// How many quiz items are to be repeated now.
fn due(ctx: &Context) -> Result<usize> {
    Ok(schedule::due_now(&ctx.session.history_read_only()?.answers(None)?).len())
}
