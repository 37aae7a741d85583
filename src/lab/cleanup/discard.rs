//! Removes an attempt that has nothing but its namespaces, in a handful of requests.
//!
//! In: the attempt's labels and namespaces. Out: namespaces on their way out, their Pods gone. A removal in full
//! lists every kind of the cluster; where dozens of attempts end, that is most of the API server's work, so the
//! caller looks over the cluster once, at the end of them all, with [`look`].

use kube::Client;
use kube::api::{DeleteParams, ListParams};

use super::release::release;
use super::{Mine, delete, staying};
use crate::lab::error::{Result, api};
use crate::lab::inventory::Entry;
use crate::lab::setup::kinds::Kinds;

/// Deletes the namespaces of `mine`, and their Pods without grace.
pub async fn discard(client: &Client, kinds: &Kinds, mine: &Mine<'_>) -> Result<()> {
    let (namespaces, pods) = (kinds.of_manifest("v1", "Namespace")?, kinds.of_manifest("v1", "Pod")?);
    for name in mine.namespaces {
        let found = namespaces.api(client, None).get_metadata_opt(name).await;
        let Some(object) = found.map_err(api(format!("looking at Namespace {name}")))? else { continue };
        let entry = Entry { kind: namespaces.clone(), metadata: object.metadata };
        if !mine.is_own_namespace(&entry) {
            continue;
        }
        // The namespace first: in one that is on its way out nothing makes another Pod.
        delete(client, &entry).await?;
        let at_once = DeleteParams::default().grace_period(0);
        match pods.api(client, Some(name)).delete_collection(&at_once, &ListParams::default()).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
            Err(e) => return Err(api(format!("deleting the Pods of Namespace {name}"))(e)),
        }
    }
    Ok(())
}

/// What is left of a discarded attempt in a listing of the whole cluster; lets go of what finalizers hold.
pub async fn look(client: &Client, all: &[Entry], mine: &Mine<'_>) -> Result<Vec<String>> {
    let parts = mine.pick(all);
    release(client, &parts.inside).await?;
    Ok(staying(parts))
}
