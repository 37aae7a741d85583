//! A learner's row as Gradescope's `results.json`: a test a check, out of 100 points.
//!
//! In: a graded class, a row, and what may be seen. Out: the document, or None where something could not be graded: it would be a 0
//! there. Gradescope shows instructors everything. Learners see a check by its `visibility`, and no sum as long as one is hidden from
//! them.

use serde_json::{Map, Value};

use super::release::Release;
use super::seen::{Seen, bounded, counting};
use super::words::{late, name, reason};
use crate::class::BoundTask;
use crate::class::gradebook::{Row, Standing, TaskMark, Work};
use crate::lms::gradescope::{Check, Graded, Results, Visibility, results};
use crate::marking::Mark;
use crate::report::page::{Item, Page};
use crate::result::closing::Closing;

/// The document of a row.
pub fn of(seen: &Seen<'_>, row: &Row, release: Release<'_>) -> Option<Results> {
    let percent = row.percent?;
    let unseen = if release.from().is_some() { Visibility::AfterPublished } else { Visibility::Hidden };
    let mut graded = Graded {
        points: Some(f64::from(percent)),
        // What it does not say of itself follows the whole, and so does the sum.
        visibility: if release.tells_total(row) { Visibility::Visible } else { unseen },
        extra: extra(row),
        ..Graded::default()
    };
    let (mut said, mut seconds) = (Vec::new(), 0.0);
    for mark in &row.tasks {
        let Some(task) = seen.task(mark) else { continue };
        let work = counting(mark);
        said.push(format!(
            "{}. {}: {}",
            task.number,
            name(&task.loaded.scenario.title),
            told(seen, task, mark, work)
        ));
        match work.and_then(|work| Some((work, seen.mark(work)?))) {
            Some((_, one)) => {
                seconds += one.seconds.sum();
                graded.checks.extend(checks(task, one, release, unseen));
            }
            None => graded.checks.push(nothing(task, mark)),
        }
    }
    graded.seconds = (seconds > 0.0).then_some((seconds * 1000.0).round() / 1000.0);
    graded.output = Some(said.join("\n"));
    Some(results(&graded))
}

/// What programs of the school read.
fn extra(row: &Row) -> Map<String, Value> {
    [("learner".to_owned(), Value::from(name(&row.learner)))].into_iter().collect()
}

/// What there is to say of a task beside its checks.
fn told(seen: &Seen<'_>, task: &BoundTask, mark: &TaskMark, work: Option<&Work>) -> String {
    let Some(work) = work else {
        return if mark.work.is_empty() { "nothing was handed in" } else { "too late to count" }.to_owned();
    };
    let mut said = vec![name(&work.file)];
    said.extend(seen.submitted(task, work).map(|at| format!("handed in {at}")));
    said.extend(late(work.lateness));
    if let Standing::Refused { why } = &work.standing {
        said.push(format!("not played: {}", reason(why)));
    }
    said.join(", ")
}

/// A task without a grade earns nothing.
fn nothing(task: &BoundTask, mark: &TaskMark) -> Check {
    let output = match counting(mark).map(|work| &work.standing) {
        Some(Standing::Refused { why }) => format!("It was not played: {}", reason(why)),
        _ if mark.work.is_empty() => "Nothing was handed in.".to_owned(),
        _ => "It was handed in too late to count.".to_owned(),
    };
    Check {
        name: name(&task.loaded.scenario.title),
        number: Some(task.number.to_string()),
        points: Some(0.0),
        worth: f64::from(task.weight),
        output,
        tags: vec![name(task.id())],
        visibility: Visibility::Visible,
    }
}

fn checks(task: &BoundTask, mark: &Mark, release: Release<'_>, unseen: Visibility) -> Vec<Check> {
    let hidden = release.hidden(task);
    // Guards explain why points are void.
    let mut result = bounded(mark);
    let page = Page::new(&result, Closing::default(), release.disclosure());
    result.checks.retain(|check| !check.guard);
    let all = f64::from(result.checks.iter().map(|check| check.max).sum::<u32>().max(1));
    let of_class = |points: u32| (f64::from(points) * f64::from(task.weight) / all * 100.0).round() / 100.0;
    let both = result.checks.iter().zip(page.checks).enumerate();
    both.map(|(index, (check, item))| Check {
        name: format!("{}: {}", name(task.id()), reason(&check.requirement)),
        number: Some(format!("{}.{}", task.number, index + 1)),
        points: item.points.and_then(|points| points.earned).map(of_class),
        worth: of_class(check.max),
        output: output(&item),
        tags: vec![name(task.id()), name(&check.id)],
        visibility: if hidden.contains(check.id.as_str()) { unseen } else { Visibility::Visible },
    })
    .collect()
}

/// What is told of a check, in lines.
fn output(item: &Item) -> String {
    let mut lines: Vec<String> = item.why.iter().cloned().collect();
    lines.extend(item.voided_by.iter().map(|by| format!("No points as long as this is broken: {by}")));
    lines.extend(
        item.suspended_by
            .iter()
            .map(|by| format!("Points suspended, because this could not be graded: {by}")),
    );
    for group in &item.evidence {
        lines.extend(group.places.iter().map(|place| format!("- {place}")));
        lines.extend(group.expected.iter().map(|expected| format!("  expected: {expected}")));
        lines.extend(group.seen.iter().map(|seen| format!("  seen: {seen}")));
    }
    lines.extend(item.look.iter().map(|look| format!("Look: {look}")));
    lines.join("\n")
}
