//! Proves all papers, and says what came of them and what is left.

use std::time::Instant;

use futures::{StreamExt, stream};
use jiff::Timestamp;

use super::play::{play, told};
use super::proof::{PaperProof, PapersProof, TaskProof};
use crate::event::Event;
use crate::exam::{BoundPaper, BoundTask, Work};
use crate::lab::attempt;
use crate::lab::error::Result as LabResult;
use crate::lab::inventory;
use crate::lab::requirements;
use crate::lab::store::record::AttemptRecord;
use crate::plural::counted;
use crate::prove::capacity::capacity;
use crate::prove::env::ProofEnv;
use crate::prove::plan::pods;
use crate::prove::removal;
use crate::prove::runner::left;
use crate::prove::slots::{Demand, Slots};
use crate::quiz::key;
use crate::result::provenance::ClusterPart;
use crate::scenario::BoundScenario;

/// How many papers are on the cluster at the same time. Most of a proof is waiting.
const AT_ONCE: usize = 3;

/// A paper to be proved.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// The paper.
    pub paper: BoundPaper,
    /// Its file; None: it was drawn.
    pub file: Option<String>,
    /// The seed that drew it, if one did.
    pub seed: Option<u64>,
}

/// Proves papers.
///
/// # Errors
/// If the cluster does not answer.
pub async fn prove(env: &ProofEnv, papers: &[Submitted]) -> LabResult<PapersProof> {
    let (started, clock) = (Timestamp::now(), Instant::now());
    attempt::clear(&env.store, &env.lab).await?;
    let before = inventory::take(&env.lab.client, &env.lab.kinds, &[], |_| false).await?;
    let slots = Slots::new(clock, capacity(&env.lab.client).await);
    env.events.step(format!("Proving {}", counted(papers.len(), "paper")));
    let mut done = Vec::new();
    let total = papers.len() as u64;
    let mut running = stream::iter(papers.iter().enumerate())
        .map(|(index, paper)| {
            let slots = &slots;
            async move { (index, one(env, slots, paper).await) }
        })
        .buffer_unordered(AT_ONCE);
    while let Some((index, (proof, records))) = running.next().await {
        let detail = proof.title.clone();
        done.push((index, proof, records));
        env.events.emit(Event::Progress { done: done.len() as u64, total, unit: "papers", detail });
    }
    drop(running);
    done.sort_by_key(|(index, ..)| *index);
    let records = done.iter().flat_map(|(_, _, records)| records).map(|(_, record)| record);
    removal::delete_namespaces(env, records).await;
    let all = inventory::everything(&env.lab.client, &env.lab.kinds).await?;
    let mut proofs = Vec::new();
    for (_, mut proof, records) in done {
        for (number, mut record) in records {
            if let Err(problem) = removal::remaining(env, &all, &mut record).await {
                told(&mut proof, number, problem);
            }
        }
        proofs.push(proof);
    }
    let left = left(&all, &before);
    let holds = left.is_empty() && proofs.iter().all(PaperProof::holds);
    let seconds = clock.elapsed().as_secs_f64();
    env.events.done(format!("Proved {} in {seconds:.1} s", counted(papers.len(), "paper")));
    let (provider, version) = (env.lab.cluster.provider.to_string(), env.lab.cluster.version.clone());
    let cluster = ClusterPart { provider, version };
    Ok(PapersProof { schema: PapersProof::SCHEMA, cluster, papers: proofs, left, started, seconds, holds })
}

/// Proves one paper: what shares a cluster first, then each task that needs one to itself.
async fn one(
    env: &ProofEnv,
    slots: &Slots,
    submitted: &Submitted,
) -> (PaperProof, Vec<(usize, AttemptRecord)>) {
    let clock = Instant::now();
    let paper = &submitted.paper;
    let mut proof = PaperProof {
        title: paper.title.clone(),
        file: submitted.file.clone(),
        seed: submitted.seed,
        tasks: paper.tasks.iter().map(of_task).collect(),
        ..PaperProof::default()
    };
    let mut records = Vec::new();
    if has_what_it_needs(env, paper, &mut proof).await {
        let is_alone = |task: &&BoundTask| task.lab().is_some_and(|lab| lab.alone);
        let (alone, together): (Vec<&BoundTask>, Vec<&BoundTask>) =
            paper.tasks.iter().filter(|task| task.lab().is_some()).partition(is_alone);
        if !together.is_empty() {
            let _slot = slots.slot(Demand::of(false, all_pods(&together))).await;
            records.extend(play(env, &together, false, &mut proof).await);
        }
        for task in alone {
            let _slot = slots.slot(Demand::of(true, all_pods(&[task]))).await;
            records.extend(play(env, &[task], true, &mut proof).await);
        }
    }
    proof.seconds = clock.elapsed().as_secs_f64();
    (proof, records)
}

/// A task before anything is played. A question is proved at once: its marks need no cluster.
fn of_task(task: &BoundTask) -> TaskProof {
    let problems = match &task.work {
        Work::Lab(_) => Vec::new(),
        Work::Question(question) => key::problems(&question.item),
    };
    TaskProof {
        number: task.number,
        id: task.id().to_owned(),
        question: task.lab().is_none(),
        alone: task.lab().is_some_and(|lab| lab.alone),
        weight: task.weight,
        problems,
        setup: 0.0,
    }
}

/// Whether the cluster has all that the tasks need; what it lacks is a problem of the task.
async fn has_what_it_needs(env: &ProofEnv, paper: &BoundPaper, proof: &mut PaperProof) -> bool {
    let labs: Vec<(usize, BoundScenario)> =
        paper.tasks.iter().filter_map(|task| Some((task.number, task.lab()?.bound.clone()))).collect();
    let (numbers, scenarios): (Vec<usize>, Vec<BoundScenario>) = labs.into_iter().unzip();
    let lacks = match requirements::unmet(&env.lab, &scenarios).await {
        Ok(all) => numbers
            .into_iter()
            .zip(all)
            .flat_map(|(number, unmet)| {
                unmet.into_iter().map(move |one| (number, format!("the cluster lacks {one}")))
            })
            .collect(),
        Err(failed) => vec![(1, failed.to_string())],
    };
    let has_all = lacks.is_empty();
    lacks.into_iter().for_each(|(number, problem)| told(proof, number, problem));
    has_all
}

fn all_pods(tasks: &[&BoundTask]) -> u32 {
    tasks.iter().filter_map(|task| task.lab()).map(|lab| pods(&lab.bound.manifests)).sum()
}
