//! Pure: what the history keeps of an exam.

use super::result::ExamResult;
use crate::history::ExamRow;

/// The row of an exam in the history.
pub fn row(result: &ExamResult) -> ExamRow {
    ExamRow {
        exam: result.id.clone(),
        title: result.title.clone(),
        at: result.ended.to_string(),
        percent: result.score.percent,
        pass: result.pass,
        passed: result.score.passed,
        complete: result.score.complete,
        practice: result.practice,
        tasks: u32::try_from(result.tasks.len()).unwrap_or(u32::MAX),
        used: result.used,
        seconds: result.whole_time(),
    }
}
