use super::*;
use crate::grade::Score;
use crate::grade::verdict::{Evidence, Fact};
use crate::result::format::CheckPart;
use crate::result::provenance::{ClusterPart, ScenarioPart, SolutionPart};

fn check(id: &str, points: u32, max: u32, verdict: Outcome, why: &str) -> CheckPart {
    CheckPart {
        id: id.into(),
        requirement: format!(
            "Requirement of `{id}`, long enough that it has to be broken into two lines here."
        ),
        points,
        max,
        verdict,
        why: why.into(),
        look: None,
        evidence: Vec::new(),
        guard: max == 0,
        voided_by: None,
        suspended_by: None,
        line: 12,
    }
}

fn result(checks: Vec<CheckPart>, score: Score) -> ResultV1 {
    ResultV1 {
        schema: ResultV1::SCHEMA.into(),
        attempt: "scenario-2-bcdfgh".into(),
        scenario: ScenarioPart {
            id: "scenario-2".into(),
            title: "Fix a Pod that runs as the default ServiceAccount".into(),
            digest: "0".into(),
        },
        params: [("namespace".to_owned(), "production".to_owned())].into(),
        cluster: ClusterPart { provider: "embedded".into(), version: "v1.37.2".into() },
        score,
        checks,
        started: "2026-01-01T10:00:00Z".parse().unwrap(),
        grading_started: "2026-01-01T10:04:59Z".parse().unwrap(),
        finished: "2026-01-01T10:05:00Z".parse().unwrap(),
        hints: 1,
        solution_shown: false,
        solution: None,
    }
}

fn mixed() -> ResultV1 {
    let mut failing = check("no-token", 0, 40, Outcome::Fail, "A container can still read a token.");
    failing.look = Some("`kubectl get pod myapp -n production -o yaml` shows the whole object.".into());
    failing.evidence.push(Evidence {
        fact: Fact::Credential,
        at: "Pod production/myapp".into(),
        field: Some("container app".into()),
        expected: Some("no token".into()),
        seen: "a bound token for the API server".into(),
    });
    let mut voided = check("same-account", 0, 30, Outcome::Pass, "");
    voided.voided_by = Some("still-serves".into());
    let checks = vec![
        failing,
        voided,
        check("rolled-out", 0, 20, Outcome::NotYet, "Not yet: 1 of 2 ready."),
        check("exec", 0, 10, Outcome::Unknown, "Could not observe it: the API did not answer."),
        check("still-serves", 0, 0, Outcome::Fail, "The page is gone."),
    ];
    result(checks, Score { points: 0, max: 90, percent: 0, passed: false, complete: false })
}

fn passed() -> ResultV1 {
    let checks = vec![check("no-token", 100, 100, Outcome::Pass, "")];
    result(checks, Score { points: 100, max: 100, percent: 100, passed: true, complete: true })
}

fn written(style: Style, result: &ResultV1, after: Closing<'_>) -> String {
    let mut out = Vec::new();
    write(&mut out, &style, result, after).unwrap();
    let text = String::from_utf8(out).unwrap();
    let widest = text.lines().map(|l| l.chars().count()).max().unwrap_or(0);
    assert!(widest <= 80, "{widest} columns:\n{text}");
    text
}

#[test]
fn every_verdict_is_told_apart_and_explained() {
    insta::assert_snapshot!(written(Style::mono(), &mixed(), Closing { coach: true, ..Closing::default() }));
}

#[test]
fn plain_has_words_instead_of_signs() {
    let text = written(Style::plain(), &mixed(), Closing::default());
    assert!(text.contains("FAIL") && text.contains("WAIT") && text.contains("UNKNOWN"));
    assert!(!text.contains('✘') && !text.contains('█') && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn points_that_an_unseen_guard_suspends_are_named_with_it() {
    let mut suspended = check("no-token", 0, 100, Outcome::Pass, "");
    suspended.suspended_by = Some("still-serves".into());
    let guard = check("still-serves", 0, 0, Outcome::Unknown, "Could not observe it.");
    let score = Score { points: 0, max: 0, percent: 0, passed: false, complete: false };
    let text = written(Style::mono(), &result(vec![suspended, guard], score), Closing::default());
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("Points suspended, because this could not be graded: "), "{text}");
    assert!(text.contains("could not be graded in full"), "{text}");
}

#[test]
fn a_pass_is_followed_by_the_explanation() {
    let after = Closing { explanation: "Why it matters.", hints_left: 3, coach: true, ..Closing::default() };
    insta::assert_snapshot!(written(Style::mono(), &passed(), after));
}

#[test]
fn who_left_the_shell_is_told_how_to_come_back() {
    let after = Closing { coach: true, hints_left: 2, left_shell: true, ..Closing::default() };
    let mut failed = mixed();
    failed.score.complete = true;
    let text = written(Style::mono(), &failed, after);
    assert!(text.contains("satrain shell") && text.contains("opens the lab again; "), "{text}");
}

#[test]
fn a_played_solution_is_named_and_nobody_is_coached() {
    let mut played = mixed();
    played.solution =
        Some(SolutionPart { name: "reference".into(), failed: Some("ended with exit code 1".into()) });
    let text = written(Style::mono(), &played, Closing { coach: false, hints_left: 2, ..Closing::default() });
    assert!(text.contains("played: reference, which ended with exit code 1"));
    assert!(!text.contains("Next:"));
}

#[test]
fn the_json_result_fits_its_schema_and_its_names_do_not_change() {
    let value = serde_json::to_value(mixed()).unwrap();
    insta::assert_json_snapshot!(value);
    let schema = ResultV1::json_schema();
    let required = schema["required"].as_array().unwrap();
    assert!(required.iter().all(|name| value.get(name.as_str().unwrap()).is_some()));
    let properties = schema["properties"].as_object().unwrap();
    assert!(value.as_object().unwrap().keys().all(|key| properties.contains_key(key)));
}

#[test]
fn a_result_reads_back_as_it_was_written() {
    let text = serde_json::to_string(&mixed()).unwrap();
    assert_eq!(serde_json::from_str::<ResultV1>(&text).unwrap(), mixed());
}
