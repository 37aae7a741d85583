//! A class bound to the scenarios that it names: what is graded, with what each task is worth and what learners may see of it.
//!
//! In: a class as read, and the catalog. Out: its tasks, or the first thing that does not fit, with its place in the class.

use std::collections::BTreeSet;

use super::due::Due;
use super::late::LatePolicy;
use super::model::{Counts, Task};
use super::read::ReadClass;
use crate::exam::shares;
use crate::scenario::{Binding, Catalog, Loaded, Result, bind, did_you_mean};

/// A class whose tasks there are.
#[derive(Debug, Clone)]
pub struct BoundClass {
    /// Its title.
    pub title: String,
    /// From how many per cent on it is passed.
    pub pass: u32,
    /// Its tasks; the first is number 1.
    pub tasks: Vec<BoundTask>,
    /// What lateness costs.
    pub late: LatePolicy,
    /// Which of several hand-ins counts.
    pub counts: Counts,
    /// When learners may see what hidden checks say, and what was expected; None: never.
    pub feedback: Option<Due>,
}

/// A scenario that the learners play.
#[derive(Debug, Clone)]
pub struct BoundTask {
    /// Its number, from 1 on.
    pub number: usize,
    /// The scenario as written.
    pub loaded: Loaded,
    /// What it is worth, in per cent of the class.
    pub weight: u32,
    /// Until when it is on time.
    pub due: Option<Due>,
    /// The checks of which learners see nothing until feedback is released.
    pub hidden: BTreeSet<String>,
    /// The parameters whose values a learner may see: those that the task tells, and no cause.
    pub told: BTreeSet<String>,
}

impl BoundTask {
    /// The id of its scenario.
    pub fn id(&self) -> &str {
        &self.loaded.scenario.id
    }
}

impl BoundClass {
    /// Binds a class.
    ///
    /// # Errors
    /// When it names what there is not; with its place. A scenario that is named and cannot be used says so itself.
    pub fn of(read: &ReadClass, catalog: &Catalog) -> Result<Self> {
        let class = read.class();
        let tasks = class.tasks.iter().zip(&read.due).enumerate();
        let mut tasks: Vec<BoundTask> = tasks
            .map(|(index, (task, due))| bound(read, index, task, due.clone(), catalog))
            .collect::<Result<_>>()?;
        if class.tasks.iter().all(|task| task.weight.is_none()) {
            let minutes: Vec<u32> = tasks.iter().map(|task| task.loaded.scenario.minutes).collect();
            tasks.iter_mut().zip(shares(100, &minutes)).for_each(|(task, weight)| task.weight = weight);
        }
        Ok(Self {
            title: class.title.trim().to_owned(),
            pass: class.pass,
            tasks,
            late: read.late,
            counts: class.counts,
            feedback: read.feedback.clone(),
        })
    }

    /// The class as if this task was all of it.
    #[must_use]
    pub fn narrowed(&self, scenario: &str) -> Self {
        let mut class = self.clone();
        class.tasks.retain(|task| task.id() == scenario);
        class.tasks.iter_mut().for_each(|task| task.weight = 100);
        class
    }

    /// The task that plays this scenario.
    pub fn task(&self, scenario: &str) -> Option<&BoundTask> {
        self.tasks.iter().find(|task| task.id() == scenario)
    }
}

fn bound(
    read: &ReadClass,
    index: usize,
    task: &Task,
    due: Option<Due>,
    catalog: &Catalog,
) -> Result<BoundTask> {
    let id = task.scenario.as_str();
    let known = || catalog.entries().iter().map(|entry| entry.id.as_str());
    if !known().any(|known| known == id) {
        let error =
            read.placed.error(&format!("/tasks/{index}/scenario"), format!("there is no scenario `{id}`"));
        return Err(error.help(match did_you_mean(id, known()) {
            Some(near) => format!("did you mean `{near}`? `satrain list` shows all"),
            None => "`satrain list` shows all; `--scenarios DIR` adds those of a folder".to_owned(),
        }));
    }
    let loaded = catalog.get(id)?.clone();
    let scenario = &loaded.scenario;
    for (i, check) in task.hidden.iter().enumerate() {
        let ids = || scenario.checks.iter().map(|check| check.id.as_str());
        if !ids().any(|id| id == check) {
            let at = format!("/tasks/{index}/hidden/{i}");
            let list = ids().collect::<Vec<_>>().join(", ");
            let error = read.placed.error(&at, format!("{id} has no check `{check}`"));
            return Err(error.help(match did_you_mean(check, ids()) {
                Some(near) => format!("did you mean `{near}`? It has {list}"),
                None => format!("it has {list}"),
            }));
        }
    }
    let usual = bind(&loaded, &Binding::defaults(scenario))?;
    let told = usual.told_values().into_keys().collect();
    let hidden = task.hidden.iter().cloned().collect();
    Ok(BoundTask { number: index + 1, weight: task.weight.unwrap_or_default(), due, hidden, told, loaded })
}

#[cfg(test)]
mod tests {
    use super::super::read::read;
    use super::*;

    fn class(tasks: &str) -> Result<BoundClass> {
        let text = format!("apiVersion: satrain.dev/class/v1\ntitle: \" A \"\ntasks:\n{tasks}");
        BoundClass::of(&read("c.yaml", &text).unwrap(), &Catalog::builtin())
    }

    #[test]
    fn weights_are_those_written_or_follow_expected_time() {
        let weights = |tasks: &str| class(tasks).unwrap().tasks.iter().map(|t| t.weight).collect::<Vec<_>>();
        let written = "  - {scenario: scenario-1, weight: 30}\n  - {scenario: scenario-2, weight: 70}\n";
        assert_eq!(weights(written), [30, 70]);
        let by_time = weights("  - scenario: scenario-1\n  - scenario: scenario-2\n");
        assert!(by_time.iter().sum::<u32>() == 100 && by_time.iter().all(|weight| *weight > 0));
        let class = class(written).unwrap();
        assert_eq!((class.title.as_str(), class.task("scenario-2").unwrap().number), ("A", 2));
    }

    #[test]
    fn what_there_is_not_is_told_with_its_place() {
        for (tasks, wanted, help) in [
            ("  - scenario: scenaro-2\n", "c.yaml:4:15: there is no scenario", "did you mean `scenario-2`"),
            ("  - scenario: zzz\n", "c.yaml:4:15: there is no scenario", "--scenarios"),
            (
                "  - {scenario: scenario-2, hidden: [no-such]}\n",
                "c.yaml:4:37: scenario-2 has no check",
                "it has ",
            ),
        ] {
            let error = class(tasks).unwrap_err();
            assert!(error.one_line().starts_with(wanted), "{}", error.one_line());
            assert!(error.advice().unwrap().contains(help), "{:?}", error.advice());
        }
    }
}
