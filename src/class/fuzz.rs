//! What fuzzing asks of classes and rosters; see `crate::fuzzing`.

use std::sync::LazyLock;

use super::{BoundClass, Roster, read};
use crate::scenario::Catalog;
use crate::scenario::fuzz::explained;

/// What there is to name in a class.
static OFFERED: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

/// Any text as a class, and as a roster.
pub(crate) fn class(text: &str) {
    match read("class.yaml", text) {
        Ok(class) => match BoundClass::of(&class, &OFFERED) {
            Ok(bound) => {
                let weights: u32 = bound.tasks.iter().map(|task| task.weight).sum();
                assert_eq!(weights, 100, "the weights are the whole class");
            }
            Err(error) => explained(&error),
        },
        Err(error) => explained(&error),
    }
    match Roster::read("roster.csv", text) {
        Ok(roster) => {
            for learner in roster.learners() {
                assert_eq!(roster.find(&learner.id), Some(learner), "a learner is found by their id");
                assert!(
                    !learner.id.contains(['/', '\n']) && !learner.id.contains(crate::printable::is_hidden)
                );
            }
        }
        Err(error) => explained(&error),
    }
}
