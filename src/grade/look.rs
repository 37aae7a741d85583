//! Looks of somebody who only watches: one pass each, without waiting, and without the programs in Pods as long as they
//! are spared. What was not looked at keeps what it came to earlier.
//!
//! In: what is graded. Out: the same results as a grade, and since when each of them is known. Nothing is recorded.

use std::time::Duration;

use jiff::Timestamp;

use super::expectation::Expectation;
use super::judge::{CheckResult, GradeRequest, conclude};
use super::observation::{Observations, Observed, ProbeFailure};
use super::observe::observe;
use super::probe::Probe;
use super::prober::Prober;
use super::steady::Steady;
use super::verdict::{Outcome, Verdict};
use super::view::{Unanswered, View};

/// What is known from look to look.
#[derive(Debug, Default)]
pub struct Lookout {
    steady: Steady,
    /// The latest verdict of each expectation, and when it was found.
    known: Vec<Option<(Verdict, Timestamp)>>,
}

/// What one look showed.
#[derive(Debug, Clone)]
pub struct Look {
    /// Each check, then each guard, in the scenario's order.
    pub results: Vec<CheckResult>,
    /// Of each of them, when it was last looked at; None: never.
    pub seen: Vec<Option<Timestamp>>,
    /// Of each of them, whether it was left out because a program would have to run.
    pub spared: Vec<bool>,
    /// What was seen.
    pub observations: Observations,
    /// When it began.
    pub at: Timestamp,
}

impl Look {
    /// Whether all that was looked at is as required, so that only programs in Pods can tell more.
    pub fn only_programs_are_left(&self) -> bool {
        let looked_at = self.results.iter().zip(&self.spared).filter(|(_, spared)| !**spared);
        self.spared.contains(&true)
            && looked_at.map(|(result, _)| result).all(|result| result.verdict.outcome == Outcome::Pass)
    }
}

impl Lookout {
    /// Looks once; `programs`: whether programs in Pods are run for it.
    pub async fn look(&mut self, prober: &impl Prober, request: &GradeRequest<'_>, programs: bool) -> Look {
        let at = Timestamp::now();
        let wanted: Vec<&Expectation> = request.expectations().collect();
        self.known.resize(wanted.len(), None);
        let sparing = Sparing { prober, programs };
        let (mut observations, verdicts) = observe(&sparing, &wanted, request.baseline, at).await;
        if !programs {
            observations.retain(|observed| !observed.probe.runs_a_program());
        }
        let needs_more = |expectation: &&Expectation| {
            let unanswered = Unanswered::default();
            let _ = expectation.judge(View::so_far(&observations, &unanswered), request.baseline, at);
            !unanswered.into_inner().is_empty()
        };
        let spared: Vec<bool> = wanted.iter().map(|e| !programs && needs_more(e)).collect();
        let now = Timestamp::now();
        for (place, verdict) in verdicts.into_iter().enumerate().filter(|(place, _)| !spared[*place]) {
            self.steady.note(&wanted[place].id, verdict.outcome, now);
            self.known[place] = Some((verdict, at));
        }
        let checks = request.checks.len();
        let latest = self.known.iter().enumerate().map(|(place, known)| match known {
            Some((verdict, _)) => verdict.clone(),
            None if place < checks => Verdict::not_yet("it takes a program in a Pod to see this"),
            // A guard that nobody has looked at takes no points.
            None => Verdict::pass("Not looked at"),
        });
        let results = conclude(request, latest.collect(), &self.steady, now);
        let seen = self.known.iter().map(|known| known.as_ref().map(|(_, at)| *at)).collect();
        Look { results, seen, spared, observations, at }
    }
}

/// Asks everything but what would run a program, where those are spared.
struct Sparing<'a, P> {
    prober: &'a P,
    programs: bool,
}

impl<P: Prober> Prober for Sparing<'_, P> {
    async fn ask(&self, probe: &Probe) -> Observed {
        if self.programs || !probe.runs_a_program() {
            return self.prober.ask(probe).await;
        }
        let failure = ProbeFailure { message: "no program is run for this look".into(), transient: false };
        Observed { probe: probe.clone(), at: Timestamp::now(), outcome: Err(failure) }
    }

    fn pass_limit(&self) -> Duration {
        self.prober.pass_limit()
    }

    async fn changed(&self, seen: &Observations, waited: Duration, at_most: Duration) {
        self.prober.changed(seen, waited, at_most).await;
    }
}
