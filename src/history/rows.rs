//! What is written and read: one function a question.

use rusqlite::{OptionalExtension, Row as SqlRow, TransactionBehavior, params};
use serde::Serialize;

use super::db::{History, HistoryError};
use super::exams::ExamRow;

type Result<T> = std::result::Result<T, HistoryError>;

/// One grade of a lab.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LabRow {
    /// The attempt.
    pub attempt: String,
    /// The scenario.
    pub scenario: String,
    /// When it was graded (RFC 3339, UTC).
    pub at: String,
    /// Points earned.
    pub points: u32,
    /// Points that could be earned.
    pub max: u32,
    /// Whether it was passed.
    pub passed: bool,
    /// Whether all of it could be graded.
    pub complete: bool,
    /// Minutes since the attempt began.
    pub minutes: f64,
    /// Hints that were shown.
    pub hints: u32,
    /// Whether a solution was shown or played.
    pub solution_shown: bool,
    /// On which cluster.
    pub cluster: String,
    /// Each check.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<LabCheck>,
}

/// One check of a grade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LabCheck {
    /// Its id.
    pub id: String,
    /// Its verdict.
    pub verdict: String,
    /// Points earned.
    pub points: u32,
    /// Points that could be earned.
    pub max: u32,
}

/// One answer to a quiz item.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct QuizAnswer {
    /// The session it belongs to.
    pub session: Option<i64>,
    /// The item.
    pub item: String,
    /// Its topic.
    pub topic: String,
    /// When (RFC 3339, UTC).
    pub at: String,
    /// What was answered.
    pub answer: String,
    /// Points earned.
    pub points: u32,
    /// Points that could be earned.
    pub of: u32,
    /// Whether the learner gave the points.
    pub self_marked: bool,
    /// How long it took.
    pub seconds: f64,
}

/// A series of questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuizSession {
    /// Its number.
    pub id: i64,
    /// When it began.
    pub started: String,
    /// Decides about the order of options.
    pub seed: u64,
    /// Whether marks are told at the end only.
    pub deferred: bool,
    /// The items in their order.
    pub items: Vec<String>,
}

/// Something that was done, newest first in lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Row {
    /// A lab was graded.
    Lab(LabRow),
    /// A question was answered.
    Quiz(QuizAnswer),
    /// An exam was sat.
    Exam(ExamRow),
}

/// How much was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Grades of labs.
    pub grades: usize,
    /// Answers to questions.
    pub answers: usize,
    /// Exams.
    pub exams: usize,
}

impl Row {
    /// When.
    pub fn at(&self) -> &str {
        match self {
            Self::Lab(row) => &row.at,
            Self::Quiz(row) => &row.at,
            Self::Exam(row) => &row.at,
        }
    }
}

impl History {
    /// Writes a grade with its checks.
    pub fn add_lab(&mut self, row: &LabRow) -> Result<()> {
        let change = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        change.prepare_cached(
            "insert into lab_results (attempt, scenario, at, points, max, passed, complete, minutes, hints, solution_shown, cluster)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            row.attempt, row.scenario, row.at, row.points, row.max, row.passed, row.complete, row.minutes, row.hints,
            row.solution_shown, row.cluster
        ])?;
        let id = change.last_insert_rowid();
        for check in &row.checks {
            change
                .prepare_cached("insert or replace into lab_checks values (?1, ?2, ?3, ?4, ?5)")?
                .execute(params![id, check.id, check.verdict, check.points, check.max])?;
        }
        Ok(change.commit()?)
    }

    /// Writes an answer; one that was given already in its session stays.
    pub fn add_answer(&self, row: &QuizAnswer) -> Result<()> {
        self.db
            .prepare_cached(
                "insert or ignore into quiz_answers (session, item, topic, at, answer, points, of, self_marked, seconds)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                row.session, row.item, row.topic, row.at, row.answer, row.points, row.of, row.self_marked, row.seconds
            ])?;
        Ok(())
    }

    /// Begins a session; one that is still open is finished by it.
    pub fn begin_session(
        &mut self,
        started: &str,
        seed: u64,
        deferred: bool,
        items: &[String],
    ) -> Result<QuizSession> {
        let change = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        change.execute("update quiz_sessions set finished = ?1 where finished is null", [started])?;
        change.execute(
            "insert into quiz_sessions (started, seed, deferred, items) values (?1, ?2, ?3, ?4)",
            params![started, seed.cast_signed(), deferred, items.join("\n")],
        )?;
        let id = change.last_insert_rowid();
        change.commit()?;
        Ok(QuizSession { id, started: started.into(), seed, deferred, items: items.to_vec() })
    }

    /// The session that was not finished.
    pub fn open_session(&self) -> Result<Option<QuizSession>> {
        let read = |row: &SqlRow<'_>| {
            let items: String = row.get(4)?;
            Ok(QuizSession {
                id: row.get(0)?,
                started: row.get(1)?,
                seed: row.get::<_, i64>(2)?.cast_unsigned(),
                deferred: row.get(3)?,
                items: items.lines().map(str::to_owned).collect(),
            })
        };
        let sql = "select id, started, seed, deferred, items from quiz_sessions where finished is null order by id desc limit 1";
        Ok(self.db.query_row(sql, [], read).optional()?)
    }

    /// Finishes a session.
    pub fn finish_session(&self, id: i64, at: &str) -> Result<()> {
        self.db.execute("update quiz_sessions set finished = ?2 where id = ?1", params![id, at])?;
        Ok(())
    }

    /// All answers, oldest first; of one session, if it is named.
    pub fn answers(&self, session: Option<i64>) -> Result<Vec<QuizAnswer>> {
        let mut query = self.db.prepare_cached(
            "select session, item, topic, at, answer, points, of, self_marked, seconds from quiz_answers
             where ?1 is null or session = ?1 order by at, id",
        )?;
        let rows = query.query_map([session], |row| {
            Ok(QuizAnswer {
                session: row.get(0)?,
                item: row.get(1)?,
                topic: row.get(2)?,
                at: row.get(3)?,
                answer: row.get(4)?,
                points: row.get(5)?,
                of: row.get(6)?,
                self_marked: row.get(7)?,
                seconds: row.get(8)?,
            })
        })?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    }

    /// All grades, oldest first, with their checks.
    pub fn labs(&self) -> Result<Vec<LabRow>> {
        let mut query = self.db.prepare_cached(
            "select id, attempt, scenario, at, points, max, passed, complete, minutes, hints, solution_shown, cluster
             from lab_results order by at, id",
        )?;
        let rows = query.query_map([], |row| {
            let lab = LabRow {
                attempt: row.get(1)?,
                scenario: row.get(2)?,
                at: row.get(3)?,
                points: row.get(4)?,
                max: row.get(5)?,
                passed: row.get(6)?,
                complete: row.get(7)?,
                minutes: row.get(8)?,
                hints: row.get(9)?,
                solution_shown: row.get(10)?,
                cluster: row.get(11)?,
                checks: Vec::new(),
            };
            Ok((row.get::<_, i64>(0)?, lab))
        })?;
        let mut labs: Vec<(i64, LabRow)> = rows.collect::<std::result::Result<_, _>>()?;
        let places: std::collections::HashMap<i64, usize> =
            labs.iter().enumerate().map(|(i, (id, _))| (*id, i)).collect();
        let mut query = self.db.prepare_cached(
            "select result, check_id, verdict, points, max from lab_checks order by result",
        )?;
        let checks = query.query_map([], |row| {
            let check =
                LabCheck { id: row.get(1)?, verdict: row.get(2)?, points: row.get(3)?, max: row.get(4)? };
            Ok((row.get::<_, i64>(0)?, check))
        })?;
        for check in checks {
            let (result, check) = check?;
            if let Some((_, lab)) = places.get(&result).and_then(|i| labs.get_mut(*i)) {
                lab.checks.push(check);
            }
        }
        Ok(labs.into_iter().map(|(_, lab)| lab).collect())
    }

    /// Everything, newest first.
    pub fn rows(&self) -> Result<Vec<Row>> {
        let mut rows: Vec<Row> = self.labs()?.into_iter().map(Row::Lab).collect();
        rows.extend(self.answers(None)?.into_iter().map(Row::Quiz));
        rows.extend(self.exams()?.into_iter().map(Row::Exam));
        rows.sort_by(|a, b| b.at().cmp(a.at()));
        Ok(rows)
    }

    /// Forgets everything, or what is older than `before` (RFC 3339).
    pub fn forget(&mut self, before: Option<&str>) -> Result<Forgotten> {
        let change = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let grades = change.execute("delete from lab_results where ?1 is null or at < ?1", [before])?;
        let answers = change.execute("delete from quiz_answers where ?1 is null or at < ?1", [before])?;
        let exams = change.execute("delete from exams where ?1 is null or at < ?1", [before])?;
        change.execute(
            "delete from quiz_sessions where finished is not null and (?1 is null or started < ?1)",
            [before],
        )?;
        if before.is_none() {
            change.execute("delete from quiz_sessions", [])?;
        }
        change.commit()?;
        // What was deleted must not be left in the file.
        self.db.execute_batch("vacuum; pragma wal_checkpoint(truncate)")?;
        Ok(Forgotten { grades, answers, exams })
    }
}
