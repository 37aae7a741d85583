//! Pure: the values with which a learner plays a scenario, and how far those of a class differ.
//!
//! In: the key of the class, scenarios and learners. Out: equal values in every version and on every machine. Whoever knows one
//! learner's values learns nothing about another's.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::key::ClassKey;
use super::roster::Learner;
use crate::scenario::model::Scenario;
use crate::scenario::{Binding, candidates};

/// What a seed is below: it is short to type, and a spreadsheet keeps all its digits.
const SEEDS: u64 = 1_000_000_000_000;

/// How one learner plays one scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// What draws the values (`satrain run ID --seed N`); None: they are the defaults.
    pub seed: Option<u64>,
    /// The values.
    pub binding: Binding,
    /// The value of each parameter, also of a cause that the learner is to find.
    pub values: BTreeMap<String, String>,
}

impl Variant {
    /// The variant of `learner`. Without a key it is that of everybody: the defaults.
    pub(super) fn of(key: Option<&ClassKey>, scenario: &Scenario, learner: &Learner) -> Self {
        let seed = key.map(|key| seed(key, &scenario.id, &learner.id));
        let binding = match seed {
            Some(seed) => Binding::seeded(scenario, seed),
            None => Binding::defaults(scenario),
        };
        Self { seed, values: binding.resolved(scenario), binding }
    }
}

/// The seed of a learner, in whatever case their id is written.
fn seed(key: &ClassKey, scenario: &str, learner: &str) -> u64 {
    // Neither an id of a scenario nor one of a learner holds a zero.
    let message = format!("satrain/variant/v1\0{scenario}\0{}", learner.to_lowercase());
    let signed = key.sign(message.as_bytes());
    signed.iter().take(8).fold(0_u64, |n, byte| (n << 8) | u64::from(*byte)) % SEEDS
}

/// How far the variants of a scenario differ in a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    /// How many different ones there can be.
    pub possible: u64,
    /// How many different ones the learners have.
    pub different: usize,
    /// How many learners have the same as somebody else.
    pub sharing: usize,
}

/// The spread of `variants`, one a learner.
pub fn spread(scenario: &Scenario, variants: &[Variant]) -> Spread {
    let mut counts: BTreeMap<&BTreeMap<String, String>, usize> = BTreeMap::new();
    for variant in variants {
        *counts.entry(&variant.values).or_default() += 1;
    }
    let possible = scenario.params.values().map(|param| candidates(param).len() as u64);
    Spread {
        possible: possible.fold(1, |all, one| all.saturating_mul(one.max(1))),
        different: counts.len(),
        sharing: counts.values().filter(|count| **count > 1).sum(),
    }
}

/// The learners (by their place) that have equal values in all of `tasks`, which hold a variant a learner: groups of two and more.
pub(super) fn twins(tasks: &[Vec<Variant>], learners: usize) -> Vec<BTreeSet<usize>> {
    let mut groups: BTreeMap<Vec<&BTreeMap<String, String>>, BTreeSet<usize>> = BTreeMap::new();
    for learner in 0..learners {
        let values = tasks.iter().filter_map(|task| task.get(learner)).map(|variant| &variant.values);
        groups.entry(values.collect()).or_default().insert(learner);
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Catalog;

    fn learner(id: &str) -> Learner {
        Learner { id: id.into(), ..Learner::default() }
    }

    fn key(byte: u8) -> ClassKey {
        ClassKey::new([byte; 32])
    }

    #[test]
    fn a_seed_is_the_same_everywhere() {
        // python3: int.from_bytes(hmac.new(bytes([7] * 32), b"satrain/variant/v1\0scenario-2\0anna", "sha256").digest()[:8], "big") % 10**12
        assert_eq!(seed(&key(7), "scenario-2", "anna"), 4_444_228_294);
        assert_eq!(seed(&key(7), "scenario-2", "Anna"), seed(&key(7), "scenario-2", "anna"));
    }

    #[test]
    fn learners_scenarios_and_classes_have_seeds_of_their_own() {
        let mut seen = BTreeSet::new();
        for (byte, scenario, learner) in
            [(7, "a", "b"), (8, "a", "b"), (7, "a", "c"), (7, "c", "b"), (7, "ab", ""), (7, "", "ab")]
        {
            let seed = seed(&key(byte), scenario, learner);
            assert!(seed < SEEDS && seen.insert(seed));
        }
    }

    #[test]
    fn the_seed_draws_the_values_and_no_key_means_the_defaults() {
        let catalog = Catalog::builtin();
        let scenario = &catalog.get("scenario-2").unwrap().scenario;
        let drawn = Variant::of(Some(&key(7)), scenario, &learner("anna"));
        assert_eq!(drawn.binding, Binding::seeded(scenario, drawn.seed.unwrap()));
        let usual = Variant::of(None, scenario, &learner("anna"));
        assert_eq!((usual.seed, &usual.binding), (None, &Binding::defaults(scenario)));
    }

    #[test]
    fn equal_variants_are_counted() {
        let catalog = Catalog::builtin();
        let scenario = &catalog.get("scenario-2").unwrap().scenario;
        let of = |key: Option<&ClassKey>| -> Vec<Variant> {
            (0..40).map(|n| Variant::of(key, scenario, &learner(&format!("learner-{n}")))).collect()
        };
        let all = of(Some(&key(7)));
        let counted = spread(scenario, &all);
        assert!(counted.different > 1 && counted.different as u64 <= counted.possible, "{counted:?}");
        let same = spread(scenario, &of(None));
        assert_eq!((same.different, same.sharing), (1, 40));
        // Once more the same task: twins stay twins.
        assert_eq!(twins(&[all.clone(), all.clone()], 40), twins(&[all], 40));
        assert_eq!(twins(&[of(None)], 40), [(0..40).collect()]);
        assert_eq!(twins(&[of(None)], 1), Vec::<BTreeSet<usize>>::new());
    }
}
