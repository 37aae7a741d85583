//! What a cluster held before an attempt: so that reset finds what is new and puts back what was changed.
//!
//! In: metadata-only lists of every kind that can be listed. Out: UIDs, and the full text of the few shared
//! objects that this subject invites learners to change. Never: a Secret's content.

use std::collections::{BTreeSet, HashMap};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Client;
use kube::api::{DynamicObject, ListParams};
use serde::{Deserialize, Serialize};

use super::ATTEMPT;
use super::error::{Result, api};
use super::setup::kinds::{Kind, Kinds};
use crate::cluster::docker::K3S_MANAGERS;

/// How many lists are under way at a time.
const AT_ONCE: usize = 16;

/// Kinds that come and go by themselves.
const NOISE: &[&str] = &[
    "events",
    "leases",
    "endpointslices",
    "endpoints",
    "componentstatuses",
    "nodes",
    "csinodes",
    "ipaddresses",
    "servicecidrs",
    "apiservices",
    "flowschemas",
    "prioritylevelconfigurations",
    "controllerrevisions",
];

/// Kinds whose shared objects are put back after an attempt changed or deleted them.
const KEPT: &[&str] = &["serviceaccounts", "roles", "rolebindings", "clusterroles", "clusterrolebindings"];

/// Who writes to a cluster without being asked by a person.
const SYSTEM: &[&str] =
    &["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "cloud-controller-manager"];

/// What was there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inventory {
    /// When it was taken.
    pub taken: Timestamp,
    /// UID of every object.
    pub uids: BTreeSet<String>,
    /// Shared objects in full, to be put back.
    pub kept: Vec<DynamicObject>,
}

impl Inventory {
    /// Whether it keeps an object of that kind and name: one with another UID was put back.
    pub fn keeps(&self, entry: &Entry) -> bool {
        let kind = |o: &DynamicObject| o.types.as_ref().is_some_and(|t| t.kind == entry.kind.resource.kind);
        let (name, namespace) = (&entry.metadata.name, &entry.metadata.namespace);
        self.kept.iter().any(|o| o.metadata.name == *name && o.metadata.namespace == *namespace && kind(o))
    }
}

/// An object of a listing.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its kind.
    pub kind: Kind,
    /// Its metadata.
    pub metadata: ObjectMeta,
}

impl Entry {
    /// `Pod production/myapp`.
    pub fn describe(&self) -> String {
        let name = self.metadata.name.as_deref().unwrap_or_default();
        match self.metadata.namespace.as_deref() {
            Some(namespace) => format!("{} {namespace}/{name}", self.kind.resource.kind),
            None => format!("{} {name}", self.kind.resource.kind),
        }
    }

    pub(super) fn is_namespace(&self) -> bool {
        self.kind.resource.plural == "namespaces"
    }

    /// A ServiceAccount of the control plane: the controller manager makes dozens in the first second of its life,
    /// and as there are no fields in them, nobody is noted as their writer.
    fn is_system_account(&self) -> bool {
        let namespace = self.metadata.namespace.as_deref().unwrap_or_default();
        self.kind.resource.plural == "serviceaccounts" && SYSTEM_NAMESPACES.contains(&namespace)
    }

    /// Whether a person, or a program of theirs, ever wrote it.
    pub fn by_a_person(&self) -> bool {
        let fields = self.metadata.managed_fields.as_deref().unwrap_or_default();
        if self.metadata.owner_references.as_ref().is_some_and(|o| !o.is_empty()) {
            return false;
        }
        if fields.is_empty() && self.is_system_account() {
            return false;
        }
        fields.is_empty() || !fields.iter().all(|f| f.manager.as_deref().is_some_and(is_system))
    }
}

/// Tells of entries of a listing whether they stay. What is in a Namespace goes with it, and may have been listed before that
/// was gone.
pub(crate) fn staying(all: &[Entry]) -> impl Fn(&Entry) -> bool + '_ {
    let stays = |e: &Entry| e.metadata.deletion_timestamp.is_none();
    let there: BTreeSet<&str> = all
        .iter()
        .filter(|e| e.is_namespace() && stays(e))
        .filter_map(|e| e.metadata.name.as_deref())
        .collect();
    move |e| stays(e) && e.metadata.namespace.as_deref().is_none_or(|n| there.contains(n))
}

/// Whether a field manager is a part of Kubernetes.
pub(super) fn is_system(manager: &str) -> bool {
    SYSTEM.iter().chain(K3S_MANAGERS).any(|system| manager.starts_with(system))
}

/// Where the control plane keeps its own.
const SYSTEM_NAMESPACES: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// Whether a key of etcd (`pods/a/web`, `GROUP/RESOURCE/NAME`) is about what comes and goes by itself.
pub(super) fn is_noise(key: &[&str]) -> bool {
    let system = key.iter().any(|part| SYSTEM_NAMESPACES.contains(part));
    // The control plane gathers their rules itself, a moment after it has started.
    let aggregated = matches!(key, ["clusterroles", "admin" | "edit" | "view"]);
    system
        || aggregated
        || key.iter().any(|part| NOISE.contains(part) || ["ranges", "kube-root-ca.crt"].contains(part))
}

/// Metadata of every object of the cluster, noise left out.
pub async fn everything(client: &Client, kinds: &Kinds) -> Result<Vec<Entry>> {
    let wanted = kinds.removable().filter(|k| !NOISE.contains(&k.resource.plural.as_str()));
    let lists: Vec<Vec<Entry>> = stream::iter(wanted.cloned())
        .map(|kind| async move { list(client, kind).await })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(lists.into_iter().flatten().collect())
}

/// Takes the inventory; `own` namespaces are left out, they go as a whole. What is `theirs`, other attempts' in progress,
/// counts as there, and is never put back.
pub async fn take(
    client: &Client,
    kinds: &Kinds,
    own: &[String],
    theirs: impl Fn(&ObjectMeta) -> bool,
) -> Result<Inventory> {
    let kept = async {
        let wanted = kinds.removable().filter(|k| KEPT.contains(&k.resource.plural.as_str()));
        let lists: Vec<Vec<DynamicObject>> = stream::iter(wanted.cloned())
            .map(|kind| async move { shared(client, &kind).await })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let shared = |o: &DynamicObject| !inside(&o.metadata, own) && !theirs(&o.metadata);
        Ok(lists.into_iter().flatten().filter(shared).collect())
    };
    let (all, kept) = futures::try_join!(everything(client, kinds), kept)?;
    // It may be taken while setup is under way: what setup makes is no part of it, seen or not.
    let before = |e: &Entry| {
        let made_by_us = e.metadata.labels.as_ref().is_some_and(|l| l.contains_key(ATTEMPT));
        !inside(&e.metadata, own) && !is_own_namespace(e, own) && !made_by_us
    };
    let uids = all.into_iter().filter(before).filter_map(|e| e.metadata.uid).collect();
    Ok(Inventory { taken: Timestamp::now(), uids, kept })
}

/// Shared objects of a kept kind as they are now, by namespace and name.
pub(crate) async fn shared_now(
    client: &Client,
    kinds: &Kinds,
) -> Result<HashMap<(String, Option<String>, String), (Kind, DynamicObject)>> {
    let mut found = HashMap::new();
    for kind in kinds.removable().filter(|k| KEPT.contains(&k.resource.plural.as_str())) {
        for object in shared(client, kind).await? {
            let name = object.metadata.name.clone().unwrap_or_default();
            let key = (kind.resource.kind.clone(), object.metadata.namespace.clone(), name);
            found.insert(key, (kind.clone(), object));
        }
    }
    Ok(found)
}

async fn list(client: &Client, kind: Kind) -> Result<Vec<Entry>> {
    match kind.api(client, None).list_metadata(&ListParams::default()).await {
        Ok(found) => {
            Ok(found.items.into_iter().map(|o| Entry { kind: kind.clone(), metadata: o.metadata }).collect())
        }
        // A kind that is announced and cannot be listed holds nothing that an attempt could have made, nor one that may
        // not be listed: what labs make they may list.
        Err(kube::Error::Api(status)) if matches!(status.code, 403..=405) => Ok(Vec::new()),
        Err(e) => Err(api(format!("listing {}", kind.resource.plural))(e)),
    }
}

async fn shared(client: &Client, kind: &Kind) -> Result<Vec<DynamicObject>> {
    let found = kind
        .api(client, None)
        .list(&ListParams::default())
        .await
        .map_err(api(format!("listing {}", kind.resource.plural)))?;
    let of_an_attempt =
        |o: &DynamicObject| o.metadata.labels.as_ref().is_some_and(|l| l.contains_key(ATTEMPT));
    Ok(found.items.into_iter().filter(|o| !of_an_attempt(o)).map(|o| typed(o, kind)).collect())
}

fn typed(mut object: DynamicObject, kind: &Kind) -> DynamicObject {
    object.types = Some(kube::core::TypeMeta {
        api_version: kind.resource.api_version.clone(),
        kind: kind.resource.kind.clone(),
    });
    object.metadata.managed_fields = None;
    object
}

fn is_own_namespace(entry: &Entry, own: &[String]) -> bool {
    entry.kind.resource.plural == "namespaces"
        && entry.metadata.name.as_ref().is_some_and(|n| own.contains(n))
}

fn inside(metadata: &ObjectMeta, own: &[String]) -> bool {
    metadata.namespace.as_ref().is_some_and(|n| own.contains(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kube::api::ApiResource;
    use serde_json::json;

    fn entry(metadata: serde_json::Value) -> Entry {
        let resource = ApiResource::from_gvk(&kube::core::GroupVersionKind::gvk("", "v1", "ConfigMap"));
        Entry {
            kind: Kind { resource, namespaced: true, removable: true },
            metadata: serde_json::from_value(metadata).unwrap(),
        }
    }

    #[test]
    fn what_the_control_plane_writes_is_not_a_persons() {
        assert!(!entry(json!({"managedFields": [{"manager": "kube-controller-manager"}]})).by_a_person());
        assert!(entry(json!({"managedFields": [{"manager": "kubectl-create"}]})).by_a_person());
        let both =
            json!({"managedFields": [{"manager": "kube-controller-manager"}, {"manager": "kubectl-patch"}]});
        assert!(entry(both).by_a_person());
    }

    #[test]
    fn what_has_an_owner_goes_with_it() {
        let owned = json!({"managedFields": [{"manager": "kubectl-create"}],
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "u"}]});
        assert!(!entry(owned).by_a_person());
    }

    #[test]
    fn accounts_of_the_control_plane_have_no_writer() {
        let mut account = entry(json!({"name": "job-controller", "namespace": "kube-system"}));
        account.kind.resource.plural = "serviceaccounts".into();
        assert!(!account.by_a_person());
        account.metadata.namespace = Some("default".into());
        assert!(account.by_a_person());
    }

    #[test]
    fn what_nobody_claims_counts_as_a_persons() {
        assert!(entry(json!({"name": "a"})).by_a_person());
    }
}
