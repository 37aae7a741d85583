//! A grade as a teacher would put it: each requirement, why it is so, what was seen, and what to do next.

use std::io::{Result, Write};

use super::disclosure::{Disclosure, Fact, Level, Reader};
use super::style::{Mark, Style};
use crate::grade::verdict::{Evidence, Outcome};
use crate::printable::printable;
use crate::result::closing::Closing;
use crate::result::format::{CheckPart, ResultV1};

/// Writes the report of one grade.
pub fn write(out: &mut impl Write, style: &Style, result: &ResultV1, after: Closing<'_>) -> Result<()> {
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
    if result.solution_shown {
        writeln!(out, "{}", style.dim("a solution was shown: this grade does not count as your best"))?;
    }
    writeln!(out)?;
    let disclosure = Disclosure::to(Reader {
        explain: after.explain,
        played: result.solution.is_some(),
        hints_shown: result.hints,
        hints_left: after.hints_left,
    });
    for check in result.checks.iter().filter(|c| !c.guard) {
        write_check(out, style, check, &result.checks, disclosure)?;
    }
    let guards: Vec<&CheckPart> = result.checks.iter().filter(|c| c.guard).collect();
    if !guards.is_empty() {
        writeln!(out, "\nMust stay true")?;
        for guard in guards {
            write_check(out, style, guard, &result.checks, disclosure)?;
        }
    }
    writeln!(out)?;
    write_score(out, style, result)?;
    write_next(out, style, result, after, disclosure)
}

fn write_check(
    out: &mut impl Write,
    style: &Style,
    check: &CheckPart,
    all: &[CheckPart],
    disclosure: Disclosure,
) -> Result<()> {
    let mark = match check.verdict {
        Outcome::Pass => Mark::Good,
        Outcome::Fail => Mark::Bad,
        Outcome::NotYet => Mark::Waiting,
        Outcome::Unknown => Mark::Unknown,
    };
    let points = match (check.guard, check.verdict) {
        (true, _) => String::new(),
        (false, Outcome::Unknown) => format!("  -/{}", check.max),
        (false, _) => format!("{:>3}/{}", check.points, check.max),
    };
    let points = if points.is_empty() { points } else { format!("{points:<7} ") };
    let indent = " ".repeat(points.chars().count() + if style.plain { 10 } else { 4 });
    let requirement = style.wrap(&check.requirement, &indent);
    writeln!(out, "  {} {points}{}", style.mark(mark), requirement.trim_start())?;
    let passed = check.verdict == Outcome::Pass;
    if !passed && !check.why.is_empty() {
        writeln!(out, "{}", style.wrap(&check.why, &indent))?;
    }
    if let Some(guard) = check.voided_by.as_ref().filter(|_| passed) {
        let broken = all.iter().find(|c| c.id == *guard).map_or(guard, |c| &c.requirement);
        let text = format!("No points as long as this is broken: {broken}");
        writeln!(out, "{}", style.wrap(&text, &indent))?;
    }
    if passed {
        return Ok(());
    }
    write_evidence(out, style, check, disclosure, &indent)?;
    if let Some(look) = &check.look {
        writeln!(out, "{}", style.wrap(&format!("Look: {look}"), &indent))?;
    }
    if disclosure == Disclosure::Asked && check.line > 0 {
        let line = format!("Graded by line {} of the scenario file.", check.line);
        writeln!(out, "{}", style.dim(&style.wrap(&line, &indent)))?;
    }
    Ok(())
}

fn write_evidence(
    out: &mut impl Write,
    style: &Style,
    check: &CheckPart,
    disclosure: Disclosure,
    indent: &str,
) -> Result<()> {
    // What was seen in many places is written once.
    let mut groups: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for evidence in &check.evidence {
        let Some((place, said)) = piece(evidence, disclosure.shows(evidence.fact), &check.why) else {
            continue;
        };
        match groups.iter_mut().find(|(_, known)| *known == said) {
            Some((places, _)) if places.contains(&place) => {}
            Some((places, _)) => places.push(place),
            None => groups.push((vec![place], said)),
        }
    }
    let inner = format!("{indent}  ");
    for (places, said) in groups.iter().take(EVIDENCE) {
        for place in places.iter().take(PLACES) {
            writeln!(out, "{}", style.dim(&style.wrap(place, &inner)))?;
        }
        if places.len() > PLACES {
            writeln!(out, "{inner}and {} more with --output json", places.len() - PLACES)?;
        }
        for part in said {
            writeln!(out, "{}", style.wrap(part, &format!("{inner}  ")))?;
        }
    }
    if groups.len() > EVIDENCE {
        writeln!(out, "{inner}and {} more with --output json", groups.len() - EVIDENCE)?;
    }
    Ok(())
}

/// What is shown of a piece of evidence: its place, and what is said of it. None: nothing that the sentence `why` does
/// not say already.
fn piece(evidence: &Evidence, shown: Level, why: &str) -> Option<(String, Vec<String>)> {
    let field = evidence.field.as_ref().filter(|_| shown >= Level::Place);
    let seen = Some(&evidence.seen).filter(|_| shown >= Level::Seen);
    let expected = evidence.expected.as_ref().filter(|_| shown >= Level::All);
    // There is one dry run in a check: the sentence is about it.
    let at = Some(&evidence.at).filter(|_| evidence.fact != Fact::DryRun);
    let told = [at, field, seen].into_iter().flatten().all(|part| why.contains(part.as_str()));
    if shown == Level::Nothing || (told && expected.is_none()) {
        return None;
    }
    let place = field.map_or_else(|| evidence.at.clone(), |field| format!("{} {field}", evidence.at));
    let parts =
        expected.map(|e| format!("expected  {e}")).into_iter().chain(seen.map(|s| format!("seen      {s}")));
    Some((place, parts.collect()))
}

/// Places of one thing that was seen.
const PLACES: usize = 3;
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

fn write_next(
    out: &mut impl Write,
    style: &Style,
    result: &ResultV1,
    after: Closing<'_>,
    disclosure: Disclosure,
) -> Result<()> {
    let score = result.score;
    if score.passed && !after.explanation.trim().is_empty() {
        writeln!(out, "\n{}", style.wrap(&printable(after.explanation), "  "))?;
    }
    if score.passed || !after.coach {
        return Ok(());
    }
    if disclosure == Disclosure::AfterHints {
        writeln!(out, "\n  All hints have been shown, so the report also says what was expected.")?;
    }
    let next = match (score.complete, after.hints_left) {
        (false, _) => {
            format!("Next: {} shows whether the cluster is healthy.", style.command("satrain cluster status"))
        }
        (true, left) => {
            let again = match after.left_shell {
                true => format!("{} opens the lab again", style.command("satrain shell")),
                false => format!("change it and run {} again", style.command("satrain check")),
            };
            let hints = match left {
                0 => String::new(),
                left => format!("; {} has {left} more", style.command("satrain hint")),
            };
            format!("Next: {again}{hints}.")
        }
    };
    writeln!(out, "\n  {next}")?;
    let hidden = result.checks.iter().filter(|c| c.verdict != Outcome::Pass).flat_map(|c| &c.evidence);
    if disclosure == Disclosure::Careful
        && hidden.into_iter().any(|e| disclosure.shows(e.fact) < Level::Place)
    {
        let explain = style.command("--explain");
        writeln!(out, "  {explain} also shows what was expected, which gives the solution away.")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
