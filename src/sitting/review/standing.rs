//! Pure: how a task stands at the end.

use serde::Serialize;

use crate::sitting::result::{Status, TaskResult};

/// How a task stands at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// All its points were earned.
    Complete,
    /// It was worked on, and points are missing.
    Unfinished,
    /// It was read, and not worked on.
    NotBegun,
    /// Its text was never shown.
    NotRead,
    /// It was changed after the end, and earns nothing.
    ChangedLate,
    /// It counts neither way.
    Void,
}

impl Standing {
    pub(super) fn of(task: &TaskResult) -> Self {
        match task.status {
            Status::Void { .. } => Self::Void,
            Status::ChangedLate { .. } => Self::ChangedLate,
            Status::Graded if task.earned >= task.of() => Self::Complete,
            Status::Graded if task.touched => Self::Unfinished,
            Status::Graded if task.read => Self::NotBegun,
            Status::Graded => Self::NotRead,
        }
    }
}
