//! Plays the variations of one attempt, and others of the same when they have to be told apart.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::cell::{self, Cell};
use crate::grade::Grade;
use crate::grade::verdict::Outcome;
use crate::lab::attempt::Attempt;
use crate::lab::store::record::AttemptRecord;
use crate::prove::env::ProofEnv;
use crate::prove::mutation::settled;
use crate::prove::plan::Case;
use crate::prove::play::{NotBegun, PATIENCE, begin};
use crate::prove::proof::CaseProof;
use crate::prove::record;
use crate::prove::removal::{self, Cleanup};
use crate::prove::slots::Slots;
use crate::scenario::Loaded;
use crate::variation::{Part, Told, Variation, compose, told};

/// How long a composed script may take: some play a solution twice, or wait for Pods of their own.
const SCRIPT: Duration = Duration::from_secs(240);

/// Where a group is played.
#[derive(Clone, Copy)]
struct Place<'a> {
    env: &'a ProofEnv,
    slots: &'a Slots,
    loaded: &'a Loaded,
    alone: bool,
}

/// Plays a group. Out: the records of the attempts that were only discarded.
pub(in crate::prove) async fn play(
    env: &ProofEnv,
    slots: &Slots,
    loaded: &Loaded,
    alone: bool,
    proofs: &mut [CaseProof],
) -> Vec<AttemptRecord> {
    let place = Place { env, slots, loaded, alone };
    let in_a_row = proofs.len() > 1 && proofs.iter().all(|p| variation(p).is_some_and(|v| v.attack));
    let mut discarded = Vec::new();
    let apart = match in_a_row {
        true => place.one_after_the_other(proofs, &mut discarded).await,
        false => place.together(proofs, &mut discarded).await,
    };
    for proof in
        proofs.iter_mut().filter(|_| apart).filter(|p| p.cell == Some(Cell::Failed) && p.problems.is_empty())
    {
        place.together(std::slice::from_mut(proof), &mut discarded).await;
    }
    discarded
}

impl Place<'_> {
    /// Plays all of `proofs` at once. Out: whether they must be played again, each by itself.
    async fn together(&self, proofs: &mut [CaseProof], discarded: &mut Vec<AttemptRecord>) -> bool {
        let Some(attempt) = self.begin(proofs, discarded).await else { return false };
        let variations: Vec<Variation> = proofs.iter().filter_map(variation).cloned().collect();
        let clock = Instant::now();
        let played = self.script(&attempt, &variations, Part::Whole).await;
        proofs[0].seconds.script = clock.elapsed().as_secs_f64();
        let several = proofs.len() > 1;
        let mut again = false;
        match played {
            Err(problem) if several => {
                self.env
                    .events
                    .note(format!("{}: several variations together: {problem}", self.loaded.scenario.id));
                again = true;
            }
            Err(problem) => proofs[0].problems.push(problem),
            Ok(said) => {
                let mut fitting: Vec<&mut CaseProof> =
                    proofs.iter_mut().filter_map(|proof| is_there(proof, &said).then_some(proof)).collect();
                if !fitting.is_empty() {
                    let attack = fitting.iter().any(|p| variation(p).is_some_and(|v| v.attack));
                    let clock = Instant::now();
                    let grade = self.grade(&attempt, attack).await;
                    fitting[0].seconds.grade = clock.elapsed().as_secs_f64();
                    again = several && !cell::kept(&grade);
                    for proof in fitting.into_iter().filter(|_| !again) {
                        self.judge(proof, &attempt, &grade);
                    }
                }
            }
        }
        self.remove(attempt, proofs, discarded).await;
        again
    }

    /// Plays the reference solution once, then each attack, which is taken back before the next one. Out: whether those
    /// without a verdict must be played by themselves: something could not be taken back.
    async fn one_after_the_other(
        &self,
        proofs: &mut [CaseProof],
        discarded: &mut Vec<AttemptRecord>,
    ) -> bool {
        let Some(attempt) = self.begin(proofs, discarded).await else { return false };
        let clock = Instant::now();
        let mut clean = self.script(&attempt, &[], Part::Whole).await.map(drop);
        proofs[0].seconds.script = clock.elapsed().as_secs_f64();
        for proof in proofs.iter_mut() {
            let Some(variation) = variation(proof).cloned() else { continue };
            let clock = Instant::now();
            // What another attack left would be taken for this one's.
            if clean.is_ok() && !cell::kept(&self.grade(&attempt, false).await) {
                clean = Err("the reference solution did not have all points".into());
            }
            if let Err(why) = &clean {
                self.env.events.note(format!("{}: attacks in a row: {why}", self.loaded.scenario.id));
                break;
            }
            proof.seconds.grade += clock.elapsed().as_secs_f64();
            let one = std::slice::from_ref(&variation);
            let clock = Instant::now();
            match self.script(&attempt, one, Part::After).await {
                Err(problem) => {
                    clean = Err(problem.clone());
                    proof.problems.push(problem);
                }
                Ok(said) if is_there(proof, &said) => {
                    proof.seconds.script += clock.elapsed().as_secs_f64();
                    let clock = Instant::now();
                    let grade = self.grade(&attempt, true).await;
                    self.judge(proof, &attempt, &grade);
                    proof.seconds.grade += clock.elapsed().as_secs_f64();
                }
                Ok(_) => {}
            }
            if clean.is_ok() && !matches!(proof.cell, Some(Cell::NotApplicable { .. })) {
                let clock = Instant::now();
                let undone = self.script(&attempt, one, Part::Undo).await;
                clean = undone.and_then(|said| match told(&said, &variation.name) {
                    Told::Failed(why) => Err(format!("{} could not be taken back: {why}", variation.name)),
                    _ => Ok(()),
                });
                proof.seconds.removal += clock.elapsed().as_secs_f64();
            }
        }
        self.remove(attempt, proofs, discarded).await;
        clean.is_err()
    }

    /// Sets the attempt up; what a failed setup made is discarded, too.
    async fn begin(&self, proofs: &mut [CaseProof], discarded: &mut Vec<AttemptRecord>) -> Option<Attempt> {
        match begin(self.env, self.slots, self.loaded, self.alone, proofs.first_mut()?).await {
            Ok(attempt) => Some(attempt),
            Err(NotBegun { problem, left }) => {
                discarded.extend(left);
                proofs.iter_mut().for_each(|proof| proof.problems.push(problem.clone()));
                None
            }
        }
    }

    /// Plays the composed script. Out: what it said; a script that fails says the last of it.
    async fn script(
        &self,
        attempt: &Attempt,
        variations: &[Variation],
        part: Part,
    ) -> Result<Vec<String>, String> {
        let text = compose(&attempt.bound, &variations.iter().collect::<Vec<_>>(), part);
        let said = Arc::new(Mutex::new(Vec::new()));
        let ended = attempt
            .play_quietly(&self.env.lab, &text, SCRIPT, said.clone())
            .await
            .map_err(|e| e.to_string())?;
        let lines: Vec<String> = said.lock().map(|lines| lines.clone()).unwrap_or_default();
        match ended.well() {
            true => Ok(lines),
            false => {
                Err(format!("its script {ended}: {}", lines[lines.len().saturating_sub(3)..].join(" / ")))
            }
        }
    }

    /// An attack that has lost points for good is not waited for.
    async fn grade(&self, attempt: &Attempt, attack: bool) -> Grade {
        if attack {
            let look = attempt.grade_at_once(&self.env.lab, PATIENCE).await;
            if settled(&look.results) && look.score.percent < 100 {
                return look;
            }
        }
        attempt.grade_patiently(&self.env.lab, PATIENCE).await
    }

    fn judge(&self, proof: &mut CaseProof, attempt: &Attempt, grade: &Grade) {
        let Some(variation) = variation(proof).cloned() else { return };
        let (cell, problem) = cell::judge(&variation, &attempt.bound.scenario, grade);
        proof.cell = Some(cell);
        proof.problems.extend(problem);
        proof.percent = grade.score.percent;
        proof.verdicts = grade.results.iter().map(|r| r.verdict.outcome).collect::<Vec<Outcome>>();
        if let Some(folder) = &self.env.record {
            proof.problems.extend(record::record(folder, &proof.case, attempt, grade, None).err());
        }
    }

    async fn remove(&self, attempt: Attempt, proofs: &mut [CaseProof], discarded: &mut Vec<AttemptRecord>) {
        let clock = Instant::now();
        let cleanup = if self.alone { Cleanup::Full } else { Cleanup::Deferred };
        let removed = removal::remove(self.env, attempt, cleanup).await;
        let Some(first) = proofs.first_mut() else { return };
        first.seconds.removal += clock.elapsed().as_secs_f64();
        match removed {
            Ok(record) => discarded.extend(record),
            Err(problem) => first.problems.push(problem),
        }
    }
}

/// Whether the variation did what it says; else its proof says why not.
fn is_there(proof: &mut CaseProof, said: &[String]) -> bool {
    match variation(proof).map(|v| told(said, &v.name)) {
        Some(Told::Done) => return true,
        Some(Told::Misfit(why)) => proof.cell = Some(Cell::NotApplicable { why }),
        Some(Told::Failed(why)) => proof.problems.push(why),
        None => {}
    }
    false
}

fn variation(proof: &CaseProof) -> Option<&Variation> {
    match &proof.case {
        Case::Variation(variation) => Some(variation),
        _ => None,
    }
}
