//! A proof as JUnit XML, for build servers: a suite a scenario, a test a case, lint as a test of its own.

use std::borrow::Cow;
use std::io::{Result, Write};

use crate::prove::proof::{CaseProof, Fate, Proof, ScenarioProof};

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
    let equivalent =
        |c: &&CaseProof| matches!(c.fate, Some(Fate::Equivalent { .. })) && c.problems.is_empty();
    scenario.cases.iter().filter(equivalent).count()
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
        match &case.fate {
            Some(Fate::Equivalent { reason }) if case.problems.is_empty() => {
                write_skipped(out, &scenario.id, &name, seconds, reason)?;
            }
            _ => write_test(out, &scenario.id, &name, seconds, &case.problems)?,
        }
    }
    writeln!(out, "  </testsuite>")
}

fn write_test(
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

/// An equivalent mutant shows nothing, good or bad: its reason is kept.
fn write_skipped(out: &mut impl Write, class: &str, name: &str, seconds: f64, why: &str) -> Result<()> {
    writeln!(
        out,
        r#"    <testcase classname="{}" name="{}" time="{seconds:.3}"><skipped message="{}"/></testcase>"#,
        escape(class),
        escape(name),
        escape(why)
    )
}

/// XML has no way to say most control characters: they become question marks.
fn escape(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| !matches!(c, '&' | '<' | '>' | '"') && (c >= ' ' || c == '\n')) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c < ' ' && !matches!(c, '\n' | '\t') => escaped.push('?'),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests;
