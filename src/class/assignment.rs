//! Pure: what a learner is to play, as data: for the instructor, or for the learner.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bound::BoundTask;
use super::due::Due;
use super::folder::ClassFolder;
use super::roster::Learner;
use crate::printable::shell_quoted;

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// The instructor: all values.
    Instructor,
    /// The learner: the values that the task tells.
    Learner,
}

/// A learner with their tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    /// The learner's id.
    pub learner: String,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// What the other columns of the roster say.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub more: BTreeMap<String, String>,
    /// What they play.
    pub tasks: Vec<Assigned>,
    /// The command that makes the file to hand in.
    pub submit: String,
}

/// A task of a learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Assigned {
    /// The number of the task in the class.
    pub number: usize,
    /// The scenario.
    pub scenario: String,
    /// What draws the values; None: they are the defaults.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The command that plays it.
    pub command: String,
    /// Until when it is on time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// The values, as far as the reader may see them.
    pub values: BTreeMap<String, String>,
}

impl Assignment {
    /// What `learner` plays in `tasks`, for `reader`.
    pub fn of(class: &ClassFolder, tasks: &[&BoundTask], learner: &Learner, reader: Reader) -> Self {
        Self {
            learner: learner.id.clone(),
            name: learner.name.clone(),
            email: learner.email.clone(),
            more: learner.more.clone(),
            tasks: tasks.iter().map(|task| assigned(class, task, learner, reader)).collect(),
            submit: format!("satrain submit --class {} --learner {}", class.id(), shell_quoted(&learner.id)),
        }
    }
}

fn assigned(class: &ClassFolder, task: &BoundTask, learner: &Learner, reader: Reader) -> Assigned {
    let variant = class.variant(&task.loaded.scenario, learner);
    let mut values = variant.values;
    if reader == Reader::Learner {
        values.retain(|name, _| task.told.contains(name));
    }
    let seed = variant.seed.map(|seed| format!(" --seed {seed}")).unwrap_or_default();
    Assigned {
        number: task.number,
        scenario: task.id().to_owned(),
        seed: variant.seed,
        command: format!("satrain run {}{seed}", shell_quoted(task.id())),
        due: task.due.clone(),
        values,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fresh;
    use super::*;
    use crate::scenario::Catalog;
    use crate::scenario::model::ParamKind;

    #[test]
    fn a_learner_is_not_told_what_is_to_be_found_out() {
        let root = tempfile::tempdir().unwrap();
        let (path, catalog) = (root.path().join("class"), Catalog::builtin());
        let with_cause = |entry: &&crate::scenario::Entry| {
            let loaded = entry.loaded.as_ref().unwrap();
            loaded.scenario.params.values().any(|param| param.kind == ParamKind::Cause)
        };
        let id = catalog.entries().iter().find(with_cause).unwrap().id.clone();
        fresh::create(&path, "A", std::slice::from_ref(&id), &catalog).unwrap();
        let class = ClassFolder::open(&path).unwrap();
        let bound = class.bound(&catalog).unwrap();
        let (tasks, learner): (Vec<_>, _) = (bound.tasks.iter().collect(), &class.roster().learners()[0]);
        let cause = bound.tasks[0].loaded.scenario.cause().unwrap().0;
        let [all, told] = [Reader::Instructor, Reader::Learner]
            .map(|reader| Assignment::of(&class, &tasks, learner, reader).tasks[0].clone());
        assert!(all.values.contains_key(cause) && !told.values.contains_key(cause));
        assert!(told.values.iter().all(|(name, value)| all.values.get(name) == Some(value)));
        assert_eq!(told.command, format!("satrain run {id} --seed {}", told.seed.unwrap()));
    }
}
