//! `satrain exam review|list`: what came of exams.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::under_way;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::fs::{Durability, write_atomic};
use crate::plural::counted;
use crate::printable::{name, printable};
use crate::report::exam::{ExamPage, Told, html, list, text};
use crate::sitting::Sitting;
use crate::sitting::error::SittingError;
use crate::sitting::folder::{Exams, Folder};
use crate::sitting::now::now;
use crate::sitting::result::ExamResult;
use crate::sitting::review::{Offer, Review};
use crate::sitting::row;
use crate::sitting::state::{Phase, State};

/// Arguments of `satrain exam review`.
#[derive(Debug, Args)]
pub(super) struct ReviewArgs {
    /// The exam, as `satrain exam list` names it [default: the last one]
    id: Option<String>,
    /// Write the review as one page for a browser, which needs nothing else; an existing file is replaced
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Shows the result of an exam.
pub(super) fn review(ctx: &Context, args: &ReviewArgs, out: &mut impl Write) -> Result<Exit> {
    let exams = Exams::new(&ctx.paths.state);
    let (folder, state) = match &args.id {
        Some(id) => exams.named(id)?,
        None => exams.last_graded()?.ok_or(SittingError::NoResult)?,
    };
    let Some(file) = &args.html else { return shown(ctx, &folder, &state, out) };
    let result = result(&folder, &state)?;
    let (review, page) = page(ctx, &under_way::sitting(ctx, folder, &state), &result)?;
    let unwritable = |e| Failure::usage(format!("{}: {e}", name(file)));
    save(file, &html::page(&page)?).map_err(unwritable)?;
    ctx.events.done(format!("the review is in {}", name(file)));
    if ctx.json { write_json(ctx, &result, &review, out) } else { Ok(Exit::Passed) }
}

/// Writes a file as a whole. A link stays one, and what is no file (a pipe, a terminal) is written to.
fn save(file: &Path, text: &str) -> std::io::Result<()> {
    if file.exists() && !file.is_file() {
        return std::fs::write(file, text);
    }
    let target = if file.is_symlink() { file.canonicalize()? } else { std::path::absolute(file)? };
    write_atomic(&target, text.as_bytes(), Durability::Disk)
}

/// Shows the result of an exam that ended before, and says so first.
pub(super) fn again(ctx: &Context, folder: &Folder, state: &State, out: &mut impl Write) -> Result<Exit> {
    let ended = state.ended.map(|(at, _)| format!(" ended at {}", local(at))).unwrap_or_default();
    ctx.events
        .note(format!("no exam is under way: {}{ended}, and this is its result again", state.opened.id));
    shown(ctx, folder, state, out)
}

fn local(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}

fn shown(ctx: &Context, folder: &Folder, state: &State, out: &mut impl Write) -> Result<Exit> {
    let result = result(folder, state)?;
    show(ctx, &under_way::sitting(ctx, folder.clone(), state), &result, out)
}

fn result(folder: &Folder, state: &State) -> Result<ExamResult> {
    Ok(folder.result()?.ok_or_else(|| SittingError::NotGraded { id: state.opened.id.clone() })?)
}

/// The page of a result. Without its paper, what was to be done is not told, and all else is.
fn page(ctx: &Context, sitting: &Sitting, result: &ExamResult) -> Result<(Review, ExamPage)> {
    let review = Review::of(result, &Offer::all(ctx.session.catalog()?.entries()));
    let told = sitting.paper().map(Told::all).unwrap_or_default();
    let page = ExamPage::of(result, &review, &told, &TimeZone::system());
    Ok((review, page))
}

/// Shows a result.
pub(super) fn show(
    ctx: &Context,
    sitting: &Sitting,
    result: &ExamResult,
    out: &mut impl Write,
) -> Result<Exit> {
    let (review, page) = page(ctx, sitting, result)?;
    if ctx.json {
        return write_json(ctx, result, &review, out);
    }
    text::write(out, &ctx.style, &page)?;
    Ok(exit(result))
}

fn write_json(ctx: &Context, result: &ExamResult, review: &Review, out: &mut impl Write) -> Result<Exit> {
    let mut value = serde_json::to_value(result).map_err(Failure::other)?;
    value["review"] = serde_json::to_value(review).map_err(Failure::other)?;
    ctx.write_json(out, &value)?;
    Ok(exit(result))
}

const fn exit(result: &ExamResult) -> Exit {
    match (result.score.passed, result.score.complete) {
        (Some(true), _) => Exit::Passed,
        (Some(false), true) => Exit::NotPassed,
        _ => Exit::Incomplete,
    }
}

/// Lists all exams.
pub(super) fn list(ctx: &Context, out: &mut impl Write) -> Result<Exit> {
    let all = Exams::new(&ctx.paths.state).all()?;
    let mut rows = Vec::new();
    for (folder, state) in &all {
        let result = folder.result()?;
        let how = how(state, result.as_ref());
        rows.push((state, result, how));
    }
    if ctx.json {
        let value: Vec<_> = rows
            .iter()
            .map(|(state, result, how)| {
                json!({
                    "id": state.opened.id, "title": state.opened.title, "tasks": state.tasks.len(), "how": how,
                    "percent": result.as_ref().and_then(|r| r.score.percent),
                    "passed": result.as_ref().and_then(|r| r.score.passed),
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
        let (id, title) = (printable(&state.opened.id), printable(&state.opened.title));
        let tasks = counted(state.tasks.len(), "task");
        writeln!(out, "{id:<14} {tasks:<8}  {how}  {}", ctx.style.dim(&title))?;
    }
    Ok(Exit::Passed)
}

/// How an exam stands, or what it came to.
fn how(state: &State, result: Option<&ExamResult>) -> String {
    match (state.phase, result) {
        (_, Some(result)) => {
            let practice = if result.practice { ", practice" } else { "" };
            format!("{}{practice}", list::brief(&row::row(result)))
        }
        (Phase::SettingUp, _) => "interrupted before it began".into(),
        (Phase::Abandoned, _) => "given up".into(),
        (Phase::Running, _) if !state.is_over(&now()) => "under way".into(),
        _ => "to be graded: `satrain exam` does".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_written_as_a_whole_and_a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("review.html"), folder.path().join("link.html"));
        save(&file, "first").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        save(&link, "second").unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "second");
        assert!(save(Path::new("/dev/null"), "nowhere").is_ok() && !Path::new("/dev/null").is_file());
        assert!(save(&folder.path().join("none/review.html"), "nowhere").is_err());
        assert!(save(folder.path(), "nowhere").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside them");
    }
}
