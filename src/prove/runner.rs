//! Runs all cases of all scenarios, and says what came of them and what is left.

use std::time::Instant;

use futures::{Stream, StreamExt, stream};
use jiff::Timestamp;

use super::again;
use super::batch::{Batch, Done, PlannedBatch, PlannedCase, batches};
use super::capacity::capacity;
use super::env::ProofEnv;
use super::isolation::needs_the_cluster;
use super::plan::{Case, cases, mutant_cases, pods};
use super::play::play_batch;
use super::proof::{CaseProof, CheckName, Proof, ScenarioProof, Tally};
use super::removal;
use super::slots::{Demand, Slots};
use super::variations::{self, Cell, Choice, Rates, groups};
use crate::lab::attempt;
use crate::lab::error::Result as LabResult;
use crate::lab::inventory::{self, Entry, Inventory, staying};
use crate::lab::store::record::AttemptRecord;
use crate::lint::{Severity, lint};
use crate::plural::counted;
use crate::result::provenance::ClusterPart;
use crate::scenario::model::Scenario;
use crate::scenario::{BoundScenario, Loaded, bind};
use crate::shard::Shard;
use crate::variation::Variation;

/// What is played, in the order in which it begins.
#[derive(Debug)]
pub struct Plan {
    work: Vec<PlannedBatch>,
    /// What is known without playing it: by the scenario's index, and its place among the cases.
    known: Vec<(usize, usize, CaseProof)>,
}

impl Plan {
    /// All cases of `scenarios`, and the mutants of the solutions of those whose ids are in `mutated`; of these only those that
    /// are called as `only` says, if it says anything.
    ///
    /// # Errors
    /// The first name that calls no case.
    pub fn of<'a>(scenarios: &[Loaded], mutated: &[String], only: &'a [String]) -> Result<Self, &'a str> {
        let all = |scenario: &Scenario| -> Vec<Case> {
            let mutants = match mutated.contains(&scenario.id) {
                true => mutant_cases(scenario),
                false => Vec::new(),
            };
            cases(scenario).into_iter().chain(mutants).collect()
        };
        let is_called = |case: &Case| only.is_empty() || only.iter().any(|name| case.is_called(name));
        let known: Vec<Case> = match only.is_empty() {
            true => Vec::new(),
            false => scenarios.iter().flat_map(|loaded| all(&loaded.scenario)).collect(),
        };
        if let Some(nobody) = only.iter().find(|name| !known.iter().any(|case| case.is_called(name))) {
            return Err(nobody);
        }
        Ok(Self::played(planned(scenarios, |scenario| all(scenario).into_iter().filter(is_called).collect())))
    }

    /// The solutions and mistakes of `scenarios` as they are written, and nothing else.
    pub fn of_scripts(scenarios: &[Loaded]) -> Self {
        Self::played(planned(scenarios, |scenario| {
            let solutions = scenario.solutions.iter().map(|s| Case::Solution {
                name: s.name.clone(),
                seed: None,
                cause: None,
            });
            let mistakes = scenario.mistakes.iter().map(|m| Case::Mistake { name: m.name.clone() });
            solutions.chain(mistakes).collect()
        }))
    }

    /// Only a part: of the attempts on which nobody acts first, which lead to the first solution and to reset, all; of
    /// all others a part. Mutants stay.
    #[must_use]
    pub fn in_part(mut self, part: Shard) -> Self {
        let mut others = 0;
        self.work.retain(|planned| {
            let stays = |case: &Case| matches!(case, Case::Unsolved { .. } | Case::Reset | Case::Mutant(_));
            if planned.batch.iter().any(|placed| stays(&placed.case)) {
                return true;
            }
            others += 1;
            part.holds(others - 1)
        });
        self
    }

    /// Variations of the reference solutions of `scenarios`, instead of their cases.
    pub fn of_variations(scenarios: &[Loaded], choice: &Choice) -> Self {
        planned_variations(scenarios, choice)
    }

    fn played(work: Vec<PlannedBatch>) -> Self {
        Self { work, known: Vec::new() }
    }

    /// Whether some cases need a cluster to themselves.
    pub fn needs_apart(&self) -> bool {
        self.work.iter().any(|planned| planned.demand.alone)
    }
}

/// Proves all of `scenarios`, for which the plan was made.
pub async fn prove(env: &ProofEnv, scenarios: &[Loaded], plan: Plan) -> LabResult<Proof> {
    let (started, clock) = (Timestamp::now(), Instant::now());
    attempt::clear(&env.store, &env.lab).await?;
    let lane = Lane::on(env.clone(), clock).await?;
    let apart = match &env.apart {
        // One after the other: each needs all of it.
        Some(lab) => Some(Lane::on(ProofEnv { lab: lab.clone(), apart: None, ..env.clone() }, clock).await?),
        None => None,
    };
    let Plan { work, known } = plan;
    let total: u64 = work.iter().map(|planned| planned.batch.len() as u64).sum();
    env.events.step(format!(
        "Proving {} of {}",
        counted(total, "case"),
        counted(scenarios.len(), "scenario")
    ));
    let lanes = Lanes { shared: &lane, apart: apart.as_ref() };
    let (mut done, mut all) = lanes.round(scenarios, work.clone(), env.jobs).await?;
    let work = again::worth_another_try(work, &done);
    if !work.is_empty() {
        let cases: usize = work.iter().map(|planned| planned.batch.len()).sum();
        env.events.step(format!("Playing {} once more, one at a time", counted(cases, "case")));
        let (second, now) = lanes.round(scenarios, work, 1).await?;
        again::replace(&mut done, second);
        all = now;
    }
    done.extend(known.into_iter().map(|(index, order, proof)| Done { index, order, proof }));
    done.sort_by_key(|done| (done.index, done.order));
    let mut proofs: Vec<ScenarioProof> = scenarios.iter().map(scenario_proof).collect();
    for Done { index, proof, .. } in done {
        proofs[index].cases.push(proof);
    }
    proofs.iter_mut().for_each(|p| p.mutation = Tally::of(&p.cases));
    let mutation = Tally::of(proofs.iter().flat_map(|p| &p.cases));
    let variations = Rates::of(proofs.iter().flat_map(|p| &p.cases).filter_map(CaseProof::variation));
    let mut left = left(&all, &lane.before);
    if let Some(apart) = &apart {
        left.extend(self::left(&apart.everything().await?, &apart.before));
    }
    let cluster = ClusterPart {
        provider: env.lab.cluster.provider.to_string(),
        version: env.lab.cluster.version.clone(),
    };
    let holds = left.is_empty() && proofs.iter().all(ScenarioProof::holds);
    let seconds = clock.elapsed().as_secs_f64();
    env.events.done(format!("Proved {} in {seconds:.1} s", counted(total, "case")));
    Ok(Proof {
        schema: Proof::SCHEMA.into(),
        cluster,
        scenarios: proofs,
        mutation,
        variations,
        left,
        started,
        seconds,
        holds,
    })
}

/// The clusters of a proof: the one that cases share, and the one for cases that need all of it.
struct Lanes<'a> {
    shared: &'a Lane,
    apart: Option<&'a Lane>,
}

impl Lanes<'_> {
    /// Plays all of `work`, `jobs` at a time, and removes it. Out: what came of each case, and what the cluster then holds.
    async fn round(
        &self,
        scenarios: &[Loaded],
        work: Vec<PlannedBatch>,
        jobs: usize,
    ) -> LabResult<(Vec<Done>, Vec<Entry>)> {
        let env = &self.shared.env;
        let total = work.iter().map(|planned| planned.batch.len() as u64).sum();
        let (elsewhere, here): (Vec<PlannedBatch>, Vec<PlannedBatch>) =
            work.into_iter().partition(|planned| planned.demand.alone && self.apart.is_some());
        let apart = self.apart.unwrap_or(self.shared);
        let mut running =
            stream::select(self.shared.run(scenarios, here, jobs), apart.run(scenarios, elsewhere, 1));
        let (mut done, mut discarded) = (Vec::new(), Vec::new());
        while let Some((index, (proofs, records))) = running.next().await {
            for (order, proof) in proofs {
                tell(env, &scenarios[index], &proof, done.len() as u64 + 1, total);
                done.push(Done { index, order, proof });
            }
            // What an attempt leaves is its last case's affair.
            discarded.extend(records.into_iter().map(|record| (done.len() - 1, record)));
        }
        drop(running);
        removal::delete_namespaces(env, discarded.iter().map(|(_, record)| record)).await;
        let all = self.shared.everything().await?;
        for (of, mut record) in discarded {
            if let Err(problem) = removal::remaining(env, &all, &mut record).await {
                let proof = &mut done[of].proof;
                env.events.warn(format!("{} · {}: {problem}", record.scenario.id, proof.case.title()));
                proof.problems.push(problem);
            }
        }
        Ok((done, all))
    }
}

/// A cluster on which cases are played, and what was on it before.
struct Lane {
    env: ProofEnv,
    slots: Slots,
    before: Inventory,
}

impl Lane {
    async fn on(env: ProofEnv, clock: Instant) -> LabResult<Self> {
        let before = inventory::take(&env.lab.client, &env.lab.kinds, &[], |_| false).await?;
        let slots = Slots::new(clock, capacity(&env.lab.client).await);
        Ok(Self { env, slots, before })
    }

    /// Plays, `jobs` at a time; each with its scenario's index.
    fn run<'a>(
        &'a self,
        scenarios: &'a [Loaded],
        work: Vec<PlannedBatch>,
        jobs: usize,
    ) -> impl Stream<Item = Played> + 'a {
        let play = move |PlannedBatch { index, batch, demand }: PlannedBatch| async move {
            (index, run_batch(&self.env, &self.slots, &scenarios[index], batch, demand).await)
        };
        stream::iter(work).map(play).buffer_unordered(jobs.max(1))
    }

    async fn everything(&self) -> LabResult<Vec<Entry>> {
        inventory::everything(&self.env.lab.client, &self.env.lab.kinds).await
    }
}

/// A batch of the scenario of that index: its proofs by their order, and the records of the attempts that were discarded.
type Played = (usize, (Vec<(usize, CaseProof)>, Vec<AttemptRecord>));

/// All batches of the cases that `cases` gives a scenario, in the order in which they begin: those that run alone last, as
/// they would hold up the others; the scenarios in turn, so that those whose Pods are work and those who wait for a token's
/// end share the machine.
fn planned(scenarios: &[Loaded], cases: impl Fn(&Scenario) -> Vec<Case>) -> Vec<PlannedBatch> {
    let mut work = Vec::new();
    for (index, loaded) in scenarios.iter().enumerate() {
        let planned = cases(&loaded.scenario).into_iter().enumerate().map(|(order, case)| {
            let manifests = manifests(loaded, &case);
            let alone = needs_the_cluster(&case, &loaded.scenario, &manifests);
            PlannedCase { order, case, alone, pods: pods(&manifests) }
        });
        for batch in batches(&loaded.scenario, planned.collect()) {
            // All cases of a batch have the same values and the same need.
            let Some(first) = batch.first() else { continue };
            work.push(PlannedBatch { index, demand: Demand::of(first.alone, first.pods), batch });
        }
    }
    work.sort_by_key(|planned| (planned.demand.alone, planned.batch.first().map(|p| p.order), planned.index));
    work
}

/// The cells of the matrix that are asked for; those that cannot fit are known at once.
fn planned_variations(scenarios: &[Loaded], choice: &Choice) -> Plan {
    let bound: Vec<Option<BoundScenario>> = scenarios.iter().map(in_small).collect();
    let usable: Vec<BoundScenario> = bound.iter().flatten().cloned().collect();
    let mut chosen = choice.of(&usable).into_iter();
    let (mut work, mut known) = (Vec::new(), Vec::new());
    for (index, (loaded, bound)) in scenarios.iter().zip(&bound).enumerate() {
        let Some(bound) = bound else { continue };
        let mut planned = Vec::new();
        for (order, (variation, misfit)) in chosen.next().into_iter().flatten().enumerate() {
            let case = Case::Variation(variation);
            if let Some(why) = misfit {
                let cell = Some(Cell::NotApplicable { why: why.to_owned() });
                known.push((index, order, CaseProof { cell, ..CaseProof::unplayed(case) }));
                continue;
            }
            let alone = needs_the_cluster(&case, &loaded.scenario, &bound.manifests);
            planned.push(PlannedCase { order, case, alone, pods: pods(&bound.manifests) });
        }
        for batch in groups(planned) {
            let Some(first) = batch.first() else { continue };
            work.push(PlannedBatch { index, demand: Demand::of(first.alone, first.pods), batch });
        }
    }
    // What takes longest begins first.
    work.sort_by_key(|planned| (planned.demand.alone, std::cmp::Reverse(planned.batch.len()), planned.index));
    Plan { work, known }
}

/// A scenario with the values that its variations are played with; None: it cannot be bound, and lint says why.
fn in_small(loaded: &Loaded) -> Option<BoundScenario> {
    let of_any = Case::Variation(Variation::default());
    of_any.binding(&loaded.scenario).and_then(|binding| bind(loaded, &binding)).ok()
}

/// Plays a batch in its slot, on one attempt. If that was only discarded, its record is to be looked after.
async fn run_batch(
    env: &ProofEnv,
    slots: &Slots,
    loaded: &Loaded,
    batch: Batch,
    demand: Demand,
) -> (Vec<(usize, CaseProof)>, Vec<AttemptRecord>) {
    let _slot = slots.slot(demand).await;
    let (orders, mut proofs): (Vec<usize>, Vec<CaseProof>) =
        batch.into_iter().map(|planned| (planned.order, CaseProof::unplayed(planned.case))).unzip();
    let discarded = if matches!(proofs.first().map(|p| &p.case), Some(Case::Variation(_))) {
        variations::play(env, slots, loaded, demand.alone, &mut proofs).await
    } else {
        let played = play_batch(env, slots, loaded, demand.alone, &mut proofs).await;
        let discarded = played.unwrap_or_else(|problem| {
            // What is left of an attempt is the last case's affair.
            if let Some(last) = proofs.last_mut() {
                last.problems.push(problem);
            }
            None
        });
        discarded.into_iter().collect()
    };
    (orders.into_iter().zip(proofs).collect(), discarded)
}

fn manifests(loaded: &Loaded, case: &Case) -> String {
    let bound = case.binding(&loaded.scenario).and_then(|binding| bind(loaded, &binding));
    bound.map(|b| b.manifests).unwrap_or_default()
}

fn scenario_proof(loaded: &Loaded) -> ScenarioProof {
    let scenario = &loaded.scenario;
    let checks = scenario.expectations().map(|e| CheckName { id: e.is.id.clone(), guard: e.guard });
    ScenarioProof {
        id: scenario.id.clone(),
        lint: lint(loaded)
            .iter()
            .filter(|f| f.severity == Severity::Error)
            .map(|f| f.error.one_line())
            .collect(),
        checks: checks.collect(),
        cases: Vec::new(),
        mutation: None,
    }
}

fn tell(env: &ProofEnv, loaded: &Loaded, proof: &CaseProof, done: u64, total: u64) {
    let detail = format!("{} · {}", loaded.scenario.id, proof.case.title());
    for problem in &proof.problems {
        env.events.warn(format!("{detail}: {problem}"));
    }
    env.events.emit(crate::event::Event::Progress { done, total, unit: "cases", detail });
}

/// What is in a listing of the cluster, was not there before, and is not on its way out.
pub(super) fn left(all: &[Entry], before: &Inventory) -> Vec<String> {
    let stays = staying(all);
    let new =
        |e: &Entry| e.metadata.uid.as_ref().is_none_or(|uid| !before.uids.contains(uid)) && !before.keeps(e);
    all.iter().filter(|e| new(e) && stays(e) && e.by_a_person()).map(Entry::describe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Catalog;

    #[test]
    fn only_who_touches_what_others_see_needs_another_cluster() {
        let needs = |id: &str| {
            let loaded = Catalog::builtin().get(id).unwrap().clone();
            Plan::of(&[loaded], &[], &[]).unwrap().needs_apart()
        };
        assert!(needs("enforce-automount"), "a policy for every Namespace");
        assert!(!needs("scenario-2"));
    }

    #[test]
    fn the_parts_of_a_proof_have_all_cases_and_each_has_the_main_ones() {
        let scenarios = ["scenario-2", "diagnose-403"].map(|id| Catalog::builtin().get(id).unwrap().clone());
        let played = |plan: Plan| -> Vec<(usize, usize)> {
            let work = plan.work.iter();
            work.flat_map(|planned| planned.batch.iter().map(|placed| (planned.index, placed.order)))
                .collect()
        };
        let whole = || Plan::of(&scenarios, &[], &[]).unwrap();
        let mut all = played(whole());
        let parts: Vec<_> =
            (1..=3).map(|number| played(whole().in_part(Shard::new(number, 3).unwrap()))).collect();
        assert!(
            parts.iter().all(|part| part.contains(&(0, 0)) && part.len() < all.len() * 2 / 3),
            "{parts:?}"
        );
        let mut together: Vec<_> = parts.concat();
        together.sort_unstable();
        together.dedup();
        all.sort_unstable();
        assert_eq!(together, all);
    }

    #[test]
    fn mutants_are_played_of_those_scenarios_that_were_named() {
        let scenarios = ["scenario-2", "scenario-3"].map(|id| Catalog::builtin().get(id).unwrap().clone());
        let Plan { work, .. } = Plan::of(&scenarios, &["scenario-3".to_owned()], &[]).unwrap();
        let mutants = |index: usize| {
            let plays = work.iter().filter(|planned| planned.index == index);
            plays.flat_map(|p| &p.batch).filter(|placed| matches!(placed.case, Case::Mutant(_))).count()
        };
        assert_eq!((mutants(0), mutants(1)), (0, mutant_cases(&scenarios[1].scenario).len()));
        assert!(mutants(1) > 0);
    }
}
