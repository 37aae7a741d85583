//! Plays the tasks of a paper that are on the cluster at the same time: set up, graded, solved one by one, removed.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures::{StreamExt, stream};

use super::proof::{PaperProof, Round};
use crate::exam::{BoundTask, Lab};
use crate::grade::Grade;
use crate::lab::attempt::{Attempt, StartOptions};
use crate::lab::clean;
use crate::lab::store::record::{AttemptId, AttemptRecord};
use crate::printable::excerpt;
use crate::prove::env::ProofEnv;
use crate::prove::expect::differences;
use crate::prove::plan::Case;
use crate::prove::play::{PATIENCE, SCRIPT};
use crate::prove::removal::{self, Cleanup};
use crate::scenario::bind;

/// The longest problem, in characters.
const LONGEST: usize = 400;

/// A task on the cluster.
struct Open<'a> {
    task: &'a BoundTask,
    attempt: Attempt,
    solved: bool,
}

/// Plays some tasks of a paper together; `alone`: nobody else is on the cluster. Out: the attempts that were only discarded, with
/// their tasks' numbers.
pub(super) async fn play(
    env: &ProofEnv,
    tasks: &[&BoundTask],
    alone: bool,
    proof: &mut PaperProof,
) -> Vec<(usize, AttemptRecord)> {
    let mut open = set_up(env, tasks, alone, proof).await;
    if !open.is_empty() {
        let unsolved = graded(env, &open, Round::default(), proof.tasks.len()).await;
        keep(env, proof, unsolved);
        for index in 0..open.len() {
            let round = solve(env, &mut open, index).await;
            let round = graded(env, &open, round, proof.tasks.len()).await;
            keep(env, proof, round);
        }
    }
    remove(env, open, alone, proof).await
}

/// A rule of a wide role is a right a line: what a problem says has an end.
fn keep(env: &ProofEnv, proof: &mut PaperProof, mut round: Round) {
    round.problems.iter_mut().for_each(|problem| *problem = excerpt(&problem.replace('\n', " "), LONGEST));
    for problem in &round.problems {
        env.events.warn(format!("{}: {problem}", proof.title));
    }
    proof.rounds.push(round);
}

/// Sets all up at the same time. What cannot be is a problem of its task.
async fn set_up<'a>(
    env: &ProofEnv,
    tasks: &[&'a BoundTask],
    alone: bool,
    proof: &mut PaperProof,
) -> Vec<Open<'a>> {
    let begun = stream::iter(tasks.iter().copied().filter_map(|task| Some((task, task.lab()?))));
    let begun = begun.map(|(task, lab)| async move {
        let clock = Instant::now();
        let attempt = begin(env, lab, alone).await;
        (task, attempt, clock.elapsed().as_secs_f64())
    });
    let mut begun = begun.buffer_unordered(env.jobs.max(1));
    let mut open = Vec::new();
    while let Some((task, attempt, seconds)) = begun.next().await {
        let Some(told) = proof.tasks.iter_mut().find(|told| told.number == task.number) else { continue };
        told.setup = seconds;
        match attempt {
            Ok(attempt) => open.push(Open { task, attempt, solved: false }),
            Err(problem) => told.problems.push(problem),
        }
    }
    open.sort_by_key(|open| open.task.number);
    open
}

/// As the paper says, but for a suffix of its Namespaces: another paper's are still on their way out.
async fn begin(env: &ProofEnv, lab: &Lab, alone: bool) -> Result<Attempt, String> {
    let suffix = AttemptId::fresh(&lab.loaded.scenario.id);
    let binding = lab.binding.clone().isolated(suffix.suffix());
    let bound = bind(&lab.loaded, &binding).map_err(|e| e.to_string())?;
    let how = StartOptions {
        seed: lab.seed,
        solution: Some("paper".into()),
        take_inventory: alone,
        exclusive: alone,
        ..StartOptions::default()
    };
    Attempt::begin(&env.store, &env.lab, bound, how).await.map_err(|e| e.to_string())
}

/// Plays the reference solution of one task. A neighbour must still be able to be set up after it.
async fn solve(env: &ProofEnv, open: &mut [Open<'_>], index: usize) -> Round {
    let mut round = Round::default();
    let Some(this) = open.get_mut(index) else { return round };
    this.solved = true;
    round.solved = Some(this.task.number);
    let case = Case::Solution { name: reference(&this.attempt), seed: None, cause: None };
    let Some(script) = case.script(&this.attempt.bound.scenario) else {
        round.problems.push(format!("{} has no solution", named(this.task)));
        return round;
    };
    let clock = Instant::now();
    let said = Arc::new(Mutex::new(Vec::new()));
    let ended = this.attempt.play_quietly(&env.lab, script, SCRIPT, said.clone()).await;
    round.script = clock.elapsed().as_secs_f64();
    match ended {
        Ok(ended) if ended.well() => {}
        Ok(ended) => {
            let lines = said.lock().map(|l| l.iter().rev().take(3).rev().cloned().collect::<Vec<_>>());
            let lines = lines.unwrap_or_default().join(" / ");
            round.problems.push(format!("the solution of {} {ended}: {lines}", named(this.task)));
        }
        Err(failed) => round.problems.push(format!("the solution of {}: {failed}", named(this.task))),
    }
    let others: Vec<AttemptRecord> = open.iter().map(|open| open.attempt.record.clone()).collect();
    if let Err(refused) = clean::must_not_concern_all(&env.lab, &others).await {
        let solved = open.get(index).map(|open| named(open.task)).unwrap_or_default();
        round.problems.push(format!("after the solution of {solved} no task could be set up: {refused}"));
    }
    round
}

fn reference(attempt: &Attempt) -> String {
    attempt.bound.scenario.solutions.first().map(|solution| solution.name.clone()).unwrap_or_default()
}

/// Grades all at the same time, and compares: 0 and 100 per cent, and each check as it should be.
async fn graded(env: &ProofEnv, open: &[Open<'_>], mut round: Round, tasks: usize) -> Round {
    let clock = Instant::now();
    let grades = open.iter().map(|open| open.attempt.grade_patiently(&env.lab, PATIENCE));
    let grades: Vec<Grade> = futures::future::join_all(grades).await;
    round.grade = clock.elapsed().as_secs_f64();
    round.percent = vec![None; tasks];
    for (open, grade) in open.iter().zip(&grades) {
        if let Some(percent) = round.percent.get_mut(open.task.number - 1) {
            *percent = Some(grade.score.percent);
        }
        let case = match open.solved {
            true => Case::Solution { name: reference(&open.attempt), seed: None, cause: None },
            false => Case::Unsolved { cause: None },
        };
        let mut wrong = differences(&case, &open.attempt.bound.scenario, grade);
        let due = if open.solved { 100 } else { 0 };
        if wrong.is_empty() && grade.score.percent != due {
            wrong.push(format!("it has {} per cent, and not {due}", grade.score.percent));
        }
        round.problems.extend(wrong.into_iter().map(|why| match round.solved {
            Some(number) if number != open.task.number => {
                format!("after the solution of task {number}, {}: {why}", named(open.task))
            }
            _ => format!("{}: {why}", named(open.task)),
        }));
    }
    round
}

fn named(task: &BoundTask) -> String {
    format!("task {} ({})", task.number, task.id())
}

async fn remove(
    env: &ProofEnv,
    open: Vec<Open<'_>>,
    alone: bool,
    proof: &mut PaperProof,
) -> Vec<(usize, AttemptRecord)> {
    let cleanup = if alone { Cleanup::Full } else { Cleanup::Deferred };
    let removed = stream::iter(open)
        .map(|open| async move { (open.task.number, removal::remove(env, open.attempt, cleanup).await) });
    let mut removed = removed.buffer_unordered(env.jobs.max(1));
    let mut discarded = Vec::new();
    while let Some((number, outcome)) = removed.next().await {
        match outcome {
            Ok(record) => discarded.extend(record.map(|record| (number, record))),
            Err(problem) => told(proof, number, problem),
        }
    }
    discarded
}

/// Adds a problem to a task.
pub(super) fn told(proof: &mut PaperProof, number: usize, problem: String) {
    if let Some(task) = proof.tasks.iter_mut().find(|task| task.number == number) {
        task.problems.push(problem);
    }
}
