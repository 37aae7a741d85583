//! An API that misbehaves: always `unknown`, never a wrong verdict, never a hang, never a token in what is kept.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::fake::{Fake, expect, verdict};
use super::mock::{Asked, Reply, api, asks, faults, list, review, serve};
use super::support::*;
use crate::grade::observation::{Observation, Observations};
use crate::grade::probe::Probe;
use crate::grade::verdict::Outcome::{Fail, NotYet, Pass, Unknown};
use crate::grade::{Ask, Grade, GradeRequest, baseline, grade};
use crate::scenario::model::Check;

const SECRETS: &str = "/api/v1/namespaces/production/secrets";
const REVIEWS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

/// The documented bound: `within`, and two passes of three probes' time.
const BOUND: Duration = Duration::from_secs(1 + 2 * 3 * 4);

fn patient(kind: Value, within: &str) -> Check {
    Check { within: Some(within.into()), ..check(kind) }
}

/// Secret `s` must not be there.
fn gone() -> Check {
    patient(json!({"resource": {"kind": "Secret", "namespace": NS, "name": "s", "expect": "absent"}}), "1s")
}

async fn graded(ask: &impl Ask, checks: &[Check]) -> Grade {
    let nothing = Observations::default();
    grade(ask, &GradeRequest { checks, guards: &[], baseline: &nothing }).await
}

/// Grades checks on an API that holds `objects`, but answers requests for `path` by `reply`.
async fn grade_but(
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

fn of_secrets(items: &[Value]) -> Value {
    list("v1", "Secret", items)
}

fn the_secret() -> Value {
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
    let runs =
        Probe::Exec { namespace: NS.into(), pod: "p".into(), container: None, command: vec!["true".into()] };
    for (_, fault) in faults(&json!({})) {
        let told = format!("{fault:?}");
        let (client, log) = api(move |_| fault.clone());
        let outcome = asks(client).ask(&runs).await.outcome;
        assert!(outcome.is_err() && log.len() == 1, "{told}: {outcome:?}, asked {} times", log.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_api_is_asked_again_and_a_refusal_is_not() {
    for busy in [Reply::status(503), Reply::status(500), Reply::Resets, Reply::BreaksOff("{}".into())] {
        let (grade, times) =
            grade_but(&[gone()], vec![namespace(NS)], SECRETS, move |asked| match asked.before {
                0 | 1 => busy.clone(),
                _ => Reply::json(&of_secrets(&[the_secret()])),
            })
            .await;
        expect(&grade, Fail, "still there");
        assert_eq!(times.len(), 3);
        assert!(times[2] < Duration::from_millis(400), "{times:?}");
    }
    for code in [401, 403, 404, 410] {
        let (_, times) =
            grade_but(&[gone()], vec![namespace(NS)], SECRETS, move |_| Reply::status(code)).await;
        // A list that expired is begun anew, no more than three times.
        assert_eq!(times.len(), if code == 410 { 3 } else { 1 }, "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_that_says_when_to_come_back_is_left_alone_until_then() {
    let details = json!({"kind": "Status", "code": 429, "details": {"retryAfterSeconds": 3}}).to_string();
    for reply in [Reply::busy(429, "3"), Reply::busy(503, "3"), Reply::Whole(429, None, details)] {
        let (grade, times) =
            grade_but(&[gone()], vec![namespace(NS)], SECRETS, move |asked| match asked.before {
                0 => reply.clone(),
                _ => Reply::json(&of_secrets(&[])),
            })
            .await;
        expect(&grade, Pass, "");
        assert!(times.len() == 2 && times[1] >= Duration::from_secs(3), "{times:?}");
    }
    // Nobody waits for an hour, and nobody asks all the time meanwhile.
    let begun = Instant::now();
    let (grade, times) =
        grade_but(&[gone()], vec![namespace(NS)], SECRETS, |_| Reply::busy(429, "3600")).await;
    expect(&grade, Unknown, "left alone");
    assert!(times.len() == 1 && begun.elapsed() < Duration::from_secs(1), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_list_in_parts_is_whole_or_unknown() {
    let part = |version: &str, next: &str, items: &[Value]| {
        with(of_secrets(items), json!({"metadata": {"resourceVersion": version, "continue": next}}))
    };
    let other = secret("other", "Opaque", json!({}));
    let first = part("5", "more", &[other.clone()]);
    let second = part("5", "", &[the_secret()]);
    let in_parts = |rest: fn(usize, Value) -> Reply| {
        let (first, second) = (first.clone(), second.clone());
        move |asked: &Asked| match asked.query.contains("continue=more") {
            true => rest(asked.before, second.clone()),
            false => Reply::json(&first),
        }
    };
    let cases: [(fn(usize, Value) -> Reply, _, &str); 6] = [
        (|_, second| Reply::json(&second), Fail, "Secret production/s is still there"),
        (
            |before, second| if before < 2 { Reply::status(410) } else { Reply::json(&second) },
            Fail,
            "still there",
        ),
        (
            |before, second| if before < 2 { Reply::status(503) } else { Reply::json(&second) },
            Fail,
            "still there",
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
async fn many_probes_that_hang_neither_keep_others_waiting_nor_add_up() {
    for many in [60, 300] {
        let mut checks: Vec<Check> = (0..many)
            .map(
                |i| json!({"resource": {"kind": "Secret", "namespace": format!("a{i}"), "expect": "absent"}}),
            )
            .map(|kind| patient(kind, "1s"))
            .collect();
        let working = json!({"resource": {"kind": "ServiceAccount", "namespace": NS, "name": "web"}});
        checks.push(patient(working, "1s"));
        let mut objects: Vec<Value> = (0..many).map(|i| namespace(&format!("a{i}"))).collect();
        objects.extend([namespace(NS), account("web")]);
        let (client, _) = api(move |asked| match asked.path.ends_with("/secrets") {
            true => Reply::Hangs,
            false => serve(&objects, false, asked),
        });
        let begun = Instant::now();
        let grade = graded(&asks(client), &checks).await;
        assert!(begun.elapsed() <= BOUND, "{many}: {:?}", begun.elapsed());
        let (last, hanging) = grade.results.split_last().unwrap();
        assert!(hanging.iter().all(|r| r.verdict.outcome == Unknown));
        // With hundreds of them, some questions are not reached in time: unknown as well.
        if many == 60 {
            assert_eq!(last.verdict.outcome, Pass, "{}", last.verdict.why);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_hangs_does_not_delay_what_does_not_need_it() {
    // The Secrets hang; the Pod's program comes two rounds later, and is asked for all the same within seconds.
    let runs =
        patient(json!({"exec": {"workload": "pod/myapp", "namespace": NS, "command": ["true"]}}), "0s");
    let checks = [Check { within: Some("0s".into()), ..gone() }, runs];
    let mut objects = vec![namespace(NS), pod("myapp")];
    objects.extend((0..3).map(|i| namespace(&format!("n{i}"))));
    let program = "/api/v1/namespaces/production/pods/myapp/exec";
    let (client, log) = api(move |asked| match asked.path.as_str() {
        SECRETS => Reply::Hangs,
        _ => serve(&objects, false, asked),
    });
    graded(&asks(client), &checks).await;
    let times = log.times(program);
    assert!(times.len() == 1 && times[0] < Duration::from_millis(1100), "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_grade_that_is_dropped_asks_nothing_more() {
    let (client, log) = api(|_| Reply::status(503));
    let ask = asks(client);
    let checks = [gone()];
    let cut = tokio::time::timeout(Duration::from_millis(250), graded(&ask, &checks)).await;
    assert!(cut.is_err());
    let asked = log.len();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(log.len(), asked);
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_does_not_make_a_starting_pod_old() {
    // Five seconds old when it is listed: what it lacks may still come. The Secrets take four seconds to fail.
    let made = Timestamp::now() - SignedDuration::from_secs(8);
    let starting = with(
        pod("myapp"),
        json!({"metadata": {"creationTimestamp": made}, "status": {"phase": "Pending", "conditions": [], "containerStatuses": [{
            "name": "web", "image": "nginx", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"waiting": {"reason": "CreateContainerConfigError"}},
        }]}}),
    );
    let runs = patient(json!({"workload": {"workload": "pod/myapp", "namespace": NS}}), "0s");
    let checks = [runs, Check { within: Some("0s".into()), ..gone() }];
    let (grade, _) = grade_but(&checks, vec![namespace(NS), starting], SECRETS, |_| Reply::Hangs).await;
    expect(&grade, NotYet, "cannot run container web");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_hangs_does_not_hide_what_another_tells() {
    let event = json!({"type": "ADDED", "object": {
        "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata", "metadata": {"name": "x"}
    }});
    let (client, _) = api(move |asked| match (asked.query.contains("watch=true"), asked.path.as_str()) {
        (true, SECRETS) => Reply::Hangs,
        (true, _) => Reply::Whole(200, None, format!("{event}\n")),
        (false, _) => serve(&[namespace(NS)], false, asked),
    });
    let ask = asks(client);
    let mut seen = Observations::default();
    seen.insert(ask.ask(&Probe::list("v1", "Secret", Some(NS))).await);
    seen.insert(ask.ask(&Probe::namespaces()).await);
    let begun = Instant::now();
    ask.changed(&seen, Duration::from_secs(9)).await;
    assert!(begun.elapsed() < Duration::from_millis(100), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_early_or_fails_is_looked_after_soon() {
    for (_, fault) in faults(&json!({})).into_iter().chain([("", Reply::Whole(200, None, String::new()))]) {
        let told = format!("{fault:?}");
        let (client, _) = api(move |asked| match asked.query.contains("watch=true") {
            true => fault.clone(),
            false => serve(&[namespace(NS)], false, asked),
        });
        let ask = asks(client);
        let mut seen = Observations::default();
        seen.insert(ask.ask(&Probe::namespaces()).await);
        let begun = Instant::now();
        ask.changed(&seen, Duration::from_secs(9)).await;
        let hangs = told.starts_with("Hangs") || told.starts_with("Stalls");
        let limit = Duration::from_secs(if hangs { 9 } else { 1 });
        assert!(begun.elapsed() <= limit, "{told}: {:?}", begun.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_baseline_waits_for_a_list_that_fails_for_a_moment() {
    // Nothing waits for the list of all Namespaces' Secrets: it only says where else one is.
    let there = check(json!({"resource": {"kind": "Secret", "namespace": NS, "name": "s"}}));
    let (client, log) = api(|asked| match (asked.path.as_str(), asked.before) {
        ("/api/v1/secrets", 0..9) => Reply::status(503),
        _ => serve(&[namespace(NS)], false, asked),
    });
    let seen = baseline(&asks(client), std::slice::from_ref(&there), &[]).await.unwrap();
    assert!(seen.objects(&Probe::list("v1", "Secret", None)).is_ok());
    assert_eq!(log.times("/api/v1/secrets").len(), 10);
    let (client, _) = api(|asked| match asked.path.as_str() {
        "/api/v1/secrets" => Reply::status(503),
        _ => serve(&[namespace(NS)], false, asked),
    });
    let error = baseline(&asks(client), &[there], &[]).await.unwrap_err().to_string();
    assert!(error.contains("could not be seen: the cluster's secrets: the API said 503"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_output_that_was_cut_is_not_matched() {
    let cut = Observation::Exec { code: 0, stdout: "Welcome.\n".into(), stderr: String::new(), cut: true };
    let mut fake = Fake::of([pod("myapp")]);
    fake.exec = Ok(cut);
    let run = |rest: Value| {
        with(json!({"exec": {"workload": "pod/myapp", "namespace": NS, "command": ["page"]}}), rest)
    };
    expect(
        &fake.grade(check(run(json!({"exec": {"stdout": r"^Welcome\.\s*$"}})))).await,
        Unknown,
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
