//! Pure: which variations of a scenario share an attempt.
//!
//! Harmless ones that only add something are played together: if all points are kept, none of them costs any. Attacks that can
//! be taken back follow each other. All others have an attempt of their own.

use crate::prove::batch::{Batch, PlannedCase};
use crate::prove::plan::Case;
use crate::variation::Variation;

/// How many harmless variations are played together at most: more would be harder to take apart.
const TOGETHER: usize = 8;

/// How many attacks follow each other at most: they are played one after the other.
const IN_A_ROW: usize = 8;

/// Puts the variations of one scenario together.
pub(in crate::prove) fn groups(cases: Vec<PlannedCase>) -> Vec<Batch> {
    let mut groups: Vec<Batch> = Vec::new();
    for planned in cases {
        let open = groups
            .iter_mut()
            .find(|group| group.last().is_some_and(|last| share(last, &planned, group.len())));
        match open {
            Some(group) => group.push(planned),
            None => groups.push(vec![planned]),
        }
    }
    groups
}

fn share(one: &PlannedCase, other: &PlannedCase, length: usize) -> bool {
    match (variation(one), variation(other)) {
        (Some(a), Some(b)) if one.alone == other.alone && a.attack == b.attack => match a.attack {
            true => length < IN_A_ROW && a.can_be_undone() && b.can_be_undone(),
            false => length < TOGETHER && a.only_adds() && b.only_adds(),
        },
        _ => false,
    }
}

fn variation(planned: &PlannedCase) -> Option<&Variation> {
    match &planned.case {
        Case::Variation(variation) => Some(variation),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variation::library;

    fn grouped(alone: impl Fn(&Variation) -> bool) -> Vec<Batch> {
        let planned = library().unwrap().iter().enumerate().map(|(order, v)| PlannedCase {
            order,
            alone: alone(v),
            case: Case::Variation(v.clone()),
            pods: 1,
        });
        groups(planned.collect())
    }

    #[test]
    fn only_what_can_be_told_apart_shares_an_attempt() {
        let groups = grouped(|v| v.wide);
        assert_eq!(groups.iter().map(Vec::len).sum::<usize>(), library().unwrap().len());
        for group in &groups {
            let all: Vec<&Variation> = group.iter().filter_map(variation).collect();
            assert!(group.len() <= TOGETHER.max(IN_A_ROW));
            assert!(all.iter().all(|v| v.attack == all[0].attack && v.wide == all[0].wide));
            assert!(all.len() == 1 || all.iter().all(|v| v.only_adds() && (!v.attack || v.can_be_undone())));
        }
        assert!(groups.iter().any(|g| g.len() > 1 && variation(&g[0]).is_some_and(|v| v.attack)));
        assert!(groups.iter().any(|g| g.len() > 1 && variation(&g[0]).is_some_and(|v| !v.attack)));
    }
}
