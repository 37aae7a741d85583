//! Judges, asks what could not be answered, and judges again: each probe is asked once, many at a time. Each check is judged
//! again as soon as all that it asked for is answered, until it asks for nothing more.
//!
//! One pass ends within [`Prober::pass_limit`], whatever the API does. A probe that hangs gives its place to others, so
//! that only the checks that need it are `unknown`.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

use super::baseline::Baseline;
use super::expectation::Expectation;
use super::observation::{Observation, Observations, Observed, ProbeFailure};
use super::probe::Probe;
use super::prober::Prober;
use super::verdict::Verdict;
use super::view::{Unanswered, View};

/// What a check looks at may depend on earlier answers (a Deployment's Pods, the Secrets they name); no chain is longer.
const MAX_ROUNDS: usize = 8;

/// How many probes are under way at once, those that hang apart.
const CONCURRENCY: usize = 16;

/// A probe that has no answer after this time no longer keeps others waiting.
const STALLED: Duration = Duration::from_secs(1);

/// One pass: asks whatever these need to be judged at `now`, given what was seen at the beginning. Gives what was seen, and
/// what each of them comes to by that.
pub(super) async fn observe(
    prober: &impl Prober,
    expectations: &[&Expectation],
    baseline: Baseline<'_>,
    now: Timestamp,
) -> (Observations, Vec<Verdict>) {
    let until = Instant::now() + prober.pass_limit();
    // Those that depend on an answer have places of their own: they are what a pass waits for in the end.
    let (first, later) = (Semaphore::new(CONCURRENCY), Semaphore::new(CONCURRENCY));
    let mut seen = Observations::default();
    let mut asked: BTreeSet<Probe> = BTreeSet::new();
    let mut waiting: Vec<Waiting> = expectations.iter().map(|_| Waiting::default()).collect();
    let mut under_way = FuturesUnordered::new();
    let mut stalled = false;
    loop {
        for (expectation, waiting) in expectations.iter().zip(&mut waiting) {
            waiting.judge(expectation, &seen, baseline, now, stalled);
        }
        let places = if asked.is_empty() { &first } else { &later };
        for probe in in_turn(&waiting, &asked, stalled) {
            asked.insert(probe.clone());
            under_way.push(ask_in_turn(prober, probe, places, until));
        }
        // What hangs may be all that is under way: others are judged without it, once.
        let patience = if stalled { until.saturating_duration_since(Instant::now()) } else { STALLED };
        match timeout(patience, under_way.next()).await {
            Ok(Some(answer)) => {
                stalled = false;
                for waiting in &mut waiting {
                    waiting.needs.remove(&answer.probe);
                }
                seen.insert(answer);
            }
            Ok(None) => break,
            Err(_) => stalled = true,
        }
    }
    let judged = expectations.iter().zip(waiting).map(|(expectation, waiting)| {
        waiting.verdict.unwrap_or_else(|| expectation.judge(View::whole(&seen), baseline, now))
    });
    let judged = judged.collect();
    (seen, judged)
}

/// A check on its way to its verdict.
#[derive(Debug, Default)]
struct Waiting {
    /// What it asked for and has no answer yet.
    needs: BTreeSet<Probe>,
    /// How often it has asked.
    rounds: usize,
    /// Its verdict, once it needs nothing more.
    verdict: Option<Verdict>,
}

impl Waiting {
    /// Judges it if all that it asked for is answered, or if `hurried`; notes what it asks for now, or its verdict.
    fn judge(
        &mut self,
        expectation: &Expectation,
        seen: &Observations,
        baseline: Baseline<'_>,
        now: Timestamp,
        hurried: bool,
    ) {
        let is_due = hurried || self.needs.is_empty();
        if self.verdict.is_some() || !is_due || self.rounds == MAX_ROUNDS {
            return;
        }
        self.rounds += 1;
        let unanswered = Unanswered::default();
        let judged = expectation.judge(View::so_far(seen, &unanswered), baseline, now);
        self.needs = unanswered.into_inner();
        if self.needs.is_empty() {
            self.verdict = Some(judged);
        }
    }
}

/// Asks when there is a place, and gives up when the pass is over.
async fn ask_in_turn(prober: &impl Prober, probe: Probe, places: &Semaphore, until: Instant) -> Observed {
    let over = |what: &str, transient| {
        let message = format!("{what} before the grading time ran out");
        let outcome: Result<Observation, _> = Err(ProbeFailure { message, transient });
        Observed { probe: probe.clone(), at: Timestamp::now(), outcome }
    };
    let Ok(place) = timeout_at(until, places.acquire()).await else {
        return over("the request could not be sent", true);
    };
    let begun = Instant::now();
    let asking = prober.ask(&probe).inspect(|_| tracing::trace!(%probe, took = ?begun.elapsed(), "answered"));
    let mut asking = pin!(asking);
    if let Ok(answer) = timeout_at(until.min(begun + STALLED), &mut asking).await {
        return answer;
    }
    drop(place);
    match timeout_at(until, asking).await {
        Ok(answer) => answer,
        Err(_) => over("no answer came", probe.is_repeatable()),
    }
}

/// What is to be asked now, in the order of the checks. Lists of what is made by something that is still to be listed are
/// held back, and until an answer hangs so is what all of a cluster share.
///
/// Deployments are listed before their ReplicaSets, and those before their Pods. Listed the other way round, with an
/// answer that is slow between them, the old Pods of a rollout would stand beside a Deployment that is done with it:
/// settled and wrong, though it never was so.
///
/// What all share are many lists that nothing else depends on. A program in a Pod takes longest of all, and its Pod must
/// be known first: so the many come while it runs.
fn in_turn(waiting: &[Waiting], asked: &BTreeSet<Probe>, stalled: bool) -> Vec<Probe> {
    let needed = || waiting.iter().flat_map(|waiting| &waiting.needs);
    let turn = |probe: &Probe| turn(probe).filter(|turn| !(stalled && *turn == SHARED));
    let first = needed().filter_map(turn).min();
    let mut taken = BTreeSet::new();
    let due = needed().filter(|probe| !asked.contains(probe) && taken.insert(*probe));
    due.filter(|probe| turn(probe).is_none_or(|t| Some(t) == first)).cloned().collect()
}

/// The turn of what all share.
const SHARED: u8 = 3;

/// When a probe's turn comes: how far a workload's kind is from what a person writes. None: whenever.
fn turn(probe: &Probe) -> Option<u8> {
    match probe {
        Probe::List { resource, .. } => match resource.kind.as_str() {
            "Deployment" | "CronJob" => Some(0),
            "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" => Some(1),
            "Pod" => Some(2),
            _ => None,
        },
        Probe::Shared { .. } => Some(SHARED),
        _ => None,
    }
}
