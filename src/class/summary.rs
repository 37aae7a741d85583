//! Pure: what is in a class, as data: for whoever checks it.

use serde::Serialize;

use super::bound::{BoundClass, BoundTask};
use super::due::Due;
use super::folder::ClassFolder;
use super::model::{Counts, Late};
use super::variant::{Spread, spread};

/// A class in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Its title.
    pub title: String,
    /// From how many per cent on it is passed.
    pub pass: u32,
    /// How many learners it has.
    pub learners: usize,
    /// Whether each plays with values of their own.
    pub variants: bool,
    /// Its tasks.
    pub tasks: Vec<TaskSummary>,
    /// The learners who have equal values in all tasks, by id: groups of two and more.
    pub equal_in_all_tasks: Vec<Vec<String>>,
    /// What lateness costs, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
    /// Which of several hand-ins counts.
    pub counts: Counts,
    /// When learners may see hidden checks, and what was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback: Option<Due>,
}

/// A task in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskSummary {
    /// Its number, from 1 on.
    pub number: usize,
    /// The scenario.
    pub scenario: String,
    /// The scenario's title.
    pub title: String,
    /// What it is worth, in per cent.
    pub weight: u32,
    /// Expected minutes.
    pub minutes: u32,
    /// Until when it is on time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// The checks of which learners see nothing before feedback.
    pub hidden: Vec<String>,
    /// How far the learners' values differ.
    pub spread: Spread,
}

impl Summary {
    /// The summary of a class.
    pub fn of(folder: &ClassFolder, class: &BoundClass) -> Self {
        let ids =
            |group: &Vec<&super::roster::Learner>| group.iter().map(|learner| learner.id.clone()).collect();
        let variants = folder.class().variants;
        Self {
            title: class.title.clone(),
            pass: class.pass,
            learners: folder.roster().learners().len(),
            variants,
            tasks: class.tasks.iter().map(|task| in_short(folder, task)).collect(),
            equal_in_all_tasks: match variants {
                true => folder.twins(class).iter().map(ids).collect(),
                false => Vec::new(),
            },
            late: folder.class().late.clone(),
            counts: class.counts,
            feedback: class.feedback.clone(),
        }
    }
}

fn in_short(folder: &ClassFolder, task: &BoundTask) -> TaskSummary {
    let scenario = &task.loaded.scenario;
    TaskSummary {
        number: task.number,
        scenario: scenario.id.clone(),
        title: scenario.title.clone(),
        weight: task.weight,
        minutes: scenario.minutes,
        due: task.due.clone(),
        hidden: task.hidden.iter().cloned().collect(),
        spread: spread(scenario, &folder.variants(scenario)),
    }
}
