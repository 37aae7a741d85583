//! The exams that were sat: one row each.

use rusqlite::params;
use serde::Serialize;

use super::db::{History, HistoryError};

type Result<T> = std::result::Result<T, HistoryError>;

/// An exam that was graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExamRow {
    /// Its name.
    pub exam: String,
    /// The paper's title.
    pub title: String,
    /// When it ended (RFC 3339, UTC).
    pub at: String,
    /// Earned, in per cent of what could be graded; None: no task could be.
    pub percent: Option<u32>,
    /// From how many per cent on it is passed.
    pub pass: u32,
    /// Whether it was passed; None: no task could be graded.
    pub passed: Option<bool>,
    /// Whether every task could be graded.
    pub complete: bool,
    /// Whether it was practice, which does not count as an exam.
    pub practice: bool,
    /// How many tasks it had.
    pub tasks: u32,
    /// How much time was used, in seconds.
    pub used: u64,
    /// How much there was with extra time, in seconds.
    pub seconds: u64,
}

impl History {
    /// Writes an exam. One that is there already is replaced: what could not be graded at first was graded again.
    pub fn add_exam(&self, row: &ExamRow) -> Result<()> {
        self.db
            .prepare_cached(
                "insert or replace into exams (exam, title, at, percent, pass, passed, complete, practice, tasks, used, seconds)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
                row.exam, row.title, row.at, row.percent, row.pass, row.passed, row.complete, row.practice, row.tasks,
                row.used.cast_signed(), row.seconds.cast_signed()
            ])?;
        Ok(())
    }

    /// All exams, oldest first.
    pub fn exams(&self) -> Result<Vec<ExamRow>> {
        let mut query = self.db.prepare_cached(
            "select exam, title, at, percent, pass, passed, complete, practice, tasks, used, seconds from exams
             order by at, exam",
        )?;
        let rows = query.query_map([], |row| {
            Ok(ExamRow {
                exam: row.get(0)?,
                title: row.get(1)?,
                at: row.get(2)?,
                percent: row.get(3)?,
                pass: row.get(4)?,
                passed: row.get(5)?,
                complete: row.get(6)?,
                practice: row.get(7)?,
                tasks: row.get(8)?,
                used: row.get::<_, i64>(9)?.cast_unsigned(),
                seconds: row.get::<_, i64>(10)?.cast_unsigned(),
            })
        })?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }
}
