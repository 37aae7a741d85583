//! A named step: what checks must come to after a play, and the reason that must be given.

use satrain::grade::verdict::{Outcome, Verdict};
use satrain::scenario::Loaded;

use crate::play::Played;

/// Something that a grader must get right.
#[derive(Clone)]
pub struct Step {
    pub name: &'static str,
    pub sees: Vec<Seen>,
}

/// What one check must come to after one play.
#[derive(Clone)]
pub struct Seen {
    /// `SCENARIO/PLAY`.
    pub play: &'static str,
    pub check: &'static str,
    /// Any of these; one, except where it depends on how fast the cluster is.
    pub outcomes: Vec<Outcome>,
    /// A part of the reason or of the evidence.
    pub reason: &'static str,
    /// Whether the look right after the play is meant, before anything was waited for.
    pub at_once: bool,
}

pub fn step(name: &'static str, sees: impl IntoIterator<Item = Seen>) -> Step {
    Step { name, sees: sees.into_iter().collect() }
}

fn seen(play: &'static str, check: &'static str, outcome: Outcome, reason: &'static str) -> Seen {
    Seen { play, check, outcomes: vec![outcome], reason, at_once: false }
}

pub fn passes(play: &'static str, check: &'static str, reason: &'static str) -> Seen {
    seen(play, check, Outcome::Pass, reason)
}

pub fn fails(play: &'static str, check: &'static str, reason: &'static str) -> Seen {
    seen(play, check, Outcome::Fail, reason)
}

pub fn not_yet_at_once(play: &'static str, check: &'static str, reason: &'static str) -> Seen {
    Seen { at_once: true, ..seen(play, check, Outcome::NotYet, reason) }
}

/// Where the cluster may have come to rest already.
pub fn never_fails_at_once(play: &'static str, check: &'static str) -> Seen {
    Seen {
        at_once: true,
        outcomes: vec![Outcome::NotYet, Outcome::Pass],
        ..seen(play, check, Outcome::Pass, "")
    }
}

impl Step {
    /// What is not so.
    pub fn problems(&self, played: &[Played]) -> Vec<String> {
        self.sees
            .iter()
            .filter_map(|seen| seen.problem(played))
            .map(|why| format!("{}: {why}", self.name))
            .collect()
    }
}

impl Seen {
    fn problem(&self, played: &[Played]) -> Option<String> {
        let at = format!("{} {}", self.play, self.check);
        let Some(play) = played.iter().find(|p| p.title() == self.play) else {
            return Some(format!("{at}: was not played"));
        };
        let Some(verdict) = play.verdict(self.check, self.at_once) else {
            return Some(format!("{at}: was not graded"));
        };
        let good = self.outcomes.contains(&verdict.outcome) && text(verdict).contains(self.reason);
        let wanted = format!("{:?} with \"{}\"", self.outcomes, self.reason);
        (!good)
            .then(|| format!("{at}: expected {wanted}, but it is {:?}: {}", verdict.outcome, text(verdict)))
    }
}

/// All that a verdict says.
pub fn text(verdict: &Verdict) -> String {
    let evidence = verdict.evidence.iter().map(|e| {
        let expected = e.expected.as_ref().map(|e| format!(", expected {e}")).unwrap_or_default();
        let field = e.field.as_ref().map(|field| format!(" {field}")).unwrap_or_default();
        format!(" [{}{field}: {}{expected}]", e.at, e.seen)
    });
    format!("{}{}", verdict.why, evidence.collect::<String>())
}

/// Steps about checks that no scenario has.
pub fn unknown_names(steps: &[Step], scenarios: &[Loaded]) -> Vec<String> {
    let known = |seen: &&Seen| {
        let scenario =
            scenarios.iter().map(|l| &l.scenario).find(|s| seen.play.starts_with(&format!("{}/", s.id)));
        scenario.is_some_and(|s| s.checks.iter().any(|c| c.id == seen.check))
    };
    let all = steps.iter().flat_map(|s| &s.sees);
    all.filter(|s| !known(s)).map(|s| format!("there is no check {} {}", s.play, s.check)).collect()
}
