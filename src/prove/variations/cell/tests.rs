use jiff::Timestamp;

use super::*;
use crate::grade::observation::Observations;
use crate::grade::verdict::Verdict;
use crate::grade::{CheckResult, Score, Steady};
use crate::scenario::Catalog;

fn grade(verdicts: &[(&str, bool, Verdict)]) -> Grade {
    let result = |(id, guard, verdict): &(&str, bool, Verdict)| {
        let max = if *guard { 0 } else { 50 };
        let points = if verdict.outcome == Outcome::Pass { max } else { 0 };
        CheckResult {
            id: (*id).into(),
            requirement: String::new(),
            guard: *guard,
            points,
            max,
            verdict: verdict.clone(),
            voided_by: None,
            suspended_by: None,
            line: 0,
        }
    };
    let results: Vec<CheckResult> = verdicts.iter().map(result).collect();
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

fn scenario(exceptions: &[(&str, &str)]) -> Scenario {
    let mut scenario = Catalog::builtin().get("scenario-2").unwrap().scenario.clone();
    scenario.proof.exceptions = exceptions.iter().map(|(n, r)| ((*n).to_owned(), (*r).to_owned())).collect();
    scenario
}

fn variation(attack: bool) -> Variation {
    Variation { name: "it".into(), attack, ..Variation::default() }
}

fn all_pass() -> Grade {
    grade(&[("a", false, Verdict::pass("yes")), ("g", true, Verdict::pass("yes"))])
}

fn one_fails() -> Grade {
    grade(&[("a", false, Verdict::pass("yes")), ("b", false, Verdict::fail("no"))])
}

#[test]
fn an_attack_must_lose_points_and_a_harmless_variation_must_keep_them() {
    let usual = scenario(&[]);
    let by = vec!["b".to_owned()];
    assert_eq!(judge(&variation(true), &usual, &one_fails()), (Cell::Lost { by }, None));
    assert_eq!(judge(&variation(false), &usual, &all_pass()), (Cell::Kept, None));
    let (cell, problem) = judge(&variation(true), &usual, &all_pass());
    assert_eq!((cell, problem.is_some()), (Cell::False, true));
    let (cell, problem) = judge(&variation(false), &usual, &one_fails());
    assert_eq!(cell, Cell::False);
    assert!(problem.unwrap().contains("`b`"));
}

#[test]
fn what_could_not_be_seen_is_neither_lost_nor_kept() {
    let blind = grade(&[("a", false, Verdict::pass("yes")), ("g", true, Verdict::unknown("cannot see"))]);
    assert_eq!(judge(&variation(true), &scenario(&[]), &blind).0, Cell::False);
    assert_eq!(judge(&variation(false), &scenario(&[]), &blind).0, Cell::False);
}

#[test]
fn a_scenario_may_say_why_one_is_otherwise_than_usual_and_must_not_say_so_in_vain() {
    let listed = scenario(&[("it", "The task is about something else. ")]);
    let declared = Cell::Declared { reason: "The task is about something else.".into() };
    assert_eq!(judge(&variation(true), &listed, &all_pass()), (declared.clone(), None));
    assert_eq!(judge(&variation(false), &listed, &one_fails()), (declared, None));
    for (attack, grade) in [(true, one_fails()), (false, all_pass())] {
        let (cell, problem) = judge(&variation(attack), &listed, &grade);
        assert_eq!(cell, Cell::False);
        assert!(problem.unwrap().contains("remove it"));
    }
}

#[test]
fn rates_count_verdicts_only() {
    let (attack, harmless) = (variation(true), variation(false));
    let lost = Cell::Lost { by: vec!["b".into()] };
    let declared = Cell::Declared { reason: "The task is about something else.".into() };
    let misfit = Cell::NotApplicable { why: "nothing of the kind is graded".into() };
    let attacks =
        [&lost, &lost, &lost, &Cell::False, &declared, &misfit, &Cell::Failed].map(|cell| (&attack, cell));
    let others = [&Cell::Kept, &Cell::False].map(|cell| (&harmless, cell));
    let rates = Rates::of(attacks.into_iter().chain(others)).unwrap();
    assert_eq!(rates.attacks, Judged { right: 3, wrong: 1, declared: 1, not_applicable: 1, failed: 1 });
    assert_eq!((rates.kill_rate, rates.harmless.n(), rates.false_fail_rate), (75.0, 2, 50.0));
    assert_eq!(Rates::of([]), None);
    assert_eq!(Rates::of([(&attack, &misfit)]).unwrap().kill_rate, 100.0);
}
