//! Hand-ins that hold a value which only somebody else's variant has.
//!
//! That is evidence of contact, and not of who copied: all learners whose variant has the value are named. Values that anybody may write
//! are left out: those of the learner's own variants, defaults (who plays without a seed has them), numbers, short ones, words of the
//! scenario itself, and causes, which are guessed. Texts are never compared: solutions are too short for that.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Contact, Owner, Place, SharedValue};
use super::words::{line_of, places};
use super::{Graded, Material, Values, graded};
use crate::scenario::model::{ParamKind, Scenario};
use crate::scenario::{Loaded, candidates};

/// The shortest value that is looked for.
const SHORTEST: usize = 4;

/// The contacts that the hand-ins for a scenario show.
pub(super) fn contacts(material: &Material<'_>, scenario: &str) -> Vec<Contact> {
    let Some(loaded) = material.scenarios.get(scenario) else { return Vec::new() };
    let hand_ins = graded(material, scenario);
    let owners = owners(material, loaded);
    let scripts: Vec<(&Graded<'_>, &String)> =
        hand_ins.iter().filter_map(|graded| Some((graded, material.scripts.get(graded.key)?))).collect();
    let mut found = Vec::new();
    for (graded, script) in &scripts {
        let own = own(material, graded.learner);
        let foreign = owners.iter().filter(|((_, value), _)| !own.iter().any(|own| holds(own, value)));
        let values: Vec<SharedValue> = foreign
            .filter_map(|((parameter, value), owners)| {
                let place = Place { file: graded.file.to_owned(), line: line_of(script, value)? };
                let owner = |learner: &&str| Owner {
                    learner: (*learner).to_owned(),
                    place: scripts.iter().filter(|(other, _)| other.learner == *learner).find_map(
                        |(other, script)| {
                            Some(Place { file: other.file.to_owned(), line: line_of(script, value)? })
                        },
                    ),
                };
                Some(SharedValue {
                    value: (*value).to_owned(),
                    parameter: (*parameter).to_owned(),
                    place,
                    owners: owners.iter().map(owner).collect(),
                })
            })
            .collect();
        if !values.is_empty() {
            found.push(Contact { learner: graded.learner.to_owned(), scenario: scenario.to_owned(), values });
        }
    }
    found
}

/// Each value of the scenario that says something, with its parameter and the learners whose variant has it.
fn owners<'a>(material: &'a Material<'_>, loaded: &'a Loaded) -> BTreeMap<(&'a str, &'a str), Vec<&'a str>> {
    let scenario = &loaded.scenario;
    let usual = usual(loaded);
    let mut owners: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for row in &material.book.rows {
        let Some(values) = material.variants.get(&row.learner).and_then(|tasks| tasks.get(&scenario.id))
        else {
            continue;
        };
        for (name, value) in values.iter().filter(|(name, value)| tells(scenario, name, value)) {
            if !usual.iter().any(|text| !places(text, value).is_empty()) {
                owners.entry((name, value)).or_default().push(&row.learner);
            }
        }
    }
    owners
}

/// Whether a value of that parameter says whose it is.
fn tells(scenario: &Scenario, name: &str, value: &str) -> bool {
    let Some(param) = scenario.params.get(name) else { return false };
    let is_default = scenario.params.values().any(|param| param.default == value);
    let is_number = value.chars().all(|c| c.is_ascii_digit());
    param.kind != ParamKind::Cause
        && candidates(param).len() > 1
        && value.chars().count() >= SHORTEST
        && !is_number
        && !is_default
}

/// What is written in the scenario itself: templates hold no values, so a value that stands here is a word for everybody.
fn usual(loaded: &Loaded) -> Vec<&str> {
    let scenario = &loaded.scenario;
    let mut texts =
        vec![scenario.task.as_str(), &scenario.explanation, &scenario.helpers, loaded.manifests()];
    texts.push(&scenario.setup.run);
    texts.extend(scenario.setup.files.values().map(String::as_str));
    texts.extend(scenario.hints.iter().map(String::as_str));
    texts.extend(scenario.expectations().map(|expected| expected.is.requirement.as_str()));
    texts.extend(scenario.solutions.iter().map(|solution| solution.run.as_str()));
    texts.extend(scenario.mistakes.iter().map(|mistake| mistake.run.as_str()));
    texts
}

/// The variants of a learner in all tasks: what belongs to another of their tasks is theirs.
fn own<'a>(material: &'a Material<'_>, learner: &str) -> Vec<&'a Values> {
    material.variants.get(learner).into_iter().flat_map(BTreeMap::values).collect()
}

fn holds(values: &Values, value: &str) -> bool {
    let words: BTreeSet<&str> = values.values().map(String::as_str).collect();
    words.contains(value) || words.iter().any(|own| !places(own, value).is_empty())
}
