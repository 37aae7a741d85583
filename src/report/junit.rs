//! A proof as JUnit XML, for build servers: a suite a scenario, a test a case, lint as a test of its own.

use std::borrow::Cow;
use std::io::{Result, Write};

use crate::prove::proof::{CaseProof, Fate, Proof, ScenarioProof};
use crate::prove::variations::Cell;

/// Writes the document.
pub fn write(out: &mut impl Write, proof: &Proof) -> Result<()> {
    let tests: usize = proof.scenarios.iter().map(|s| s.cases.len() + 1).sum();
    let failures: usize =
        proof.scenarios.iter().map(failures).sum::<usize>() + usize::from(!proof.left.is_empty());
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="satrain prove" tests="{}" failures="{failures}" time="{:.3}" timestamp="{}">"#,
        tests + 1,
        proof.seconds,
        proof.started
    )?;
    for scenario in &proof.scenarios {
        write_suite(out, scenario)?;
    }
    writeln!(
        out,
        r#"  <testsuite name="cluster" tests="1" failures="{}">"#,
        usize::from(!proof.left.is_empty())
    )?;
    write_test(out, "cluster", "nothing is left", 0.0, &proof.left)?;
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn failures(scenario: &ScenarioProof) -> usize {
    scenario.cases.iter().filter(|c| !c.problems.is_empty()).count() + usize::from(!scenario.lint.is_empty())
}

fn skipped(scenario: &ScenarioProof) -> usize {
    scenario.cases.iter().filter(|case| shows_nothing(case).is_some()).count()
}

/// Why a case shows nothing, good or bad: an equivalent mutant, a variation that does not fit or is declared.
fn shows_nothing(case: &CaseProof) -> Option<&str> {
    let why = match (&case.fate, &case.cell) {
        (Some(Fate::Equivalent { reason }), _) | (_, Some(Cell::Declared { reason })) => reason,
        (_, Some(Cell::NotApplicable { why })) => why,
        _ => return None,
    };
    case.problems.is_empty().then_some(why)
}

fn write_suite(out: &mut impl Write, scenario: &ScenarioProof) -> Result<()> {
    let time: f64 = scenario.cases.iter().map(|c| c.seconds.total()).sum();
    writeln!(
        out,
        r#"  <testsuite name="{}" tests="{}" failures="{}" skipped="{}" time="{time:.3}">"#,
        escape(&scenario.id),
        scenario.cases.len() + 1,
        failures(scenario),
        skipped(scenario)
    )?;
    write_test(out, &scenario.id, "lint", 0.0, &scenario.lint)?;
    for case in &scenario.cases {
        let (name, seconds) = (case.case.title(), case.seconds.total());
        match (shows_nothing(case), &case.cell) {
            (Some(why), _) => write_skipped(out, &scenario.id, &name, seconds, why)?,
            (None, Some(Cell::Lost { by })) if case.problems.is_empty() => {
                write_lost(out, &scenario.id, &name, seconds, by)?;
            }
            _ => write_test(out, &scenario.id, &name, seconds, &case.problems)?,
        }
    }
    writeln!(out, "  </testsuite>")
}

pub(super) fn write_test(
    out: &mut impl Write,
    class: &str,
    name: &str,
    seconds: f64,
    problems: &[String],
) -> Result<()> {
    let head =
        format!(r#"    <testcase classname="{}" name="{}" time="{seconds:.3}""#, escape(class), escape(name));
    let Some(first) = problems.first() else { return writeln!(out, "{head}/>") };
    writeln!(out, "{head}>")?;
    writeln!(
        out,
        r#"      <failure message="{}">{}</failure>"#,
        escape(first),
        escape(&problems.join("\n"))
    )?;
    writeln!(out, "    </testcase>")
}

/// An attack that lost points, and by what.
fn write_lost(out: &mut impl Write, class: &str, name: &str, seconds: f64, by: &[String]) -> Result<()> {
    writeln!(
        out,
        r#"    <testcase classname="{}" name="{}" time="{seconds:.3}"><system-out>lost by {}</system-out></testcase>"#,
        escape(class),
        escape(name),
        escape(&by.join(", "))
    )
}

/// What shows nothing, good or bad, is kept with its reason.
fn write_skipped(out: &mut impl Write, class: &str, name: &str, seconds: f64, why: &str) -> Result<()> {
    writeln!(
        out,
        r#"    <testcase classname="{}" name="{}" time="{seconds:.3}"><skipped message="{}"/></testcase>"#,
        escape(class),
        escape(name),
        escape(why)
    )
}

/// The two characters above the controls that XML 1.0 excludes.
const fn is_no_xml(c: char) -> bool {
    matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

/// XML has no way to say most control characters: they become question marks.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| !matches!(c, '&' | '<' | '>' | '"') && (c >= ' ' || c == '\n') && !is_no_xml(c)) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if (c < ' ' && !matches!(c, '\n' | '\t')) || is_no_xml(c) => escaped.push('?'),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests;
