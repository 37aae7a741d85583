//! Asks all probes of all checks: each distinct one once, many at a time, in rounds until nothing new is asked.
//!
//! One pass ends within [`Ask::pass_limit`], whatever the API does. A probe that hangs gives its place to others, so
//! that only the checks that need it are `unknown`.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

use super::ask::Ask;
use super::checks::CheckKind;
use super::observation::{Observation, Observations, Observed, ProbeFailure};
use super::probe::Probe;

/// A check's probes may depend on earlier answers (a Deployment's Pods, the Secrets they name); no chain is longer.
const MAX_ROUNDS: usize = 8;

/// How many probes are under way at once, those that hang apart.
const CONCURRENCY: usize = 16;

/// A probe that has no answer after this time no longer keeps others waiting.
const STALLED: Duration = Duration::from_secs(1);

/// One pass: asks whatever `kinds` need to be judged, given what was seen at the beginning.
pub async fn observe<'a>(
    ask: &impl Ask,
    kinds: impl IntoIterator<Item = &'a CheckKind>,
    baseline: &Observations,
) -> Observations {
    let kinds: Vec<&CheckKind> = kinds.into_iter().collect();
    let until = Instant::now() + ask.pass_limit();
    let places = Semaphore::new(CONCURRENCY);
    let mut seen = Observations::default();
    let mut asked: BTreeSet<Probe> = BTreeSet::new();
    let mut under_way = FuturesUnordered::new();
    for _ in 0..MAX_ROUNDS {
        let round = makers_first(unanswered(&kinds, &seen, baseline));
        let new: Vec<Probe> = round.into_iter().filter(|probe| asked.insert(probe.clone())).collect();
        under_way.extend(new.into_iter().map(|probe| ask_in_turn(ask, probe, &places, until)));
        if under_way.is_empty() {
            break;
        }
        // A round is over when all is answered, or when nothing but what hangs is left of it.
        let mut answered = false;
        while !under_way.is_empty() {
            match timeout(STALLED, under_way.next()).await {
                Ok(Some(answer)) => {
                    seen.insert(answer);
                    answered = true;
                }
                Err(_) if answered => break,
                _ => {}
            }
        }
    }
    // The last questions' answers: nothing is asked after them.
    while let Some(answer) = under_way.next().await {
        seen.insert(answer);
    }
    seen
}

/// Asks when there is a place, and gives up when the pass is over.
async fn ask_in_turn(ask: &impl Ask, probe: Probe, places: &Semaphore, until: Instant) -> Observed {
    let over = |what: &str, transient| {
        let message = format!("{what} before the grade's time was over");
        let outcome: Result<Observation, _> = Err(ProbeFailure { message, transient });
        Observed { probe: probe.clone(), at: Timestamp::now(), outcome }
    };
    let Ok(place) = timeout_at(until, places.acquire()).await else {
        return over("it could not be asked", true);
    };
    let begun = Instant::now();
    let asking = ask.ask(&probe).inspect(|_| tracing::trace!(%probe, took = ?begun.elapsed(), "answered"));
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

fn unanswered(kinds: &[&CheckKind], seen: &Observations, baseline: &Observations) -> Vec<Probe> {
    let mut probes: Vec<Probe> = kinds.iter().flat_map(|kind| kind.probes(seen, baseline)).collect();
    probes.sort();
    probes.dedup();
    probes.retain(|probe| seen.get(probe).is_none());
    probes
}

/// Holds back the lists of what is made by something that is still to be listed.
///
/// Deployments are listed before their ReplicaSets, and those before their Pods. Listed the other way round, with an
/// answer that is slow between them, the old Pods of a rollout would stand beside a Deployment that is done with it:
/// settled and wrong, though it never was so.
fn makers_first(mut probes: Vec<Probe>) -> Vec<Probe> {
    if let Some(first) = probes.iter().filter_map(generation).min() {
        probes.retain(|probe| generation(probe).is_none_or(|generation| generation == first));
    }
    probes
}

/// How far a workload's kind is from what a person writes; None: no workload.
fn generation(probe: &Probe) -> Option<u8> {
    let Probe::List { resource, .. } = probe else { return None };
    match resource.kind.as_str() {
        "Deployment" | "CronJob" => Some(0),
        "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" => Some(1),
        "Pod" => Some(2),
        _ => None,
    }
}
