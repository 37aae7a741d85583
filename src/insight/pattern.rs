//! The pattern of a result: the checks and guards that do not pass; and how far two patterns agree.

use std::collections::BTreeSet;

use crate::grade::verdict::Outcome;
use crate::result::format::{CheckPart, ResultV1};

/// Whether a check does not pass.
pub(super) fn is_failed(check: &CheckPart) -> bool {
    matches!(check.verdict, Outcome::Fail | Outcome::NotYet)
}

/// The checks and guards that do not pass.
pub(super) fn failed(result: &ResultV1) -> BTreeSet<&str> {
    result.checks.iter().filter(|check| is_failed(check)).map(|check| check.id.as_str()).collect()
}

/// Whether no check passes and no guard is broken.
pub(super) fn is_nothing(result: &ResultV1) -> bool {
    result.checks.iter().all(|check| is_failed(check) != check.guard)
}

/// The share of the checks that both have, of those that at least one has (Jaccard's index): 1 for equal patterns.
pub(super) fn agreement(one: &BTreeSet<&str>, other: &BTreeSet<&str>) -> f64 {
    let all = one.union(other).count();
    if all == 0 { 1.0 } else { one.intersection(other).count() as f64 / all as f64 }
}
