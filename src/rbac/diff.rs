//! What is granted beyond what should be, and what is missing.

use std::collections::BTreeMap;

use super::grants::{Chain, Grant};
use super::right::Right;

/// A right that should not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surplus {
    /// The right.
    pub right: Right,
    /// Every way it came.
    pub chains: Vec<Chain>,
}

/// How grants differ from what should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// Granted, and neither expected nor everyone's; in the order of the rights.
    pub surplus: Vec<Surplus>,
    /// Expected, and not granted.
    pub missing: Vec<Right>,
}

/// Compares `grants` with what is `expected`; what `everyone` has does not count as surplus.
///
/// A wildcard is surplus unless a wildcard covers it: no list of known verbs or resources is the same as `*`,
/// because `*` also means those that are added later.
pub fn diff(grants: &[Grant], expected: &[Right], everyone: &[Right]) -> Diff {
    let mut surplus: BTreeMap<Right, Vec<Chain>> = BTreeMap::new();
    let mut missing: Vec<Right> = expected.to_vec();
    for grant in grants {
        for right in grant.rights() {
            missing.retain(|wanted| !right.covers(wanted));
            if !expected.iter().chain(everyone).any(|known| known.covers(&right)) {
                surplus.entry(right).or_default().push(grant.chain.clone());
            }
        }
    }
    let surplus = surplus.into_iter().map(|(right, chains)| Surplus { right, chains }).collect();
    Diff { surplus, missing }
}
