//! What is granted beyond what should be, and what is missing.

use std::collections::BTreeMap;

use super::grants::{Chain, Grant};
use super::right::{Right, rights};

/// How many rights that are too many are told apart. A short rule stands for the product of its lists, which may be more
/// than any memory holds; nobody reads that many.
const MAX_SURPLUS: usize = 5_000;

/// How many pairs of a right that is granted and one that is known are compared.
const MAX_COMPARISONS: usize = 20_000_000;

/// How many ways by which a right came are told.
const MAX_CHAINS: usize = 10;

/// A right that should not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surplus {
    /// The right.
    pub right: Right,
    /// The ways by which it came; the first ten.
    pub chains: Vec<Chain>,
}

/// How grants differ from what should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// Granted, and neither expected nor everyone's; in the order of the rights.
    pub surplus: Vec<Surplus>,
    /// Expected, and not granted.
    pub missing: Vec<Right>,
    /// Whether all that is granted was looked at; else `surplus` is a part of what there is.
    pub whole: bool,
}

/// Compares `grants` with what is `expected`; what `everyone` has does not count as surplus.
///
/// A wildcard is surplus unless a wildcard covers it: no list of known verbs or resources is the same as `*`,
/// because `*` also means those that are added later.
pub fn diff(grants: &[Grant], expected: &[Right], everyone: &[Right]) -> Diff {
    let known: Vec<&Right> = expected.iter().chain(everyone).collect();
    let mut surplus: BTreeMap<Right, Vec<Chain>> = BTreeMap::new();
    let (mut left, mut whole) = (MAX_COMPARISONS, true);
    for (right, grant) in rights(grants) {
        left = left.saturating_sub(1 + known.len());
        if left == 0 || surplus.len() > MAX_SURPLUS {
            whole = false;
            break;
        }
        if !known.iter().any(|known| known.covers(&right)) {
            let chains = surplus.entry(right).or_default();
            if chains.len() < MAX_CHAINS {
                chains.push(grant.chain.clone());
            }
        }
    }
    let missing =
        expected.iter().filter(|wanted| !grants.iter().any(|g| g.covers(wanted))).cloned().collect();
    let surplus = surplus.into_iter().map(|(right, chains)| Surplus { right, chains }).collect();
    Diff { surplus, missing, whole }
}
