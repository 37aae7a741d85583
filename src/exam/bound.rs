//! A paper bound to the scenarios and questions that it names: what a sitting plays, and a proof proves.
//!
//! In: a paper, the catalog and the bank. Out: its tasks with their final texts, or the first thing that does not fit, with its
//! place in the paper.

use std::collections::{BTreeMap, BTreeSet};

use super::candidate::question_minutes;
use super::model::Task;
use super::read::ReadPaper;
use super::shares::shares;
use crate::quiz::Bank;
use crate::quiz::key;
use crate::quiz::model::Item;
use crate::scenario::model::{ParamKind, Scenario};
use crate::scenario::{
    Binding, BoundScenario, Catalog, Loaded, Result, bind, candidates, did_you_mean, escape, is_clusters_own,
    reaches_beyond,
};

/// A paper whose tasks can be played.
#[derive(Debug, Clone)]
pub struct BoundPaper {
    /// Its title.
    pub title: String,
    /// How long the exam lasts, in minutes.
    pub minutes: u32,
    /// From how many per cent on it is passed.
    pub pass: u32,
    /// Its tasks; the first is number 1.
    pub tasks: Vec<BoundTask>,
}

/// A task that can be played.
#[derive(Debug, Clone)]
pub struct BoundTask {
    /// Its number, from 1 on.
    pub number: usize,
    /// What it is worth, in per cent.
    pub weight: u32,
    /// Expected minutes.
    pub minutes: u32,
    /// What is to be done.
    pub work: Work,
}

/// What is to be done in a task.
#[derive(Debug, Clone)]
pub enum Work {
    /// A scenario is played.
    Lab(Box<Lab>),
    /// A question is answered.
    Question(Box<Question>),
}

/// A scenario to be played.
#[derive(Debug, Clone)]
pub struct Lab {
    /// The scenario as written.
    pub loaded: Loaded,
    /// The values of its parameters.
    pub binding: Binding,
    /// The scenario with these values.
    pub bound: BoundScenario,
    /// The seed that drew them, if one did.
    pub seed: Option<u64>,
    /// Whether it needs a cluster to itself.
    pub alone: bool,
}

/// A question to be answered.
#[derive(Debug, Clone)]
pub struct Question {
    /// The question.
    pub item: Item,
    /// Its topic.
    pub topic: String,
    /// What shuffles its options; None: they are shown as they are written.
    pub seed: Option<u64>,
}

impl BoundTask {
    /// The id of its scenario or question.
    pub fn id(&self) -> &str {
        match &self.work {
            Work::Lab(lab) => &lab.loaded.scenario.id,
            Work::Question(question) => &question.item.id,
        }
    }

    /// Its scenario, if it is one.
    pub fn lab(&self) -> Option<&Lab> {
        match &self.work {
            Work::Lab(lab) => Some(lab),
            Work::Question(_) => None,
        }
    }
}

impl BoundPaper {
    /// Binds a paper.
    ///
    /// # Errors
    /// When it names what there is not, or what does not fit; with its place. A scenario that is named and cannot be used says
    /// so itself.
    pub fn of(read: &ReadPaper, catalog: &Catalog, bank: &Bank) -> Result<Self> {
        let paper = read.paper();
        let mut tasks = Vec::new();
        for (index, task) in paper.tasks.iter().enumerate() {
            let work = match &task.question {
                Some(id) => Work::Question(Box::new(question(read, index, task, id, bank)?)),
                None => Work::Lab(Box::new(lab(read, index, task, catalog)?)),
            };
            let minutes = match &work {
                Work::Lab(lab) => lab.loaded.scenario.minutes,
                Work::Question(question) => question_minutes(&question.item),
            };
            tasks.push(BoundTask {
                number: index + 1,
                weight: task.weight.unwrap_or_default(),
                minutes,
                work,
            });
        }
        namespaces(read, &tasks)?;
        if paper.tasks.iter().all(|task| task.weight.is_none()) {
            let weights = shares(100, &tasks.iter().map(|task| task.minutes).collect::<Vec<_>>());
            tasks.iter_mut().zip(weights).for_each(|(task, weight)| task.weight = weight);
        }
        Ok(Self { title: paper.title.trim().to_owned(), minutes: paper.minutes, pass: paper.pass, tasks })
    }
}

fn question(read: &ReadPaper, index: usize, task: &Task, id: &str, bank: &Bank) -> Result<Question> {
    let at = format!("/tasks/{index}/question");
    let Some((quiz, item)) = bank.items().find(|(_, item)| item.id == id) else {
        let error = read.0.error(&at, format!("there is no question `{id}`"));
        return Err(error.help(nearest(
            id,
            bank.items().map(|(_, i)| i.id.as_str()),
            "satrain quiz --export markdown",
        )));
    };
    if !key::is_marked_alone(item) {
        let kind = item.task().map_or("", |task| task.name());
        return Err(read
            .0
            .error(&at, format!("`{id}` is of the kind `{kind}`, which cannot be marked in an exam"))
            .help("name another question: the learner marks an `open` one, and the cluster a `fix`"));
    }
    Ok(Question { item: item.clone(), topic: quiz.topic.clone(), seed: task.seed })
}

fn lab(read: &ReadPaper, index: usize, task: &Task, catalog: &Catalog) -> Result<Lab> {
    let id = task.scenario.as_deref().unwrap_or_default();
    let at = format!("/tasks/{index}/scenario");
    let known = || catalog.entries().iter().map(|entry| entry.id.as_str());
    if !known().any(|known| known == id) {
        let error = read.0.error(&at, format!("there is no scenario `{id}`"));
        return Err(error.help(nearest(id, known(), "satrain list")));
    }
    let loaded = catalog.get(id)?;
    params(read, index, task, &loaded.scenario)?;
    let binding = binding(&loaded.scenario, task, index + 1)?;
    let bound = bind(loaded, &binding)?;
    let alone = task.alone || needs_the_cluster(loaded);
    Ok(Lab { loaded: loaded.clone(), binding, bound, seed: task.seed, alone })
}

fn nearest<'a>(id: &str, known: impl Iterator<Item = &'a str>, shows: &str) -> String {
    match did_you_mean(id, known) {
        Some(near) => format!("did you mean `{near}`? `{shows}` shows all"),
        None => format!("`{shows}` shows all"),
    }
}

/// Each value is of a parameter that there is, and fits it.
fn params(read: &ReadPaper, index: usize, task: &Task, scenario: &Scenario) -> Result<()> {
    for (name, value) in &task.params {
        let at = format!("/tasks/{index}/params/{}", escape(name));
        let Some(param) = scenario.params.get(name) else {
            let known = scenario.params.keys().map(String::as_str);
            let list = scenario.params.keys().cloned().collect::<Vec<_>>().join(", ");
            let error = read.0.error_at_key(&at, format!("{} has no parameter `{name}`", scenario.id));
            return Err(error.help(match did_you_mean(name, known) {
                Some(near) => format!("did you mean `{near}`? It has {list}"),
                None => format!("it has {list}"),
            }));
        };
        let only = [(name.clone(), value.clone())].into();
        if let Err(why) = Binding::defaults(scenario).given(scenario, &only) {
            return Err(read.0.error(&at, why.to_string()));
        }
        match param.kind {
            ParamKind::Cause if !candidates(param).contains(&value.as_str()) => {
                return Err(read
                    .0
                    .error(&at, format!("`{value}` is no cause of {}", scenario.id))
                    .help(format!("one of: {}", candidates(param).join(", "))));
            }
            ParamKind::Namespace if is_clusters_own(value) => {
                return Err(read
                    .0
                    .error(&at, format!("the Namespace `{value}` is the cluster's own"))
                    .help("give it another name, or leave it out"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The values of a task: what its seed draws, its Namespaces with its number, and instead what the paper says.
pub(super) fn binding(scenario: &Scenario, task: &Task, number: usize) -> Result<Binding> {
    let drawn = match task.seed {
        Some(seed) => Binding::seeded(scenario, seed),
        None => Binding::defaults(scenario),
    };
    let mut values = drawn.isolated(&number.to_string()).resolved(scenario);
    values.extend(task.params.clone());
    Binding::from_values(scenario, values)
}

/// Whether a scenario needs a cluster to itself: its author says so, or its setup or its reference solution reaches beyond its
/// Namespaces and its author does not say that this disturbs nobody.
pub(super) fn needs_the_cluster(loaded: &Loaded) -> bool {
    let scenario = &loaded.scenario;
    // Every setup makes its Namespaces.
    let manifests = loaded.manifests().replace("kind: Namespace", "");
    let reference = scenario.solutions.first().map(|solution| solution.run.as_str()).unwrap_or_default();
    let texts = [&manifests, &scenario.setup.run, &scenario.helpers, reference];
    scenario.exclusive || (!scenario.proof.together && texts.into_iter().any(reaches_beyond))
}

/// No two Namespaces of a paper have the same name.
fn namespaces(read: &ReadPaper, tasks: &[BoundTask]) -> Result<()> {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, task) in tasks.iter().enumerate() {
        let Some(lab) = task.lab() else { continue };
        let is_namespace = |name: &&String| {
            lab.bound.scenario.params.get(*name).is_some_and(|param| param.kind == ParamKind::Namespace)
        };
        let mut own = BTreeSet::new();
        for name in lab.bound.values.keys().filter(is_namespace) {
            let Some(namespace) = lab.bound.values.get(name).map(String::as_str) else { continue };
            let other = match (own.insert(namespace), taken.get(namespace)) {
                (true, None) => continue,
                (false, _) => "another one of this task".to_owned(),
                (_, Some(other)) => format!("one of task {other}"),
            };
            let at = format!("/tasks/{index}/params/{}", escape(name));
            return Err(read
                .0
                .error(&at, format!("task {} names its Namespace `{namespace}`, as {other}", task.number))
                .help(format!(
                    "give `{name}` another value, or leave it out: it then carries the task's number"
                )));
        }
        taken.extend(own.into_iter().map(|namespace| (namespace, task.number)));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
