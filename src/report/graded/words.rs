//! Words and numbers as the pages of a class write them.

use crate::class::gradebook::{Gradebook, Late, TaskMark};
use crate::plural::counted;
use crate::printable::excerpt;
use crate::report::style::Mark;

/// The longest name of anything, in characters.
pub(super) const NAME: usize = 120;
/// The longest reason, in characters.
pub(super) const REASON: usize = 600;

/// A name from outside.
pub(super) fn name(text: &str) -> String {
    excerpt(&one_line(text), NAME)
}

/// A sentence from outside.
pub(super) fn reason(text: &str) -> String {
    excerpt(&one_line(text), REASON)
}

fn one_line(text: &str) -> String {
    // More than is shown need not be looked at.
    let end = text.char_indices().nth(4 * REASON).map_or(text.len(), |(at, _)| at);
    text[..end].split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How late a hand-in is, and what that costs; None: it is on time.
pub(super) fn late(late: Late) -> Option<String> {
    let days = counted(late.days_late, "day");
    match late {
        Late { too_late: true, .. } => Some(format!("{days} late, too late to count")),
        Late { days_late: 0, .. } => None,
        Late { deducted: 0, .. } => Some(format!("{days} late, which costs nothing")),
        Late { deducted, .. } => Some(format!("{days} late, which costs {deducted} % of the task")),
    }
}

/// Whether a class is passed, as a mark and in words.
pub(super) const fn outcome(passed: Option<bool>) -> (Mark, &'static str) {
    match passed {
        Some(true) => (Mark::Good, "passed"),
        Some(false) => (Mark::Bad, "not passed"),
        None => (Mark::Unknown, "not graded in full"),
    }
}

/// A task's mark in a table.
pub(super) fn cell(mark: &TaskMark) -> String {
    match (mark.work.is_empty(), mark.percent) {
        (true, _) => "nothing".to_owned(),
        (false, None) => "not graded".to_owned(),
        (false, Some(percent)) => percent.to_string(),
    }
}

/// How many passed, in words.
pub(super) fn passed(book: &Gradebook) -> String {
    let passed = book.rows.iter().filter(|row| row.passed == Some(true)).count();
    format!("{passed} of {} passed", counted(book.rows.len(), "learner"))
}
