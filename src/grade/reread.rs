//! Pure: judges what was recorded by expectations that may be others than those it was recorded for.
//!
//! In: expectations, recorded answers. Out: results, and for each what it asks for and has no answer to: a verdict without all its answers
//! says nothing.

use jiff::Timestamp;

use super::judge::{CheckResult, GradeRequest, conclude};
use super::observation::Observations;
use super::probe::Probe;
use super::steady::Steady;
use super::verdict::Verdict;
use super::view::{Unanswered, View};

/// A result with what was missing for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reread {
    /// What it comes to by what there is.
    pub result: CheckResult,
    /// What it asks for, and nobody asked the cluster.
    pub unseen: Vec<Probe>,
}

/// Judges every check and guard by recorded answers, in the order of [`super::judge`].
pub fn reread(
    request: &GradeRequest<'_>,
    seen: &Observations,
    steady: &Steady,
    now: Timestamp,
) -> Vec<Reread> {
    let (looks, unseen): (Vec<Verdict>, Vec<Vec<Probe>>) = request
        .expectations()
        .map(|expectation| {
            let unanswered = Unanswered::default();
            let verdict = expectation.judge(View::so_far(seen, &unanswered), request.baseline, now);
            (verdict, unanswered.into_inner().into_iter().collect())
        })
        .unzip();
    let results = conclude(request, looks, steady, now);
    results.into_iter().zip(unseen).map(|(result, unseen)| Reread { result, unseen }).collect()
}
