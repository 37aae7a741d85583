//! Plays the cases of one attempt: set up, script and grade of each, removal. What goes wrong is said in a sentence.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::env::ProofEnv;
use super::expect::differences;
use super::mutation::{fate, settled};
use super::plan::Case;
use super::proof::CaseProof;
use super::record;
use super::removal::{self, Cleanup};
use super::slots::Slots;
use crate::grade::{BaselineError, Grade};
use crate::lab::attempt::{Attempt, StartOptions};
use crate::lab::error::LabError;
use crate::lab::store::record::{AttemptId, AttemptRecord};
use crate::scenario::{BoundScenario, Loaded, bind};

/// How long a script may take.
pub(super) const SCRIPT: Duration = Duration::from_secs(180);
/// Many attempts share the machine: what a learner sees within seconds may take a minute here.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// One attempt, in its slot, with one or more cases. What goes wrong with a case is in its proof; what
/// goes wrong with the attempt itself comes back.
pub(super) async fn play_batch(
    env: &ProofEnv,
    slots: &Slots,
    loaded: &Loaded,
    alone: bool,
    proofs: &mut [CaseProof],
) -> Result<Option<AttemptRecord>, String> {
    let Some((first, rest)) = proofs.split_first_mut() else { return Ok(None) };
    let mut attempt = match begin(env, slots, loaded, alone, first).await {
        Ok(attempt) => attempt,
        Err(NotBegun { problem, left }) => {
            let all = std::iter::once(first).chain(rest);
            all.for_each(|proof| proof.problems.push(problem.clone()));
            return Ok(left);
        }
    };
    let script = first.case.script(&attempt.bound.scenario).map(str::to_owned);
    let mut wrote = script.is_some();
    play(env, &mut attempt, alone, script, first).await;
    for proof in rest.iter_mut() {
        proof.seconds.began = slots.seconds();
        let script = go_on(&mut attempt, &proof.case, wrote);
        wrote |= matches!(script, Ok(Some(_)));
        match script {
            Ok(script) => play(env, &mut attempt, alone, script, proof).await,
            Err(problem) => proof.problems.push(problem),
        }
    }
    let last = rest.last_mut().unwrap_or(first);
    let clock = Instant::now();
    let cleanup = match (&last.case, alone) {
        (Case::Reset, _) => Cleanup::Verified,
        (_, true) => Cleanup::Full,
        (_, false) => Cleanup::Deferred,
    };
    let removed = removal::remove(env, attempt, cleanup).await;
    last.seconds.removal += clock.elapsed().as_secs_f64();
    removed
}

/// An attempt that could not be set up.
pub(super) struct NotBegun {
    /// Why, without what a learner would be told to do about it.
    pub(super) problem: String,
    /// What was made is still there.
    pub(super) left: Option<AttemptRecord>,
}

impl NotBegun {
    fn of(env: &ProofEnv, error: LabError) -> Self {
        match error {
            LabError::SetupFailed { id, why } => {
                let left = env.store.find(Some(&id)).ok();
                Self { problem: format!("setup failed: {}", cause(*why)), left }
            }
            other => Self { problem: cause(other), left: None },
        }
    }
}

/// In a proof the lab is new each time.
fn cause(error: LabError) -> String {
    match error {
        LabError::Baseline(BaselineError::Unusable(waits)) => waits.join("; "),
        LabError::NotReady { seconds, waiting } => {
            format!("not ready after {seconds} s: {}", waiting.join("; "))
        }
        other => other.to_string(),
    }
}

pub(super) async fn begin(
    env: &ProofEnv,
    slots: &Slots,
    loaded: &Loaded,
    alone: bool,
    proof: &mut CaseProof,
) -> Result<Attempt, NotBegun> {
    let bound = isolated(loaded, &proof.case).map_err(|e| NotBegun { problem: e.to_string(), left: None })?;
    proof.seconds.began = slots.seconds();
    let how = StartOptions {
        solution: Some(proof.case.title()),
        take_inventory: alone,
        exclusive: alone,
        ..StartOptions::default()
    };
    let clock = Instant::now();
    let begun = Attempt::begin(&env.store, &env.lab, bound, how).await;
    let attempt = begun.map_err(|error| NotBegun::of(env, error))?;
    proof.seconds.setup = clock.elapsed().as_secs_f64();
    Ok(attempt)
}

/// Makes an attempt ready for another case: nothing that was written before is left in the workspace. Reset follows the
/// solution that it undoes. Out: the script to play.
fn go_on(attempt: &mut Attempt, case: &Case, wrote: bool) -> Result<Option<String>, String> {
    if *case == Case::Reset {
        return Ok(None);
    }
    attempt.record.solution = Some(case.title());
    if wrote {
        attempt.refill_workspace().map_err(|e| e.to_string())?;
    }
    Ok(case.script(&attempt.bound.scenario).map(str::to_owned))
}

async fn play(
    env: &ProofEnv,
    attempt: &mut Attempt,
    alone: bool,
    script: Option<String>,
    proof: &mut CaseProof,
) {
    let judged = match act(env, attempt, alone, script, proof).await {
        Ok(failed) => judge(env, attempt, failed, proof).await,
        Err(problem) => Err(problem),
    };
    proof.problems.extend(judged.err());
}

/// Plays the script, and resets where that is the case. Out: how the script failed, if it did.
async fn act(
    env: &ProofEnv,
    attempt: &mut Attempt,
    alone: bool,
    script: Option<String>,
    proof: &mut CaseProof,
) -> Result<Option<String>, String> {
    let mut failed = None;
    if let Some(text) = script {
        let clock = Instant::now();
        let said = Arc::new(std::sync::Mutex::new(Vec::new()));
        let ended = attempt.play_quietly(&env.lab, &text, SCRIPT, said.clone()).await;
        proof.seconds.script = clock.elapsed().as_secs_f64();
        let ended = ended.map_err(|e| e.to_string())?;
        // A mutant may fail half-way: the state it leaves decides.
        if !ended.well() && proof.fate.is_none() {
            let lines = said.lock().map(|l| l.iter().rev().take(3).rev().cloned().collect::<Vec<_>>());
            proof.problems.push(format!("its script {ended}: {}", lines.unwrap_or_default().join(" / ")));
            failed = Some(ended.to_string());
        }
    }
    if proof.case == Case::Reset {
        let clock = Instant::now();
        let reset = attempt.reset(&env.store, &env.lab, alone).await;
        reset.map_err(|e| format!("reset: {}", NotBegun::of(env, e).problem))?;
        proof.seconds.removal = clock.elapsed().as_secs_f64();
    }
    Ok(failed)
}

/// Grades what is there now, and compares it with what the case says.
async fn judge(
    env: &ProofEnv,
    attempt: &Attempt,
    failed: Option<String>,
    proof: &mut CaseProof,
) -> Result<(), String> {
    let clock = Instant::now();
    let grade = grade(env, attempt, &proof.case).await;
    proof.seconds.grade = clock.elapsed().as_secs_f64();
    proof.percent = grade.score.percent;
    proof.verdicts = grade.results.iter().map(|r| r.verdict.outcome).collect();
    proof.problems.extend(differences(&proof.case, &attempt.bound.scenario, &grade));
    if let Case::Mutant(mutant) = &proof.case {
        proof.fate = Some(fate(mutant, &attempt.bound.scenario, &grade));
    }
    match &env.record {
        Some(folder) => record::record(folder, &proof.case, attempt, &grade, failed),
        None => Ok(()),
    }
}

/// A mutant that has lost points for good is not waited for.
async fn grade(env: &ProofEnv, attempt: &Attempt, case: &Case) -> Grade {
    if matches!(case, Case::Mutant(_)) {
        let look = attempt.grade_at_once(&env.lab, PATIENCE).await;
        if settled(&look.results) {
            return look;
        }
    }
    attempt.grade_patiently(&env.lab, PATIENCE).await
}

fn isolated(loaded: &Loaded, case: &Case) -> crate::scenario::Result<BoundScenario> {
    let binding = case.binding(&loaded.scenario)?;
    bind(loaded, &binding.isolated(AttemptId::fresh(&loaded.scenario.id).suffix()))
}
