//! Pure: what to practise next.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde::Serialize;

use super::sums::Sum;
use crate::scenario::Entry;
use crate::scenario::model::Scenario;
use crate::sitting::result::{ExamResult, TaskResult};

/// How many topics are named.
const TOPICS: usize = 3;
/// How many further scenarios of a topic are named.
const OTHERS: usize = 3;

/// A scenario that can be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its id.
    pub id: String,
    /// Its topics, the most important first.
    pub topics: Vec<String>,
}

impl Offer {
    /// The scenarios of a catalog; those that are broken cannot be played.
    pub fn all(entries: &[Entry]) -> Vec<Self> {
        let loaded = entries.iter().filter_map(|entry| entry.loaded.as_ref().ok());
        let offer = |scenario: &Scenario| Self { id: scenario.id.clone(), topics: scenario.topics.clone() };
        loaded.map(|loaded| offer(&loaded.scenario)).collect()
    }
}

/// A topic to practise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Practise {
    /// Its name.
    pub topic: String,
    /// What its tasks earned, in per cent.
    pub percent: u32,
    /// Its scenarios of this exam in which points are missing.
    pub again: Vec<String>,
    /// Further scenarios of the topic.
    pub others: Vec<String>,
    /// Its questions of this exam in which points are missing.
    pub questions: Vec<String>,
}

/// The weakest topics, the weakest first; those with all points are none. Each scenario and question is named once, under the first
/// topic that has it; a topic of which nothing is left to be named is passed over.
pub(super) fn next(result: &ExamResult, topics: &[Sum], offers: &[Offer]) -> Vec<Practise> {
    let mut weak: Vec<(&Sum, u32)> = topics
        .iter()
        .filter(|topic| topic.earned < topic.of)
        .filter_map(|topic| Some((topic, topic.percent?)))
        .collect();
    weak.sort_by_key(|(topic, percent)| (*percent, Reverse(topic.of), topic.name.clone()));
    let mut named = BTreeSet::new();
    let mut next = Vec::new();
    for (topic, percent) in weak {
        let practise = of_topic(result, topic, percent, offers, &named);
        if practise.ids().next().is_some() && next.len() < TOPICS {
            named.extend(practise.ids().cloned());
            next.push(practise);
        }
    }
    next
}

impl Practise {
    /// All that is to be done.
    fn ids(&self) -> impl Iterator<Item = &String> {
        [&self.again, &self.others, &self.questions].into_iter().flatten()
    }
}

fn of_topic(
    result: &ExamResult,
    topic: &Sum,
    percent: u32,
    offers: &[Offer],
    named: &BTreeSet<String>,
) -> Practise {
    let missing = |question: bool| {
        let tasks = result.tasks.iter().filter(move |task| {
            topic.tasks.contains(&task.number) && task.earned < task.of() && task.host.is_none() == question
        });
        let ids = tasks.map(|task: &TaskResult| task.id.clone());
        ids.filter(|id| !named.contains(id)).collect()
    };
    let is_new =
        |offer: &&Offer| !named.contains(&offer.id) && !result.tasks.iter().any(|task| task.id == offer.id);
    let place = |offer: &Offer| offer.topics.iter().position(|name| *name == topic.name);
    let mut others: Vec<(usize, &Offer)> =
        offers.iter().filter(is_new).filter_map(|offer| Some((place(offer)?, offer))).collect();
    // Where the topic comes first, it matters most.
    others.sort_by_key(|(place, offer)| (*place, offer.id.as_str()));
    Practise {
        topic: topic.name.clone(),
        percent,
        again: missing(false),
        others: others.into_iter().take(OTHERS).map(|(_, offer)| offer.id.clone()).collect(),
        questions: missing(true),
    }
}
