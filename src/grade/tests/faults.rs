//! An API that misbehaves: always `unknown`, never a wrong verdict, never a hang, never a token in what is kept.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::fake::{Fake, expect, verdict};
use super::mock::{Asked, Reply, api, asks, faults, list, review, serve};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::observation::Observation;
use crate::grade::probe::Probe;
use crate::grade::verdict::Outcome::{Fail, Pass, Unknown};
use crate::grade::{Baseline, Grade, GradeRequest, Prober, grade};

pub(super) const SECRETS: &str = "/api/v1/namespaces/production/secrets";
const REVIEWS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

/// The documented bound: `within`, and two passes of three probes' time.
pub(super) const BOUND: Duration = Duration::from_secs(1 + 2 * 3 * 4);

pub(super) fn patient(kind: Value, time: &str) -> Check {
    within(time, check(kind))
}

/// Secret `s` must not be there.
pub(super) fn gone() -> Check {
    patient(json!({"resource": {"kind": "Secret", "namespace": NS, "name": "s", "expect": "absent"}}), "1s")
}

pub(super) async fn graded(prober: &impl Prober, checks: &[Check]) -> Grade {
    grade(prober, &GradeRequest { checks, guards: &[], baseline: Baseline::Taking }).await
}

/// Grades checks on an API that holds `objects`, but answers requests for `path` by `reply`.
pub(super) async fn grade_but(
    checks: &[Check],
    objects: Vec<Value>,
    path: &'static str,
    reply: impl Fn(&Asked) -> Reply + Send + 'static,
) -> (Grade, Vec<Duration>) {
    let (client, log) = api(move |asked| match asked.path == path {
        true => reply(asked),
        false => serve(&objects, false, asked),
    });
    let begun = Instant::now();
    let grade = graded(&asks(client), checks).await;
    assert!(begun.elapsed() <= BOUND, "{:?}", begun.elapsed());
    (grade, log.times(path))
}

pub(super) fn of_secrets(items: &[Value]) -> Value {
    list("v1", "Secret", items)
}

pub(super) fn the_secret() -> Value {
    secret("s", "Opaque", json!({}))
}

#[tokio::test(start_paused = true)]
async fn no_fault_makes_an_absence() {
    let without = |field: &str| {
        let mut answer = of_secrets(&[]);
        *answer.pointer_mut(field).unwrap() = Value::Null;
        Reply::json(&answer)
    };
    let mut all = faults(&of_secrets(&[]));
    all.extend([
        ("no such kind", Reply::status(404)),
        ("the API said 403", Reply::status(403)),
        ("without items", without("/items")),
        ("without a version", without("/metadata")),
        ("not a SecretList (v1)", without("/kind")),
        (
            "3 objects are missing",
            Reply::json(&with(of_secrets(&[]), json!({"metadata": {"remainingItemCount": 3}}))),
        ),
        (
            "does not belong",
            Reply::json(&of_secrets(&[with(the_secret(), json!({"metadata": {"namespace": "b"}}))])),
        ),
    ]);
    for (part, fault) in all {
        let told = format!("{fault:?}");
        let (grade, _) = grade_but(&[gone()], vec![namespace(NS)], SECRETS, move |_| fault.clone()).await;
        expect(&grade, Unknown, part);
        assert!(!grade.score.complete && !grade.score.passed, "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn no_fault_makes_a_right_or_takes_one_away() {
    let surplus = [
        namespace(NS),
        account("web"),
        role("Role", "reader", rule(&["get"], &["pods"], &[])),
        binding("RoleBinding", "web-reader", "Role/reader", to_account("web")),
    ];
    let right = json!([{"verbs": ["get"], "resources": ["pods"]}]);
    let asked_about = |part: Value| {
        let mut spec = json!({"serviceAccount": "web", "namespace": NS});
        spec.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        patient(json!({"access": spec}), "1s")
    };
    let mut all = faults(&review(json!({"allowed": true})));
    all.extend([
        ("the API said 403", Reply::status(403)),
        ("without an answer", Reply::Whole(201, None, review(json!({})).to_string())),
        ("without an answer", Reply::Whole(201, None, review(json!({"allowed": "true"})).to_string())),
    ]);
    for (part, fault) in all {
        for written in [
            json!({"allowed": right}),
            json!({"denied": right}),
            json!({"exactly": right}),
            json!({"exactly": []}),
        ] {
            let fault = fault.clone();
            let (grade, _) =
                grade_but(&[asked_about(written)], surplus.to_vec(), REVIEWS, move |_| fault.clone()).await;
            expect(&grade, Unknown, part);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_api_itself_can_refuse_an_object() {
    let tried = Probe::DryRunCreate {
        resource: crate::grade::probe::ResourceType::of("v1", "Secret"),
        namespace: Some(NS.into()),
        object: the_secret().to_string(),
        creator: crate::grade::probe::Creator::Learner,
    };
    let ask = |reply: fn(usize) -> Reply| {
        let tried = tried.clone();
        async move {
            let (client, log) = api(move |asked| reply(asked.before));
            let outcome = asks(client).ask(&tried).await.outcome;
            (outcome, log.len())
        }
    };
    for code in [400, 403, 404, 409, 422] {
        let (client, log) = api(move |_| Reply::status(code));
        let outcome = asks(client).ask(&tried).await.outcome;
        assert_eq!(outcome, Ok(Observation::Refused { code, message: "no".into() }));
        assert_eq!(log.len(), 1);
    }
    let (outcome, times) = ask(|before| match before {
        0 => Reply::busy(429, "1"),
        _ => Reply::Whole(201, None, secret("s", "Opaque", json!({})).to_string()),
    })
    .await;
    assert!(matches!(outcome, Ok(Observation::Admitted { .. })) && times == 2, "{outcome:?} {times}");
    // 410 in the API's own words is a refusal too.
    for (part, fault) in faults(&the_secret()).into_iter().filter(|(part, _)| !part.ends_with("410")) {
        let (client, _) = api(move |_| fault.clone());
        let failure = asks(client).ask(&tried).await.outcome.unwrap_err();
        assert!(failure.message.contains(part), "{part}: {failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_program_is_never_run_again_in_a_pass() {
    let runs = Probe::Exec {
        namespace: NS.into(),
        pod: "p".into(),
        container: None,
        command: vec!["true".into()],
        audited: vec![],
    };
    for (_, fault) in faults(&json!({})) {
        let told = format!("{fault:?}");
        let (client, log) = api(move |_| fault.clone());
        let outcome = asks(client).ask(&runs).await.outcome;
        assert!(outcome.is_err() && log.len() == 1, "{told}: {outcome:?}, asked {} times", log.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_in_parts_is_whole_or_unknown() {
    let part = |version: &str, next: &str, items: &[Value]| {
        with(of_secrets(items), json!({"metadata": {"resourceVersion": version, "continue": next}}))
    };
    let other = secret("other", "Opaque", json!({}));
    let first = part("5", "more", std::slice::from_ref(&other));
    let second = part("5", "", &[the_secret()]);
    type Rest = fn(usize, Value) -> Reply;
    let in_parts = |rest: Rest| {
        let (first, second) = (first.clone(), second.clone());
        move |asked: &Asked| match asked.query.contains("continue=more") {
            true => rest(asked.before, second.clone()),
            false => Reply::json(&first),
        }
    };
    let cases: [(Rest, _, &str); 6] = [
        (|_, second| Reply::json(&second), Fail, "Secret production/s still exists"),
        (
            |before, second| if before < 2 { Reply::status(410) } else { Reply::json(&second) },
            Fail,
            "still exists",
        ),
        (
            |before, second| if before < 2 { Reply::status(503) } else { Reply::json(&second) },
            Fail,
            "still exists",
        ),
        (|_, _| Reply::status(410), Unknown, "the API said 410"),
        (|_, _| Reply::Hangs, Unknown, "no answer within"),
        (
            |_, second| Reply::json(&with(second, json!({"metadata": {"resourceVersion": "6"}}))),
            Unknown,
            "different versions",
        ),
    ];
    for (rest, outcome, told) in cases {
        let (grade, _) = grade_but(&[gone()], vec![namespace(NS)], SECRETS, in_parts(rest)).await;
        expect(&grade, outcome, told);
    }
}

#[tokio::test(start_paused = true)]
async fn what_fails_makes_only_what_needs_it_unknown() {
    let other =
        check(json!({"resource": {"kind": "ConfigMap", "namespace": NS, "name": "c", "expect": "absent"}}));
    for (_, fault) in faults(&of_secrets(&[])) {
        let told = format!("{fault:?}");
        let checks = [gone(), other.clone()];
        let (grade, _) = grade_but(&checks, vec![namespace(NS)], SECRETS, move |_| fault.clone()).await;
        let outcomes: Vec<_> = grade.results.iter().map(|r| r.verdict.outcome).collect();
        assert_eq!(outcomes, [Unknown, Pass], "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_output_that_was_cut_is_not_matched() {
    let cut = Observation::Exec {
        code: 0,
        stdout: "Welcome.\n".into(),
        stderr: String::new(),
        cut: true,
        audit: None,
    };
    let mut fake = Fake::of([pod("myapp")]);
    fake.exec = Ok(cut);
    let run = |rest: Value| {
        with(json!({"exec": {"workload": "pod/myapp", "namespace": NS, "command": ["page"]}}), rest)
    };
    expect(
        &fake.grade(check(run(json!({"exec": {"stdout": r"^Welcome\.\s*$"}})))).await,
        Fail,
        "wrote too much",
    );
    expect(&fake.grade(check(run(json!({})))).await, Pass, "");
}

#[tokio::test(start_paused = true)]
async fn no_token_is_kept_in_a_grade() {
    let jwt = format!(
        "{}.{}.c2lnbmF0dXJlLXNpZ25hdHVyZQ",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","kid":"abcdefgh"}"#),
        URL_SAFE_NO_PAD.encode(r#"{"sub":"system:serviceaccount:production:default"}"#)
    );
    let leaky = with(
        secret(
            "s",
            "Opaque",
            json!({"a": STANDARD.encode(&jwt), "b": STANDARD.encode(format!("token: {jwt}"))}),
        ),
        json!({"metadata": {
            "annotations": {"note": jwt.clone(), "kubectl.kubernetes.io/last-applied-configuration": jwt.clone()},
            "managedFields": [{"x": jwt.clone()}],
        }}),
    );
    let pattern = regex::Regex::new(r"eyJ[A-Za-z0-9_-]{8,}|ZXlK[A-Za-z0-9+/]{8,}").unwrap();
    let whole = of_secrets(std::slice::from_ref(&leaky));
    let (grade, _) = grade_but(&[gone()], vec![namespace(NS)], SECRETS, move |_| Reply::json(&whole)).await;
    let saved = serde_json::to_string(&grade).unwrap();
    assert!(!pattern.is_match(&saved), "{saved}");
    assert!(
        !saved.contains("c2lnbmF0dXJl") && saved.contains("system:serviceaccount:production:default"),
        "{saved}"
    );
    // Nor in what is told about an answer that cannot be read.
    for (_, fault) in faults(&of_secrets(&[leaky])) {
        let (grade, _) = grade_but(&[gone()], vec![namespace(NS)], SECRETS, move |_| fault.clone()).await;
        assert_eq!(verdict(&grade).outcome, Unknown);
        let saved = serde_json::to_string(&grade).unwrap();
        assert!(!pattern.is_match(&saved) && !saved.contains("c2lnbmF0dXJl"), "{saved}");
    }
}
