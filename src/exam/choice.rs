//! Pure: which candidates a paper has: no two alike, and as near to the strata's quotas as can be.
//!
//! A few random choices are improved by exchanging one task at a time, as long as that brings the choice nearer to the quotas;
//! the nearest of them is taken.

use super::candidate::Candidate;
use super::lot::order;
use super::strata::Strata;

/// How many choices are improved.
const STARTS: usize = 4;
/// How often a search for the largest paper may try both: with a task, and without it.
const MAX_BRANCHES: u32 = 10_000;

/// Which candidates are about the same thing.
pub(super) struct Likeness(Vec<Vec<bool>>);

impl Likeness {
    pub(super) fn of(candidates: &[Candidate<'_>]) -> Self {
        let row = |one: &Candidate<'_>| candidates.iter().map(|other| one.is_like(other)).collect();
        Self(candidates.iter().map(row).collect())
    }

    fn like(&self, one: usize, other: usize) -> bool {
        self.0[one][other]
    }

    fn fits(&self, one: usize, chosen: &[usize]) -> bool {
        chosen.iter().all(|other| !self.like(one, *other))
    }

    /// As many candidates as possible of which no two are alike. Should there be too many to tell, then nearly as many.
    fn largest(&self, mut open: Vec<usize>, branches: &mut u32) -> Vec<usize> {
        let mut taken = Vec::new();
        loop {
            let degree = |one: usize| open.iter().filter(|other| self.like(one, **other)).count();
            let (Some(least), Some(most)) = (
                open.iter().copied().min_by_key(|one| degree(*one)),
                open.iter().copied().max_by_key(|one| degree(*one)),
            ) else {
                return taken;
            };
            let rest = |one: usize| open.iter().copied().filter(|other| !self.like(one, *other)).collect();
            // Each is like itself. Who is like at most one other takes nothing from anybody.
            if degree(least) <= 2 || *branches == 0 {
                taken.push(least);
                open = rest(least);
                continue;
            }
            *branches -= 1;
            let mut with = self.largest(rest(most), branches);
            with.push(most);
            let without = self.largest(open.iter().copied().filter(|one| *one != most).collect(), branches);
            taken.extend(if without.len() > with.len() { without } else { with });
            return taken;
        }
    }
}

/// Chooses `count` of the candidates.
///
/// # Errors
/// With how many there can be, if these are too few.
pub(super) fn choose(
    candidates: &[Candidate<'_>],
    count: usize,
    seed: u64,
    purpose: &str,
) -> Result<Vec<usize>, usize> {
    let likeness = Likeness::of(candidates);
    let names: Vec<&str> = candidates.iter().map(|candidate| candidate.id).collect();
    let orders: Vec<Vec<usize>> =
        (0..STARTS).map(|start| order(seed, &format!("{purpose} {start}"), &names)).collect();
    let begun: Vec<Vec<usize>> = orders.iter().map(|order| begin(&likeness, order, count)).collect();
    let largest = match begun.iter().any(|chosen| chosen.len() < count) {
        true => likeness.largest(order(seed, purpose, &names), &mut { MAX_BRANCHES }),
        false => Vec::new(),
    };
    let full = begun.iter().map(Vec::len).chain([largest.len()]).max().unwrap_or_default();
    if full < count {
        return Err(full);
    }
    let strata = Strata::of(candidates, count, seed);
    let choices = orders.iter().zip(begun).map(|(order, chosen)| match chosen.len() < count {
        // Lots led nowhere: out of the largest one.
        true if largest.len() >= count => {
            order.iter().copied().filter(|one| largest.contains(one)).take(count).collect()
        }
        _ => chosen,
    });
    let choices = choices.collect::<Vec<Vec<usize>>>().into_iter().zip(&orders);
    let full = choices.filter(|(chosen, _)| chosen.len() == count);
    let improved = full.map(|(chosen, order)| improve(&likeness, &strata, order, chosen));
    Ok(improved.min_by_key(|chosen| strata.distance(chosen)).unwrap_or_default())
}

/// Any choice, in the order of lots.
fn begin(likeness: &Likeness, order: &[usize], count: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    for one in order {
        if chosen.len() < count && likeness.fits(*one, &chosen) {
            chosen.push(*one);
        }
    }
    chosen
}

fn improve(likeness: &Likeness, strata: &Strata, order: &[usize], mut chosen: Vec<usize>) -> Vec<usize> {
    // Each exchange brings it nearer: this ends.
    while let Some(better) = exchange(likeness, strata, order, &chosen) {
        chosen = better;
    }
    chosen
}

/// The first exchange of one task that brings a choice nearer to the quotas.
fn exchange(likeness: &Likeness, strata: &Strata, order: &[usize], chosen: &[usize]) -> Option<Vec<usize>> {
    let now = strata.distance(chosen);
    (now > 0).then_some(())?;
    for place in 0..chosen.len() {
        let mut others = chosen.to_vec();
        others.remove(place);
        for one in order.iter().filter(|one| !chosen.contains(one) && likeness.fits(**one, &others)) {
            let mut exchanged = others.clone();
            exchanged.insert(place, *one);
            if strata.distance(&exchanged) < now {
                return Some(exchanged);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Catalog;

    fn of_the_bank(catalog: &Catalog) -> Vec<Candidate<'_>> {
        catalog
            .entries()
            .iter()
            .map(|e| Candidate::of_scenario(&e.loaded.as_ref().unwrap().scenario))
            .collect()
    }

    #[test]
    fn a_thousand_choices_are_unlike_and_near_to_the_quotas_and_leave_nothing_out() {
        let catalog = Catalog::builtin();
        let candidates = of_the_bank(&catalog);
        let mut seen = vec![0; candidates.len()];
        for seed in 0..1000 {
            let chosen = choose(&candidates, 6, seed, "tasks").unwrap();
            assert_eq!(chosen.len(), 6);
            for (i, one) in chosen.iter().enumerate() {
                assert!(chosen[..i].iter().all(|other| !candidates[*one].is_like(&candidates[*other])));
                seen[*one] += 1;
            }
            let [topic, difficulty, time] = Strata::of(&candidates, 6, seed).distances(&chosen);
            // One task of another level is a deviation of two.
            assert!(topic <= 2 && difficulty <= 2 && time <= 2, "seed {seed}: {topic} {difficulty} {time}");
        }
        for (candidate, times) in candidates.iter().zip(seen) {
            assert!(times > 50, "{} is in {times} of 1000 papers", candidate.id);
        }
    }

    #[test]
    fn the_order_of_the_candidates_makes_no_difference() {
        let catalog = Catalog::builtin();
        let candidates = of_the_bank(&catalog);
        let reversed: Vec<Candidate<'_>> = candidates.iter().rev().cloned().collect();
        for seed in 0..50 {
            let ids = |of: &[Candidate<'_>]| -> Vec<String> {
                choose(of, 5, seed, "tasks").unwrap().into_iter().map(|i| of[i].id.to_owned()).collect()
            };
            assert_eq!(ids(&candidates), ids(&reversed), "seed {seed}");
        }
    }

    #[test]
    fn the_largest_paper_is_found_and_more_than_it_is_refused() {
        let of = |id: &'static str, about: &[&str]| Candidate {
            id,
            about: about.iter().map(|a| (*a).to_owned()).collect(),
            levels: Default::default(),
            minutes: 1,
        };
        // A circle of five: two of them are unlike at most.
        let circle = [
            of("a", &["1", "2"]),
            of("b", &["2", "3"]),
            of("c", &["3", "4"]),
            of("d", &["4", "5"]),
            of("e", &["5", "1"]),
        ];
        assert_eq!(choose(&circle, 3, 1, "x"), Err(2));
        // Who is like all others is in no paper of three.
        let star = [of("all", &["1", "2", "3"]), of("a", &["1"]), of("b", &["2"]), of("c", &["3"])];
        for seed in 0..50 {
            let mut chosen = choose(&star, 3, seed, "x").unwrap();
            chosen.sort_unstable();
            assert_eq!(chosen, [1, 2, 3]);
        }
    }
}
