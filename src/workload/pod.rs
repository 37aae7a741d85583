//! Pure: the Pod in which a lab cluster runs, as every workload of satrain's has it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The label that all objects of satrain's have, as Kubernetes recommends it.
pub(super) const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "satrain");
/// The label that tells what an object is for.
pub(super) const NAME: &str = "app.kubernetes.io/name";
/// The label that tells one workload from another.
pub(super) const INSTANCE: &str = "app.kubernetes.io/instance";

/// Where the state is, in the node image: a disk of the Pod's own, since overlays do not stack.
const STATE: &str = "/var/lib/satrain";
/// Where a shared volume is.
const SHARED: &str = "/store";

/// Where such Pods may be, since they are privileged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// On nodes with these labels, and a taint of the same key that keeps others away is tolerated.
    Labelled(BTreeMap<String, String>),
    /// On any: somebody said so.
    Any,
}

/// A volume that the Pods share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// The name of the PersistentVolumeClaim.
    pub claim: String,
}

impl Volume {
    /// Where its Pods have it.
    pub const INSIDE: &str = SHARED;
}

/// How much of a node a Pod is given: what is reserved, and what it may take. Measured: a lab cluster takes half a GiB when idle, and a
/// hand-in may fill what its cluster may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// It grades, and is never idle.
    Grades,
    /// It waits for a learner, mostly.
    Waits,
}

impl Size {
    fn requests(self) -> Value {
        match self {
            Self::Grades => json!({"cpu": "1", "memory": "1Gi", "ephemeral-storage": "2Gi"}),
            Self::Waits => json!({"cpu": "250m", "memory": "768Mi", "ephemeral-storage": "2Gi"}),
        }
    }
}

/// What a Pod is to be.
#[derive(Debug, Clone)]
pub struct PodWish<'a> {
    /// The image: satrain's node image.
    pub image: &'a str,
    /// The arguments of `satrain`.
    pub arguments: &'a [String],
    /// The Secret whose entries become variables: credentials of an object store.
    pub secret: Option<&'a str>,
    /// A shared volume.
    pub volume: Option<&'a Volume>,
    /// How much of a node it is given.
    pub size: Size,
    /// Where it may be.
    pub node: &'a Node,
    /// In a user namespace of its own, where the cluster can.
    pub own_users: bool,
}

/// Satrain in the node image.
pub(super) const PROGRAM: &str = "/usr/local/bin/satrain";
/// The disk that a Pod may fill.
const DISK: &str = "8Gi";

/// The Pod template's `spec`.
pub(super) fn spec(wish: &PodWish<'_>) -> Value {
    let mut mounts =
        vec![json!({"name": "state", "mountPath": STATE}), json!({"name": "tmp", "mountPath": "/tmp"})];
    let mut volumes = vec![
        json!({"name": "state", "emptyDir": {"sizeLimit": DISK}}),
        json!({"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}),
    ];
    if let Some(volume) = wish.volume {
        mounts.push(json!({"name": "shared", "mountPath": SHARED}));
        volumes.push(json!({"name": "shared", "persistentVolumeClaim": {"claimName": volume.claim}}));
    }
    let mut container = json!({
        "name": "satrain",
        "image": wish.image,
        "imagePullPolicy": "IfNotPresent",
        "command": [PROGRAM],
        "args": wish.arguments,
        // A cluster needs mounts, namespaces and control groups of its own.
        "securityContext": {"privileged": true},
        "resources": {
            "requests": wish.size.requests(),
            "limits": {"cpu": "2", "memory": "4Gi", "ephemeral-storage": DISK},
        },
        "volumeMounts": mounts,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    });
    if let Some(secret) = wish.secret {
        container["envFrom"] = json!([{"secretRef": {"name": secret}}]);
    }
    let mut spec = json!({
        "restartPolicy": "Never",
        // Nothing of this cluster is known inside.
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "terminationGracePeriodSeconds": 30,
        "containers": [container],
        "volumes": volumes,
    });
    if wish.own_users {
        spec["hostUsers"] = json!(false);
    }
    if let Node::Labelled(labels) = wish.node {
        spec["nodeSelector"] = json!(labels);
        let tolerated = labels.iter().map(
            |(key, value)| json!({"key": key, "operator": "Equal", "value": value, "effect": "NoSchedule"}),
        );
        spec["tolerations"] = tolerated.collect();
    }
    spec
}

/// Labels of all objects of one workload.
pub(super) fn labels(name: &str, instance: &str) -> BTreeMap<String, String> {
    [MANAGED_BY, (NAME, name), (INSTANCE, instance)]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// The selector of them.
pub(super) fn selector(instance: &str) -> String {
    format!("{}={},{INSTANCE}={instance}", MANAGED_BY.0, MANAGED_BY.1)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::PodSpec;

    use super::*;

    fn wish<'a>(node: &'a Node, arguments: &'a [String]) -> PodWish<'a> {
        PodWish {
            image: "i",
            arguments,
            secret: Some("keys"),
            volume: None,
            size: Size::Grades,
            node,
            own_users: false,
        }
    }

    #[test]
    fn a_pod_knows_nothing_of_its_cluster_and_is_where_it_may_be() {
        let labels = BTreeMap::from([("labs".to_owned(), "yes".to_owned())]);
        let read: PodSpec = serde_json::from_value(spec(&wish(&Node::Labelled(labels), &[]))).unwrap();
        assert_eq!(
            (read.automount_service_account_token, read.enable_service_links),
            (Some(false), Some(false))
        );
        assert!(
            read.host_network.is_none() && read.host_pid.is_none() && read.service_account_name.is_none()
        );
        assert_eq!(read.node_selector.unwrap()["labs"], "yes");
        assert_eq!(read.tolerations.unwrap()[0].key.as_deref(), Some("labs"));
        let volumes = read.volumes.unwrap();
        assert!(volumes.iter().all(|v| v.empty_dir.as_ref().is_some_and(|dir| dir.size_limit.is_some())));
        let resources = read.containers[0].resources.clone().unwrap();
        for kind in ["cpu", "memory", "ephemeral-storage"] {
            assert!(resources.requests.as_ref().unwrap().contains_key(kind), "{kind}");
            assert!(resources.limits.as_ref().unwrap().contains_key(kind), "{kind}");
        }
        let any: PodSpec = serde_json::from_value(spec(&wish(&Node::Any, &[]))).unwrap();
        assert!(any.node_selector.is_none() && any.tolerations.is_none());
    }
}
