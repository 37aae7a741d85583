//! Removes attempts that have nothing but their namespaces, many at little cost.
//!
//! In: an attempt's labels and namespaces. Out: nothing of it runs any more, or grants anything; and, for all attempts
//! together, namespaces on their way out. A removal in full lists every kind of the cluster, and a namespace's end is
//! seventy requests of the namespace controller; where dozens of attempts end, that is most of the API server's
//! work. So the caller deletes the namespaces of all of them at the end, and then looks over the cluster once.

use kube::Client;
use kube::api::{DeleteParams, ListParams};

use super::delete::delete;
use super::ownership::Owned;
use super::release::release;
use crate::lab::error::{Result, api};
use crate::lab::inventory::Entry;
use crate::lab::setup::kinds::Kinds;

/// What runs or makes others run, makers first, and what later attempts would read with every grade.
const BUSY: [(&str, &str); 10] = [
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("v1", "ReplicationController"),
    ("v1", "Pod"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("rbac.authorization.k8s.io/v1", "Role"),
];

/// What an attempt may have in no namespace and disturb nobody with.
const WIDE: [(&str, &str); 4] = [
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"),
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
];

/// Ends what runs in the namespaces of `owned`, Pods without grace, and what is granted there; with `wide` also what is
/// in no namespace and named after one of them.
pub async fn stop(client: &Client, kinds: &Kinds, owned: &Owned<'_>, wide: bool) -> Result<()> {
    let at_once = DeleteParams::background().grace_period(0);
    for namespace in own_namespaces(client, kinds, owned).await? {
        let name = namespace.metadata.name.as_deref();
        if wide {
            delete_named_after(client, kinds, owned, name.unwrap_or_default()).await?;
        }
        for (version, kind) in BUSY {
            let objects = kinds.of_manifest(version, kind)?.api(client, name);
            match objects.delete_collection(&at_once, &ListParams::default()).await {
                Ok(_) => {}
                Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
                Err(e) => return Err(api(format!("deleting each {kind} of {}", namespace.describe()))(e)),
            }
        }
    }
    Ok(())
}

/// Deletes cluster-scoped objects whose names hold that of a namespace, or that carry the attempt's label. Namespaces of
/// proofs have a random part.
async fn delete_named_after(
    client: &Client,
    kinds: &Kinds,
    owned: &Owned<'_>,
    namespace: &str,
) -> Result<()> {
    for (version, kind) in WIDE {
        let kind = kinds.of_manifest(version, kind)?;
        let listed = kind.api(client, None).list_metadata(&ListParams::default()).await;
        let listed = listed.map_err(api(format!("listing {}", kind.resource.plural)))?;
        for object in listed {
            let entry = Entry { kind: kind.clone(), metadata: object.metadata };
            let named = entry.metadata.name.as_deref().is_some_and(|name| name.contains(namespace));
            if named || owned.is_labelled(&entry) {
                delete(client, &entry).await?;
            }
        }
    }
    Ok(())
}

/// Deletes the namespaces of `owned`, which the cluster finishes by itself.
pub async fn delete_namespaces(client: &Client, kinds: &Kinds, owned: &Owned<'_>) -> Result<()> {
    for namespace in own_namespaces(client, kinds, owned).await? {
        delete(client, &namespace).await?;
    }
    Ok(())
}

async fn own_namespaces(client: &Client, kinds: &Kinds, owned: &Owned<'_>) -> Result<Vec<Entry>> {
    let namespaces = kinds.of_manifest("v1", "Namespace")?;
    let mut own = Vec::new();
    for name in owned.namespaces {
        let found = namespaces.api(client, None).get_metadata_opt(name).await;
        let Some(object) = found.map_err(api(format!("looking at Namespace {name}")))? else { continue };
        let entry = Entry { kind: namespaces.clone(), metadata: object.metadata };
        if owned.is_own_namespace(&entry) {
            own.push(entry);
        }
    }
    Ok(own)
}

/// What is left of a discarded attempt in a listing of the whole cluster; lets go of what finalizers hold.
pub async fn remaining(client: &Client, all: &[Entry], owned: &Owned<'_>) -> Result<Vec<String>> {
    release(client, &owned.pick(all).inside).await?;
    Ok(owned.remaining(all))
}
