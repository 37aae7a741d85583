//! An API that misbehaves: always `unknown`, never a wrong verdict, never a token in what is kept.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{Request, Response, StatusCode};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

use super::fake::verdict;
use super::support::*;
use crate::grade::observation::Observations;
use crate::grade::verdict::Outcome::{Fail, Unknown};
use crate::grade::{ClusterAsk, Grade, GradeRequest, grade};

type Answer = (StatusCode, String);

/// A client whose API answers by `answer(path, how many requests came before for that path)`.
fn client(
    answer: impl Fn(&str, usize) -> Option<Answer> + Send + 'static,
) -> (Client, Arc<Mutex<Vec<String>>>) {
    let (service, mut handle) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    tokio::spawn(async move {
        let mut hanging = Vec::new();
        while let Some((request, send)) = handle.next_request().await {
            let path = request.uri().path().to_owned();
            let before = log.lock().unwrap().iter().filter(|p| **p == path).count();
            log.lock().unwrap().push(path.clone());
            match answer(&path, before) {
                Some((status, body)) => {
                    let body = Body::from(body.into_bytes());
                    send.send_response(Response::builder().status(status).body(body).unwrap());
                }
                None => hanging.push(send),
            }
        }
    });
    (Client::new(service, "default"), asked)
}

fn list(items: &[Value]) -> Answer {
    (StatusCode::OK, json!({"metadata": {"resourceVersion": "5"}, "items": items}).to_string())
}

fn status(code: StatusCode) -> Answer {
    let body =
        json!({"kind": "Status", "status": "Failure", "message": "no", "code": code.as_u16(), "reason": "X"});
    (code, body.to_string())
}

async fn grade_secret(
    answer: impl Fn(&str, usize) -> Option<Answer> + Send + 'static,
) -> (Grade, Vec<String>) {
    let (client, asked) = client(answer);
    let dir = tempfile::tempdir().unwrap();
    let ask = ClusterAsk::new(client, dir.path()).with_timeout(Duration::from_secs(4));
    let gone = json!({"resource": {"kind": "Secret", "namespace": NS, "name": "s", "expect": "absent"}});
    let mut check = check(gone);
    check.within = Some("1s".into());
    let nothing = Observations::default();
    let grade = grade(&ask, &GradeRequest { checks: &[check], guards: &[], baseline: &nothing }).await;
    let asked = asked.lock().unwrap().clone();
    (grade, asked)
}

const SECRETS: &str = "/api/v1/namespaces/production/secrets";

/// Namespaces are fine; Secrets answer like this.
fn secrets(
    answer: impl Fn(usize) -> Option<Answer> + Send + 'static,
) -> impl Fn(&str, usize) -> Option<Answer> + Send {
    move |path, before| match path {
        "/api/v1/namespaces" => Some(list(&[namespace(NS)])),
        SECRETS => answer(before),
        _ => Some(status(StatusCode::NOT_FOUND)),
    }
}

#[tokio::test(start_paused = true)]
async fn no_fault_makes_an_absence() {
    let faults: Vec<(&str, Answer)> = vec![
        ("403", status(StatusCode::FORBIDDEN)),
        ("401", status(StatusCode::UNAUTHORIZED)),
        ("no such kind", status(StatusCode::NOT_FOUND)),
        ("410", status(StatusCode::GONE)),
        ("500", status(StatusCode::INTERNAL_SERVER_ERROR)),
        ("429", status(StatusCode::TOO_MANY_REQUESTS)),
        ("", (StatusCode::OK, "{".into())),
        ("", (StatusCode::OK, "{}".into())),
        ("", (StatusCode::OK, r#"{"items": null}"#.into())),
        ("502", (StatusCode::BAD_GATEWAY, "<html>".into())),
    ];
    for (part, fault) in faults {
        let told = format!("{fault:?}");
        let (grade, _) = grade_secret(secrets(move |_| Some(fault.clone()))).await;
        assert_eq!(verdict(&grade).outcome, Unknown, "{told}: {:?}", verdict(&grade));
        assert!(verdict(&grade).why.contains(part), "{told}: {}", verdict(&grade).why);
        assert!(!grade.score.complete, "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_api_that_does_not_answer_is_unknown_in_time() {
    let (grade, _) = grade_secret(secrets(|_| None)).await;
    assert_eq!(verdict(&grade).outcome, Unknown);
    assert!(verdict(&grade).why.contains("no answer within 4 s"), "{}", verdict(&grade).why);
}

#[tokio::test(start_paused = true)]
async fn a_busy_api_is_asked_again_and_a_refusal_is_not() {
    let still_there = secret("s", "Opaque", json!({}));
    let (grade, asked) = grade_secret(secrets(move |before| {
        Some(if before < 2 {
            status(StatusCode::SERVICE_UNAVAILABLE)
        } else {
            list(std::slice::from_ref(&still_there))
        })
    }))
    .await;
    assert_eq!(verdict(&grade).outcome, Fail);
    assert_eq!(asked.iter().filter(|path| *path == SECRETS).count(), 3);
    let (_, asked) = grade_secret(secrets(|_| Some(status(StatusCode::FORBIDDEN)))).await;
    assert_eq!(asked.iter().filter(|path| *path == SECRETS).count(), 1);
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
    let (grade, _) = grade_secret(secrets(move |_| Some(list(std::slice::from_ref(&leaky))))).await;
    let saved = serde_json::to_string(&grade).unwrap();
    let pattern = regex::Regex::new(r"eyJ[A-Za-z0-9_-]{8,}|ZXlK[A-Za-z0-9+/]{8,}").unwrap();
    assert!(!pattern.is_match(&saved), "{saved}");
    assert!(
        !saved.contains("c2lnbmF0dXJl") && saved.contains("system:serviceaccount:production:default"),
        "{saved}"
    );
}
