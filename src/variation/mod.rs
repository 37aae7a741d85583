//! Variations of a reference solution: attacks, which must lose points, and harmless ones, which must keep them all.
//!
//! In: the library, one script each in `variations/`, and a bound scenario. Out: which of them fit a scenario, and the
//! bash that plays the reference solution with some of them. Never: a cluster, a process, running any of it.

mod compose;
mod facts;
mod library;
mod told;

use regex::Regex;
use serde::{Deserialize, Serialize};

pub use compose::{Part, compose};
pub use facts::facts;
pub use library::{library, named};
pub use told::{Told, told};

use crate::scenario::BoundScenario;

/// One variation of the library.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Variation {
    /// Its name: the file's.
    pub name: String,
    /// Whether it must lose points; else it must keep them all.
    pub attack: bool,
    /// What it does, in a sentence.
    pub about: String,
    /// Whether it reaches beyond the attempt's Namespaces.
    #[serde(skip)]
    pub wide: bool,
    /// When it fits.
    #[serde(skip)]
    pub(crate) needs: Needs,
    /// Its bash: functions that are called at their time.
    #[serde(skip)]
    pub script: &'static str,
}

impl PartialEq for Variation {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.attack) == (&other.name, other.attack)
    }
}

impl Eq for Variation {}

/// What a scenario must have so that a variation fits, as far as that can be told without a cluster.
#[derive(Debug, Clone, Default)]
pub(crate) struct Needs {
    /// Some fact matches it.
    fact: Option<Regex>,
    /// The reference solution matches it.
    solution: Option<Regex>,
    /// The setup's manifests match it.
    setup: Option<Regex>,
}

impl Variation {
    /// Why it cannot fit a scenario; None: it may, and its own script says the rest.
    pub fn misfit(&self, bound: &BoundScenario, facts: &[String]) -> Option<&'static str> {
        let reference = bound.scenario.solutions.first().map_or("", |s| s.run.as_str());
        let lacks = |regex: &Option<Regex>, text: &str| regex.as_ref().is_some_and(|r| !r.is_match(text));
        if self.needs.fact.as_ref().is_some_and(|r| !facts.iter().any(|fact| r.is_match(fact))) {
            return Some("nothing of the kind is graded");
        }
        if lacks(&self.needs.solution, reference) {
            return Some("the reference solution does nothing of the kind");
        }
        lacks(&self.needs.setup, &bound.manifests).then_some("setup makes nothing of the kind")
    }

    /// Whether it only adds something once the reference solution was played, so that several can be played together.
    pub fn only_adds(&self) -> bool {
        !self.defines("before") && !self.defines("play")
    }

    /// Whether it can be taken back, so that another can follow on the same attempt.
    pub fn can_be_undone(&self) -> bool {
        self.only_adds() && self.defines("undo")
    }

    fn defines(&self, function: &str) -> bool {
        let head = format!("{function}() {{");
        self.script.lines().any(|line| line.starts_with(&head))
    }
}

#[cfg(test)]
mod tests;
