use jiff::Timestamp;

use super::*;
use crate::grade::observation::Observations;
use crate::grade::verdict::{Outcome, Verdict};
use crate::grade::{CheckResult, Grade, Score, Steady};
use crate::mutate::{Mutant, Operator};
use crate::prove::plan::Case;
use crate::prove::proof::{CaseProof, Seconds, Tally};
use crate::scenario::Catalog;
use crate::scenario::model::{Equivalent, Scenario};

fn mutant(id: &str) -> Mutant {
    Mutant {
        id: id.into(),
        operator: Operator::DropCommand,
        what: "omits `true`".into(),
        script: String::new(),
        reaches_out: false,
    }
}

fn grade(verdicts: &[Verdict]) -> Grade {
    let results: Vec<CheckResult> = verdicts
        .iter()
        .map(|verdict| CheckResult {
            id: "role".into(),
            requirement: String::new(),
            guard: false,
            points: if verdict.outcome == Outcome::Pass { 50 } else { 0 },
            max: 50,
            verdict: verdict.clone(),
            voided_by: None,
            suspended_by: None,
            line: 0,
        })
        .collect();
    Grade {
        score: Score::of(&results),
        results,
        observations: Observations::default(),
        steady: Steady::default(),
        started: Timestamp::UNIX_EPOCH,
        judged: Timestamp::UNIX_EPOCH,
        finished: Timestamp::UNIX_EPOCH,
    }
}

fn scenario_with(equivalents: &[(&str, &str)]) -> Scenario {
    let mut scenario = Catalog::builtin().entries()[0].loaded.as_ref().unwrap().scenario.clone();
    scenario.equivalents = equivalents
        .iter()
        .map(|(mutant, reason)| Equivalent {
            mutant: (*mutant).into(),
            reason: (*reason).into(),
            in_time: false,
        })
        .collect();
    scenario
}

#[test]
fn lost_points_kill_and_so_does_what_never_comes_to_rest() {
    let scenario = scenario_with(&[]);
    for lost in [Verdict::fail("no"), Verdict::not_yet("a Pod")] {
        let grade = grade(&[Verdict::pass("yes"), lost]);
        assert_eq!(fate(&mutant("a"), &scenario, &grade), Fate::Killed);
        assert_eq!(problem(&mutant("a"), &scenario, &grade), None);
    }
}

#[test]
fn a_survivor_is_a_problem_unless_a_reason_is_given() {
    let passed = grade(&[Verdict::pass("yes")]);
    let scenario = scenario_with(&[]);
    assert_eq!(fate(&mutant("a/b"), &scenario, &passed), Fate::Survived);
    assert!(problem(&mutant("a/b"), &scenario, &passed).unwrap().contains("omits `true`"));
    let scenario = scenario_with(&[("a/*", "it only waits\n")]);
    let reason = "it only waits".to_owned();
    assert_eq!(fate(&mutant("a/b"), &scenario, &passed), Fate::Equivalent { reason });
    assert_eq!(problem(&mutant("a/b"), &scenario, &passed), None);
}

#[test]
fn what_is_listed_as_equivalent_must_survive() {
    let scenario = scenario_with(&[("a/*", "it only waits")]);
    let killed = grade(&[Verdict::fail("no")]);
    assert_eq!(fate(&mutant("a/b"), &scenario, &killed), Fate::Killed);
    assert!(problem(&mutant("a/b"), &scenario, &killed).unwrap().contains("`role` catches it"));
}

#[test]
fn what_is_right_in_time_may_be_caught_before() {
    let mut scenario = scenario_with(&[("a/*", "the kubelet does it by itself")]);
    scenario.equivalents[0].in_time = true;
    let (killed, passed) = (grade(&[Verdict::fail("no")]), grade(&[Verdict::pass("yes")]));
    assert_eq!(problem(&mutant("a/b"), &scenario, &killed), None);
    assert_eq!(problem(&mutant("a/b"), &scenario, &passed), None);
}

#[test]
fn what_could_not_be_graded_is_not_killed() {
    let unseen = Verdict::new(Outcome::Unknown, "no answer");
    let grade = grade(&[Verdict::fail("no"), unseen.clone()]);
    assert_eq!(fate(&mutant("a"), &scenario_with(&[("a", "x")]), &grade), Fate::Unknown);
    assert!(!settled(&grade.results), "another look may see it");
}

#[test]
fn one_look_is_enough_for_what_has_settled_and_is_wrong() {
    assert!(settled(&grade(&[Verdict::fail("no"), Verdict::not_yet("a Pod")]).results));
    assert!(!settled(&grade(&[Verdict::pass("yes"), Verdict::not_yet("a Pod")]).results));
    assert!(!settled(&grade(&[Verdict::pass("yes")]).results));
}

#[test]
fn equivalent_mutants_do_not_count_in_the_rate() {
    let case = |fate: Option<Fate>| CaseProof {
        case: Case::Unsolved { cause: None },
        verdicts: Vec::new(),
        percent: 0,
        problems: Vec::new(),
        at_first: Vec::new(),
        seconds: Seconds::default(),
        cell: None,
        fate,
    };
    let equivalent = || Fate::Equivalent { reason: "x".into() };
    let cases = [None, Some(Fate::Killed), Some(Fate::Killed), Some(Fate::Survived), Some(equivalent())];
    let tally = Tally::of(&cases.map(case)).unwrap();
    assert_eq!((tally.killed, tally.survived, tally.equivalent, tally.percent), (2, 1, 1, 66));
    assert_eq!(Tally::of(&[case(Some(equivalent()))]).unwrap().percent, 100);
    assert_eq!(Tally::of(&[case(None)]), None);
}
