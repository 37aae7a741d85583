//! Pure: how a task stands at the end.

use serde::Serialize;

use crate::sitting::result::{ExamResult, Status, TaskResult};

/// How a task stands at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// All its points were earned.
    Complete,
    /// A lab was worked on, and points are missing.
    Unfinished,
    /// A question was answered, and some of its points are missing.
    PartlyRight,
    /// A question was answered, and the answer earned nothing.
    Wrong,
    /// Somebody was on the host of a lab, and changed nothing on its cluster.
    Visited,
    /// A lab was read, and nobody was on its host.
    NotBegun,
    /// A question was read, and not answered.
    NotAnswered,
    /// Its text was never shown.
    NotRead,
    /// It was changed after the end, and earns nothing.
    ChangedLate,
    /// It counts neither way.
    Void,
}

impl Standing {
    pub(super) fn of(result: &ExamResult, task: &TaskResult) -> Self {
        let is_question = task.host.is_none();
        match task.status {
            Status::Void { .. } => Self::Void,
            Status::ChangedLate { .. } => Self::ChangedLate,
            Status::Graded if task.earned >= task.of() => Self::Complete,
            Status::Graded if task.touched && is_question && task.earned > 0 => Self::PartlyRight,
            Status::Graded if task.touched && is_question => Self::Wrong,
            Status::Graded if task.touched && was_only_seen(result, task) => Self::Visited,
            Status::Graded if task.touched => Self::Unfinished,
            Status::Graded if task.read && is_question => Self::NotAnswered,
            Status::Graded if task.read => Self::NotBegun,
            Status::Graded => Self::NotRead,
        }
    }

    /// Whether somebody worked on it, and its points count.
    pub(super) const fn is_done(self) -> bool {
        matches!(self, Self::Complete | Self::Unfinished | Self::PartlyRight | Self::Wrong)
    }
}

/// Whether nothing of a lab was changed, by the log. Points show that something was done that the log does not show, such as a file.
fn was_only_seen(result: &ExamResult, task: &TaskResult) -> bool {
    let Some(work) = &task.work else { return false };
    let elsewhere = work.elsewhere.iter().map(|there| there.changes).fold(0, u32::saturating_add);
    let others = result.tasks.iter().filter_map(|other| other.work.as_ref());
    let from_other_hosts =
        others.flat_map(|work| &work.elsewhere).any(|there| there.task == task.number && there.changes > 0);
    task.earned == 0 && work.changes <= elsewhere && !from_other_hosts
}
