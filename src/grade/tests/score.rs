//! Points: what guards take away, and what cannot be graded.

use serde_json::json;

use super::fake::Fake;
use super::support::*;
use crate::grade::Baseline;
use crate::grade::observation::ProbeFailure;
use crate::grade::probe::Probe;
use crate::grade::verdict::Outcome;

fn exists(kind: &str, name: &str) -> serde_json::Value {
    json!({"resource": {"kind": kind, "namespace": NS, "name": name}})
}

#[tokio::test(start_paused = true)]
async fn a_broken_guard_takes_the_points_and_leaves_the_verdict() {
    let fake = Fake::of([account("a")]);
    let (checks, guards) = ([check(exists("ServiceAccount", "a"))], [guard(exists("Pod", "web"))]);
    let grade = fake.grade_with(&checks, &guards, Baseline::Taking).await;
    let result = &grade.results[0];
    assert_eq!(result.verdict.outcome, Outcome::Pass);
    assert_eq!((result.points, result.voided_by.as_deref()), (0, Some("guard")));
    assert_eq!((grade.score.points, grade.score.max, grade.score.passed), (0, 100, false));
    assert!(grade.score.complete);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_graded_costs_and_earns_nothing() {
    let mut fake = Fake::of([account("a")]);
    let refused = ProbeFailure { message: "the API said 403: forbidden".into(), transient: false };
    fake.scripted.insert(Probe::list("v1", "Secret", Some(NS)), Err(refused));
    let mut half = check(exists("ServiceAccount", "a"));
    half.points = 50;
    let mut unseen = check(exists("Secret", "s"));
    unseen.points = 50;
    let grade = fake.grade_with(&[half, unseen], &[], Baseline::Taking).await;
    let score = grade.score;
    assert_eq!((score.points, score.max, score.percent), (50, 50, 99));
    assert!(!score.complete && !score.passed);
    let why = &grade.results[1].verdict.why;
    assert!(
        why.starts_with(
            "Could not observe the secrets of Namespace production: the API said 403: forbidden. "
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_could_not_be_graded_suspends_the_points_that_it_protects() {
    let mut fake = Fake::of([account("a"), account("b")]);
    let refused = ProbeFailure { message: "the API said 403: forbidden".into(), transient: false };
    fake.scripted.insert(Probe::list("v1", "Secret", Some(NS)), Err(refused));
    let worth = |id: &str, name: &str, points: u32| {
        let mut check = check(exists("ServiceAccount", name));
        (check.id, check.points) = (id.into(), points);
        check
    };
    let checks = [worth("protected", "a", 45), worth("free", "b", 40), worth("failed", "none", 15)];
    let mut unseen = guard(exists("Secret", "s"));
    unseen.protects = vec!["protected".into(), "failed".into()];
    let grade = fake.grade_with(&checks, &[unseen.clone()], Baseline::Taking).await;
    let told: Vec<_> = grade.results.iter().map(|r| (r.points, r.suspended_by.as_deref())).collect();
    assert_eq!(told, [(0, Some("guard")), (40, None), (0, None), (0, None)]);
    assert_eq!(grade.results[0].verdict.outcome, Outcome::Pass);
    let score = grade.score;
    assert_eq!((score.points, score.max, score.percent), (40, 55, 72));
    assert!(!score.complete && !score.passed);
    // All that could be graded is right, and yet it is not passed.
    let score = fake.grade_with(&checks[..2], &[unseen], Baseline::Taking).await.score;
    assert_eq!((score.points, score.max, score.percent, score.passed), (40, 40, 99, false));
}

#[tokio::test(start_paused = true)]
async fn a_grade_can_be_saved_and_judged_again() {
    let fake = Fake::of([account("a"), pod_with_token("web")]);
    let checks = [
        check(exists("ServiceAccount", "a")),
        check(json!({"tokenMount": {"workload": "pod/web", "namespace": NS, "expect": "none"}})),
    ];
    let grade = fake.grade_with(&checks, &[], Baseline::Taking).await;
    let saved = serde_json::to_string(&grade).unwrap();
    let loaded: crate::grade::Grade = serde_json::from_str(&saved).unwrap();
    assert_eq!(loaded, grade);
    let request = crate::grade::GradeRequest { checks: &checks, guards: &[], baseline: Baseline::Taking };
    assert_eq!(
        crate::grade::judge(&request, &loaded.observations, &loaded.steady, loaded.judged),
        grade.results
    );
}

#[tokio::test(start_paused = true)]
async fn what_requires_something_counts_only_with_it() {
    let fake = Fake::of([account("a")]);
    let missing = check(exists("ServiceAccount", "b"));
    let mut no_secret = check(json!({"resource": {
        "kind": "Secret", "namespace": NS, "name": "s", "expect": "absent",
    }}));
    no_secret.id = "second".into();
    let alone = fake.grade_with(&[no_secret.clone()], &[], Baseline::Taking).await;
    assert_eq!(alone.results[0].verdict.outcome, Outcome::Pass);
    no_secret.requires = vec!["it".into()];
    let grade = fake.grade_with(&[missing, no_secret], &[], Baseline::Taking).await;
    let second = &grade.results[1];
    assert_eq!((second.verdict.outcome, second.points), (Outcome::Fail, 0));
    assert_eq!(second.verdict.why, "This holds, but counts only once this is done, too: It is so.");
}
