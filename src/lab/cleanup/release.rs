//! Lets go of what a finalizer holds in the attempt's own namespaces: nobody is left to answer it.

use std::time::Duration;

use kube::Client;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use tokio::time::{Instant, sleep};

use super::delete::delete_all;
use crate::lab::error::{Result, api};
use crate::lab::inventory::Entry;

/// How long whoever set a finalizer has to answer it.
const ANSWER: Duration = Duration::from_secs(2);

/// Deletes those of `inside` that have finalizers and takes these off where nobody else does.
pub(super) async fn release(client: &Client, inside: &[&Entry]) -> Result<()> {
    let held = |e: &&Entry| e.metadata.finalizers.as_ref().is_some_and(|f| !f.is_empty());
    let held: Vec<&Entry> = inside.iter().copied().filter(held).collect();
    delete_all(client, &held).await?;
    let until = Instant::now() + ANSWER;
    for entry in held {
        let all = entry.kind.api(client, entry.metadata.namespace.as_deref());
        while terminating(&all, entry).await? {
            if Instant::now() >= until {
                strip(&all, entry).await?;
                break;
            }
            sleep(Duration::from_millis(250)).await;
        }
    }
    Ok(())
}

/// Whether the same object is still there and on its way out.
async fn terminating(all: &Api<DynamicObject>, entry: &Entry) -> Result<bool> {
    let name = entry.metadata.name.as_deref().unwrap_or_default();
    let there = all.get_metadata_opt(name).await.map_err(api(format!("looking at {}", entry.describe())))?;
    Ok(there.is_some_and(|o| o.metadata.uid == entry.metadata.uid && o.metadata.deletion_timestamp.is_some()))
}

async fn strip(all: &Api<DynamicObject>, entry: &Entry) -> Result<()> {
    let name = entry.metadata.name.as_deref().unwrap_or_default();
    // The UID makes the API refuse another object of that name.
    let none = serde_json::json!({"metadata": {"uid": entry.metadata.uid, "finalizers": null}});
    match all.patch(name, &PatchParams::default(), &Patch::Merge(&none)).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(()),
        Err(e) => Err(api(format!("taking the finalizers off {}", entry.describe()))(e)),
    }
}
