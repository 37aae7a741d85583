//! A recording judged by a scenario as it is now, and what the recording lacks for that.
//!
//! In: a recording, and a scenario bound with the values that it was recorded with. Out: the result that the grade would have had, or which
//! checks only another play can decide. Never: a guess where an answer is missing.

use std::collections::BTreeMap;

use super::Recording;
use crate::grade::expectation::{Expectation, expectations};
use crate::grade::verdict::Outcome;
use crate::grade::{Baseline, CheckResult, GradeRequest, Reread, reread};
use crate::result::format::ResultV1;
use crate::result::provenance::Provenance;
use crate::scenario::BoundScenario;

/// A recording that was judged again.
#[derive(Debug, Clone, PartialEq)]
pub struct Again {
    /// What it comes to. It counts only if nothing is lacking.
    pub result: ResultV1,
    /// What cannot be said from the recording.
    pub lacks: Vec<Lack>,
}

/// A check that only another play can decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// The check or guard.
    pub check: String,
    /// Why.
    pub why: String,
}

/// How many of the missing answers are named.
const NAMED: usize = 3;

impl Recording {
    /// The parameters with which it was recorded, without the cause that a learner is to find.
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.head.about.params
    }

    /// What it says of itself: nothing of it was judged.
    pub fn about_what(&self) -> &Provenance {
        &self.head.about
    }

    /// Judges it by the checks and guards of `bound`, which has the values of the recording.
    pub fn judged_by(&self, bound: &BoundScenario) -> Again {
        let head = &self.head;
        let (checks, guards) = (&bound.scenario.checks, &bound.scenario.guards);
        let request = GradeRequest { checks, guards, baseline: Baseline::Taken(&self.baseline) };
        let reread = reread(&request, &self.observations, &head.steady, head.judged);
        let lacks = expectations(checks, guards)
            .zip(&reread)
            .filter_map(|(e, reread)| self.lack(e, reread))
            .collect();
        let results: Vec<CheckResult> = reread.into_iter().map(|reread| reread.result).collect();
        let about = self.about(bound);
        Again { result: ResultV1::new(about, &results, head.started, head.finished), lacks }
    }

    /// The same observations as a recording for the scenario `bound`.
    #[must_use]
    pub fn rebound(mut self, bound: &BoundScenario) -> Self {
        self.head.about = self.about(bound);
        let scenario = &bound.scenario;
        self.head.explanation.clone_from(&scenario.explanation);
        self.head.hints = scenario.hints.len();
        self.head.checks.clone_from(&scenario.checks);
        self.head.guards.clone_from(&scenario.guards);
        self
    }

    fn about(&self, bound: &BoundScenario) -> Provenance {
        let mut about = self.head.about.clone();
        about.scenario.title.clone_from(&bound.scenario.title);
        about.scenario.digest.clone_from(&bound.digest);
        about
    }

    fn lack(&self, expectation: &Expectation, reread: &Reread) -> Option<Lack> {
        let lack = |why: String| Some(Lack { check: expectation.id.clone(), why });
        // What failed with the answers that there were fails with more of them, too.
        let fails_as_then = reread.result.verdict.outcome == Outcome::Fail && self.expected(expectation);
        if !reread.unseen.is_empty() && !fails_as_then {
            let named: Vec<String> = reread.unseen.iter().take(NAMED).map(ToString::to_string).collect();
            let more = reread.unseen.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            return lack(format!(
                "it asks for {}{more}, which the recording does not have",
                named.join(", ")
            ));
        }
        let verdict = &reread.result.verdict;
        match verdict.outcome {
            Outcome::Unknown => lack(verdict.why.clone()),
            // While the recording was made, nobody waited for what this check waits for.
            Outcome::NotYet if !self.expected(expectation) => lack(verdict.why.clone()),
            _ => None,
        }
    }

    /// Whether the grade expected the same.
    fn expected(&self, expectation: &Expectation) -> bool {
        expectations(&self.head.checks, &self.head.guards).any(|then| {
            (&then.id, &then.kind, then.within, then.consistently)
                == (&expectation.id, &expectation.kind, expectation.within, expectation.consistently)
        })
    }
}
