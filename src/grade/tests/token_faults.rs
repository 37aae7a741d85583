//! Questions about tokens to an API that misbehaves: a fault neither takes a token away, nor kills it, nor revives it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::mock::{Asked, Reply, api, asks, faults};
use super::support::*;
use crate::grade::Prober;
use crate::grade::observation::{Observation, ProbeFailure};
use crate::grade::probe::Probe;
use crate::grade::token_ref::{TokenPlace, TokenRef};

const SECRET: &str = "/api/v1/namespaces/production/secrets/s";
const REVIEWS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
const AUDIENCES: &str = "/api/v1/namespaces/kube-system/serviceaccounts/default/token";

fn token() -> TokenRef {
    TokenRef::now(TokenPlace::secret(NS, "s"))
}

fn the_secret() -> Value {
    secret("s", "Opaque", json!({"token": STANDARD.encode("one-token")}))
}

fn review(status: Value) -> Value {
    json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status})
}

/// What `probe` sees of an API that has the Secret, and answers all else by `reply`.
async fn seen(probe: Probe, reply: Reply) -> Result<Observation, ProbeFailure> {
    let answer = move |asked: &Asked| match asked.path.as_str() {
        SECRET => Reply::json(&the_secret()),
        _ => reply.clone(),
    };
    let (client, _) = api(answer);
    asks(client.clone()).with_bare(client).ask(&probe).await.outcome
}

#[tokio::test(start_paused = true)]
async fn no_fault_makes_a_token_missing() {
    for (part, fault) in faults(&the_secret()) {
        let (client, _) = api(move |_| fault.clone());
        let failure = asks(client).ask(&Probe::Token { token: token() }).await.outcome.unwrap_err();
        assert!(failure.message.contains(part), "{part}: {failure:?}");
    }
    let (client, _) = api(|_| Reply::status(404));
    let outcome = asks(client).ask(&Probe::Token { token: token() }).await.outcome;
    assert!(matches!(outcome, Ok(Observation::NoToken { .. })), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn no_fault_makes_a_token_good_or_bad() {
    let probe = || Probe::TokenReview { token: token(), audiences: Vec::new() };
    let mut all = faults(&review(json!({"authenticated": true, "user": {}})));
    all.extend([
        ("without an answer", Reply::Whole(201, None, review(Value::Null).to_string())),
        ("without an answer", Reply::Whole(201, None, review(json!({"authenticated": true})).to_string())),
    ]);
    for (part, fault) in all {
        let failure = seen(probe(), fault).await.unwrap_err();
        assert!(failure.message.contains(part), "{part}: {failure:?}");
        assert!(!failure.message.contains("one-token"), "{failure:?}");
    }
    // What is false is left out by the API.
    let bad =
        seen(probe(), Reply::Whole(201, None, review(json!({"error": "no", "user": {}})).to_string())).await;
    assert!(matches!(bad, Ok(Observation::Review { authenticated: false, .. })), "{bad:?}");
    let (client, log) = api(|asked| match asked.path.as_str() {
        SECRET => Reply::json(&the_secret()),
        _ => Reply::Whole(201, None, review(json!({"authenticated": true, "user": {}})).to_string()),
    });
    asks(client).ask(&probe()).await.outcome.unwrap();
    assert_eq!(log.times(REVIEWS).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn only_the_api_itself_accepts_or_refuses_a_credential() {
    let probe = || Probe::Request { token: Some(token()), path: "/api".into() };
    let page = "<html>Please log in</html>";
    let faults = [
        Reply::Hangs,
        Reply::Resets,
        Reply::BreaksOff("{}".into()),
        Reply::Stalls("{}".into()),
        Reply::status(408),
        Reply::busy(429, "1"),
        Reply::status(500),
        Reply::Whole(503, None, page.into()),
        Reply::Whole(302, None, String::new()),
        Reply::Whole(200, None, page.into()),
        Reply::Whole(401, None, page.into()),
        Reply::Whole(401, None, String::new()),
        Reply::Whole(403, None, "{}".into()),
        Reply::Whole(404, None, page.into()),
    ];
    for fault in faults {
        let told = format!("{fault:?}");
        let outcome = seen(probe(), fault).await;
        assert!(outcome.is_err(), "{told}: {outcome:?}");
    }
    for code in [401, 403, 404] {
        let outcome = seen(probe(), Reply::status(code)).await;
        assert_eq!(outcome, Ok(Observation::Response { status: code, message: "no".into() }));
    }
    let good = seen(probe(), Reply::Whole(200, None, r#"{"kind": "APIVersions"}"#.into())).await;
    assert_eq!(good, Ok(Observation::Response { status: 200, message: String::new() }));
}

#[tokio::test(start_paused = true)]
async fn no_fault_makes_up_the_apis_audiences() {
    let request = |audiences: Value| json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": audiences}});
    let mut all = faults(&request(json!(["a"])));
    all.push(("names no audience", Reply::Whole(201, None, request(json!([])).to_string())));
    for (part, fault) in all {
        let (client, _) = api(move |_| fault.clone());
        let failure = asks(client).ask(&Probe::ApiAudiences).await.outcome.unwrap_err();
        assert!(failure.message.contains(part), "{part}: {failure:?}");
    }
    let (client, log) = api(move |_| Reply::Whole(201, None, request(json!(["a"])).to_string()));
    let outcome = asks(client).ask(&Probe::ApiAudiences).await.outcome;
    assert_eq!(outcome, Ok(Observation::Audiences { audiences: vec!["a".into()] }));
    assert_eq!(log.times(AUDIENCES).len(), 1);
}
