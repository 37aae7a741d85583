//! What a learner did: lab results, quiz answers, hints, exams; in one SQLite file that several processes write at once.
//!
//! In: results and answers. Out: rows, statistics, and what is due again. Never: a cluster, a token.

mod db;
mod exams;
mod look;
mod rows;
pub mod schedule;
pub mod stats;
#[cfg(test)]
mod tests;

pub use db::{History, HistoryError, Opened};
pub use exams::ExamRow;
pub use rows::{Forgotten, LabCheck, LabRow, QuizAnswer, QuizSession, Row};
