//! `satrain exam`: the exam under way, wherever it stands.

use std::io::Write;
use std::time::Duration;

use serde_json::json;

use super::keeper::{self, Over, keep};
use super::{desk, finish, host, under_way};
use crate::commands::context::Context;
use crate::commands::learn::desk::prevented;
use crate::desk::exam::Closed;
use crate::error::{Exit, Result};
use crate::report::style::Style;
use crate::sitting::clock::shown;
use crate::sitting::folder::Exams;
use crate::sitting::host::BASE;
use crate::sitting::now::now;
use crate::sitting::state::{Phase, State};

/// Hosts are hung up on first, and `base` after them.
const LATER: Duration = Duration::from_secs(3);

/// The exam under way; where there is none, what there is to do.
pub(super) async fn run(ctx: &Context, out: &mut impl Write) -> Result<Exit> {
    if Exams::new(&ctx.paths.state).open()?.is_none() {
        if ctx.json {
            ctx.write_json(out, &json!({"exam": null}))?;
        } else {
            writeln!(
                out,
                "No exam is under way. Begin one with {}.",
                ctx.style.command("satrain exam start")
            )?;
        }
        return Ok(Exit::Passed);
    }
    go_on(ctx, out).await
}

/// Goes on with the exam: on a terminal on the desk, or with a shell on `base` where there is no room for a screen, else by saying how it stands. One that has ended is graded.
pub(super) async fn go_on(ctx: &Context, out: &mut impl Write) -> Result<Exit> {
    let (sitting, state) = under_way::begun(ctx)?;
    if state.phase == Phase::Ended || state.is_over(&now()) {
        return finish::close(ctx, &sitting, out).await;
    }
    if !ctx.interactive() || ctx.environment.exam_host.is_some() {
        status(ctx, &state, out)?;
        return Ok(Exit::Passed);
    }
    let shell = host::around(ctx, &sitting)?.base(&state)?;
    if prevented(ctx).is_none() {
        let closed = desk::show(ctx, &sitting, shell).await?;
        writeln!(out, "{closed}")?;
        return match closed {
            Closed::Left => Ok(Exit::Passed),
            // `satrain exam abandon` may have been typed in the shell that is gone now.
            Closed::Abandoned => finish::end_clusters(ctx, &sitting).await,
            Closed::TimeOver | Closed::Finished => finish::close(ctx, &sitting, out).await,
        };
    }
    status(ctx, &state, out)?;
    writeln!(out, "{}", ctx.style.dim(&ctx.style.wrap(LEAVE, "")))?;
    out.flush()?;
    let folder = sitting.folder.host(BASE)?;
    match keep(ctx, &sitting, shell, &folder, LATER).await? {
        Over::Left(_) => {
            let state = sitting.state()?;
            ctx.events.note(format!(
                "the exam goes on ({}); {} goes back to it",
                keeper::left(&state),
                ctx.style.command("satrain exam")
            ));
            Ok(Exit::Passed)
        }
        Over::Time => {
            writeln!(out, "\nTime is over.")?;
            finish::close(ctx, &sitting, out).await
        }
        Over::Elsewhere => {
            writeln!(out, "\nThe exam was ended.")?;
            Ok(Exit::Passed)
        }
    }
}

const LEAVE: &str = "This is `base`. `satrain exam task 1` shows a task, `ssh sa-01` goes to its host, `exit` comes back. \
                     `satrain exam finish` ends the exam; leaving this shell does not.";

/// How the exam stands: the clock, and each task in a line.
pub(super) fn status(ctx: &Context, state: &State, out: &mut impl Write) -> Result<()> {
    if ctx.json {
        return ctx.write_json(out, &value(state));
    }
    let style = &ctx.style;
    let dot = style.dot();
    let practice = if state.opened.practice { " (practice)" } else { "" };
    writeln!(
        out,
        "{}",
        style.bold(&format!("{}{practice} {dot} {}", state.opened.title, keeper::left(state)))
    )?;
    writeln!(out)?;
    tasks(style, state, out)?;
    writeln!(out)?;
    Ok(())
}

/// The tasks, one a line.
fn tasks(style: &Style, state: &State, out: &mut impl Write) -> Result<()> {
    writeln!(out, "{}", style.dim(" #  weight    time  host   state             task"))?;
    for task in &state.tasks {
        let place = &task.place;
        let done = match (&place.host, task.answer.is_some(), task.touched()) {
            (None, true, _) => Some("answered"),
            (Some(_), _, true) => Some("visited"),
            _ => None,
        };
        let stands = done.into_iter().chain(task.flagged.then_some("flagged")).collect::<Vec<_>>().join(", ");
        let host = place.host.as_deref().unwrap_or("-");
        let stands = if stands.is_empty() { "-" } else { &stands };
        let line = format!(
            "{:>2} {:>6}% {:>4} min  {host:<6} {stands:<17} {}",
            place.number, place.weight, place.minutes, place.title,
        );
        writeln!(out, "{}", style.wrap(&line, "").trim_end())?;
    }
    Ok(())
}

/// The same for programs.
fn value(state: &State) -> serde_json::Value {
    let now = now();
    let tasks: Vec<_> = state
        .tasks
        .iter()
        .map(|task| {
            json!({
                "number": task.place.number, "title": task.place.title, "weight": task.place.weight,
                "minutes": task.place.minutes, "host": task.place.host, "flagged": task.flagged,
                "read": task.read.is_some(), "touched": task.touched(), "answer": task.answer,
            })
        })
        .collect();
    json!({
        "id": state.opened.id, "title": state.opened.title, "practice": state.opened.practice, "pass": state.opened.pass,
        "left": state.left(&now).as_secs(), "leftShown": shown(state.left(&now)), "lasts": state.lasts().as_secs(),
        "deadline": state.deadline(&now), "standsStill": state.stands_still(), "tasks": tasks,
    })
}
