//! `satrain exam finish|abandon|review|list`: the end of an exam, and what came of it.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use jiff::tz::TimeZone;
use serde_json::json;

use super::clusters::Own;
use super::{desk, under_way};
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::report::exam::{ExamPage, Told, html, text};
use crate::sitting::entry::{EndedBy, Event};
use crate::sitting::error::SittingError;
use crate::sitting::folder::{Exams, Folder};
use crate::sitting::now::now;
use crate::sitting::result::ExamResult;
use crate::sitting::review::{Offer, Review};
use crate::sitting::row;
use crate::sitting::state::{Phase, State};
use crate::sitting::{Sitting, begin, finish};

/// Arguments of `satrain exam finish`.
#[derive(Debug, Args)]
pub(super) struct FinishArgs {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Arguments of `satrain exam abandon`.
#[derive(Debug, Args)]
pub(super) struct AbandonArgs {
    /// Why, for the list of exams
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Arguments of `satrain exam review`.
#[derive(Debug, Args)]
pub(super) struct ReviewArgs {
    /// The exam, as `satrain exam list` names it [default: the last one]
    id: Option<String>,
    /// Write the review as one page for a browser, which needs nothing else
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Ends the exam, after a look at what is untouched. Where it was graded already, shows its result.
pub(super) async fn run(ctx: &Context, args: &FinishArgs, out: &mut impl Write) -> Result<Exit> {
    let exams = Exams::new(&ctx.paths.state);
    if exams.open()?.is_none()
        && let Some((folder, state)) = exams.last_graded()?
    {
        return shown(ctx, &folder, &state, out);
    }
    let (sitting, state) = under_way::begun(ctx)?;
    if state.phase == Phase::Running && !state.is_over(&now()) && !args.yes {
        if !ctx.interactive() {
            return Err(Failure::usage(
                "an exam that is finished cannot be continued\nAdd `--yes` to finish it.",
            ));
        }
        for line in open_ends(&state) {
            ctx.events.note(line);
        }
        if ctx.ask("Finish the exam? Nothing can be changed afterwards. Type yes: ")? != "yes" {
            ctx.events.note("the exam goes on");
            return Ok(Exit::Passed);
        }
    }
    sitting.end(EndedBy::Candidate)?;
    close(ctx, &sitting, out).await
}

/// What is untouched or flagged, a line each.
fn open_ends(state: &State) -> Vec<String> {
    let numbers = |which: &dyn Fn(&crate::sitting::state::TaskState) -> bool| {
        let all: Vec<String> =
            state.tasks.iter().filter(|task| which(task)).map(|task| task.place.number.to_string()).collect();
        (!all.is_empty()).then(|| all.join(", "))
    };
    [
        ("nobody has worked on task", numbers(&|task| !task.touched() && task.place.host.is_some())),
        ("not answered: task", numbers(&|task| !task.touched() && task.place.host.is_none())),
        ("flagged: task", numbers(&|task| task.flagged)),
    ]
    .into_iter()
    .filter_map(|(what, which)| Some(format!("{what} {}", which?)))
    .collect()
}

/// Grades an exam that is over, shows the result, and ends its clusters.
pub(super) async fn close(ctx: &Context, sitting: &Sitting, out: &mut impl Write) -> Result<Exit> {
    sitting.end(EndedBy::Deadline)?;
    desk::end_shell(sitting);
    let own = Own(ctx);
    let result = {
        let _lock = sitting.lock()?;
        let mut state = sitting.state()?;
        let result = finish::grade(sitting, &mut state, &own, &ctx.events).await?;
        begin::end_clusters(&state, &own).await?;
        result
    };
    // The result is kept already: a history that cannot be written costs no exam.
    let added = ctx.session.history().and_then(|history| Ok(history.add_exam(&row::row(&result))?));
    if let Err(failure) = added {
        ctx.events.warn(format!("the exam is not in your history: {failure}"));
    }
    show(ctx, sitting, &result, out)
}

/// Ends the clusters of an exam that was given up; who did so may have been interrupted.
pub(super) async fn end_clusters(ctx: &Context, sitting: &Sitting) -> Result<Exit> {
    let _lock = sitting.lock()?;
    begin::end_clusters(&sitting.state()?, &Own(ctx)).await?;
    Ok(Exit::Passed)
}

fn shown(ctx: &Context, folder: &Folder, state: &State, out: &mut impl Write) -> Result<Exit> {
    let result = folder.result()?.ok_or_else(|| SittingError::NotGraded { id: state.opened.id.clone() })?;
    show(ctx, &under_way::sitting(ctx, folder.clone(), state), &result, out)
}

/// The page of a result. Without its paper, what was to be done is not told, and all else is.
fn page(ctx: &Context, sitting: &Sitting, result: &ExamResult) -> Result<(Review, ExamPage)> {
    let review = Review::of(result, &Offer::all(ctx.session.catalog()?.entries()));
    let told = sitting.paper().map(Told::all).unwrap_or_default();
    let page = ExamPage::of(result, &review, &told, &TimeZone::system());
    Ok((review, page))
}

fn show(ctx: &Context, sitting: &Sitting, result: &ExamResult, out: &mut impl Write) -> Result<Exit> {
    let (review, page) = page(ctx, sitting, result)?;
    if ctx.json {
        let mut value = serde_json::to_value(result).map_err(Failure::other)?;
        value["review"] = serde_json::to_value(&review).map_err(Failure::other)?;
        ctx.write_json(out, &value)?;
    } else {
        text::write(out, &ctx.style, &page)?;
    }
    Ok(match (result.score.passed, result.score.complete) {
        (true, _) => Exit::Passed,
        (false, true) => Exit::NotPassed,
        (false, false) => Exit::Incomplete,
    })
}

/// Gives the exam up: it does not count.
pub(super) async fn abandon(ctx: &Context, args: &AbandonArgs, out: &mut impl Write) -> Result<Exit> {
    let (sitting, _) = under_way::exam(ctx)?;
    if !args.yes {
        if !ctx.interactive() {
            return Err(Failure::usage(
                "an exam that is given up cannot be continued\nAdd `--yes` to give it up.",
            ));
        }
        if ctx.ask("Give the exam up? Its labs are removed, and it does not count. Type yes: ")? != "yes" {
            ctx.events.note("the exam goes on");
            return Ok(Exit::Passed);
        }
    }
    let _lock = sitting.lock()?;
    let mut state = sitting.state()?;
    let reason: String =
        args.reason.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
    sitting.folder.write(&mut state, Event::Abandoned { reason })?;
    desk::end_shell(&sitting);
    begin::end_clusters(&state, &Own(ctx)).await?;
    match ctx.json {
        true => ctx.write_json(out, &json!({"abandoned": state.opened.id}))?,
        false => writeln!(out, "exam {} was given up", state.opened.id)?,
    }
    Ok(Exit::Passed)
}

/// Shows the result of an exam.
pub(super) fn review(ctx: &Context, args: &ReviewArgs, out: &mut impl Write) -> Result<Exit> {
    let exams = Exams::new(&ctx.paths.state);
    let (folder, state) = match &args.id {
        Some(id) => exams.named(id)?,
        None => exams.last_graded()?.ok_or(SittingError::NoResult)?,
    };
    let Some(file) = &args.html else { return shown(ctx, &folder, &state, out) };
    let result = folder.result()?.ok_or_else(|| SittingError::NotGraded { id: state.opened.id.clone() })?;
    let (_, page) = page(ctx, &under_way::sitting(ctx, folder, &state), &result)?;
    let text = html::page(&page)?;
    let unwritten = |e| Failure::other(format!("{} cannot be written: {e}", file.display()));
    std::fs::write(file, text).map_err(unwritten)?;
    ctx.events.done(format!("the review is in {}", file.display()));
    Ok(Exit::Passed)
}

/// Lists all exams.
pub(super) fn list(ctx: &Context, out: &mut impl Write) -> Result<Exit> {
    let all = Exams::new(&ctx.paths.state).all()?;
    let mut rows = Vec::new();
    for (folder, state) in &all {
        let result = folder.result()?;
        let how = match (state.phase, &result) {
            (_, Some(result)) => {
                let passed = if result.score.passed { "passed" } else { "not passed" };
                format!(
                    "{} %, {passed}{}",
                    result.score.percent,
                    if result.practice { ", practice" } else { "" }
                )
            }
            (Phase::SettingUp, _) => "interrupted before it began".into(),
            (Phase::Abandoned, _) => "given up".into(),
            (Phase::Running, _) if !state.is_over(&now()) => "under way".into(),
            _ => "to be graded: `satrain exam` does".into(),
        };
        rows.push((state, result, how));
    }
    if ctx.json {
        let value: Vec<_> = rows
            .iter()
            .map(|(state, result, how)| {
                json!({
                    "id": state.opened.id, "title": state.opened.title, "tasks": state.tasks.len(), "how": how,
                    "percent": result.as_ref().map(|r| r.score.percent), "passed": result.as_ref().map(|r| r.score.passed),
                    "practice": state.opened.practice,
                })
            })
            .collect();
        ctx.write_json(out, &value)?;
        return Ok(Exit::Passed);
    }
    if rows.is_empty() {
        writeln!(out, "No exam yet. {} begins one.", ctx.style.command("satrain exam start"))?;
    }
    for (state, _, how) in rows {
        writeln!(
            out,
            "{:<14} {:>2} tasks  {}  {}",
            state.opened.id,
            state.tasks.len(),
            how,
            ctx.style.dim(&state.opened.title)
        )?;
    }
    Ok(Exit::Passed)
}
