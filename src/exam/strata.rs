//! Pure: how many tasks of each level a paper has: as many as the level's share of all candidates, by largest remainder.

use std::collections::BTreeMap;

use super::candidate::{Candidate, DIMENSIONS};
use super::lot::lot;
use super::shares::apportion;

/// How many times more a deviation counts than one in the next dimension.
const FACTOR: u32 = 100;

/// A deviation that counts as none: one task of another level. If all quotas had to be met exactly, scenarios that fit into no
/// such choice would never be drawn.
const SLACK: u32 = 2;

/// The levels of one dimension.
#[derive(Debug)]
struct Dimension {
    /// The stratum of each candidate.
    of: Vec<usize>,
    /// How many tasks each stratum is to have.
    quotas: Vec<u32>,
}

/// The strata of some candidates, with their quotas.
#[derive(Debug)]
pub(super) struct Strata([Dimension; DIMENSIONS]);

impl Strata {
    /// Those for `count` tasks. Levels with a share of less than half a task are one stratum together, or none of them would
    /// ever get a task.
    pub(super) fn of(candidates: &[Candidate<'_>], count: usize, seed: u64) -> Self {
        Self(std::array::from_fn(|d| dimension(candidates, d, count, seed)))
    }

    /// How far a choice is from the quotas, beyond one task in each dimension; deviations in an earlier dimension outweigh all in later ones.
    pub(super) fn distance(&self, chosen: &[usize]) -> u32 {
        let beyond = |dimension: &Dimension| dimension.distance(chosen).saturating_sub(SLACK);
        self.0.iter().fold(0, |sum, dimension| sum * FACTOR + beyond(dimension))
    }

    /// The same by dimension.
    #[cfg(test)]
    pub(super) fn distances(&self, chosen: &[usize]) -> [u32; DIMENSIONS] {
        std::array::from_fn(|d| self.0[d].distance(chosen))
    }
}

impl Dimension {
    fn distance(&self, chosen: &[usize]) -> u32 {
        let mut counts = vec![0u32; self.quotas.len()];
        chosen.iter().for_each(|i| counts[self.of[*i]] += 1);
        counts.iter().zip(&self.quotas).map(|(count, quota)| count.abs_diff(*quota)).sum()
    }
}

fn dimension(candidates: &[Candidate<'_>], d: usize, count: usize, seed: u64) -> Dimension {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    candidates.iter().for_each(|c| *sizes.entry(&c.levels[d]).or_default() += 1);
    let is_small = |size: usize| 2 * size * count < candidates.len();
    let large: Vec<(&str, usize)> =
        sizes.iter().map(|(n, s)| (*n, *s)).filter(|(_, s)| !is_small(*s)).collect();
    // The small ones come last, together.
    let index = |level: &str| large.iter().position(|(name, _)| *name == level).unwrap_or(large.len());
    let of: Vec<usize> = candidates.iter().map(|candidate| index(&candidate.levels[d])).collect();
    let mut members = vec![0u32; large.len() + 1];
    of.iter().for_each(|stratum| members[*stratum] += 1);
    let first = |stratum: usize| {
        let name = large.get(stratum).map_or("", |(name, _)| name);
        lot(seed, &format!("stratum {d}"), name)
    };
    let quotas = apportion(u32::try_from(count).unwrap_or(u32::MAX), &members, first);
    Dimension { of, quotas }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(topic: &str) -> Candidate<'static> {
        let levels = [topic.to_owned(), "Easy".into(), "short".into()];
        Candidate { id: "x", about: [].into(), levels, minutes: 5 }
    }

    #[test]
    fn small_levels_are_one_stratum_and_large_ones_have_their_share() {
        let topics = ["a"; 6].into_iter().chain(["b"; 4]).chain(["c", "d"]);
        let candidates: Vec<Candidate<'_>> = topics.map(candidate).collect();
        let strata = Strata::of(&candidates, 5, 1);
        // 6, 4 and 2 of 12, times 5: 2.5, 1.67 and 0.83.
        assert_eq!(strata.0[0].quotas, [2, 2, 1]);
        assert_eq!(strata.0[0].of[10], strata.0[0].of[11]);
        assert_eq!(strata.distance(&[0, 1, 6, 7, 10]), 0);
        assert_eq!(strata.distances(&[0, 1, 2, 6, 7]), [2, 0, 0]);
    }
}
