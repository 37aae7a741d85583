//! What the API server makes of a token: a review, a real request, and for whom it takes tokens at all.

use http::header::{ACCEPT, AUTHORIZATION};
use http_body_util::{BodyExt, Limited};
use k8s_openapi::api::authentication::v1 as authentication;
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::{Api, PostParams};
use kube::client::Body;
use kube::{Client, Error};

use super::{failure, retry};
use crate::grade::observation::{Observation, ProbeFailure};
use crate::grade::token_ref::TokenFacts;
use crate::grade::vault::Token;
use crate::token::redact;

/// Of an answer no more is read: only its status code and message count.
const MAX_ANSWER: usize = 1 << 20;

/// The shortest life that the API server gives to a token.
const SHORTEST: i64 = 600;

/// Asks the API server whether a token is good for one of `audiences` (none: its own).
pub(super) async fn review(
    client: &Client,
    token: &Token,
    audiences: &[String],
) -> Result<Observation, ProbeFailure> {
    let review = authentication::TokenReview {
        spec: authentication::TokenReviewSpec {
            token: token.reveal().to_owned(),
            audiences: (!audiences.is_empty()).then(|| audiences.to_vec()),
        },
        ..Default::default()
    };
    let reviews: Api<authentication::TokenReview> = Api::all(client.clone());
    let params = PostParams::default();
    let answer = retry(|| reviews.create(&params, &review)).await.map_err(failure)?;
    let status = answer.status.ok_or_else(|| ProbeFailure {
        message: "the token review came back without an answer".into(),
        transient: true,
    })?;
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
) -> Result<Observation, ProbeFailure> {
    let refuse = |message: String| ProbeFailure { message, transient: false };
    let (status, body) = retry(|| async {
        let mut request = http::Request::get(path).header(ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        let request = request.body(Body::empty()).map_err(Error::HttpError)?;
        let answer = bare.send(request).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        let text = body.map(|b| String::from_utf8_lossy(&b.to_bytes()).into_owned()).unwrap_or_default();
        // Busy or broken says nothing about the credential.
        if status.is_server_error() || matches!(status.as_u16(), 408 | 429) {
            let code = status.as_u16();
            return Err(Error::Api(Box::new(kube::core::Status::failure(&text, "").with_code(code))));
        }
        Ok((status.as_u16(), text))
    })
    .await
    .map_err(|error| match error {
        // Its text would hold the request's header.
        Error::HttpError(_) => refuse(format!("{path} cannot be asked for")),
        other => failure(other),
    })?;
    let message = serde_json::from_str::<serde_json::Value>(&body)
        .ok()
        .filter(|answer| answer.get("kind").and_then(serde_json::Value::as_str) == Some("Status"))
        .and_then(|answer| answer.get("message")?.as_str().map(str::to_owned))
        .unwrap_or_default();
    Ok(Observation::Response { status, message: redact(&message).into_owned() })
}

/// For whom the API server takes tokens: the audiences of a token that is asked for without any. It is thrown away.
pub(super) async fn api_audiences(client: &Client) -> Result<Observation, ProbeFailure> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), "kube-system");
    let wanted = authentication::TokenRequest {
        spec: Some(authentication::TokenRequestSpec {
            expiration_seconds: Some(SHORTEST),
            ..Default::default()
        }),
        ..Default::default()
    };
    let params = PostParams::default();
    let answer = retry(|| accounts.create_token_request("default", &params, &wanted)).await;
    let spec = answer.map_err(failure)?.spec.unwrap_or_default();
    Ok(Observation::Audiences { audiences: Vec::from_iter(spec.audiences.into_iter().flatten()) })
}
