//! Pure: draws a paper from the scenarios and questions that there are. Equal seeds draw equal papers, on every machine.

use std::collections::BTreeSet;

use super::bound::needs_the_cluster;
use super::candidate::Candidate;
use super::choice::choose;
use super::lot::{lot, order};
use super::model::{MAX_MINUTES, MAX_TASKS, Paper, PaperVersion, Task};
use super::names::others;
use super::shares::shares;
use crate::plural::counted;
use crate::quiz::Bank;
use crate::quiz::key;
use crate::quiz::model::{Item, Quiz};
use crate::scenario::model::Scenario;
use crate::scenario::{Entry, Loaded, did_you_mean};

/// The seeds of tasks are below this: short to read.
const SEEDS: u64 = 10_000;

/// What a paper is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// How many scenarios.
    pub tasks: usize,
    /// How many questions after them.
    pub questions: usize,
    /// How long; None: as long as its tasks are expected to take.
    pub minutes: Option<u32>,
    /// The pass mark, in per cent.
    pub pass: u32,
    /// Only what is about this.
    pub topic: Option<String>,
    /// What decides all the rest.
    pub seed: u64,
}

/// Why no such paper can be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// Nothing is about the topic.
    #[error("there is no topic `{topic}`\n{help}")]
    UnknownTopic {
        /// The topic.
        topic: String,
        /// The nearest, and all that there are.
        help: String,
    },
    /// There are not enough.
    #[error(
        "{asked} {what} were asked for, and a paper{on} can have {most} at most\n{there} {what}{on} exist, and no two tasks of a paper are about the same thing. Ask for fewer{or}."
    )]
    TooFew {
        /// `scenarios` or `questions`.
        what: &'static str,
        /// How many were asked for.
        asked: usize,
        /// How many there are.
        there: usize,
        /// How many can be in one paper.
        most: usize,
        /// ` on TOPIC`, if there is one.
        on: String,
        /// What else to do.
        or: &'static str,
    },
    /// More than a paper may have.
    #[error("{0} tasks are too many\nA paper has at most {MAX_TASKS} tasks, questions included.")]
    TooMany(usize),
}

/// Draws a paper. Scenarios that cannot be used are left out.
///
/// # Errors
/// When there is no such paper.
pub fn draw(entries: &[Entry], bank: &Bank, wish: &Wish) -> Result<Paper, DrawError> {
    let count = wish.tasks + wish.questions;
    if count > MAX_TASKS {
        return Err(DrawError::TooMany(count));
    }
    if let Some(topic) = &wish.topic {
        must_be_known(topic, &topics(entries, bank))?;
    }
    let scenarios: Vec<&Loaded> = usable(entries).filter(|l| is_on(&l.scenario, wish)).collect();
    let chosen = chosen(&scenarios, wish)?;
    let about: Vec<Candidate<'_>> = chosen.iter().map(|l| Candidate::of_scenario(&l.scenario)).collect();
    let questions = asked(bank, &scenarios, &about, wish)?;
    let mut minutes: Vec<u32> = about.iter().map(|candidate| candidate.minutes).collect();
    minutes.extend(questions.iter().map(|(_, candidate)| candidate.minutes));
    let mut taken = BTreeSet::new();
    let mut tasks = Vec::new();
    for loaded in &chosen {
        tasks.push(lab(loaded, tasks.len(), wish.seed, &mut taken));
    }
    tasks.extend(questions.iter().map(|(item, _)| Task {
        question: Some(item.id.clone()),
        seed: Some(lot(wish.seed, "seed", &item.id) % SEEDS),
        ..Task::default()
    }));
    let weights = shares(100, &minutes);
    tasks.iter_mut().zip(weights).for_each(|(task, weight)| task.weight = Some(weight));
    let expected: u32 = minutes.iter().sum();
    let on = wish.topic.iter().map(|topic| format!(" on {topic}")).collect::<String>();
    Ok(Paper {
        api_version: PaperVersion::V1,
        title: format!("{}{on}, drawn with seed {}", counted(count, "task"), wish.seed),
        minutes: wish.minutes.unwrap_or(expected).clamp(1, MAX_MINUTES),
        pass: wish.pass,
        tasks,
    })
}

/// All topics of scenarios and questions.
pub fn topics<'a>(entries: &'a [Entry], bank: &'a Bank) -> BTreeSet<&'a str> {
    let scenarios = usable(entries).flat_map(|loaded| &loaded.scenario.topics);
    scenarios.chain(bank.topics.iter().map(|quiz| &quiz.topic)).map(String::as_str).collect()
}

fn must_be_known(topic: &str, known: &BTreeSet<&str>) -> Result<(), DrawError> {
    if known.contains(topic) {
        return Ok(());
    }
    let list = format!("Topics: {}.", known.iter().copied().collect::<Vec<_>>().join(", "));
    let help = match did_you_mean(topic, known.iter().copied()) {
        Some(near) => format!("Did you mean `{near}`? {list}"),
        None => list,
    };
    Err(DrawError::UnknownTopic { topic: topic.to_owned(), help })
}

fn usable(entries: &[Entry]) -> impl Iterator<Item = &Loaded> {
    entries.iter().filter_map(|entry| entry.loaded.as_ref().ok())
}

fn is_on(scenario: &Scenario, wish: &Wish) -> bool {
    wish.topic.as_ref().is_none_or(|topic| scenario.topics.contains(topic))
}

/// The scenarios of the paper, in the order of its tasks.
fn chosen<'a>(scenarios: &[&'a Loaded], wish: &Wish) -> Result<Vec<&'a Loaded>, DrawError> {
    let candidates: Vec<Candidate<'_>> =
        scenarios.iter().map(|loaded| Candidate::of_scenario(&loaded.scenario)).collect();
    let picked = choose(&candidates, wish.tasks, wish.seed, "tasks")
        .map_err(|most| too_few("scenarios", wish, wish.tasks, candidates.len(), most))?;
    let ids: Vec<&str> = picked.iter().map(|i| candidates[*i].id).collect();
    Ok(order(wish.seed, "order", &ids).into_iter().map(|i| scenarios[picked[i]]).collect())
}

/// The questions of the paper: about nothing that a scenario of it is about.
fn asked<'a>(
    bank: &'a Bank,
    scenarios: &[&Loaded],
    labs: &[Candidate<'_>],
    wish: &Wish,
) -> Result<Vec<(&'a Item, Candidate<'a>)>, DrawError> {
    // Questions have topics of their own; one is on a topic of scenarios, too, if these train one of its parts.
    let trained: BTreeSet<&String> = scenarios.iter().flat_map(|l| l.scenario.covers.keys()).collect();
    let is_on = |quiz: &Quiz, item: &Item| {
        wish.topic.as_ref().is_none_or(|t| quiz.topic == *t || item.parts.iter().any(|p| trained.contains(p)))
    };
    let all = bank.items().filter(|(quiz, item)| key::is_marked_alone(item) && is_on(quiz, item));
    let (items, candidates): (Vec<&Item>, Vec<Candidate<'_>>) = all
        .map(|(quiz, item)| (item, Candidate::of_question(quiz, item)))
        .filter(|(_, candidate)| !labs.iter().any(|lab| lab.is_like(candidate)))
        .unzip();
    let picked = choose(&candidates, wish.questions, wish.seed, "questions")
        .map_err(|most| too_few("questions", wish, wish.questions, candidates.len(), most))?;
    let ids: Vec<&str> = picked.iter().map(|i| candidates[*i].id).collect();
    let order = order(wish.seed, "order", &ids);
    Ok(order.into_iter().map(|i| (items[picked[i]], candidates[picked[i]].clone())).collect())
}

fn too_few(what: &'static str, wish: &Wish, asked: usize, there: usize, most: usize) -> DrawError {
    let on = wish.topic.iter().map(|topic| format!(" on `{topic}`")).collect();
    let or = if wish.topic.is_some() { ", or leave `--topic` out" } else { "" };
    DrawError::TooFew { what, asked, there, most, on, or }
}

fn lab(loaded: &Loaded, number: usize, seed: u64, taken: &mut BTreeSet<String>) -> Task {
    let scenario = &loaded.scenario;
    let seed = lot(seed, &format!("seed of task {number}"), &scenario.id) % SEEDS;
    Task {
        scenario: Some(scenario.id.clone()),
        seed: Some(seed),
        params: others(scenario, seed, taken),
        alone: needs_the_cluster(loaded),
        ..Task::default()
    }
}

#[cfg(test)]
mod tests;
