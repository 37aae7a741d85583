//! What the API server makes of a token: a review, a real request, and for whom it takes tokens at all.

use http::Request;
use http::header::{ACCEPT, AUTHORIZATION};
use k8s_openapi::api::authentication::v1 as authentication;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::Client;
use kube::api::{ApiResource, PostParams};
use kube::core::Resource as _;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::exchange::{create, exchange, must_be, send};
use super::fault::Fault;
use super::retry::retry;
use crate::grade::observation::{Observation, ProbeFailure};
use crate::grade::token_ref::TokenFacts;
use crate::grade::vault::Token;
use crate::token::redact;

/// The shortest life that the API server gives to a token.
const SHORTEST: i64 = 600;

/// Asks the API server whether a token is good for one of `audiences` (none: its own).
pub(super) async fn review(
    client: &Client,
    token: &Token,
    audiences: &[String],
    until: Instant,
) -> Result<Observation, ProbeFailure> {
    let kind = ApiResource::erase::<authentication::TokenReview>(&());
    let mut spec = json!({"token": token.reveal()});
    if !audiences.is_empty() {
        spec["audiences"] = json!(audiences);
    }
    let review = json!({"apiVersion": kind.api_version, "kind": kind.kind, "spec": spec});
    let params = PostParams::default();
    let mut answer = retry(until, || create(client, &kind, None, &params, &review)).await?;
    let status = answer
        .get_mut("status")
        .map(Value::take)
        .filter(Value::is_object)
        .ok_or_else(|| Fault::Malformed("the token review came back without an answer".into()))?;
    // Here the API leaves out what is false; a review that is not there at all is another thing.
    let status: authentication::TokenReviewStatus = serde_json::from_value(status)
        .map_err(|_| Fault::Malformed("the token review's answer cannot be read".into()))?;
    Ok(Observation::Review {
        token: TokenFacts::of(token.reveal()),
        authenticated: status.authenticated.unwrap_or(false),
        user: status.user.and_then(|user| user.username).unwrap_or_default(),
        audiences: status.audiences.unwrap_or_default(),
        error: redact(&status.error.unwrap_or_default()).into_owned(),
    })
}

/// Sends a GET of `path` with this token alone. `bare` has no credential of its own.
pub(super) async fn request(
    bare: &Client,
    token: Option<&Token>,
    path: &str,
    until: Instant,
) -> Result<Observation, ProbeFailure> {
    Ok(retry(until, || request_once(bare, token, path)).await?)
}

/// What the API itself answers. Busy or broken says nothing about the credential, nor does somebody on the way.
async fn request_once(bare: &Client, token: Option<&Token>, path: &str) -> Result<Observation, Fault> {
    let mut request = Request::get(path).header(ACCEPT, "application/json");
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {}", token.reveal()));
    }
    // The error's text would hold the request's header.
    let request =
        request.body(Vec::new()).map_err(|_| Fault::Unasked(format!("{path} cannot be asked for")))?;
    let answer = send(bare, request).await?;
    let refusal = answer.refusal();
    match refusal.code {
        200..=299 if !answer.is_page() => {
            Ok(Observation::Response { status: refusal.code, message: String::new() })
        }
        // Who asks, and whether they may, is always refused in the API's own words.
        401 | 403 if !refusal.genuine => Err(Fault::Refused(refusal)),
        400..=499 if !answer.is_page() && ![408, 425, 429].contains(&refusal.code) => {
            let message = if refusal.genuine { redact(&refusal.message).into_owned() } else { String::new() };
            Ok(Observation::Response { status: refusal.code, message })
        }
        200..=299 => Err(Fault::Malformed("it is a web page".into())),
        _ => Err(Fault::Refused(refusal)),
    }
}

/// For whom the API server takes tokens: the audiences of a token that is asked for without any. It is thrown away.
pub(super) async fn api_audiences(client: &Client, until: Instant) -> Result<Observation, ProbeFailure> {
    let url = format!("{}/default/token", ServiceAccount::url_path(&(), Some("kube-system")));
    let kind = ApiResource::erase::<authentication::TokenRequest>(&());
    let wanted = json!({
        "apiVersion": kind.api_version, "kind": kind.kind, "spec": {"expirationSeconds": SHORTEST},
    });
    let answer = retry(until, || async {
        let request =
            Request::post(&url).header("Content-Type", "application/json").body(wanted.to_string().into());
        let answer = exchange(client, request.map_err(|e| Fault::Unasked(e.to_string()))?).await?;
        must_be(&answer, &kind.api_version, &kind.kind)?;
        Ok(answer)
    })
    .await?;
    let audiences = answer.pointer("/spec/audiences").and_then(Value::as_array).into_iter().flatten();
    let audiences: Vec<String> = audiences.filter_map(|a| a.as_str().map(str::to_owned)).collect();
    if audiences.is_empty() {
        return Err(Fault::Malformed("the token is for nobody".into()).into());
    }
    Ok(Observation::Audiences { audiences })
}
