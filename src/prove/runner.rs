//! Runs all cases of all scenarios, and says what came of them and what is left.

use std::path::PathBuf;
use std::time::Instant;

use futures::{Stream, StreamExt, stream};
use jiff::Timestamp;

use super::mutation::Tally;
use super::plan::{Case, cases, mutant_cases, pods};
use super::play::play_cases;
use super::proof::{CaseProof, CheckName, Proof, ScenarioProof};
use super::reach::needs_the_cluster;
use super::removal;
use super::room::room;
use super::share::{Placed, Play, plays};
use super::turns::{Need, Turns};
use crate::event::Events;
use crate::lab::attempt;
use crate::lab::cluster::LabCluster;
use crate::lab::error::Result as LabResult;
use crate::lab::inventory::{self, Entry, Inventory};
use crate::lab::others::Others;
use crate::lab::store::Store;
use crate::lab::store::record::AttemptRecord;
use crate::lint::{Severity, lint};
use crate::result::format::ClusterPart;
use crate::scenario::{Loaded, bind};

/// What the proof runs on.
#[derive(Debug, Clone)]
pub struct Bench {
    /// The cluster.
    pub lab: LabCluster,
    /// Another, for the cases that need one to themselves; None: they wait until all others are done.
    pub apart: Option<LabCluster>,
    /// Where its attempts are written down: not the learner's.
    pub store: Store,
    /// Cases at a time.
    pub jobs: usize,
    /// Shows how far it has come.
    pub events: Events,
    /// Where each case's grade is recorded, if it is.
    pub record: Option<PathBuf>,
}

/// What is played, in the order in which it begins.
#[derive(Debug)]
pub struct Plan(Vec<Planned>);

impl Plan {
    /// All cases of `scenarios`, and the mutants of the solutions of those whose ids are in `mutated`.
    pub fn of(scenarios: &[Loaded], mutated: &[String]) -> Self {
        Self(planned(scenarios, mutated))
    }

    /// Whether some cases need a cluster to themselves.
    pub fn needs_apart(&self) -> bool {
        self.0.iter().any(|planned| planned.need.alone)
    }
}

/// Proves all of `scenarios`, for which the plan was made.
pub async fn prove(bench: &Bench, scenarios: &[Loaded], plan: Plan) -> LabResult<Proof> {
    let (started, clock) = (Timestamp::now(), Instant::now());
    attempt::clear(&bench.store, &bench.lab).await?;
    let stage = Stage::on(bench.clone(), clock).await?;
    let apart = match &bench.apart {
        // One after the other: each needs all of it.
        Some(lab) => {
            Some(Stage::on(Bench { lab: lab.clone(), apart: None, jobs: 1, ..bench.clone() }, clock).await?)
        }
        None => None,
    };
    let Plan(work) = plan;
    let total = work.iter().map(|planned| planned.play.len() as u64).sum();
    bench.events.step(format!("Proving {total} cases of {} scenarios", scenarios.len()));
    let mut done = Vec::new();
    let (elsewhere, here): (Vec<Planned>, Vec<Planned>) =
        work.into_iter().partition(|planned| planned.need.alone && apart.is_some());
    let mut running = stream::select(
        stage.plays(scenarios, here),
        apart.as_ref().unwrap_or(&stage).plays(scenarios, elsewhere),
    );
    while let Some((index, (proofs, discarded))) = running.next().await {
        for (order, proof) in proofs {
            tell(bench, &scenarios[index], &proof, done.len() as u64 + 1, total);
            done.push((index, order, proof, None));
        }
        if let Some((.., of_the_last)) = done.last_mut() {
            *of_the_last = discarded;
        }
    }
    drop(running);
    removal::delete_namespaces(bench, done.iter().filter_map(|(.., discarded)| discarded.as_ref())).await;
    let all = stage.everything().await?;
    for (_, _, proof, discarded) in &mut done {
        let Some(record) = discarded else { continue };
        if let Err(problem) = removal::remaining(bench, &all, record).await {
            bench.events.warn(format!("{} · {}: {problem}", record.scenario.id, proof.case.title()));
            proof.problems.push(problem);
        }
    }
    done.sort_by_key(|(index, order, ..)| (*index, *order));
    let mut proofs: Vec<ScenarioProof> = scenarios.iter().map(scenario_proof).collect();
    for (index, _, proof, _) in done {
        proofs[index].cases.push(proof);
    }
    proofs.iter_mut().for_each(|p| p.mutation = Tally::of(&p.cases));
    let mutation = Tally::of(proofs.iter().flat_map(|p| &p.cases));
    let mut left = left(&all, &stage.before);
    if let Some(apart) = &apart {
        left.extend(self::left(&apart.everything().await?, &apart.before));
    }
    let cluster = ClusterPart {
        provider: bench.lab.cluster.provider.to_string(),
        version: bench.lab.cluster.version.clone(),
    };
    let holds = left.is_empty() && proofs.iter().all(ScenarioProof::holds);
    let seconds = clock.elapsed().as_secs_f64();
    bench.events.done(format!("Proved {total} cases in {seconds:.1} s"));
    Ok(Proof {
        schema: Proof::SCHEMA.into(),
        cluster,
        scenarios: proofs,
        mutation,
        left,
        started,
        seconds,
        holds,
    })
}

/// A cluster on which cases are played, and what was on it before.
struct Stage {
    bench: Bench,
    turns: Turns,
    before: Inventory,
}

impl Stage {
    async fn on(bench: Bench, clock: Instant) -> LabResult<Self> {
        let before = inventory::take(&bench.lab.client, &bench.lab.kinds, &[], &Others::default()).await?;
        let turns = Turns::new(clock, room(&bench.lab.client).await);
        Ok(Self { bench, turns, before })
    }

    /// Plays, as many at a time as there are jobs; each with its scenario's index.
    fn plays<'a>(&'a self, scenarios: &'a [Loaded], work: Vec<Planned>) -> impl Stream<Item = Played> + 'a {
        let play = move |Planned { index, play, need }: Planned| async move {
            (index, run_play(&self.bench, &self.turns, &scenarios[index], play, need).await)
        };
        stream::iter(work).map(play).buffer_unordered(self.bench.jobs.max(1))
    }

    async fn everything(&self) -> LabResult<Vec<Entry>> {
        inventory::everything(&self.bench.lab.client, &self.bench.lab.kinds).await
    }
}

/// A play of the scenario of that index: its proofs by their order, and the attempt's record where that was discarded.
type Played = (usize, (Vec<(usize, CaseProof)>, Option<AttemptRecord>));

#[derive(Debug)]
struct Planned {
    /// Of which scenario.
    index: usize,
    play: Play,
    need: Need,
}

/// All plays, in the order in which they begin: those that run alone last, as they would hold up the others; the
/// scenarios in turn, so that those whose Pods are work and those who wait for a token's end share the machine.
fn planned(scenarios: &[Loaded], mutated: &[String]) -> Vec<Planned> {
    let mut work = Vec::new();
    for (index, loaded) in scenarios.iter().enumerate() {
        let mutants = match mutated.contains(&loaded.scenario.id) {
            true => mutant_cases(&loaded.scenario),
            false => Vec::new(),
        };
        let placed = cases(&loaded.scenario).into_iter().chain(mutants).enumerate().map(|(order, case)| {
            let manifests = manifests(loaded, &case);
            let alone = needs_the_cluster(&case, &loaded.scenario, &manifests);
            Placed { order, case, alone, pods: pods(&manifests) }
        });
        for play in plays(&loaded.scenario, placed.collect()) {
            // All cases of a play have the same values and the same need.
            let Some(first) = play.first() else { continue };
            work.push(Planned { index, need: Need::of(first.alone, first.pods), play });
        }
    }
    work.sort_by_key(|planned| (planned.need.alone, planned.play.first().map(|p| p.order), planned.index));
    work
}

/// Plays cases in their turn, on one attempt. If that was only discarded, its record is to be looked after.
async fn run_play(
    bench: &Bench,
    turns: &Turns,
    loaded: &Loaded,
    play: Play,
    need: Need,
) -> (Vec<(usize, CaseProof)>, Option<AttemptRecord>) {
    let _place = turns.place(need).await;
    let (orders, mut proofs): (Vec<usize>, Vec<CaseProof>) =
        play.into_iter().map(|placed| (placed.order, CaseProof::unplayed(placed.case))).unzip();
    let played = play_cases(bench, turns, loaded, need.alone, &mut proofs).await;
    let discarded = played.unwrap_or_else(|problem| {
        // What is left of an attempt is the last case's affair.
        if let Some(last) = proofs.last_mut() {
            last.problems.push(problem);
        }
        None
    });
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

fn tell(bench: &Bench, loaded: &Loaded, proof: &CaseProof, done: u64, total: u64) {
    let detail = format!("{} · {}", loaded.scenario.id, proof.case.title());
    for problem in &proof.problems {
        bench.events.warn(format!("{detail}: {problem}"));
    }
    bench.events.emit(crate::event::Event::Progress { done, total, unit: "cases", detail });
}

/// What is in a listing of the cluster, was not there before, and is not on its way out.
fn left(all: &[Entry], before: &Inventory) -> Vec<String> {
    let stay: Vec<&str> = all
        .iter()
        .filter(|e| e.kind.resource.plural == "namespaces" && e.metadata.deletion_timestamp.is_none())
        .filter_map(|e| e.metadata.name.as_deref())
        .collect();
    let stays = |e: &&Entry| {
        let new = e.metadata.uid.as_ref().is_none_or(|uid| !before.uids.contains(uid));
        // In a Namespace that is on its way out, or was when the lists were made: it goes with it.
        let going = e.metadata.namespace.as_deref().is_some_and(|n| !stay.contains(&n));
        new && !going && e.metadata.deletion_timestamp.is_none() && e.by_a_person()
    };
    all.iter().filter(stays).map(Entry::describe).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Catalog;

    #[test]
    fn only_who_touches_what_others_see_needs_another_cluster() {
        let needs = |id: &str| {
            let loaded = Catalog::builtin().get(id).unwrap().clone();
            Plan::of(&[loaded], &[]).needs_apart()
        };
        assert!(needs("enforce-automount"), "a policy for every Namespace");
        assert!(!needs("scenario-2"));
    }

    #[test]
    fn mutants_are_played_of_those_scenarios_that_were_named() {
        let scenarios = ["scenario-2", "scenario-3"].map(|id| Catalog::builtin().get(id).unwrap().clone());
        let Plan(work) = Plan::of(&scenarios, &["scenario-3".to_owned()]);
        let mutants = |index: usize| {
            let plays = work.iter().filter(|planned| planned.index == index);
            plays.flat_map(|p| &p.play).filter(|placed| matches!(placed.case, Case::Mutant(_))).count()
        };
        assert_eq!((mutants(0), mutants(1)), (0, mutant_cases(&scenarios[1].scenario).len()));
        assert!(mutants(1) > 0);
    }
}
