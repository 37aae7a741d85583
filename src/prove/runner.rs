//! Runs the cases: as many at a time as asked for, those that need the cluster for themselves alone.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use jiff::Timestamp;
use tokio::sync::{RwLock, Semaphore};

use super::expect::differences;
use super::mutation::{Fate, Tally, fate, settled};
use super::plan::{Case, cases, mutant_cases, needs_the_cluster, pods};
use super::proof::{CaseProof, CheckName, Proof, ScenarioProof, Seconds};
use super::record;
use super::removal::{self, Way};
use crate::event::Events;
use crate::grade::Grade;
use crate::lab::attempt::{self, Attempt, Begin};
use crate::lab::error::Result as LabResult;
use crate::lab::inventory;
use crate::lab::others::Others;
use crate::lab::site::Site;
use crate::lab::store::Store;
use crate::lab::store::record::{AttemptId, AttemptRecord};
use crate::report::result::{ClusterPart, VerdictPart};
use crate::scenario::{BoundScenario, Loaded, Severity, bind, lint};

/// How many Pods may run at a time, over all cases.
const PODS: u32 = 90;
/// How long a script may take.
const SCRIPT: Duration = Duration::from_secs(180);
/// Many attempts share the machine: what a learner sees within seconds may take a minute here.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the proof runs on.
#[derive(Debug, Clone)]
pub struct Bench {
    /// The cluster.
    pub site: Site,
    /// Where its attempts are written down: not the learner's.
    pub store: Store,
    /// Cases at a time.
    pub jobs: usize,
    /// Whether mutants of the solutions are played too.
    pub mutation: bool,
    /// Shows how far it has come.
    pub events: Events,
    /// Where each case's grade is recorded, if it is.
    pub record: Option<PathBuf>,
}

/// Proves all of `scenarios`.
pub async fn prove(bench: &Bench, scenarios: &[Loaded]) -> LabResult<Proof> {
    let (started, clock) = (Timestamp::now(), Instant::now());
    clear_earlier(bench).await?;
    let before = inventory::take(&bench.site.client, &bench.site.kinds, &[], &Others::default()).await?;
    let turns = Turns { cluster: RwLock::new(()), pods: Arc::new(Semaphore::new(PODS as usize)), clock };
    let mut work = Vec::new();
    for (index, loaded) in scenarios.iter().enumerate() {
        let mutants = if bench.mutation { mutant_cases(&loaded.scenario) } else { Vec::new() };
        for (order, case) in cases(&loaded.scenario).into_iter().chain(mutants).enumerate() {
            let manifests = manifests(loaded, &case);
            // Twice its Pods: a solution may make new ones before the old ones are gone.
            let weight = pods(&manifests).saturating_mul(2).clamp(1, PODS);
            let alone = needs_the_cluster(&case, &loaded.scenario, &manifests);
            work.push((index, order, case, Turn { alone, weight }));
        }
    }
    // Those that run alone come last: they would hold up the others.
    work.sort_by_key(|(index, order, _, turn)| (turn.alone, *index, *order));
    let total = work.len() as u64;
    bench.events.step(format!("Proving {total} cases of {} scenarios", scenarios.len()));
    let mut done = Vec::new();
    let mut running = stream::iter(work)
        .map(|(index, order, case, turn)| {
            let turns = &turns;
            async move { (index, order, run_case(bench, turns, &scenarios[index], case, turn).await) }
        })
        .buffer_unordered(bench.jobs.max(1));
    while let Some((index, order, (proof, discarded))) = running.next().await {
        tell(bench, &scenarios[index], &proof, done.len() as u64 + 1, total);
        done.push((index, order, proof, discarded));
    }
    drop(running);
    removal::delete_namespaces(bench, done.iter().filter_map(|(.., discarded)| discarded.as_ref())).await;
    let all = inventory::everything(&bench.site.client, &bench.site.kinds).await?;
    for (_, _, proof, discarded) in &mut done {
        let Some(record) = discarded else { continue };
        if let Err(problem) = removal::look(bench, &all, record).await {
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
    let left = left(&all, &before);
    let cluster = ClusterPart {
        provider: bench.site.cluster.provider.clone(),
        version: bench.site.cluster.version.clone(),
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

struct Turns {
    cluster: RwLock<()>,
    pods: Arc<Semaphore>,
    /// When the proof began.
    clock: Instant,
}

/// What a case needs to run.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// Whether the cluster must be its own.
    alone: bool,
    /// Room for how many Pods.
    weight: u32,
}

/// Runs a case in its turn; of an attempt that was only discarded the record is to be looked after.
async fn run_case(
    bench: &Bench,
    turns: &Turns,
    loaded: &Loaded,
    case: Case,
    Turn { alone, weight }: Turn,
) -> (CaseProof, Option<AttemptRecord>) {
    let _room = turns.pods.acquire_many(weight).await;
    let mut proof = CaseProof {
        fate: matches!(case, Case::Mutant(_)).then_some(Fate::Unknown),
        case,
        verdicts: Vec::new(),
        percent: 0,
        problems: Vec::new(),
        seconds: Seconds::default(),
    };
    let outcome = if alone {
        let _alone = turns.cluster.write().await;
        proof.seconds.began = turns.clock.elapsed().as_secs_f64();
        play_case(bench, loaded, alone, &mut proof).await
    } else {
        let _together = turns.cluster.read().await;
        proof.seconds.began = turns.clock.elapsed().as_secs_f64();
        play_case(bench, loaded, alone, &mut proof).await
    };
    let discarded = outcome.unwrap_or_else(|problem| {
        proof.problems.push(problem);
        None
    });
    (proof, discarded)
}

/// One attempt: set up, play, grade, remove. What goes wrong is said in a sentence.
async fn play_case(
    bench: &Bench,
    loaded: &Loaded,
    alone: bool,
    proof: &mut CaseProof,
) -> Result<Option<AttemptRecord>, String> {
    let bound = isolated(loaded, &proof.case).map_err(|e| e.to_string())?;
    let script = proof.case.script(&bound.scenario).map(str::to_owned);
    let how = Begin { solution: Some(proof.case.title()), watchful: alone, alone, ..Begin::default() };
    let clock = Instant::now();
    let mut attempt =
        Attempt::begin(&bench.store, &bench.site, bound, how).await.map_err(|e| e.to_string())?;
    proof.seconds.setup = clock.elapsed().as_secs_f64();
    let played = play(bench, &mut attempt, script, alone, proof).await;
    let clock = Instant::now();
    let way = match (&proof.case, alone) {
        (Case::Reset, _) => Way::Looked,
        (_, true) => Way::InFull,
        (_, false) => Way::Discard,
    };
    let removed = removal::remove(bench, attempt, way).await;
    proof.seconds.removal = clock.elapsed().as_secs_f64();
    proof.problems.extend(played.err());
    removed
}

async fn play(
    bench: &Bench,
    attempt: &mut Attempt,
    script: Option<String>,
    alone: bool,
    proof: &mut CaseProof,
) -> Result<(), String> {
    let mut failed = None;
    if let Some(text) = script {
        let clock = Instant::now();
        let said = Arc::new(std::sync::Mutex::new(Vec::new()));
        let ended = attempt.play_quietly(&bench.site, &text, SCRIPT, said.clone()).await;
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
        attempt.reset(&bench.store, &bench.site, alone).await.map_err(|e| format!("reset: {e}"))?;
    }
    let clock = Instant::now();
    let grade = grade(bench, attempt, &proof.case).await;
    proof.seconds.grade = clock.elapsed().as_secs_f64();
    proof.percent = grade.score.percent;
    proof.verdicts = grade.results.iter().map(|r| VerdictPart::from(r.verdict.outcome)).collect();
    proof.problems.extend(differences(&proof.case, &attempt.bound.scenario, &grade));
    if let Case::Mutant(mutant) = &proof.case {
        proof.fate = Some(fate(mutant, &attempt.bound.scenario, &grade));
    }
    match &bench.record {
        Some(folder) => record::record(folder, &proof.case, attempt, &grade, failed),
        None => Ok(()),
    }
}

/// A mutant that has lost points for good is not waited for.
async fn grade(bench: &Bench, attempt: &Attempt, case: &Case) -> Grade {
    if matches!(case, Case::Mutant(_)) {
        let look = attempt.grade_at_once(&bench.site, PATIENCE).await;
        if settled(&look.results) {
            return look;
        }
    }
    attempt.grade_patiently(&bench.site, PATIENCE).await
}

fn isolated(loaded: &Loaded, case: &Case) -> crate::scenario::Result<BoundScenario> {
    let binding = case.binding(&loaded.scenario)?;
    bind(loaded, &binding.isolated(AttemptId::fresh(&loaded.scenario.id).suffix()))
}

fn manifests(loaded: &Loaded, case: &Case) -> String {
    let bound = case.binding(&loaded.scenario).and_then(|binding| bind(loaded, &binding));
    bound.map(|b| b.manifests).unwrap_or_default()
}

fn scenario_proof(loaded: &Loaded) -> ScenarioProof {
    let scenario = &loaded.scenario;
    let checks = scenario.checks.iter().map(|c| CheckName { id: c.id.clone(), guard: false });
    let guards = scenario.guards.iter().map(|g| CheckName { id: g.id.clone(), guard: true });
    ScenarioProof {
        id: scenario.id.clone(),
        lint: lint(loaded)
            .iter()
            .filter(|f| f.severity == Severity::Error)
            .map(|f| f.error.one_line())
            .collect(),
        checks: checks.chain(guards).collect(),
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

/// Ends what an interrupted proof left on this cluster, and forgets earlier proofs: each attempt reads the records of
/// all others, so they would make every proof slower than the one before.
async fn clear_earlier(bench: &Bench) -> LabResult<()> {
    bench.store.sweep()?;
    for record in bench.store.in_progress()? {
        if record.cluster.uid == bench.site.cluster.uid {
            attempt::end(&bench.store, &bench.site, record, &[]).await?;
        } else {
            attempt::forget(&bench.store, record)?;
        }
    }
    bench.store.forget_ended()
}

/// What is in a listing of the cluster, was not there before, and is not on its way out.
fn left(all: &[inventory::Entry], before: &inventory::Inventory) -> Vec<String> {
    let stay: Vec<&str> = all
        .iter()
        .filter(|e| e.kind.resource.plural == "namespaces" && e.metadata.deletion_timestamp.is_none())
        .filter_map(|e| e.metadata.name.as_deref())
        .collect();
    let stays = |e: &&inventory::Entry| {
        let new = e.metadata.uid.as_ref().is_none_or(|uid| !before.uids.contains(uid));
        // In a Namespace that is on its way out, or was when the lists were made: it goes with it.
        let going = e.metadata.namespace.as_deref().is_some_and(|n| !stay.contains(&n));
        new && !going && e.metadata.deletion_timestamp.is_none() && e.by_a_person()
    };
    all.iter().filter(stays).map(inventory::Entry::describe).collect()
}
