//! A whole grade: observe, judge, and while something still converges wait for a change and look again.
//!
//! A settled lab is graded in one pass. What may still change by itself is said by the verdicts
//! (`Verdict::waits_for`); waiting itself is the [`Prober`]'s, by watch. After a change only those checks are looked at that
//! were waited for (a check may run a program in each Pod); when none waits any more, all are looked at once more, and
//! that pass is the grade. It ends at the latest after the longest `within` (and `consistently`) and two passes
//! ([`Prober::pass_limit`]): one that began just in time, and the one that shows what came of it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use super::baseline::Baseline;
use super::fields::text;
use super::judge::{CheckResult, GradeRequest, conclude};
use super::observation::{Observation, Observations, Observed};
use super::observe::observe;
use super::probe::Probe;
use super::prober::Prober;
use super::score::Score;
use super::steady::Steady;
use super::token_ref::When;
use super::verdict::{Fact, Verdict};
use crate::grade::expectation::{Check, Expectation, Guard, WrittenDuration};
use crate::token::SECRET_TYPE;

/// How long a check is waited for when it does not say.
const WITHIN: Duration = Duration::from_secs(10);

/// How long setup's state may take to settle before the baseline is given up.
const BASELINE_WITHIN: Duration = Duration::from_secs(60);

/// A graded attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grade {
    /// Each check, then each guard, in the scenario's order.
    pub results: Vec<CheckResult>,
    /// Their sum.
    pub score: Score,
    /// What was seen in the last pass.
    pub observations: Observations,
    /// Since when what must stay so has been so.
    pub steady: Steady,
    /// When grading began.
    pub started: Timestamp,
    /// When the last pass began: the `now` of the verdicts, to judge them by again.
    pub judged: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
}

/// Why there is no baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// Setup's state did not come to rest.
    #[error("the scenario's setup did not settle within {}: {}", seconds(.within), .waits.join("; "))]
    NotSettled {
        /// How long was waited.
        within: Duration,
        /// What still converges.
        waits: Vec<String>,
    },
    /// The lab is not the one that its scenario describes, so what is asked about it has no answer.
    #[error("{}; something in this lab's Namespaces may be left from before", .0.join("; "))]
    Unusable(Vec<String>),
    /// The cluster did not answer.
    #[error("could not observe the state after setup: {}; is the cluster healthy?", .0.join("; "))]
    NotSeen(Vec<String>),
}

fn seconds(duration: &Duration) -> String {
    format!("{} s", duration.as_secs_f32())
}

/// Grades: one pass when all is settled, else waits for each check up to its `within`.
pub async fn grade(prober: &impl Prober, request: &GradeRequest<'_>) -> Grade {
    grade_patiently(prober, request, Duration::ZERO).await
}

/// The same, but waits `at_least` this long before it calls something that converges not yet done: for a machine
/// that is busy with many attempts at once. A settled lab is graded at once all the same.
pub async fn grade_patiently(prober: &impl Prober, request: &GradeRequest<'_>, at_least: Duration) -> Grade {
    let started = Timestamp::now();
    let clock = Instant::now();
    let patience: Vec<Duration> = request
        .expectations()
        .map(|e| e.within.map_or(WITHIN, WrittenDuration::get).max(at_least) + e.consistently())
        .collect();
    let time = |elapsed: Duration| {
        started.saturating_add(SignedDuration::try_from(elapsed).unwrap_or_default()).unwrap_or(started)
    };
    let mut steady = Steady::default();
    // Who is waited for; None: all are looked at.
    let mut waiting: Option<Vec<bool>> = None;
    loop {
        // All is measured to the *beginning* of a pass. One slow answer must not use up the patience with the others,
        // nor make what they saw old: a Pod listed at once is not broken because something else took ten seconds.
        let begun = clock.elapsed();
        let some =
            |waits: &Vec<bool>| waits.contains(&false) && !patience_with(waits, &patience, begun).is_zero();
        let asked = waiting.take().filter(some);
        let is_asked = |place: usize| asked.as_ref().is_none_or(|waits| waits[place]);
        let judged = time(begun);
        let wanted: Vec<&Expectation> = request
            .expectations()
            .enumerate()
            .filter(|(place, _)| is_asked(*place))
            .map(|(_, e)| e)
            .collect();
        let (observations, found) = observe(prober, &wanted, request.baseline, judged).await;
        let elapsed = clock.elapsed();
        let finished = time(elapsed);
        for (expectation, verdict) in wanted.iter().zip(&found) {
            // What stays so does it from the end of one look to the beginning of another: a slow one proves nothing.
            steady.note(&expectation.id, verdict.outcome, finished);
        }
        let mut found = found.into_iter();
        let looks = (0..patience.len()).map(|place| if is_asked(place) { found.next() } else { None });
        let looks = looks.map(|look| look.unwrap_or_else(|| Verdict::unknown("It was not looked at again")));
        let results = conclude(request, looks.collect(), &steady, judged);
        let waits: Vec<bool> = results
            .iter()
            .enumerate()
            .map(|(place, result)| is_asked(place) && result.verdict.waits_for.is_some())
            .collect();
        let left = patience_with(&waits, &patience, begun);
        if left.is_zero() {
            if asked.is_some() {
                // Nobody is waited for any more: all are looked at once more, and that is the grade.
                continue;
            }
            let score = Score::of(&results);
            return Grade { results, score, observations, steady, started, judged, finished };
        }
        let at_most = left.saturating_sub(elapsed.saturating_sub(begun));
        let held = held(request, &steady, judged, finished);
        let what = results.iter().filter_map(|r| r.verdict.waits_for.as_deref()).collect::<Vec<_>>();
        tracing::debug!(?what, ?at_most, "the grade waits");
        prober.changed(&observations, begun, held.map_or(at_most, |held| at_most.min(held))).await;
        waiting = Some(waits);
    }
}

/// How much longer those who wait are waited for.
fn patience_with(waits: &[bool], patience: &[Duration], begun: Duration) -> Duration {
    let waiting = waits.iter().zip(patience).filter(|(waits, _)| **waits);
    waiting.map(|(_, within)| within.saturating_sub(begun)).max().unwrap_or_default()
}

/// One look, without waiting for anything but the answers: for who only asks whether something is wrong already.
/// What must stay so is not yet so.
pub async fn grade_at_once(prober: &impl Prober, request: &GradeRequest<'_>) -> Grade {
    let started = Timestamp::now();
    let wanted: Vec<&Expectation> = request.expectations().collect();
    let (observations, looks) = observe(prober, &wanted, request.baseline, started).await;
    let (steady, finished) = (Steady::default(), Timestamp::now());
    let results = conclude(request, looks, &steady, started);
    let score = Score::of(&results);
    Grade { results, score, observations, steady, started, judged: started, finished }
}

/// What is true right after setup, once it came to rest: what checks will be compared with.
pub async fn baseline(
    prober: &impl Prober,
    checks: &[Check],
    guards: &[Guard],
) -> Result<Observations, BaselineError> {
    let request = GradeRequest { checks, guards, baseline: Baseline::Taking };
    let clock = Instant::now();
    loop {
        let (begun, waited) = (Timestamp::now(), clock.elapsed());
        // What is asked anew for every grade needs no beginning: a program that is only starting, say.
        let kept: Vec<&Expectation> = request.expectations().filter(|e| e.kind.needs_baseline()).collect();
        let (mut seen, looks) = observe(prober, &kept, request.baseline, begun).await;
        let mistakes =
            kept.iter().zip(&looks).filter_map(|(e, verdict)| mistake(e, verdict)).collect::<Vec<_>>();
        let waits = looks.into_iter().filter_map(|verdict| verdict.waits_for);
        let waits: Vec<String> = waits.chain(seen.iter().flat_map(|o| unfilled(o, begun))).collect();
        let gaps: Vec<String> = seen.iter().filter(|o| is_kept(o)).filter_map(gap).collect();
        let left = BASELINE_WITHIN.saturating_sub(clock.elapsed());
        if waits.is_empty() && gaps.is_empty() {
            if !mistakes.is_empty() {
                return Err(BaselineError::Unusable(mistakes));
            }
            seen.retain(is_kept);
            return Ok(seen);
        }
        // A list that no verdict waited for is needed all the same, and may be there the next time.
        let may_come = !waits.is_empty() || seen.iter().any(|o| is_kept(o) && is_transient(o));
        if left.is_zero() || !may_come {
            let within = BASELINE_WITHIN;
            return Err(match gaps.is_empty() {
                true => BaselineError::NotSettled { within, waits },
                false => BaselineError::NotSeen(gaps),
            });
        }
        prober.changed(&seen, waited, left).await;
    }
}

/// Why a check could never be graded: told now, and not to somebody who has done the work.
fn mistake(expectation: &Expectation, verdict: &Verdict) -> Option<String> {
    let mistake = verdict.evidence.iter().find(|evidence| evidence.fact == Fact::Scenario)?;
    Some(format!("`{}` cannot be graded: {}", expectation.id, mistake.seen))
}

/// What checks will be compared with: lists, what the API would have admitted, and what was captured.
fn is_kept(observed: &Observed) -> bool {
    match &observed.probe {
        Probe::List { .. } | Probe::Shared { .. } | Probe::DryRunCreate { .. } => true,
        Probe::Token { token }
        | Probe::TokenReview { token, .. }
        | Probe::Request { token: Some(token), .. } => token.when == When::AtSetup,
        _ => false,
    }
}

fn is_transient(observed: &Observed) -> bool {
    observed.outcome.as_ref().is_err_and(|failure| failure.transient)
}

/// The new Secrets of a list that the control plane has not put a token in yet: later, it would count as the learner's change.
/// One that got none for a minute, on somebody's own cluster, gets none any more.
fn unfilled(observed: &Observed, now: Timestamp) -> Vec<String> {
    let Ok(Observation::Objects { items: secrets, .. }) = &observed.outcome else { return Vec::new() };
    let is_new = |object: &Value| {
        let made = text(object, "/metadata/creationTimestamp").parse::<Timestamp>();
        made.is_ok_and(|made| now.duration_since(made) < SignedDuration::from_mins(1))
    };
    let waits = secrets.iter().filter(|object| {
        text(object, "/type") == SECRET_TYPE && object.pointer("/data/token").is_none() && is_new(object)
    });
    let name = |object| format!("{}/{}", text(object, "/metadata/namespace"), text(object, "/metadata/name"));
    waits.map(|object| format!("Secret {} has no token yet", name(object))).collect()
}

fn gap(observed: &Observed) -> Option<String> {
    observed.outcome.as_ref().err().map(|failure| format!("{}: {}", observed.probe, failure.message))
}

/// How long from `now` until the first of those that must stay so, and did not for long enough at `judged`, has.
fn held(request: &GradeRequest<'_>, steady: &Steady, judged: Timestamp, now: Timestamp) -> Option<Duration> {
    let waiting = request.expectations().filter_map(|e| {
        steady.left(&e.id, e.consistently(), judged).filter(|left| !left.is_zero())?;
        steady.left(&e.id, e.consistently(), now)
    });
    waiting.min()
}
