use super::*;
use crate::grade::Score;
use crate::result::provenance::{ClusterPart, ScenarioPart};

fn seen(at: &str, what: &str) -> Evidence {
    Evidence {
        fact: Fact::Credential,
        at: at.into(),
        field: Some("container app".into()),
        expected: Some("no token".into()),
        seen: what.into(),
    }
}

fn check(id: &str, guard: bool, verdict: Outcome, evidence: Vec<Evidence>) -> CheckPart {
    CheckPart {
        id: id.into(),
        requirement: format!("Requirement of {id}"),
        points: 0,
        max: if guard { 0 } else { 50 },
        verdict,
        why: "A token is there.".into(),
        look: Some("`kubectl get pod` shows it.".into()),
        evidence,
        guard,
        voided_by: None,
        suspended_by: None,
        line: 12,
    }
}

fn result(checks: Vec<CheckPart>) -> ResultV1 {
    let at = "2026-01-01T10:00:00Z";
    ResultV1 {
        schema: ResultV1::SCHEMA.into(),
        attempt: "sample-bcdfgh".into(),
        scenario: ScenarioPart { id: "sample".into(), title: "A sample".into(), digest: "0".into() },
        params: [].into(),
        cluster: ClusterPart { provider: "embedded".into(), version: "v1.37.2".into() },
        score: Score { points: 0, max: 100, percent: 0, passed: false, complete: true },
        checks,
        started: at.parse().unwrap(),
        grading_started: at.parse().unwrap(),
        finished: at.parse().unwrap(),
        hints: 1,
        solution_shown: false,
        solution: None,
    }
}

const COACHED: Closing<'static> =
    Closing { explanation: "Why.", hints_left: 2, coach: true, explain: false, left_shell: false };

#[test]
fn guards_stand_apart_and_have_no_points() {
    let checks = vec![check("a", false, Outcome::Fail, vec![]), check("g", true, Outcome::Fail, vec![])];
    let page = Page::of(&result(checks), COACHED);
    assert_eq!(page.checks[0].points, Some(Points { earned: Some(0), max: 50 }));
    assert_eq!((page.guards.len(), page.guards[0].points), (1, None));
}

#[test]
fn what_was_seen_in_many_places_is_one_group_and_what_is_too_much_is_counted() {
    let many = (0..5).map(|i| seen(&format!("Pod a/{i}"), "a token"));
    let others = (0..6).map(|i| seen("Pod b", &format!("token {i}")));
    let evidence = many.chain(others).collect();
    let page = Page::of(&result(vec![check("a", false, Outcome::Fail, evidence)]), COACHED);
    let item = &page.checks[0];
    assert_eq!(
        item.evidence[0].places,
        ["Pod a/0", "Pod a/1", "Pod a/2"].map(|p| format!("{p} container app"))
    );
    assert_eq!((item.evidence[0].more, item.evidence.len(), item.more), (2, 5, 2));
}

#[test]
fn what_the_sentence_says_already_is_not_shown_again() {
    let mut failing = check("a", false, Outcome::Fail, vec![seen("Pod a", "a token")]);
    failing.why = "Pod a, container app, holds a token.".into();
    let page = Page::of(&result(vec![failing.clone()]), COACHED);
    assert!(page.checks[0].evidence.is_empty());
    let page = Page::of(&result(vec![failing]), Closing { explain: true, ..COACHED });
    assert_eq!(page.checks[0].evidence[0].expected.as_deref(), Some("no token"), "that is not said yet");
}

#[test]
fn who_asks_gets_the_line_too_and_what_was_expected() {
    let result = result(vec![check("a", false, Outcome::Fail, vec![seen("Pod a", "a token")])]);
    let (careful, asked) =
        (Page::of(&result, COACHED), Page::of(&result, Closing { explain: true, ..COACHED }));
    assert_eq!((careful.checks[0].line, asked.checks[0].line), (None, Some(12)));
    assert_eq!(careful.checks[0].evidence[0].expected, None);
    assert!(asked.checks[0].evidence[0].expected.is_some());
}

#[test]
fn a_passed_check_shows_no_evidence_and_names_the_guard_that_takes_its_points() {
    let mut passed = check("a", false, Outcome::Pass, vec![seen("Pod a", "a token")]);
    passed.voided_by = Some("g".into());
    let page = Page::of(&result(vec![passed, check("g", true, Outcome::Fail, vec![])]), COACHED);
    let item = &page.checks[0];
    assert_eq!(item.voided_by.as_deref(), Some("Requirement of g"));
    assert!(item.evidence.is_empty() && item.why.is_none() && item.look.is_none());
}

#[test]
fn while_an_exam_is_under_way_nothing_is_told_of_the_checks() {
    let mut result = result(vec![
        check("a", false, Outcome::Fail, vec![seen("Pod a", "a token")]),
        check("g", true, Outcome::Pass, vec![]),
    ]);
    for passed in [false, true] {
        result.score.passed = passed;
        let page = Page::new(&result, COACHED, Disclosure::Silent);
        assert_eq!((page.scenario.as_str(), page.title.as_str()), ("sample", "A sample"));
        assert!(page.checks.is_empty() && page.guards.is_empty());
        assert_eq!((page.score, page.explanation), (None, None));
        let told = format!("{:?}", page.closing);
        assert!(!told.contains("hint") && !told.contains("explain"), "{told}");
    }
}
