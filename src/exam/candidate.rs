//! Pure: what a scenario or question is about, and by what it is chosen.

use std::collections::BTreeSet;

use crate::quiz::model::{Item, Quiz};
use crate::scenario::model::{Difficulty, Scenario};

/// Up to how many minutes a task is short, and up to how many it is of medium length.
const SHORT: u32 = 8;
const MEDIUM: u32 = 12;

/// Topic, difficulty and expected time: what a paper has of each as the bank has.
pub(super) const DIMENSIONS: usize = 3;

/// Something that may be a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate<'a> {
    /// Its id.
    pub(super) id: &'a str,
    /// What it is about: parts of the module, or its topics where it has no part in particular.
    pub(super) about: BTreeSet<String>,
    /// Its level in each dimension, the most important first.
    pub(super) levels: [String; DIMENSIONS],
    /// Expected minutes.
    pub(super) minutes: u32,
}

impl<'a> Candidate<'a> {
    /// A scenario is about the parts of the module that earn at least half of its points.
    pub(super) fn of_scenario(scenario: &'a Scenario) -> Self {
        let points = |ids: Option<&[String]>| -> u32 {
            let counts = |id: &String| ids.is_none_or(|ids| ids.contains(id));
            scenario.checks.iter().filter(|check| counts(&check.id)).map(|check| check.points).sum()
        };
        let all = points(None);
        let main = scenario.covers.iter().filter(|(_, checks)| 2 * points(Some(checks)) >= all);
        let mut about: BTreeSet<String> = main.map(|(part, _)| part.clone()).collect();
        if about.is_empty() {
            let topics: BTreeSet<&str> = scenario.topics.iter().map(String::as_str).collect();
            about.insert(format!("topics {}", topics.into_iter().collect::<Vec<_>>().join(" ")));
        }
        let time = if scenario.minutes <= SHORT {
            "short"
        } else if scenario.minutes <= MEDIUM {
            "medium"
        } else {
            "long"
        };
        let topic = scenario.topics.first().cloned().unwrap_or_default();
        let levels = [topic, format!("{:?}", scenario.difficulty), time.to_owned()];
        Self { id: &scenario.id, about, levels, minutes: scenario.minutes }
    }

    /// A question is about all of its parts.
    pub(super) fn of_question(quiz: &Quiz, item: &'a Item) -> Self {
        let minutes = question_minutes(item);
        let levels = [quiz.topic.clone(), format!("{:?}", item.difficulty), minutes.to_string()];
        Self { id: &item.id, about: item.parts.iter().cloned().collect(), levels, minutes }
    }

    /// Whether both are about the same thing.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        !self.about.is_disjoint(&other.about)
    }
}

/// How long a question takes, in minutes.
pub(super) fn question_minutes(item: &Item) -> u32 {
    match item.difficulty {
        Difficulty::Easy => 1,
        Difficulty::Medium => 2,
        Difficulty::Hard => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Catalog;

    fn like(one: &str, other: &str) -> bool {
        let catalog = Catalog::builtin();
        let of = |id: &str| Candidate::of_scenario(&catalog.get(id).unwrap().scenario);
        of(one).is_like(&of(other))
    }

    #[test]
    fn scenarios_with_the_same_main_part_are_about_the_same_thing() {
        assert!(like("scenario-2", "secure-namespace"), "both fix Pods on the default ServiceAccount");
        assert!(like("scenario-3", "diagnose-403") && like("precedence", "pod-opt-out"));
        assert!(!like("scenario-1", "scenario-3") && !like("bound-token", "token-anatomy"));
        assert!(!like("scenario-2", "scenario-3"), "a part that earns few points does not count");
    }

    #[test]
    fn without_a_main_part_the_topics_count() {
        let mut one = Catalog::builtin().get("scenario-1").unwrap().scenario.clone();
        one.covers.clear();
        let mut other = Catalog::builtin().get("scenario-2").unwrap().scenario.clone();
        other.covers.clear();
        assert!(!Candidate::of_scenario(&one).is_like(&Candidate::of_scenario(&other)));
        other.topics = one.topics.iter().rev().cloned().collect();
        assert!(Candidate::of_scenario(&one).is_like(&Candidate::of_scenario(&other)));
    }
}
