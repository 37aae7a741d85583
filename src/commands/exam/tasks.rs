//! `satrain exam task|flag|answer|note`: what is done with tasks, without a screen.

use std::io::Write;

use clap::Args;
use serde_json::json;

use super::{keeper, under_way};
use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::exam::{MAX_TASKS, Work};
use crate::report::quiz;
use crate::sitting::Act;
use crate::sitting::state::State;

/// Arguments of `satrain exam task`.
#[derive(Debug, Args)]
pub(super) struct TaskArgs {
    /// Its number [default: the next one that nobody has worked on]
    #[arg(value_parser = number)]
    number: Option<usize>,
}

/// Arguments of `satrain exam flag`.
#[derive(Debug, Args)]
pub(super) struct FlagArgs {
    /// The task's number
    #[arg(value_parser = number)]
    number: usize,
    /// Take the flag away
    #[arg(long)]
    off: bool,
}

/// Arguments of `satrain exam answer`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain exam answer 7 b\n  satrain exam answer 7 a c\n  satrain exam answer 7 --clear"
)]
pub(super) struct AnswerArgs {
    /// The task's number
    #[arg(value_parser = number)]
    number: usize,
    /// The answer: letters, a number, words
    #[arg(required_unless_present = "clear", conflicts_with = "clear", allow_hyphen_values = true)]
    answer: Vec<String>,
    /// Take the answer back
    #[arg(long)]
    clear: bool,
}

/// Arguments of `satrain exam note`.
#[derive(Debug, Args)]
pub(super) struct NoteArgs {
    /// A line that is added [default: show the notes]
    text: Vec<String>,
    /// Remove all notes
    #[arg(long, conflicts_with = "text")]
    clear: bool,
}

/// A task's number, as somebody writes it.
pub(super) fn number(text: &str) -> std::result::Result<usize, String> {
    let number = text.parse().ok().filter(|n| (1..=MAX_TASKS).contains(n));
    number.ok_or_else(|| format!("a task is named by its number, from 1 to {MAX_TASKS}"))
}

/// Shows a task, and how much time is left.
pub(super) fn task(ctx: &Context, args: &TaskArgs, out: &mut impl Write) -> Result<Exit> {
    let (sitting, state) = under_way::begun(ctx)?;
    let number = args.number.unwrap_or_else(|| next(&state));
    let state = sitting.act(Act::Read(number))?;
    let text = sitting.text(number)?;
    let bound = sitting.task(number)?;
    let now = state.task(number);
    let (flagged, answer) = (now.is_some_and(|t| t.flagged), now.and_then(|t| t.answer.clone()));
    let host = now.and_then(|t| t.place.host.clone());
    if ctx.json {
        let value = json!({
            "number": number, "weight": bound.weight, "minutes": bound.minutes, "host": host, "flagged": flagged,
            "answer": answer, "text": text, "left": state.left(&crate::sitting::now::now()).as_secs(),
        });
        ctx.write_json(out, &value)?;
        return Ok(Exit::Passed);
    }
    let style = &ctx.style;
    let dot = style.dot();
    let flag = if flagged { format!(" {dot} flagged") } else { String::new() };
    let heading = format!(
        "Task {number} of {} {dot} {} % {dot} about {} min{flag} {dot} {}",
        state.tasks.len(),
        bound.weight,
        bound.minutes,
        keeper::left(&state)
    );
    writeln!(out, "{}\n", style.bold(&heading))?;
    writeln!(out, "{}\n", style.wrap(&text, ""))?;
    match (&bound.work, host) {
        (Work::Lab(_), Some(host)) => {
            let there = match ctx.environment.exam_host {
                Some(_) => format!("ssh {host}"),
                None => format!("satrain exam host {number}"),
            };
            writeln!(out, "Host: {}", style.command(&there))?;
        }
        (Work::Lab(_), None) => {}
        (Work::Question(question), _) => {
            let how = quiz::prompt(&question.item);
            let command = style.command(&format!("satrain exam answer {number} ANSWER"));
            writeln!(out, "{} {command}", how.trim_end())?;
            if let Some(answer) = answer {
                writeln!(out, "Answered so far: {}", crate::printable::printable(&answer))?;
            }
        }
    }
    Ok(Exit::Passed)
}

/// The first task that nobody has worked on; the first flagged one where there is none.
fn next(state: &State) -> usize {
    let untouched = state.tasks.iter().find(|task| !task.touched());
    let flagged = || state.tasks.iter().find(|task| task.flagged);
    untouched.or_else(flagged).or(state.tasks.first()).map_or(1, |task| task.place.number)
}

/// Sets a flag, or takes it away.
pub(super) fn flag(ctx: &Context, args: &FlagArgs, out: &mut impl Write) -> Result<Exit> {
    let (sitting, _) = under_way::begun(ctx)?;
    sitting.act(Act::Flag(args.number, !args.off))?;
    said(ctx, out, &format!("task {} is {}", args.number, if args.off { "not flagged" } else { "flagged" }))
}

/// Answers a question.
pub(super) fn answer(ctx: &Context, args: &AnswerArgs, out: &mut impl Write) -> Result<Exit> {
    let (sitting, _) = under_way::begun(ctx)?;
    let text = if args.clear { String::new() } else { args.answer.join(" ") };
    if text.trim().is_empty() && !args.clear {
        return Err(crate::error::Failure::usage("the answer is empty\n`--clear` takes an answer back."));
    }
    sitting.act(Act::Answer(args.number, text))?;
    let what = if args.clear { "the answer was taken back" } else { "the answer is saved" };
    said(ctx, out, &format!("task {}: {what}", args.number))
}

/// Shows the notes, or adds a line.
pub(super) fn note(ctx: &Context, args: &NoteArgs, out: &mut impl Write) -> Result<Exit> {
    let (sitting, state) = under_way::begun(ctx)?;
    if args.text.is_empty() && !args.clear {
        match ctx.json {
            true => ctx.write_json(out, &json!({"notes": state.notes}))?,
            false => writeln!(out, "{}", crate::printable::printable(&state.notes).trim_end())?,
        }
        return Ok(Exit::Passed);
    }
    sitting.act(match args.clear {
        true => Act::Note { before: state.notes, text: String::new() },
        false => Act::AddNote(args.text.join(" ")),
    })?;
    said(ctx, out, if args.clear { "the notes are empty" } else { "the note is saved" })
}

/// Says what was saved.
pub(super) fn said(ctx: &Context, out: &mut impl Write, what: &str) -> Result<Exit> {
    match ctx.json {
        true => ctx.write_json(out, &json!({"saved": what}))?,
        false => writeln!(out, "{what}")?,
    }
    Ok(Exit::Passed)
}
