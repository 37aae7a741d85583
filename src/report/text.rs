//! A grade as a teacher would put it: each requirement, why it is so, what was seen, and what to do next.

use std::io::{Result, Write};

use super::result::{CheckPart, EvidencePart, ResultV1, VerdictPart};
use super::style::{Mark, Style};
use crate::printable::printable;

/// What the report says after the score.
#[derive(Debug, Clone, Copy, Default)]
pub struct After<'a> {
    /// Shown when all was passed.
    pub explanation: &'a str,
    /// How many more hints there are.
    pub hints_left: usize,
    /// Whether to say that `satrain hint` helps: not after a solution was played.
    pub coach: bool,
}

/// Writes the report of one grade.
pub fn write(out: &mut impl Write, style: &Style, result: &ResultV1, after: After<'_>) -> Result<()> {
    let result = &result.printable();
    writeln!(
        out,
        "{}",
        style.bold(&format!("{} {} {}", result.scenario.id, style.dot(), result.scenario.title))
    )?;
    if let Some(solution) = &result.solution {
        let how = solution.failed.as_ref().map(|f| format!(", which {f}")).unwrap_or_default();
        writeln!(out, "{}", style.dim(&format!("played: {}{how}", solution.name)))?;
    }
    writeln!(out)?;
    for check in result.checks.iter().filter(|c| !c.guard) {
        write_check(out, style, check)?;
    }
    let guards: Vec<&CheckPart> = result.checks.iter().filter(|c| c.guard).collect();
    if !guards.is_empty() {
        writeln!(out, "\nMust stay true")?;
        for guard in guards {
            write_check(out, style, guard)?;
        }
    }
    writeln!(out)?;
    write_score(out, style, result)?;
    write_next(out, style, result, after)
}

fn write_check(out: &mut impl Write, style: &Style, check: &CheckPart) -> Result<()> {
    let mark = match check.verdict {
        VerdictPart::Pass => Mark::Good,
        VerdictPart::Fail => Mark::Bad,
        VerdictPart::NotYet => Mark::Waiting,
        VerdictPart::Unknown => Mark::Unknown,
    };
    let points = match (check.guard, check.verdict) {
        (true, _) => String::new(),
        (false, VerdictPart::Unknown) => format!("  -/{}", check.max),
        (false, _) => format!("{:>3}/{}", check.points, check.max),
    };
    let points = if points.is_empty() { points } else { format!("{points:<7} ") };
    let indent = " ".repeat(points.chars().count() + if style.plain { 10 } else { 4 });
    let requirement = style.wrap(&check.requirement, &indent);
    writeln!(out, "  {} {points}{}", style.mark(mark), requirement.trim_start())?;
    let passed = check.verdict == VerdictPart::Pass;
    if !passed && !check.why.is_empty() {
        writeln!(out, "{}", style.wrap(&check.why, &indent))?;
    }
    if let Some(guard) = check.voided_by.as_ref().filter(|_| passed) {
        let text = format!("Its points do not count while `{guard}` is broken.");
        writeln!(out, "{}", style.wrap(&text, &indent))?;
    }
    let told = |e: &&EvidencePart| check.why.contains(&e.at) && check.why.contains(&e.seen);
    for evidence in check.evidence.iter().filter(|e| !passed && !told(e)).take(EVIDENCE) {
        let at = format!("{indent}  ");
        writeln!(out, "{}", style.dim(&style.wrap(&evidence.at, &at)))?;
        if let Some(expected) = &evidence.expected {
            writeln!(out, "{}", style.wrap(&format!("expected  {expected}"), &format!("{at}  ")))?;
        }
        writeln!(out, "{}", style.wrap(&format!("seen      {}", evidence.seen), &format!("{at}  ")))?;
    }
    if !passed && check.evidence.len() > EVIDENCE {
        writeln!(out, "{indent}  and {} more with --output json", check.evidence.len() - EVIDENCE)?;
    }
    Ok(())
}

/// Pieces of evidence per check: more is for programs.
const EVIDENCE: usize = 5;

fn write_score(out: &mut impl Write, style: &Style, result: &ResultV1) -> Result<()> {
    let score = result.score;
    let verdict = match (score.passed, score.complete) {
        (true, _) => "passed",
        (false, true) => "not passed",
        (false, false) => "could not be graded in full",
    };
    let total = format!("{} of {} points", score.points, score.max);
    writeln!(out, "  {}  {}  {}", style.bar(score.percent, 30), style.bold(&total), verdict)
}

fn write_next(out: &mut impl Write, style: &Style, result: &ResultV1, after: After<'_>) -> Result<()> {
    let score = result.score;
    if score.passed && !after.explanation.trim().is_empty() {
        writeln!(out, "\n{}", style.wrap(&printable(after.explanation), "  "))?;
    }
    if score.passed || !after.coach {
        return Ok(());
    }
    let next = match (score.complete, after.hints_left) {
        (false, _) => {
            format!("Next: {} shows whether the cluster is well.", style.command("satrain cluster status"))
        }
        (true, 0) => format!("Next: change it and run {} again.", style.command("satrain check")),
        (true, left) => format!(
            "Next: change it and run {} again; {} has {left} more.",
            style.command("satrain check"),
            style.command("satrain hint"),
        ),
    };
    writeln!(out, "\n  {next}")
}

#[cfg(test)]
mod tests;
