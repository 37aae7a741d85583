//! An API that is slow or busy: asked again when that helps, as late as it asks for, and never for ever.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::fake::expect;
use super::faults::{BOUND, SECRETS, gone, grade_but, graded, of_secrets, patient, the_secret};
use super::mock::{Reply, api, asks, faults, serve};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::observation::Observations;
use crate::grade::probe::Probe;
use crate::grade::verdict::Outcome::{Fail, NotYet, Pass, Unknown};
use crate::grade::{Prober, baseline};

#[tokio::test(start_paused = true)]
async fn a_busy_api_is_asked_again_and_a_refusal_is_not() {
    for busy in [Reply::status(503), Reply::status(500), Reply::Resets, Reply::BreaksOff("{}".into())] {
        let (grade, times) =
            grade_but(&[gone()], vec![namespace(NS)], SECRETS, move |asked| match asked.before {
                0 | 1 => busy.clone(),
                _ => Reply::json(&of_secrets(&[the_secret()])),
            })
            .await;
        expect(&grade, Fail, "still exists");
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
    expect(&grade, Unknown, "a pause of");
    assert!(times.len() == 1 && begun.elapsed() < Duration::from_secs(1), "{times:?}");
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
    let checks = [within("0s", gone()), runs];
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
    let checks = [runs, within("0s", gone())];
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
    let waited = waits_for_change(client).await;
    assert!(waited < Duration::from_millis(100), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_ends_early_or_fails_is_looked_after_soon() {
    for (_, fault) in faults(&json!({})).into_iter().chain([("", Reply::Whole(200, None, String::new()))]) {
        let told = format!("{fault:?}");
        // Another one goes on, and has nothing to tell.
        let (client, _) = api(move |asked| match (asked.query.contains("watch=true"), asked.path.as_str()) {
            (true, SECRETS) => Reply::Hangs,
            (true, _) => fault.clone(),
            (false, _) => serve(&[namespace(NS)], false, asked),
        });
        let waited = waits_for_change(client).await;
        let hangs = told.starts_with("Hangs") || told.starts_with("Stalls");
        let limit = Duration::from_secs(if hangs { 5 } else { 1 });
        assert!(waited <= limit, "{told}: {waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_nothing_happens_it_is_looked_again_as_time_alone_may_change_a_verdict() {
    let (client, _) = api(|asked| match asked.query.contains("watch=true") {
        true => Reply::Hangs,
        false => serve(&[namespace(NS)], false, asked),
    });
    let waited = waits_for_change(client).await;
    assert!((Duration::from_secs(1)..=Duration::from_secs(5)).contains(&waited), "{waited:?}");
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
    assert!(
        error.contains("could not observe the state after setup: the cluster's secrets: the API said 503"),
        "{error}"
    );
}

/// How long it takes until a change of a Secret or a Namespace is told, or nine seconds are over.
async fn waits_for_change(client: kube::Client) -> Duration {
    let prober = asks(client);
    let mut seen = Observations::default();
    seen.insert(prober.ask(&Probe::list("v1", "Secret", Some(NS))).await);
    seen.insert(prober.ask(&Probe::namespaces()).await);
    let begun = Instant::now();
    prober.changed(&seen, Duration::ZERO, Duration::from_secs(9)).await;
    begun.elapsed()
}
