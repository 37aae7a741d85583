//! Which known mistake a hand-in resembles.
//!
//! A mistake of a scenario lists the checks and guards that do not pass after it. A hand-in resembles it
//!
//! 1. if exactly those do not pass. Where several mistakes have this pattern, evidence decides: it must hold a word that the script of one
//!    of them has, and neither the others' scripts nor the solutions. Otherwise all of them are named;
//! 2. else if no other pattern is nearer, the two agree in at least 2/3 of the checks and guards that fail in either, and evidence holds
//!    such a word of this mistake alone, of all that the scenario knows.
//!
//! In all other cases it resembles none: a likeness that is not sound is not told.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Values;
use super::pattern::{agreement, failed, is_failed, is_nothing};
use super::words::tokens;
use crate::result::format::ResultV1;
use crate::scenario::as_variables;
use crate::scenario::model::{Mistake, ParamKind, Scenario};

/// What a hand-in resembles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resemblance {
    /// A known mistake, or one of several.
    Known {
        /// Their names, in the order of the scenario.
        mistakes: Vec<String>,
        /// By what.
        by: By,
    },
    /// No check passes and no guard is broken.
    NothingMet,
    /// Nothing that is known, or not for certain.
    None,
}

/// By what a hand-in resembles a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum By {
    /// The same checks and guards do not pass, and evidence holds a word of this mistake alone.
    Evidence,
    /// The same checks and guards do not pass.
    Pattern,
    /// Nearly the same do not pass, and evidence holds a word of this mistake alone.
    Nearness,
}

/// How far patterns must agree that are not equal.
const NEAR: f64 = 2.0 / 3.0;

/// What a hand-in with this result resembles, played with these values.
pub fn resemblance(result: &ResultV1, scenario: &Scenario, values: &Values) -> Resemblance {
    let pattern = failed(result);
    if pattern.is_empty() {
        return Resemblance::None;
    }
    let known: Vec<&Mistake> = scenario.mistakes.iter().filter(|m| fits(m, scenario, values)).collect();
    let fails = |mistake: &Mistake| agreement(&pattern, &mistake.fails.iter().map(String::as_str).collect());
    let same: Vec<&Mistake> = known.iter().copied().filter(|m| fails(m) >= 1.0).collect();
    let words = Words::of(scenario, values, result);
    let by_evidence = words.only(&same);
    match (by_evidence, same.as_slice()) {
        (Some(mistake), _) => return named(&[mistake], By::Evidence),
        (None, _) if is_nothing(result) => return Resemblance::NothingMet,
        (None, [_, ..]) => return named(&same, By::Pattern),
        (None, []) => {}
    }
    let nearest = known.iter().map(|m| fails(m)).fold(0.0, f64::max);
    match words.only(&known) {
        Some(only) if nearest >= NEAR && fails(only) >= nearest => named(&[only], By::Nearness),
        _ => Resemblance::None,
    }
}

fn named(mistakes: &[&Mistake], by: By) -> Resemblance {
    Resemblance::Known { mistakes: mistakes.iter().map(|m| m.name.clone()).collect(), by }
}

/// Whether the mistake can be made in the learner's lab: one that is about another cause cannot.
fn fits(mistake: &Mistake, scenario: &Scenario, values: &Values) -> bool {
    mistake.given.iter().all(|(name, value)| {
        let is_cause = scenario.params.get(name).is_some_and(|param| param.kind == ParamKind::Cause);
        !is_cause || values.get(name).is_none_or(|has| has == value)
    })
}

/// The words of evidence, and those that say nothing about a mistake.
struct Words {
    evidence: String,
    usual: BTreeSet<String>,
    variables: BTreeMap<String, String>,
}

impl Words {
    fn of(scenario: &Scenario, values: &Values, result: &ResultV1) -> Self {
        let failed = result.checks.iter().filter(|check| is_failed(check)).flat_map(|check| &check.evidence);
        // What was expected is the same after every mistake.
        let texts = failed.flat_map(|e| [Some(e.seen.as_str()), e.field.as_deref()]).flatten();
        let evidence: String = texts.flat_map(|text| [text, "\n"]).collect();
        let mut variables = as_variables(values);
        // Recordings of labs with Namespaces of their own.
        variables.extend(as_variables(&result.params));
        let mut usual = BTreeSet::new();
        let right = scenario.solutions.iter().map(|s| s.run.as_str()).chain([scenario.helpers.as_str()]);
        for script in right {
            let script = filled(script, &variables);
            usual.extend(tokens(&script).into_iter().map(str::to_owned));
        }
        Self { evidence, usual, variables }
    }

    /// The only one of `candidates` of which evidence holds a word that none of the others has.
    fn only<'m>(&self, candidates: &[&'m Mistake]) -> Option<&'m Mistake> {
        let scripts: Vec<String> = candidates.iter().map(|m| filled(&m.run, &self.variables)).collect();
        let words: Vec<BTreeSet<&str>> = scripts.iter().map(|script| tokens(script)).collect();
        let seen = tokens(&self.evidence);
        let is_hit = |at: usize| {
            words.get(at).into_iter().flatten().any(|word| {
                let others = words.iter().enumerate().filter(|(other, _)| *other != at);
                seen.contains(word)
                    && !self.usual.contains(*word)
                    && others.into_iter().all(|(_, words)| !words.contains(word))
            })
        };
        let mut hits =
            candidates.iter().enumerate().filter(|(at, _)| is_hit(*at)).map(|(_, mistake)| *mistake);
        match (hits.next(), hits.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

/// A script with the variables of the scenario in it, as bash would fill them in.
fn filled(script: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let name = after.strip_prefix('{').unwrap_or(after);
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
        match variables.get(&name[..end]) {
            Some(value) => {
                out.push_str(value);
                rest = &name[end..];
                rest = if after.starts_with('{') { rest.strip_prefix('}').unwrap_or(rest) } else { rest };
            }
            None => {
                out.push('$');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}
