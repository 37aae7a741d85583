//! Recorded grades: everything that judging needs, in one file, so that a grade can be judged again anywhere.
//!
//! In: an attempt and its grade, or the bytes of a recording. Out: bytes, or the very result that the grade had.
//! A recording is self-contained: it needs no scenario, no cluster and no attempt. Never: a token or key, which
//! observations do not hold; trust in a file that somebody else wrote.
//!
//! Bounds, for a file from anywhere: its size ([`MAX_BYTES`]), the memory that it takes when read, how deep it
//! nests, how many checks it has, and how much judging may cost.

mod bounds;
mod check;
mod error;
mod read;
mod space;
mod wire;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use bounds::MAX_BYTES;
pub use error::RecordingError;

use crate::grade::expectation::{Check, Guard};
use crate::grade::observation::Observations;
use crate::grade::{Grade, GradeRequest, Steady, judge};
use crate::lab::attempt::Attempt;
use crate::result::closing::Closing;
use crate::result::format::ResultV1;
use crate::result::provenance::Provenance;

/// A recorded grade (`satrain.dev/recording/v1`).
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// What was graded, and when.
    head: Head,
    /// What was seen right after setup.
    baseline: Observations,
    /// What was seen in the last pass.
    observations: Observations,
}

/// A recording without its observations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Head {
    about: Provenance,
    /// What the scenario says to whoever passed.
    explanation: String,
    /// How many hints the scenario has.
    hints: usize,
    checks: Vec<Lined<Check>>,
    guards: Vec<Lined<Guard>>,
    steady: Steady,
    started: Timestamp,
    judged: Timestamp,
    finished: Timestamp,
}

/// A check or guard with its line in the scenario file, which it does not carry itself when written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lined<T> {
    line: u32,
    is: T,
}

/// Judges a recording again: the result that the grade had.
///
/// # Errors
/// When the bytes are no recording of this version, whole and within its bounds.
pub fn replay(bytes: &[u8]) -> Result<ResultV1, RecordingError> {
    Ok(Recording::read(bytes)?.result())
}

impl Recording {
    /// Version of the format.
    pub const SCHEMA: &'static str = "satrain.dev/recording/v1";

    /// The recording of one grade of `attempt`; `failed` says how a played script ended badly.
    pub fn of(attempt: &Attempt, grade: &Grade, failed: Option<String>) -> Self {
        let scenario = &attempt.bound.scenario;
        let checks = scenario.checks.iter().map(|c| Lined { line: c.line, is: c.clone() });
        let guards = scenario.guards.iter().map(|g| Lined { line: g.line, is: g.clone() });
        let head = Head {
            about: Provenance::new(&attempt.record, &attempt.bound, failed),
            explanation: scenario.explanation.clone(),
            hints: scenario.hints.len(),
            checks: checks.collect(),
            guards: guards.collect(),
            steady: grade.steady.clone(),
            started: grade.started,
            judged: grade.judged,
            finished: grade.finished,
        };
        Self { head, baseline: attempt.baseline.clone(), observations: grade.observations.clone() }
    }

    /// The result of the grade that was recorded.
    pub fn result_of(&self, grade: &Grade) -> ResultV1 {
        ResultV1::new(self.head.about.clone(), &grade.results, grade.started, grade.finished)
    }

    /// Judges it: the same result as the grade's, for the same judges.
    pub fn result(&self) -> ResultV1 {
        let checks: Vec<Check> =
            self.head.checks.iter().map(|c| Check { line: c.line, ..c.is.clone() }).collect();
        let guards: Vec<Guard> =
            self.head.guards.iter().map(|g| Guard { line: g.line, ..g.is.clone() }).collect();
        let request = GradeRequest { checks: &checks, guards: &guards, baseline: &self.baseline };
        let graded = judge(&request, &self.observations, &self.head.steady, self.head.judged);
        ResultV1::new(self.head.about.clone(), &graded, self.head.started, self.head.finished)
    }

    /// What a report says after the score.
    pub fn closing(&self) -> Closing<'_> {
        let about = &self.head.about;
        Closing {
            explanation: &self.head.explanation,
            hints_left: self.head.hints.saturating_sub(about.hints),
            coach: about.solution.is_none(),
            explain: false,
            left_shell: false,
        }
    }
}
