//! Pure: points that were there once, and not at the end.

use jiff::Timestamp;
use serde::Serialize;

use crate::sitting::result::{ExamResult, Status, TaskResult};

/// A task lost points, and did not have them again at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fall {
    /// Its number.
    pub task: usize,
    /// What it was worth, in hundredths of a per cent of the whole paper.
    pub before: u32,
    /// What it was worth afterwards.
    pub after: u32,
    /// When it was still worth `before`.
    pub from: Timestamp,
    /// When it was worth `after`.
    pub to: Timestamp,
    /// Whether that was the grade.
    pub at_grade: bool,
    /// Tasks on whose hosts something of this task was changed before `to`.
    pub hosts: Vec<usize>,
}

/// What a task is worth with so many points of its lab, in hundredths of a per cent of the whole paper; None: nothing was graded.
pub(super) fn worth(weight: u32, points: u32, max: u32) -> Option<u32> {
    let hundredths = (u128::from(weight) * 100 * u128::from(points)).checked_div(u128::from(max))?;
    u32::try_from(hundredths).ok()
}

/// All falls, in the order of the tasks and then of time.
pub(super) fn falls(result: &ExamResult) -> Vec<Fall> {
    result.tasks.iter().flat_map(|task| of_task(result, task)).collect()
}

fn of_task(result: &ExamResult, task: &TaskResult) -> Vec<Fall> {
    if task.status != Status::Graded {
        return Vec::new();
    }
    let mut moments: Vec<(Timestamp, u32)> = task
        .observed
        .iter()
        .filter_map(|seen| Some((seen.at, worth(task.weight, seen.points, seen.max)?)))
        .collect();
    let grade = task.grade.as_ref().and_then(|g| worth(task.weight, g.score.points, g.score.max));
    moments.extend(grade.map(|points| (result.ended, points)));
    let last = moments.len().saturating_sub(1);
    let mut falls = Vec::new();
    for (i, pair) in moments.windows(2).enumerate() {
        let ((from, before), (to, after)) = (pair[0], pair[1]);
        let is_regained = moments[i + 1..].iter().any(|(_, later)| *later >= before);
        if !is_regained {
            let at_grade = grade.is_some() && i + 1 == last;
            falls.push(Fall {
                task: task.number,
                before,
                after,
                from,
                to,
                at_grade,
                hosts: hosts(result, task, to),
            });
        }
    }
    falls
}

/// Where something of `task` was changed that is another task's host, before `to`.
fn hosts(result: &ExamResult, task: &TaskResult, to: Timestamp) -> Vec<usize> {
    let changed = |other: &&TaskResult| {
        let there = other.work.iter().flat_map(|work| &work.elsewhere);
        there.clone().any(|there| there.task == task.number && there.first <= to)
    };
    result.tasks.iter().filter(changed).map(|other| other.number).collect()
}
