//! Pure: what a learner may see of a graded hand-in, and from when on.
//!
//! In: the class, and what time it is. Out: whether a check or a mark is told. A check that is hidden says nothing before feedback is
//! released: neither that it is there nor what it came to. So the sum that has it in it is not told either, nor a check that
//! requires it, nor which of several hand-ins was the best.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::seen::counting;
use crate::class::gradebook::{Row, Standing, TaskMark};
use crate::class::{BoundClass, BoundTask, Counts};
use crate::report::disclosure::Disclosure;

/// What a learner may see.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    class: &'a BoundClass,
    is_released: bool,
}

impl<'a> Release<'a> {
    /// What may be seen at that moment.
    pub fn of(class: &'a BoundClass, now: Timestamp) -> Self {
        let is_released = class.feedback.as_ref().is_some_and(|from| now >= from.timestamp());
        Self { class, is_released }
    }

    /// Whether feedback is released.
    pub const fn is_released(self) -> bool {
        self.is_released
    }

    /// From when on hidden checks are told; None: never.
    pub fn from(self) -> Option<String> {
        self.class.feedback.as_ref().map(ToString::to_string)
    }

    /// How much of the evidence is told.
    pub const fn disclosure(self) -> Disclosure {
        Disclosure::of_hand_in(self.is_released)
    }

    /// The checks of a task of which nothing is told.
    pub fn hidden(self, task: &BoundTask) -> BTreeSet<&str> {
        if self.is_released {
            return BTreeSet::new();
        }
        let checks = &task.loaded.scenario.checks;
        let mut hidden: BTreeSet<&str> = task.hidden.iter().map(String::as_str).collect();
        // A check that requires another one says what that one says. It requires only earlier ones.
        for check in checks {
            if check.requires.iter().any(|id| hidden.contains(id.as_str())) {
                hidden.insert(&check.id);
            }
        }
        hidden
    }

    /// Whether a task's mark is told. Where nothing was graded there is nothing to hide.
    pub fn tells(self, mark: &TaskMark) -> bool {
        let hides = self.class.task(&mark.scenario).is_some_and(|task| !self.hidden(task).is_empty());
        !hides || !mark.work.iter().any(|work| matches!(work.standing, Standing::Graded { .. }))
    }

    /// Whether the mark of the class is told.
    pub fn tells_total(self, row: &Row) -> bool {
        row.tasks.iter().all(|mark| self.tells(mark))
    }

    /// Whether it is told which hand-in counts: the best one is known by all of its checks.
    pub fn tells_which(self, mark: &TaskMark) -> bool {
        counting(mark).is_some()
            && (self.tells(mark) || self.class.counts == Counts::Last || mark.work.len() == 1)
    }
}
