//! Hand-ins that went wrong alike: by the mistake that they resemble, or by what was seen.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::known::By;
use super::model::{Difference, Group, HandIn, Known};
use super::pattern::is_failed;
use super::words::without_values;
use super::{Graded, Values};
use crate::grade::verdict::Evidence;
use crate::scenario::Loaded;

/// How many differences of one check are told.
const TOLD: usize = 4;

/// The hand-ins of each mistake, the most frequent first.
pub(super) fn known(all: &[(Vec<String>, By, Graded<'_>)], loaded: Option<&Loaded>) -> Vec<Known> {
    let mut groups: BTreeMap<(&[String], By), Vec<HandIn>> = BTreeMap::new();
    for (mistakes, by, graded) in all {
        groups.entry((mistakes, *by)).or_default().push((*graded).into());
    }
    let about = |mistakes: &[String]| match mistakes {
        [one] => {
            let mistake = loaded?.scenario.mistakes.iter().find(|m| m.name == *one)?;
            Some(mistake.about.trim().to_owned()).filter(|about| !about.is_empty())
        }
        _ => None,
    };
    let mut found: Vec<Known> = groups
        .into_iter()
        .map(|((mistakes, by), hand_ins)| Known {
            mistakes: mistakes.to_vec(),
            about: about(mistakes),
            by,
            hand_ins,
        })
        .collect();
    found.sort_by_key(|known| Reverse(known.hand_ins.len()));
    found
}

/// The hand-ins that resemble no known mistake, by equal patterns and equal evidence; the largest group first.
pub(super) fn unknown(all: &[Graded<'_>]) -> Vec<Group> {
    let mut groups: BTreeMap<Signature, Vec<Graded<'_>>> = BTreeMap::new();
    for graded in all {
        groups.entry(signature(graded)).or_default().push(*graded);
    }
    let mut found: Vec<Group> = groups
        .into_iter()
        .filter_map(|(signature, graded)| {
            let differences = differences(graded.first()?);
            Some(Group {
                fails: signature.into_keys().collect(),
                differences,
                hand_ins: graded.into_iter().map(HandIn::from).collect(),
            })
        })
        .collect();
    found.sort_by_key(|group| Reverse(group.hand_ins.len()));
    found
}

/// What makes two hand-ins alike: for each check that does not pass, the sort of fact, the kind of object and the field of its evidence.
type Signature = BTreeMap<String, BTreeSet<(String, String, String)>>;

fn signature(graded: &Graded<'_>) -> Signature {
    let values = values(graded);
    let essence = |evidence: &Evidence| {
        let kind = evidence.at.split_whitespace().next().unwrap_or_default().to_owned();
        let field = without_values(evidence.field.as_deref().unwrap_or_default(), &values);
        (format!("{:?}", evidence.fact), kind, without_brackets(&field))
    };
    let failed = graded.result.checks.iter().filter(|check| is_failed(check));
    failed.map(|check| (check.id.clone(), check.evidence.iter().map(essence).collect())).collect()
}

/// A field without the place in a list, or the name of the entry: `.spec.containers[0].env[A]` is `.spec.containers[].env[]`.
fn without_brackets(field: &str) -> String {
    let mut out = String::new();
    let mut within = false;
    for c in field.chars() {
        within = within && c != ']';
        if !within {
            out.push(c);
        }
        within = within || c == '[';
    }
    out
}

fn differences(graded: &Graded<'_>) -> Vec<Difference> {
    let values = values(graded);
    let clean = |text: &str| without_values(text, &values);
    let mut found = Vec::new();
    for check in graded.result.checks.iter().filter(|check| is_failed(check)) {
        if check.evidence.is_empty() {
            found.push(Difference::new(&check.id, check.verdict, String::new(), None, clean(&check.why)));
        }
        found.extend(check.evidence.iter().take(TOLD).map(|evidence| {
            let (at, expected) = (clean(&evidence.place()), evidence.expected.as_deref().map(clean));
            Difference::new(&check.id, check.verdict, at, expected, clean(&evidence.seen))
        }));
    }
    found
}

/// The variant, and the Namespaces of the lab where they were the attempt's own.
fn values(graded: &Graded<'_>) -> Values {
    let mut values = graded.values.cloned().unwrap_or_default();
    values.extend(graded.result.params.clone());
    values
}

#[cfg(test)]
mod tests {
    #[test]
    fn places_in_lists_are_left_out_of_fields() {
        assert_eq!(super::without_brackets(".a[0].b[x-y].c"), ".a[].b[].c");
        assert_eq!(super::without_brackets("plain ] text ["), "plain ] text [");
    }
}
