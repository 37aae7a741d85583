//! `satrain next`: which scenario to play next.

use std::io::Write;

use clap::Args;
use serde_json::json;

use crate::commands::context::Context;
use crate::commands::learn::topic::TopicArgs;
use crate::error::{Exit, Result};
use crate::history::schedule;
use crate::scenario::path::Reason;
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
    let proposed = progress.next(&entries);
    // Read before anything is printed: an answer is whole, or there is none.
    let due = due(ctx)?;
    if ctx.json {
        ctx.write_json(out, &json!({"next": proposed, "questionsDue": due}))?;
        return Ok(Exit::Passed);
    }
    let Some(next) = proposed else {
        let what =
            if entries.is_empty() { "There is no such scenario." } else { "You have passed all of them." };
        writeln!(
            out,
            "{what} {} shows the list; `--seed N` plays one with different names.",
            ctx.style.command("satrain list")
        )?;
        return Ok(Exit::Passed);
    };
    writeln!(
        out,
        "{} {} {} ({} min): {}.",
        ctx.style.bold(&next.id),
        ctx.style.dot(),
        next.title,
        next.minutes,
        next.why()
    )?;
    let does = if next.reason == Reason::InProgress { "continues" } else { "starts" };
    writeln!(out, "\n{} {does} it.", ctx.style.command(&format!("satrain run {}", next.id)))?;
    match due {
        0 => {}
        1 => writeln!(out, "One question is due: {}.", ctx.style.command("satrain quiz --due"))?,
        n => writeln!(out, "{n} questions are due: {}.", ctx.style.command("satrain quiz --due"))?,
    }
    Ok(Exit::Passed)
}

/// How many quiz items are to be repeated now.
pub(in crate::commands) fn due(ctx: &Context) -> Result<usize> {
    Ok(schedule::due_now(&ctx.session.history_read_only()?.answers(None)?).len())
}
