//! Pure: whether a graded case is as the scenario promises; each difference in one sentence.

use std::collections::BTreeSet;

use super::mutation;
use super::plan::Case;
use crate::grade::verdict::Outcome;
use crate::grade::{CheckResult, Grade};
use crate::scenario::model::Scenario;

/// What is not as it should be; empty when the case holds.
pub(super) fn differences(case: &Case, scenario: &Scenario, grade: &Grade) -> Vec<String> {
    let mut found: Vec<String> = grade
        .results
        .iter()
        .filter(|r| r.verdict.outcome == Outcome::Unknown)
        .map(|r| format!("`{}` could not be graded: {}", r.id, r.verdict.in_full()))
        .collect();
    let results = grade.results.iter().filter(|r| r.verdict.outcome != Outcome::Unknown);
    match case {
        Case::Unsolved { .. } | Case::Reset => found.extend(results.filter_map(unsolved)),
        Case::Solution { .. } => found.extend(results.filter_map(solved)),
        // What became of a variation is told as its cell.
        Case::Variation(_) => {}
        Case::Mutant(mutant) => found.extend(mutation::problem(mutant, scenario, grade)),
        Case::Mistake { name } => {
            let named: BTreeSet<&str> = scenario
                .mistakes
                .iter()
                .filter(|m| m.name == *name)
                .flat_map(|m| m.fails.iter().map(String::as_str))
                .collect();
            found.extend(results.filter_map(|r| mistaken(r, named.contains(r.id.as_str()))));
        }
    }
    found
}

fn unsolved(result: &CheckResult) -> Option<String> {
    match (result.guard, result.verdict.outcome) {
        (true, Outcome::Pass) | (false, Outcome::Fail) => None,
        (true, _) => {
            Some(format!("guard `{}` is broken on the unsolved lab: {}", result.id, result.verdict.in_full()))
        }
        (false, Outcome::Pass) => Some(format!("`{}` passes on the unsolved lab: free points", result.id)),
        (false, _) => Some(format!("`{}` does not settle: {}", result.id, result.verdict.in_full())),
    }
}

fn solved(result: &CheckResult) -> Option<String> {
    let passed = result.verdict.outcome == Outcome::Pass;
    (!passed).then(|| format!("`{}` does not pass: {}", result.id, result.verdict.in_full()))
}

fn mistaken(result: &CheckResult, named: bool) -> Option<String> {
    match (named, result.verdict.outcome == Outcome::Pass) {
        (true, true) => Some(format!("`{}` does not catch it", result.id)),
        (false, false) => Some(format!(
            "`{}` also fails, but the mistake does not list it: {}",
            result.id,
            result.verdict.in_full()
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grade::verdict::Verdict;

    fn result(id: &str, guard: bool, verdict: Verdict) -> CheckResult {
        CheckResult {
            id: id.into(),
            requirement: String::new(),
            guard,
            points: 0,
            max: 50,
            verdict,
            voided_by: None,
            suspended_by: None,
            line: 0,
        }
    }

    #[test]
    fn before_anybody_acts_checks_fail_and_guards_pass() {
        assert_eq!(unsolved(&result("a", false, Verdict::fail("no"))), None);
        assert_eq!(unsolved(&result("a", true, Verdict::pass("yes"))), None);
        assert!(unsolved(&result("a", false, Verdict::pass("yes"))).unwrap().contains("free points"));
        assert!(unsolved(&result("a", false, Verdict::not_yet("x"))).unwrap().contains("does not settle"));
        assert!(unsolved(&result("a", true, Verdict::fail("no"))).is_some());
    }

    #[test]
    fn a_mistake_is_caught_by_what_it_names_and_nothing_else() {
        assert_eq!(mistaken(&result("a", false, Verdict::fail("no")), true), None);
        assert_eq!(mistaken(&result("a", false, Verdict::pass("yes")), false), None);
        assert!(mistaken(&result("a", false, Verdict::pass("yes")), true).is_some());
        assert!(mistaken(&result("a", false, Verdict::fail("no")), false).is_some());
    }
}
