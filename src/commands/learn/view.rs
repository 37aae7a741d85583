//! What several verbs show: a graded attempt, a task, a hint.

use std::io::Write;

use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::lab::attempt::Attempt;
use crate::report::style::Style;
use crate::report::text;
use crate::result::closing::Closing;
use crate::result::format::ResultV1;
use crate::session::graded::Graded;

/// How the report of a grade is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    /// Whether it says what was expected.
    pub(super) explain: bool,
    /// Whether the lab's shell was left for it.
    pub(super) left_shell: bool,
}

/// Writes a grade, and says how the command ends by it.
pub(super) fn graded(ctx: &Context, graded: &Graded, how: How, out: &mut impl Write) -> Result<Exit> {
    let How { explain, left_shell } = how;
    result(ctx, &graded.result, Closing { explain, left_shell, ..graded.closing() }, out)
}

/// Writes a result, and says how the command ends by it.
pub(super) fn result(
    ctx: &Context,
    result: &ResultV1,
    closing: Closing<'_>,
    out: &mut impl Write,
) -> Result<Exit> {
    if ctx.json {
        ctx.write_json(out, result)?;
    } else {
        text::write(out, &ctx.style, result, closing)?;
    }
    Ok(match (result.score.passed, result.score.complete) {
        (true, _) => Exit::Passed,
        (false, true) => Exit::NotPassed,
        (false, false) => Exit::Incomplete,
    })
}

/// Writes the task of an attempt.
pub(super) fn task(ctx: &Context, attempt: &Attempt, out: &mut impl Write) -> Result<()> {
    let scenario = &attempt.bound.scenario;
    let heading =
        format!("{} {} {} ({} min)", scenario.id, ctx.style.dot(), scenario.title, scenario.minutes);
    writeln!(out, "{}\n", ctx.style.bold(&heading))?;
    writeln!(out, "{}\n", ctx.style.wrap(&crate::scenario::task_text(&attempt.bound), ""))?;
    let place = format!("Workspace: {}", attempt.dir.workspace().display());
    Ok(writeln!(out, "{}", ctx.style.dim(&place))?)
}

/// The hints that were shown so far, the newest last.
pub(super) fn hint(style: &Style, hints: &[String], shown: usize, out: &mut impl Write) -> Result<()> {
    if let Some(text) = shown.checked_sub(1).and_then(|i| hints.get(i)) {
        writeln!(out, "{}", style.dim(&format!("Hint {shown} of {}", hints.len())))?;
        writeln!(out, "{}", style.wrap(text, "  "))?;
    }
    Ok(())
}
