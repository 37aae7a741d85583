//! How each check and each task does as a question: how many meet it, and whether those who do well otherwise do.
//!
//! Only graded hand-ins that count are looked at: who handed in nothing has not failed a check. A check is compared with the other checks
//! of its task (corrected: without itself, and by verdicts, so that a guard which voids points does not count twice), a task with the
//! other tasks of those who have a mark in all of them. Values that a variant drew make no difference.

use std::collections::BTreeMap;

use super::Graded;
use super::correlation::corrected;
use super::model::{Item, TaskInsight};
use crate::class::gradebook::{Gradebook, Row, Standing};
use crate::grade::verdict::Outcome;

/// Each check, then each guard, in the order of the first result that has it.
pub(super) fn of_checks(graded: &[Graded<'_>]) -> Vec<Item> {
    let mut order: Vec<(&str, bool)> = Vec::new();
    for check in graded.iter().flat_map(|graded| &graded.result.checks) {
        if !order.iter().any(|(id, _)| *id == check.id) {
            order.push((&check.id, check.guard));
        }
    }
    order.sort_by_key(|(_, guard)| *guard);
    order.into_iter().filter_map(|(id, guard)| of_check(graded, id, guard)).collect()
}

fn of_check(graded: &[Graded<'_>], id: &str, guard: bool) -> Option<Item> {
    let mut pairs = Vec::new();
    for graded in graded {
        let checks = &graded.result.checks;
        let Some(check) = checks.iter().find(|check| check.id == id) else { continue };
        // What could not be graded says nothing about this check.
        if check.verdict == Outcome::Unknown {
            continue;
        }
        let others = checks.iter().filter(|other| other.id != id && !other.guard);
        let rest: u32 = others.filter(|other| other.verdict == Outcome::Pass).map(|other| other.max).sum();
        let met = if check.verdict == Outcome::Pass { 1.0 } else { 0.0 };
        pairs.push((met, f64::from(rest)));
    }
    let n = pairs.len();
    if n == 0 {
        return None;
    }
    let met = pairs.iter().map(|pair| pair.0).sum::<f64>() / n as f64;
    Some(Item { id: id.into(), guard, n, met, correlation: corrected(&pairs) })
}

/// Fills in what each task is as an item of the class.
pub(super) fn of_tasks(book: &Gradebook, tasks: &mut [TaskInsight]) {
    let earned: Vec<BTreeMap<&str, u32>> = book.rows.iter().map(earned).collect();
    let complete = |marks: &&BTreeMap<&str, u32>| marks.len() == book.tasks.len() && book.tasks.len() > 1;
    for task in tasks {
        let id = task.scenario.as_str();
        let all: Vec<f64> =
            earned.iter().filter_map(|marks| marks.get(id)).map(|percent| f64::from(*percent)).collect();
        if all.is_empty() {
            continue;
        }
        let rest = |marks: &BTreeMap<&str, u32>| -> f64 {
            let others = book.tasks.iter().filter(|(other, _)| other != id);
            others
                .map(|(other, weight)| {
                    f64::from(*weight) * f64::from(marks.get(other.as_str()).copied().unwrap_or(0))
                })
                .sum()
        };
        let pairs: Vec<(f64, f64)> = earned
            .iter()
            .filter(complete)
            .filter_map(|marks| Some((f64::from(*marks.get(id)?), rest(marks))))
            .collect();
        task.task = Some(Item {
            id: id.to_owned(),
            guard: false,
            n: all.len(),
            met: all.iter().sum::<f64>() / all.len() as f64 / 100.0,
            correlation: corrected(&pairs),
        });
    }
}

/// What a learner's hand-ins that count earned, before lateness.
fn earned(row: &Row) -> BTreeMap<&str, u32> {
    let of = |task: &crate::class::gradebook::TaskMark| match &task.work.get(task.counts?)?.standing {
        Standing::Graded { percent, .. } => Some(*percent),
        Standing::Refused { .. } | Standing::Ungraded { .. } => None,
    };
    row.tasks.iter().filter_map(|task| Some((task.scenario.as_str(), of(task)?))).collect()
}
