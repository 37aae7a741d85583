//! The learning path: in which order scenarios are best played, and which one is next.
//!
//! In: scenarios with what should come `after` what, and what was scored. Out: an order in which nothing stands before
//! what it builds on. Pure; circles and unknown ids do no harm.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::catalog::Entry;
use super::model::Scenario;

/// Passed: all points earned.
const PASSED: u32 = 100;

/// Why a scenario is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// An attempt of it is in progress.
    InProgress,
    /// It was tried, and not passed.
    NotPassed,
    /// It was never tried, and what it builds on is passed.
    New,
}

/// The entries in the order of the learning path; those that cannot be used come last.
pub fn order(entries: &[Entry]) -> Vec<&Entry> {
    let ids: BTreeSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    let mut left: Vec<&Entry> = entries.iter().filter(|entry| entry.loaded.is_ok()).collect();
    left.sort_by_key(|entry| rank(entry));
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let free = |entry: &&Entry| {
            let after = scenario(entry).map(|s| s.after.as_slice()).unwrap_or_default();
            after.iter().all(|id| placed.contains(id.as_str()) || !ids.contains(id.as_str()))
        };
        // Of a circle, the easiest one is first.
        let next = left.remove(left.iter().position(free).unwrap_or(0));
        placed.insert(&next.id);
        ordered.push(next);
    }
    ordered.extend(entries.iter().filter(|entry| entry.loaded.is_err()));
    ordered
}

/// The scenario to play next: one in progress, else the first on the path that is not passed and whose predecessors
/// are. None: all is passed.
pub fn next<'a>(
    entries: &'a [Entry],
    best: &BTreeMap<String, u32>,
    in_progress: &[String],
) -> Option<(&'a Scenario, Reason)> {
    let path: Vec<&Scenario> = order(entries).into_iter().filter_map(scenario).collect();
    let passed = |id: &str| best.get(id).is_some_and(|score| *score >= PASSED);
    // The one that was begun last; one that is passed is only not cleared away yet.
    let open = in_progress.iter().rev().filter(|id| !passed(id));
    let open = open.filter_map(|id| path.iter().find(|s| s.id == *id)).next();
    if let Some(open) = open {
        return Some((open, Reason::InProgress));
    }
    let todo: Vec<&&Scenario> = path.iter().filter(|s| !passed(&s.id)).collect();
    let ready = todo.iter().find(|s| s.after.iter().all(|id| passed(id)));
    let chosen = ready.or(todo.first())?;
    let reason = if best.contains_key(&chosen.id) { Reason::NotPassed } else { Reason::New };
    Some((chosen, reason))
}

fn scenario(entry: &Entry) -> Option<&Scenario> {
    entry.loaded.as_ref().ok().map(|loaded| &loaded.scenario)
}

fn rank(entry: &Entry) -> Option<(super::model::Difficulty, u32, &str)> {
    scenario(entry).map(|s| (s.difficulty, s.minutes, s.id.as_str()))
}

#[cfg(test)]
mod tests {
    use super::super::catalog::Catalog;
    use super::super::model::Difficulty;
    use super::*;

    /// Entries with these ids, minutes and predecessors.
    fn entries(all: &[(&str, u32, &[&str])]) -> Vec<Entry> {
        let model = Catalog::builtin().get("scenario-2").unwrap().clone();
        let entry = |(id, minutes, after): &(&str, u32, &[&str])| {
            let mut loaded = model.clone();
            loaded.scenario.id = (*id).into();
            loaded.scenario.minutes = *minutes;
            loaded.scenario.difficulty = Difficulty::Easy;
            loaded.scenario.after = after.iter().map(|id| (*id).into()).collect();
            Entry { id: (*id).into(), loaded: Ok(loaded) }
        };
        all.iter().map(entry).collect()
    }

    fn ids(entries: &[Entry]) -> Vec<&str> {
        order(entries).into_iter().map(|entry| entry.id.as_str()).collect()
    }

    #[test]
    fn nothing_stands_before_what_it_builds_on_and_the_easier_one_is_first() {
        let path = entries(&[("c", 1, &["a", "b"]), ("b", 9, &[]), ("a", 5, &[]), ("d", 2, &["nowhere"])]);
        assert_eq!(ids(&path), ["d", "a", "b", "c"]);
    }

    #[test]
    fn a_circle_hides_nobody() {
        assert_eq!(ids(&entries(&[("a", 1, &["b"]), ("b", 2, &["a"])])), ["a", "b"]);
    }

    #[test]
    fn next_is_what_was_begun_then_the_first_whose_predecessors_are_passed() {
        let path = entries(&[("a", 1, &[]), ("b", 2, &["a"]), ("c", 3, &[])]);
        let propose = |best: &[(&str, u32)], open: &[&str]| {
            let best = best.iter().map(|(id, score)| ((*id).to_owned(), *score)).collect();
            let open: Vec<String> = open.iter().map(|id| (*id).to_owned()).collect();
            next(&path, &best, &open).map(|(s, reason)| (s.id.clone(), reason))
        };
        assert_eq!(propose(&[], &[]), Some(("a".into(), Reason::New)));
        assert_eq!(propose(&[("a", 40)], &[]), Some(("a".into(), Reason::NotPassed)));
        assert_eq!(propose(&[("a", 100)], &[]), Some(("b".into(), Reason::New)));
        assert_eq!(propose(&[("a", 100)], &["a"]), Some(("b".into(), Reason::New)));
        assert_eq!(propose(&[("a", 100)], &["c"]), Some(("c".into(), Reason::InProgress)));
        assert_eq!(propose(&[("a", 100), ("b", 100), ("c", 100)], &[]), None);
    }

    #[test]
    fn what_a_scenario_of_the_bank_builds_on_is_in_the_bank() {
        let catalog = Catalog::builtin();
        for entry in catalog.entries() {
            for id in &scenario(entry).unwrap().after {
                assert!(catalog.get(id).is_ok(), "{}: after {id}", entry.id);
            }
        }
    }
}
