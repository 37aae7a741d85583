//! All objects of a kind: a list is complete, or it is no answer.
//!
//! An API may answer a list in parts (`continue`), even when none were asked for; the parts are of one and the same
//! version, so they are followed to the end, and begun anew when that version has expired meanwhile (410).

use kube::Client;
use kube::api::{ApiResource, DynamicObject, ListParams};
use kube::core::{Request, Resource as _};
use serde_json::Value;

use super::exchange::{exchange, must_be};
use super::fault::Fault;

/// How often a list whose version expired is begun anew.
const ANEW: usize = 3;

/// More parts than this have no end.
const MAX_PARTS: usize = 10_000;

/// A whole list.
pub(super) struct Listed {
    /// Its elements, as they came.
    pub(super) items: Vec<Value>,
    /// The version of the list: where a watch for later changes begins.
    pub(super) version: String,
}

/// Lists a kind in one namespace, or everywhere. `part` asks for one part, and may repeat the request.
pub(super) async fn list<F>(
    kind: &ApiResource,
    namespace: Option<&str>,
    part: impl Fn(ListParams) -> F,
) -> Result<Listed, Fault>
where
    F: Future<Output = Result<Value, Fault>>,
{
    let mut last = None;
    for _ in 0..ANEW {
        match whole(kind, namespace, &part).await {
            Err(expired) if expired.is_expired() => last = Some(expired),
            settled => return settled,
        }
    }
    Err(last.unwrap_or_else(|| Fault::Malformed("it has no end".into())))
}

/// Asks for one part, once.
pub(super) async fn one_part(
    client: &Client,
    kind: &ApiResource,
    namespace: Option<&str>,
    params: &ListParams,
) -> Result<Value, Fault> {
    let url = DynamicObject::url_path(kind, namespace);
    let request = Request::new(url).list(params).map_err(|e| Fault::Unasked(e.to_string()))?;
    let answer = exchange(client, request).await?;
    must_be(&answer, &kind.api_version, &format!("{}List", kind.kind))?;
    Ok(answer)
}

/// The same of a kind that all of a cluster share; with `metadata_only`, each object's metadata.
pub(super) async fn shared_part(
    client: &Client,
    kind: &ApiResource,
    namespace: Option<&str>,
    metadata_only: bool,
    params: &ListParams,
) -> Result<Value, Fault> {
    if !metadata_only {
        return one_part(client, kind, namespace, params).await;
    }
    let url = DynamicObject::url_path(kind, namespace);
    let request = Request::new(url).list_metadata(params).map_err(|e| Fault::Unasked(e.to_string()))?;
    let mut answer = exchange(client, request).await?;
    must_be(&answer, "meta.k8s.io/v1", "PartialObjectMetadataList")?;
    // The API writes a list of no metadata so.
    if let Some(items) = answer.get_mut("items").filter(|items| items.is_null()) {
        *items = Value::Array(Vec::new());
    }
    Ok(answer)
}

async fn whole<F>(
    kind: &ApiResource,
    namespace: Option<&str>,
    part: &impl Fn(ListParams) -> F,
) -> Result<Listed, Fault>
where
    F: Future<Output = Result<Value, Fault>>,
{
    let mut items = Vec::new();
    let mut params = ListParams::default();
    let mut first: Option<String> = None;
    for _ in 0..MAX_PARTS {
        let mut answer = part(params.clone()).await?;
        let text = |path: &str| answer.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (version, next) = (text("/metadata/resourceVersion"), text("/metadata/continue"));
        let left = answer.pointer("/metadata/remainingItemCount").and_then(Value::as_i64).unwrap_or(0);
        if version.is_empty() {
            return Err(Fault::Malformed("it is a list without a version".into()));
        }
        if *first.get_or_insert_with(|| version.clone()) != version {
            return Err(Fault::Malformed("its parts are of different versions".into()));
        }
        if next.is_empty() && left > 0 {
            return Err(Fault::Malformed(format!("{left} objects are missing from it")));
        }
        let Some(Value::Array(more)) = answer.get_mut("items").map(Value::take) else {
            return Err(Fault::Malformed("it is a list without items".into()));
        };
        if let Some(stranger) = more.iter().find(|item| !belongs(item, namespace)) {
            let name = stranger.pointer("/metadata/name").unwrap_or(&Value::Null);
            return Err(Fault::Malformed(format!("{} {name} does not belong in it", kind.kind)));
        }
        items.extend(more);
        if next.is_empty() {
            return Ok(Listed { items, version });
        }
        params.continue_token = Some(next);
    }
    Err(Fault::Malformed("it has no end".into()))
}

/// Whether an element is an object of the namespace that was asked for.
fn belongs(item: &Value, namespace: Option<&str>) -> bool {
    let text = |path: &str| item.pointer(path).and_then(Value::as_str);
    text("/metadata/name").is_some()
        && namespace.is_none_or(|asked| text("/metadata/namespace") == Some(asked))
}
