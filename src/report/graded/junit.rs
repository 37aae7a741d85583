//! A graded class as JUnit XML, for build servers: a suite a task, a test a learner.
//!
//! In: a graded class. Out: the document. JUnit knows no part of a mark, so a test passes when every check is met, and properties say
//! what it earned. It is for the instructor: hidden checks are in it.

use std::io::{Result, Write};

use super::seen::{Seen, counting};
use super::words::{late, name, reason};
use crate::class::BoundTask;
use crate::class::gradebook::{Row, Standing, TaskMark};
use crate::grade::verdict::Outcome;
use crate::marking::Mark;
use crate::report::junit::escape;

/// What a test came to.
enum Told {
    Passed,
    Skipped(&'static str),
    Failed(Vec<String>),
    Error(String),
}

/// A test.
struct Case {
    learner: String,
    seconds: f64,
    properties: Vec<(&'static str, String)>,
    told: Told,
}

/// The second line of each document: by it satrain knows what it wrote itself.
const MADE_BY: &str = "<!-- marks of a class, by satrain -->";
/// How each document begins.
pub const BEGINS: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- marks of a class, by satrain -->\n";

/// Writes the document.
pub fn write(out: &mut impl Write, seen: &Seen<'_>) -> Result<()> {
    let suites: Vec<(&BoundTask, Vec<Case>)> =
        seen.class.tasks.iter().map(|task| (task, cases(seen, task))).collect();
    let all: Vec<&Case> = suites.iter().flat_map(|(_, cases)| cases).collect();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, "{MADE_BY}")?;
    writeln!(out, r#"<testsuites name="{}" {}>"#, attribute(&seen.book.title), counts(&all))?;
    for (task, cases) in &suites {
        let of_suite: Vec<&Case> = cases.iter().collect();
        writeln!(out, r#"  <testsuite name="{}" {}>"#, attribute(task.id()), counts(&of_suite))?;
        let properties = [("weight", task.weight.to_string()), ("pass", seen.book.pass.to_string())];
        write_properties(out, "    ", &properties)?;
        for case in cases {
            write_case(out, task.id(), case)?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn counts(cases: &[&Case]) -> String {
    let (mut failures, mut errors, mut skipped, mut seconds) = (0, 0, 0, 0.0);
    for case in cases {
        seconds += case.seconds;
        match case.told {
            Told::Passed => {}
            Told::Skipped(_) => skipped += 1,
            Told::Failed(_) => failures += 1,
            Told::Error(_) => errors += 1,
        }
    }
    format!(
        r#"tests="{}" failures="{failures}" errors="{errors}" skipped="{skipped}" time="{seconds:.3}""#,
        cases.len()
    )
}

fn cases(seen: &Seen<'_>, task: &BoundTask) -> Vec<Case> {
    let marks = seen
        .book
        .rows
        .iter()
        .filter_map(|row| Some((row, row.tasks.iter().find(|mark| mark.scenario == task.id())?)));
    marks.map(|(row, mark)| case(seen, task, row, mark)).collect()
}

fn case(seen: &Seen<'_>, task: &BoundTask, row: &Row, mark: &TaskMark) -> Case {
    // Of what does not count, the last one says why.
    let work = counting(mark).or(mark.work.last());
    let graded = work.and_then(|work| seen.mark(work));
    let mut properties = Vec::new();
    properties.extend(row.name.as_deref().map(|called| ("name", name(called))));
    properties.extend(mark.percent.map(|percent| ("percent", percent.to_string())));
    properties.extend(row.percent.map(|percent| ("classPercent", percent.to_string())));
    if let Some(work) = work {
        properties.push(("file", name(&work.file)));
        properties.extend(seen.submitted(task, work).map(|at| ("submitted", at)));
        properties.extend(late(work.lateness).map(|told| ("lateness", told)));
    }
    let told = match work.map(|work| (&work.standing, work.lateness.too_late)) {
        None => Told::Skipped("nothing was handed in"),
        Some((Standing::Ungraded { why }, _)) => Told::Error(reason(why)),
        Some((Standing::Refused { why }, _)) => Told::Failed(vec![format!("not played: {}", reason(why))]),
        Some((Standing::Graded { .. }, true)) => Told::Failed(vec!["handed in too late to count".to_owned()]),
        Some((Standing::Graded { failed, .. }, false)) if failed.is_empty() => Told::Passed,
        Some((Standing::Graded { failed, .. }, false)) => Told::Failed(unmet(failed, graded)),
    };
    let seconds = graded.map_or(0.0, |mark| mark.seconds.sum());
    Case { learner: name(&row.learner), seconds, properties, told }
}

/// The checks that were not met, each with the reason.
fn unmet(failed: &[String], mark: Option<&Mark>) -> Vec<String> {
    let of = |id: &String| {
        let check = mark?.result.checks.iter().find(|check| check.id == *id)?;
        let verdict = if check.verdict == Outcome::NotYet { "not yet" } else { "failed" };
        Some(format!("{} {verdict}: {} {}", name(id), reason(&check.requirement), reason(&check.why)))
    };
    failed.iter().map(|id| of(id).unwrap_or_else(|| format!("{} failed", name(id)))).collect()
}

fn write_case(out: &mut impl Write, class: &str, case: &Case) -> Result<()> {
    writeln!(
        out,
        r#"    <testcase classname="{}" name="{}" time="{:.3}">"#,
        attribute(class),
        attribute(&case.learner),
        case.seconds
    )?;
    write_properties(out, "      ", &case.properties)?;
    match &case.told {
        Told::Passed => {}
        Told::Skipped(why) => writeln!(out, r#"      <skipped message="{}"/>"#, attribute(why))?,
        Told::Error(why) => {
            writeln!(out, r#"      <error message="could not be graded">{}</error>"#, escape(why))?;
        }
        Told::Failed(why) => writeln!(
            out,
            r#"      <failure message="{}">{}</failure>"#,
            attribute(why.first().map_or("", String::as_str)),
            escape(&why.join("\n"))
        )?,
    }
    writeln!(out, "    </testcase>")
}

fn write_properties(out: &mut impl Write, indent: &str, properties: &[(&str, String)]) -> Result<()> {
    if properties.is_empty() {
        return Ok(());
    }
    writeln!(out, "{indent}<properties>")?;
    for (name, value) in properties {
        writeln!(out, r#"{indent}  <property name="{name}" value="{}"/>"#, attribute(value))?;
    }
    writeln!(out, "{indent}</properties>")
}

/// The text of an attribute.
fn attribute(text: &str) -> String {
    escape(&reason(text)).into_owned()
}
