//! Removes what an attempt made, and nothing else; puts back shared objects that were changed meanwhile.
//!
//! In: the attempt's labels, namespaces and inventory. Out: how much was removed. A namespace takes at least
//! five seconds to delete, so one that is needed again is emptied instead.

mod delete;
pub mod discard;
mod empty;
pub mod ownership;
mod release;
mod restore;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Client;

use super::error::Result;
use super::inventory::{self, Entry};
use super::setup::kinds::Kinds;
use crate::cluster::checkpoints::Change;
use delete::delete_all;
use ownership::Owned;

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Objects outside the attempt's namespaces, by kind and name.
    pub outside: Vec<String>,
    /// Shared objects that were put back.
    pub restored: Vec<String>,
    /// How many objects were in the attempt's namespaces.
    pub inside: usize,
}

impl Removed {
    /// What was done by bringing back the state before an attempt in `own` namespaces.
    pub fn by(changes: &[Change], own: &[String]) -> Self {
        let mut done = Self::default();
        for change in changes {
            let parts: Vec<&str> = change.key.split('/').collect();
            match parts.as_slice() {
                [.., namespace, _] if own.iter().any(|n| n == namespace) => done.inside += 1,
                ["namespaces", name] if own.iter().any(|n| n == name) => {}
                _ if inventory::is_noise(&parts) => {}
                _ if change.put_back => done.restored.push(change.key.clone()),
                _ => done.outside.push(change.key.clone()),
            }
        }
        done
    }
}

/// Removes everything of the attempt. Namespaces in `keep` are emptied for the setup that follows; the others
/// are deleted, which the cluster finishes by itself.
pub async fn remove(client: &Client, kinds: &Kinds, owned: &Owned<'_>, keep: &[String]) -> Result<Removed> {
    let all = inventory::everything(client, kinds).await?;
    let parts = owned.pick(&all);
    let mut done = Removed { inside: parts.inside.len(), ..Removed::default() };
    empty::stop_workloads(client, &parts.inside).await?;
    // What is granted ends now: the cluster comes to the end of a namespace when it is done with many others, and a group
    // may have its rights everywhere until then.
    let grants = |e: &&Entry| e.kind.resource.plural == "rolebindings";
    delete_all(client, &parts.inside.iter().copied().filter(grants).collect::<Vec<_>>()).await?;
    delete_all(client, &parts.outside).await?;
    done.outside = parts.outside.iter().map(|e| e.describe()).collect();
    if let Some(inventory) = owned.restorable() {
        let theirs = |o: &ObjectMeta| {
            owned.neighbours.own(o) || o.namespace.as_deref().is_some_and(|n| parts.foreign.contains(&n))
        };
        done.restored = restore::put_back(client, kinds, inventory, theirs).await?;
    }
    let kept = |name: Option<&str>| name.is_some_and(|n| keep.iter().any(|k| k == n));
    let emptied: Vec<&Entry> =
        parts.inside.iter().copied().filter(|e| kept(e.metadata.namespace.as_deref())).collect();
    let (staying, going): (Vec<&Entry>, Vec<&Entry>) =
        parts.namespaces.iter().partition(|e| kept(e.metadata.name.as_deref()));
    delete_all(client, &going).await?;
    release::release(client, &parts.inside).await?;
    empty::empty(client, &emptied, &staying).await?;
    Ok(done)
}

/// What is left of the attempt: empty when it was removed. Namespaces on their way out do not count.
pub async fn leftovers(client: &Client, kinds: &Kinds, owned: &Owned<'_>) -> Result<Vec<String>> {
    let all = inventory::everything(client, kinds).await?;
    Ok(owned.remaining(&all))
}
