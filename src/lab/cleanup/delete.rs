//! Deletes objects that were picked before, and only if they are still the same.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use kube::Client;
use kube::api::{DeleteParams, Preconditions, PropagationPolicy};

use crate::lab::error::{LabError, Result, api};
use crate::lab::inventory::Entry;

/// How many deletions are under way at a time.
const AT_ONCE: usize = 16;
/// How long Pods and finalizers may hold things up.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// Deletes them all, several at a time.
pub(super) async fn delete_all(client: &Client, entries: &[&Entry]) -> Result<()> {
    stream::iter(entries).map(|entry| delete(client, entry)).buffer_unordered(AT_ONCE).try_collect().await
}

/// Deletes one object if it is still the same; Pods at once, without their grace period.
pub(super) async fn delete(client: &Client, entry: &Entry) -> Result<()> {
    let how = DeleteParams {
        grace_period_seconds: (entry.kind.resource.plural == "pods").then_some(0),
        propagation_policy: Some(PropagationPolicy::Background),
        preconditions: Some(Preconditions { uid: entry.metadata.uid.clone(), ..Preconditions::default() }),
        ..DeleteParams::default()
    };
    let name = entry.metadata.name.as_deref().unwrap_or_default();
    match entry.kind.api(client, entry.metadata.namespace.as_deref()).delete(name, &how).await {
        Ok(_) => Ok(()),
        // Gone already, replaced by another object, or in a namespace that is being deleted: not ours to do.
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(()),
        Err(e) => Err(api(format!("deleting {}", entry.describe()))(e)),
    }
}

/// Something that should be gone is still there after [`PATIENCE`].
pub(super) fn stuck(what: impl Into<String>) -> LabError {
    LabError::Stuck { what: what.into(), seconds: PATIENCE.as_secs() }
}
