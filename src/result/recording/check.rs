//! What the loader promises of a scenario, asked of a recording: judging relies on it.

use std::collections::BTreeSet;

use super::Recording;
use super::error::{RecordingError, short};
use crate::grade::expectation::expectations;

/// Checks and guards together; as many as the loader allows.
const MAX_CHECKS: usize = 128;

/// Points together; scenarios have a hundred.
const MAX_POINTS: u64 = 1_000_000;

pub(super) fn check(recording: &Recording) -> Result<(), RecordingError> {
    let head = &recording.head;
    if head.checks.len() + head.guards.len() > MAX_CHECKS {
        return Err(RecordingError::TooLarge { why: format!("it has more than {MAX_CHECKS} checks") });
    }
    let points: u64 = head.checks.iter().map(|c| u64::from(c.points)).sum();
    if points > MAX_POINTS {
        return Err(RecordingError::TooLarge { why: format!("it is worth more than {MAX_POINTS} points") });
    }
    let mut ids = BTreeSet::new();
    for expected in expectations(&head.checks, &head.guards) {
        if !ids.insert(&expected.id) {
            return Err(RecordingError::malformed(format!("two checks have the id {}", short(&expected.id))));
        }
    }
    Ok(())
}
