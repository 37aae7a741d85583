//! What the API server makes of a token: a review, a real request, and for whom it takes tokens at all.

use http::header::{ACCEPT, AUTHORIZATION};
use k8s_openapi::api::authentication::v1 as authentication;
use kube::Client;
use kube::api::{ApiResource, PostParams};
use serde_json::{Value, json};

use super::exchange::{create, exchange, must_be};
use super::fault::Fault;
use crate::grade::fields::text;
use crate::grade::observation::Observation;
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
) -> Result<Observation, Fault> {
    let kind = ApiResource::erase::<authentication::TokenReview>(&());
    let review = json!({
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "spec": {"token": token.reveal(), "audiences": audiences},
    });
    let answer = create(client, &kind, None, &PostParams::default(), &review).await?;
    // The API server leaves `authenticated` out where it is false, and always sends `user`.
    let Some(status) = answer.get("status").filter(|status| status.get("user").is_some()) else {
        return Err(Fault::Malformed("the token review came back without an answer".into()));
    };
    Ok(Observation::Review {
        token: TokenFacts::of(token.reveal()),
        authenticated: status.get("authenticated") == Some(&Value::Bool(true)),
        user: redact(text(status, "/user/username")).into_owned(),
        audiences: texts(status.get("audiences")),
        error: redact(text(status, "/error")).into_owned(),
    })
}

/// Sends a GET of `path` with this token alone. `bare` has no credential of its own.
pub(super) async fn request(bare: &Client, token: Option<&Token>, path: &str) -> Result<Observation, Fault> {
    let mut request = http::Request::get(path).header(ACCEPT, "application/json");
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {}", token.reveal()));
    }
    // The error's own text would hold the request.
    let request = request.body(Vec::new()).map_err(|_| Fault::Unasked(format!("{path} is no path")))?;
    let (status, message) = match exchange(bare, request).await {
        Ok(_) => (200, String::new()),
        // What the API itself refuses is its answer; busy or broken says nothing about the credential.
        Err(Fault::Refused(by)) if by.genuine && matches!(by.code, 400..=407 | 409..=424) => {
            (by.code, redact(&by.message).into_owned())
        }
        Err(fault) => return Err(fault),
    };
    Ok(Observation::Response { status, message })
}

/// For whom the API server takes tokens: the audiences of a token that is asked for without any. It is thrown away.
pub(super) async fn api_audiences(client: &Client) -> Result<Observation, Fault> {
    let kind = ApiResource::erase::<authentication::TokenRequest>(&());
    let wanted = json!({
        "apiVersion": kind.api_version,
        "kind": kind.kind,
        "spec": {"expirationSeconds": SHORTEST, "audiences": []},
    });
    let request = http::Request::post("/api/v1/namespaces/kube-system/serviceaccounts/default/token")
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(wanted.to_string().into_bytes());
    let request = request.map_err(|e| Fault::Unasked(e.to_string()))?;
    let answer = exchange(client, request).await?;
    must_be(&answer, &kind.api_version, &kind.kind)?;
    match texts(answer.pointer("/spec/audiences")) {
        none if none.is_empty() => Err(Fault::Malformed("it names no audience".into())),
        audiences => Ok(Observation::Audiences { audiences }),
    }
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.as_str().map(|text| redact(text).into_owned())).collect()
}
