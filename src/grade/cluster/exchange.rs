//! One request to the API and its whole answer.
//!
//! In: a request. Out: the JSON object that was asked for, of the kind that was asked for, or a [`Fault`]. Nothing
//! half is ever an answer: a body that ends early, a page of somebody on the way, another kind of object. It never
//! repeats a request, and never logs an answer: Secrets travel here.

use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use kube::api::{ApiResource, DynamicObject, PostParams};
use kube::client::Body;
use kube::core::Resource as _;
use kube::{Client, Error};
use serde_json::Value;
use std::time::Duration;

use super::fault::{Fault, Refusal};

/// Longest answer: a list of 100,000 Pods fits, and a stream that never ends does not fill the memory.
const MAX_BYTES: usize = 512 * 1024 * 1024;

/// Longest part of an error's text that is kept.
const MAX_MESSAGE: usize = 500;

/// Asks once, and takes only a JSON object for an answer.
pub(super) async fn exchange(client: &Client, request: Request<Vec<u8>>) -> Result<Value, Fault> {
    let response = client.send(request.map(Body::from)).await.map_err(|e| broken(&e))?;
    let (head, body) = response.into_parts();
    let bytes = match Limited::new(body, MAX_BYTES).collect().await {
        Ok(whole) => whole.to_bytes(),
        Err(e) if e.is::<LengthLimitError>() => {
            return Err(Fault::Malformed(format!("it is longer than {MAX_BYTES} bytes")));
        }
        Err(e) => return Err(Fault::Broken(format!("its answer was cut off: {}", cause(e.as_ref())))),
    };
    if !matches!(head.status, StatusCode::OK | StatusCode::CREATED) {
        return Err(Fault::Refused(refusal(head.status, &head.headers, &bytes)));
    }
    match serde_json::from_slice(&bytes) {
        Ok(answer @ Value::Object(_)) => Ok(answer),
        Ok(_) => Err(Fault::Malformed("it is not an object".into())),
        Err(e) if e.is_eof() => Err(Fault::Broken("its answer ends too early".into())),
        // The error's own text may quote the answer.
        Err(e) => Err(Fault::Malformed(format!("it is not JSON (line {}, column {})", e.line(), e.column()))),
    }
}

/// Posts an object (a review, a dry run) once; the answer is one of the same kind.
pub(super) async fn create(
    client: &Client,
    kind: &ApiResource,
    namespace: Option<&str>,
    params: &PostParams,
    object: &Value,
) -> Result<Value, Fault> {
    let unasked = |e: &dyn std::fmt::Display| Fault::Unasked(e.to_string());
    let body = serde_json::to_vec(object).map_err(|e| unasked(&e))?;
    let url = DynamicObject::url_path(kind, namespace);
    let request = kube::core::Request::new(url).create(params, body).map_err(|e| unasked(&e))?;
    let answer = exchange(client, request).await?;
    must_be(&answer, &kind.api_version, &kind.kind)?;
    Ok(answer)
}

/// Refuses an answer of another kind: an answer that was mixed up must not count.
pub(super) fn must_be(answer: &Value, api_version: &str, kind: &str) -> Result<(), Fault> {
    let text = |path: &str| answer.pointer(path).and_then(Value::as_str).unwrap_or("nothing");
    let (its_version, its_kind) = (text("/apiVersion"), text("/kind"));
    if (its_version, its_kind) == (api_version, kind) {
        return Ok(());
    }
    let told = format!("it is a {its_kind} ({its_version}), not a {kind} ({api_version})");
    Err(Fault::Malformed(told))
}

fn broken(error: &Error) -> Fault {
    match error {
        Error::Auth(e) => Fault::Unasked(e.to_string()),
        other => Fault::Broken(cause(other)),
    }
}

/// The innermost cause: "Connection reset by peer" says more than "client error (SendRequest)".
fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let innermost = std::iter::successors(Some(error), |e| e.source()).last();
    innermost.map(ToString::to_string).unwrap_or_default()
}

/// Reads an error answer: its own words, if it is a `Status`, and when to come back (header or details).
fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Refusal {
    let said: Option<Value> = serde_json::from_slice(body).ok().filter(|v: &Value| v["kind"] == "Status");
    let header = headers.get(http::header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.trim().parse().ok());
    let detail = said.as_ref().and_then(|s| s.pointer("/details/retryAfterSeconds")?.as_u64());
    let message = said.as_ref().and_then(|s| s["message"].as_str().filter(|m| !m.is_empty()));
    let message = message.map(|m| m.chars().take(MAX_MESSAGE).collect());
    Refusal {
        code: status.as_u16(),
        message: message.unwrap_or_else(|| status.canonical_reason().unwrap_or("an error").to_owned()),
        genuine: said.is_some(),
        // Zero means "no advice", as in client-go.
        retry_after: header.or(detail).filter(|s| *s > 0).map(Duration::from_secs),
    }
}
