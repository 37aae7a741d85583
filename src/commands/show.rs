//! Grades an attempt, keeps the result and shows it: what `run` and `check` have in common.

use std::io::Write;

use jiff::Timestamp;

use super::context::Context;
use crate::error::{Exit, Result};
use crate::history::{LabCheck, LabRow};
use crate::lab::attempt::Attempt;
use crate::lab::site::Site;
use crate::report::style::Style;
use crate::report::text;
use crate::result::closing::Closing;
use crate::result::format::ResultV1;
use crate::result::recording::Recording;

/// How a turn ended, and how its report is wanted.
#[derive(Debug, Default)]
pub struct Turn {
    /// Whether the report says what was expected.
    pub explain: bool,
    /// How a played script ended badly.
    pub failed: Option<String>,
    /// Whether the lab's shell was left for it.
    pub left_shell: bool,
}

/// Grades `attempt`, keeps the result with its recording and writes it.
pub async fn graded(
    ctx: &Context,
    site: &Site,
    attempt: &Attempt,
    turn: Turn,
    out: &mut impl Write,
) -> Result<Exit> {
    ctx.events.step("Looking at the cluster");
    let grade = attempt.grade(site).await;
    let seconds = grade.finished.duration_since(grade.started).as_secs_f64();
    ctx.events.done(format!("Graded in {seconds:.1} s"));
    let recording = Recording::of(attempt, &grade, turn.failed);
    // First, so that a result is never beside the recording of another grade.
    if let Err(failure) = keep(attempt, &recording) {
        ctx.events.warn(format!("the grade could not be recorded, its result is kept: {failure}"));
    }
    let result = recording.result_of(&grade);
    attempt.dir.add_result(&result)?;
    // The result is kept already: a history that cannot be written costs no grade.
    if let Err(failure) = ctx.history().and_then(|mut history| Ok(history.add_lab(&row(attempt, &result))?)) {
        ctx.events.warn(format!("the grade is not in your history: {}", failure.report));
    }
    written(
        ctx,
        &result,
        Closing { explain: turn.explain, left_shell: turn.left_shell, ..recording.closing() },
        out,
    )
}

/// Writes a result, and says how the command ends by it.
pub fn written(ctx: &Context, result: &ResultV1, after: Closing<'_>, out: &mut impl Write) -> Result<Exit> {
    if ctx.json {
        ctx.write_json(out, result)?;
    } else {
        text::write(out, &ctx.style, result, after)?;
    }
    Ok(match (result.score.passed, result.score.complete) {
        (true, _) => Exit::Passed,
        (false, true) => Exit::NotPassed,
        (false, false) => Exit::Incomplete,
    })
}

/// The grade, for the history.
fn row(attempt: &Attempt, result: &ResultV1) -> LabRow {
    let checks = result.checks.iter().map(|check| LabCheck {
        id: check.id.clone(),
        verdict: serde_json::to_value(check.verdict)
            .ok()
            .and_then(|v| Some(v.as_str()?.to_owned()))
            .unwrap_or_default(),
        points: check.points,
        max: check.max,
    });
    LabRow {
        attempt: attempt.record.id.to_string(),
        scenario: attempt.record.scenario.id.clone(),
        at: Timestamp::now().to_string(),
        points: result.score.points,
        max: result.score.max,
        passed: result.score.passed,
        complete: result.score.complete,
        minutes: Timestamp::now().duration_since(attempt.record.started).as_secs_f64() / 60.0,
        hints: u32::try_from(attempt.record.hints).unwrap_or(u32::MAX),
        solution_shown: attempt.record.solution_shown || attempt.record.solution.is_some(),
        cluster: attempt.record.cluster.provider.clone(),
        checks: checks.collect(),
    }
}

fn keep(attempt: &Attempt, recording: &Recording) -> std::result::Result<(), String> {
    let bytes = recording.to_bytes().map_err(|e| e.to_string())?;
    attempt.dir.add_recording(&bytes).map(drop).map_err(|e| e.to_string())
}

/// Writes the task of an attempt.
pub fn task(ctx: &Context, attempt: &Attempt, out: &mut impl Write) -> Result<()> {
    let scenario = &attempt.bound.scenario;
    let heading =
        format!("{} {} {} ({} min)", scenario.id, ctx.style.dot(), scenario.title, scenario.minutes);
    writeln!(out, "{}\n", ctx.style.bold(&heading))?;
    writeln!(out, "{}\n", ctx.style.wrap(&crate::scenario::task_text(&attempt.bound), ""))?;
    let place = format!("Workspace: {}", attempt.dir.workspace().display());
    Ok(writeln!(out, "{}", ctx.style.dim(&place))?)
}

/// The hints that were shown so far, the newest last.
pub fn hint(style: &Style, hints: &[String], shown: usize, out: &mut impl Write) -> Result<()> {
    if let Some(text) = shown.checked_sub(1).and_then(|i| hints.get(i)) {
        writeln!(out, "{}", style.dim(&format!("Hint {shown} of {}", hints.len())))?;
        writeln!(out, "{}", style.wrap(text, "  "))?;
    }
    Ok(())
}
