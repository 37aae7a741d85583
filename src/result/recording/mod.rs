//! Recorded grades: everything that judging needs, in one file, so that a grade can be judged again anywhere.
//!
//! In: an attempt and its grade, or the bytes of a recording. Out: bytes, or the very result that the grade had.
//! A recording is self-contained: it needs no scenario, no cluster and no attempt. Never: a token or key, which
//! observations do not hold; trust in a file that somebody else wrote.
//!
//! Bounds, for a file from anywhere: its size ([`MAX_BYTES`]), the memory that it takes when read, how deep it
//! nests, how many checks it has, and how much judging may cost.

mod again;
mod bounds;
mod check;
mod error;
mod lined;
mod read;
mod space;
mod wire;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use again::{Again, Lack};
pub use bounds::MAX_BYTES;
pub use error::RecordingError;

use crate::grade::expectation::{Check, Guard};
use crate::grade::observation::Observations;
use crate::grade::{Baseline, Grade, GradeRequest, Steady, judge};
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
    #[serde(with = "lined")]
    checks: Vec<Check>,
    #[serde(with = "lined")]
    guards: Vec<Guard>,
    steady: Steady,
    started: Timestamp,
    judged: Timestamp,
    finished: Timestamp,
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
        let head = Head {
            about: Provenance::new(&attempt.record, &attempt.bound, failed),
            explanation: scenario.explanation.clone(),
            hints: scenario.hints.len(),
            checks: scenario.checks.clone(),
            guards: scenario.guards.clone(),
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
        let Head { checks, guards, .. } = &self.head;
        let request = GradeRequest { checks, guards, baseline: Baseline::Taken(&self.baseline) };
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
