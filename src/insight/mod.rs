//! Pure: what the marks of a class say beyond marks: known mistakes, groups of unknown ones, how well each check tells learners apart, and
//! values of somebody else's variant.
//!
//! In: a gradebook, the result and the script of each hand-in, the scenarios and the variants. Out: an [`Insight`]. It says nothing where it
//! cannot be sure: of two mistakes that look alike it names both, and of few learners it computes no correlation. Never: a file, a
//! judgement about a person.

mod contact;
mod correlation;
mod group;
mod items;
mod known;
mod mistake;
mod model;
mod pattern;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use crate::class::gradebook::{Gradebook, Standing};
use crate::result::format::ResultV1;
use crate::scenario::Loaded;

pub use correlation::{Correlation, corrected};
pub use known::{By, Resemblance, resemblance};
pub use mistake::{NoMistake, mistake};
pub use model::{
    Contact, Difference, Group, HandIn, Insight, Item, Known, Owner, Place, SharedValue, TaskInsight,
};

/// The values of a learner's variant, by parameter.
pub type Values = BTreeMap<String, String>;

/// What a class has: all that insight is made of.
#[derive(Debug)]
pub struct Material<'a> {
    /// Its gradebook.
    pub book: &'a Gradebook,
    /// The result of each hand-in, by the key of its mark.
    pub results: &'a BTreeMap<String, ResultV1>,
    /// The scripts, by the same keys, as far as they were kept.
    pub scripts: &'a BTreeMap<String, String>,
    /// The scenarios, by id.
    pub scenarios: BTreeMap<&'a str, &'a Loaded>,
    /// The variant of each learner (by id) in each scenario (by id).
    pub variants: &'a BTreeMap<String, BTreeMap<String, Values>>,
}

/// A hand-in that was graded.
#[derive(Debug, Clone, Copy)]
struct Graded<'a> {
    learner: &'a str,
    file: &'a str,
    key: &'a str,
    /// Whether it is the one that counts.
    counts: bool,
    result: &'a ResultV1,
    /// Its learner's variant.
    values: Option<&'a Values>,
}

/// Makes the insight.
pub fn insight(material: &Material<'_>) -> Insight {
    let tasks = material.book.tasks.iter().map(|(scenario, _)| task(material, scenario));
    let mut tasks: Vec<TaskInsight> = tasks.collect();
    items::of_tasks(material.book, &mut tasks);
    let contacts = material.book.tasks.iter().flat_map(|(scenario, _)| contact::contacts(material, scenario));
    Insight {
        schema: Insight::SCHEMA.into(),
        title: material.book.title.clone(),
        tasks,
        contacts: contacts.collect(),
        without_script: without_script(material),
    }
}

fn task(material: &Material<'_>, scenario: &str) -> TaskInsight {
    let counting: Vec<Graded<'_>> =
        graded(material, scenario).into_iter().filter(|graded| graded.counts).collect();
    let loaded = material.scenarios.get(scenario).copied();
    let (mut known, mut unknown, mut nothing) = (Vec::new(), Vec::new(), Vec::new());
    let mut perfect = 0;
    for graded in &counting {
        let values = graded.values.unwrap_or(&graded.result.params);
        match loaded.map(|loaded| resemblance(graded.result, &loaded.scenario, values)) {
            _ if pattern::failed(graded.result).is_empty() => perfect += 1,
            Some(Resemblance::Known { mistakes, by }) => known.push((mistakes, by, *graded)),
            Some(Resemblance::NothingMet) => nothing.push(*graded),
            Some(Resemblance::None) | None => unknown.push(*graded),
        }
    }
    TaskInsight {
        scenario: scenario.to_owned(),
        graded: counting.len(),
        perfect,
        known: group::known(&known, loaded),
        nothing_met: nothing.into_iter().map(HandIn::from).collect(),
        groups: group::unknown(&unknown),
        task: None,
        checks: items::of_checks(&counting),
    }
}

/// The graded hand-ins of a scenario.
fn graded<'a>(material: &Material<'a>, scenario: &str) -> Vec<Graded<'a>> {
    let mut found = Vec::new();
    for row in &material.book.rows {
        for task in row.tasks.iter().filter(|task| task.scenario == scenario) {
            for (place, work) in task.work.iter().enumerate() {
                let Standing::Graded { key, .. } = &work.standing else { continue };
                let Some(result) = material.results.get(key) else { continue };
                found.push(Graded {
                    learner: &row.learner,
                    file: &work.file,
                    key,
                    counts: task.counts == Some(place),
                    result,
                    values: material.variants.get(&row.learner).and_then(|tasks| tasks.get(scenario)),
                });
            }
        }
    }
    found
}

/// How many graded hand-ins have no script any more.
fn without_script(material: &Material<'_>) -> usize {
    let all = material.book.tasks.iter().flat_map(|(scenario, _)| graded(material, scenario));
    all.filter(|graded| !material.scripts.contains_key(graded.key)).count()
}
