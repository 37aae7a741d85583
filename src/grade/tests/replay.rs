//! Tokens that are replayed, reviewed and sent: what the API server says counts, and not what is absent.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::fake::{Fake, expect};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::observation::Observation;
use crate::grade::probe::Probe;
use crate::grade::token_ref::{TokenFacts, TokenPlace, TokenRef};
use crate::grade::verdict::Outcome::{Fail, NotYet, Pass, Unknown};
use crate::token::{Claims, LegacyClaims, SECRET_TYPE as LEGACY};

fn place() -> TokenPlace {
    TokenPlace::secret(NS, "old-token")
}

/// A long-lived token of Secret `old-token` and ServiceAccount `ci`.
fn legacy() -> TokenFacts {
    let legacy = LegacyClaims {
        namespace: NS.into(),
        service_account: "ci".into(),
        uid: "ServiceAccount-ci-1".into(),
        secret: "old-token".into(),
    };
    let sub = Some(format!("system:serviceaccount:{NS}:ci"));
    TokenFacts {
        claims: Some(Claims { sub, legacy: Some(legacy), ..Claims::default() }),
        sha256: "abc".into(),
    }
}

fn review(token: &TokenFacts, authenticated: bool, audiences: &[&str]) -> Observation {
    Observation::Review {
        token: token.clone(),
        authenticated,
        user: token.claims.as_ref().and_then(|c| c.sub.clone()).unwrap_or_default(),
        audiences: audiences.iter().map(|a| (*a).to_owned()).collect(),
        error: if authenticated { String::new() } else { "invalid bearer token".into() },
    }
}

/// The captured token is answered so.
pub(super) fn replayed(fake: &mut Fake, works: bool) {
    let token = TokenRef::at_setup(place());
    let status = if works { 200 } else { 401 };
    fake.scripted.insert(Probe::Token { token: token.clone() }, Ok(Observation::Token(legacy())));
    fake.scripted.insert(
        Probe::TokenReview { token: token.clone(), audiences: vec![] },
        Ok(review(&legacy(), works, &["api"])),
    );
    fake.scripted.insert(
        Probe::Request { token: Some(token), path: "/api".into() },
        Ok(Observation::Response { status, message: String::new() }),
    );
}

pub(super) fn old_secret() -> Value {
    secret("old-token", LEGACY, json!({}))
}

pub(super) fn token_dead() -> Check {
    check(json!({"tokenDead": {"of": {"secret": {"namespace": NS, "name": "old-token"}}}}))
}

/// What setup left: the Secret, with a token that works.
pub(super) async fn baseline(check: &Check) -> crate::grade::observation::Observations {
    let mut setup = Fake::of([account("ci"), old_secret()]);
    replayed(&mut setup, true);
    setup.baseline(check).await
}

#[tokio::test(start_paused = true)]
async fn a_captured_token_is_dead_when_review_and_request_reject_it() {
    let before = baseline(&token_dead()).await;
    let mut fake = Fake::of([account("ci")]);
    replayed(&mut fake, false);
    expect(&fake.grade_after(&before, token_dead()).await, Pass, "rejected");
}

#[tokio::test(start_paused = true)]
async fn trap_1_a_secret_made_anew_brings_its_token_back() {
    let before = baseline(&token_dead()).await;
    let anew = with(old_secret(), json!({"metadata": {"uid": "another"}}));
    let mut fake = Fake::of([account("ci"), anew]);
    replayed(&mut fake, true);
    expect(&fake.grade_after(&before, token_dead()).await, Fail, "still works");
}

#[tokio::test(start_paused = true)]
async fn trap_2_a_token_that_outlives_its_secret_for_a_moment_is_not_yet_dead() {
    let before = baseline(&token_dead()).await;
    let mut fake = Fake::of([account("ci")]);
    replayed(&mut fake, true);
    let grade = fake.grade_after(&before, token_dead()).await;
    expect(&grade, NotYet, "Secret production/old-token is gone");
}

#[tokio::test(start_paused = true)]
async fn a_token_whose_secret_was_marked_as_invalid_is_dying() {
    let before = baseline(&token_dead()).await;
    let label = json!({"metadata": {"labels": {"kubernetes.io/legacy-token-invalid-since": "2026-01-01"}}});
    let mut fake = Fake::of([account("ci"), with(old_secret(), label)]);
    replayed(&mut fake, true);
    expect(&fake.grade_after(&before, token_dead()).await, NotYet, "is marked as invalid");
}

#[tokio::test(start_paused = true)]
async fn trap_8_a_token_dies_with_its_service_account_whatever_its_name() {
    let before = baseline(&token_dead()).await;
    let anew = with(account("ci"), json!({"metadata": {"uid": "another"}}));
    let mut fake = Fake::of([anew, old_secret()]);
    replayed(&mut fake, true);
    expect(&fake.grade_after(&before, token_dead()).await, NotYet, "ServiceAccount production/ci is gone");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_never_worked_makes_no_baseline() {
    let check = token_dead();
    let mut setup = Fake::of([account("ci"), old_secret()]);
    replayed(&mut setup, false);
    // It is waited for: the API server may not have read yet what the token's life depends on.
    let error = crate::grade::baseline(&setup, std::slice::from_ref(&check), &[]).await.unwrap_err();
    assert!(error.to_string().contains("old-token .data.token is not accepted yet"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_legacy_secret_that_is_left_fails_and_none_with_a_dead_token_passes() {
    let check = || check(json!({"legacySecrets": {"namespace": NS}}));
    let before = baseline(&check()).await;
    let mut left = Fake::of([account("ci"), old_secret()]);
    replayed(&mut left, true);
    expect(&left.grade_after(&before, check()).await, Fail, "Secret production/old-token");
    let mut gone = Fake::of([account("ci")]);
    replayed(&mut gone, false);
    expect(&gone.grade_after(&before, check()).await, Pass, "All 1 long-lived tokens");
    let none = Fake::of([account("ci")]);
    let unusable = crate::grade::baseline(&none, &[check()], &[]).await.unwrap_err().to_string();
    assert!(unusable.contains("0 legacy Secrets right after setup"), "{unusable}");
    // An attempt that an earlier version began.
    let lists = check_of_secrets();
    let empty = none.baseline(&lists).await;
    expect(&none.grade_after(&empty, check()).await, Unknown, "0 legacy Secrets right after setup");
}

#[tokio::test(start_paused = true)]
async fn a_new_secret_without_a_token_yet_is_no_baseline() {
    let made = |when: Timestamp| {
        let data = json!({"metadata": {"creationTimestamp": when.to_string()}});
        with(secret("kept", LEGACY, json!({})), data)
    };
    let fill = |objects: &mut Vec<Value>| {
        let kept = objects.iter_mut().find(|o| o["metadata"]["name"] == "kept").unwrap();
        kept["data"] = json!({"token": {"sha256": "a", "jwt": legacy().claims}});
    };
    let setup = Fake::of([made(Timestamp::now())]).then(3.0, fill);
    let before = setup.baseline(&check_of_secrets()).await;
    assert!(serde_json::to_string(&before).unwrap().contains("sha256"));
    let empty = Fake::of([made(Timestamp::now())]);
    let error = crate::grade::baseline(&empty, &[check_of_secrets()], &[]).await.unwrap_err().to_string();
    assert!(error.contains("Secret production/kept has no token yet"), "{error}");
    // The control plane of somebody's own cluster fills none.
    let old = Fake::of([made(Timestamp::now() - SignedDuration::from_mins(2))]);
    old.baseline(&check_of_secrets()).await;
}

fn check_of_secrets() -> Check {
    check(json!({"resource": {"kind": "Secret", "namespace": NS, "expect": "absent"}}))
}

/// A file `answers/token` with a token of ServiceAccount `app`, as the API server sees it.
pub(super) fn handed_in(claims: Claims, authenticated: bool, good_for: &[&str]) -> Fake {
    let facts = TokenFacts { claims: Some(claims), sha256: "abc".into() };
    let token = TokenRef::now(TokenPlace::File { path: "answers/token".into() });
    let mut fake = Fake::of([]);
    fake.scripted.insert(
        Probe::TokenReview { token, audiences: vec!["api.example.com".into()] },
        Ok(review(&facts, authenticated, good_for)),
    );
    fake
}

pub(super) fn claims(seconds: Option<i64>, audience: &str) -> Claims {
    Claims {
        sub: Some(format!("system:serviceaccount:{NS}:app")),
        aud: vec![audience.into()],
        iat: Some(1000),
        exp: seconds.map(|s| 1000 + s),
        ..Claims::default()
    }
}

pub(super) fn an_hour_for_example() -> Check {
    check(json!({"token": {
        "from": {"file": "answers/token"},
        "audiences": ["api.example.com"],
        "serviceAccount": {"namespace": NS, "name": "app"},
        "lifetime": {"atLeast": 3600, "atMost": 3600},
        "boundTo": "nothing",
    }}))
}

#[tokio::test(start_paused = true)]
async fn a_token_passes_when_it_is_good_and_the_one_asked_for() {
    let fake = handed_in(claims(Some(3600), "api.example.com"), true, &["api.example.com"]);
    expect(&fake.grade(an_hour_for_example()).await, Pass, "the API server accepts it");
}

#[tokio::test(start_paused = true)]
async fn trap_5_claims_of_a_token_that_is_not_authenticated_count_for_nothing() {
    let fake = handed_in(claims(Some(3600), "api.example.com"), false, &[]);
    expect(&fake.grade(an_hour_for_example()).await, Fail, "does not accept the token");
}

#[tokio::test(start_paused = true)]
async fn trap_4_the_lifetime_is_what_it_was_issued_for() {
    let fake = handed_in(claims(Some(31_536_000), "api.example.com"), true, &["api.example.com"]);
    expect(&fake.grade(an_hour_for_example()).await, Fail, "it was issued for 31536000 s");
    let fake = handed_in(claims(None, "api.example.com"), true, &["api.example.com"]);
    expect(&fake.grade(an_hour_for_example()).await, Fail, "it never expires");
}

#[tokio::test(start_paused = true)]
async fn a_token_for_more_audiences_than_asked_for_is_not_the_one() {
    let mut wide = claims(Some(3600), "api.example.com");
    wide.aud.push("https://kubernetes.default.svc".into());
    let fake = handed_in(wide, true, &["api.example.com"]);
    expect(&fake.grade(an_hour_for_example()).await, Fail, "it is for api.example.com, https://kubernetes");
}

#[tokio::test(start_paused = true)]
async fn trap_3_the_status_says_who_and_what_and_is_compared_exactly() {
    let nobody = |status: u16| {
        let mut fake = Fake::of([]);
        let answer = Observation::Response { status, message: "forbidden".into() };
        fake.scripted.insert(Probe::Request { token: None, path: "/api/v1/pods".into() }, Ok(answer));
        fake
    };
    let asked =
        |status: u16| check(json!({"request": {"with": "nobody", "path": "/api/v1/pods", "status": status}}));
    expect(&nobody(403).grade(asked(403)).await, Pass, "HTTP 403");
    expect(&nobody(403).grade(asked(401)).await, Fail, "the credential is valid but may not do this");
}
