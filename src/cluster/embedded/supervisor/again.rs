//! What is said of the node and its Pods while their cluster is dead, and what becomes of it when the cluster comes back.
//!
//! The API still says what was true before. A kubelet that read there of containers which it does not find would call
//! them lost: a Pod that must not restart them would have failed for good. So before it starts, the Pods are said to be
//! what they are: bound to the node, with no container begun. Done in the kubelet's name, who would say it if it knew.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod};
use kube::Client;
use kube::api::{Api, ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::cluster::embedded::network::NODE;

/// How long Pods that ran may take until they run again. Nothing depends on it but that a grade waits less.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);
/// How often a request is tried that the API server refuses while it starts.
const TRIES: u32 = 50;

/// Namespace and name of a Pod.
type Name = (String, String);

/// Takes back what is said of the node and its Pods. Gives the Pods that were Ready, with their UIDs. What the API refuses,
/// for a webhook of a lab or whatever reason, stays said until the kubelet knows better.
pub(super) async fn unsay(client: &Client) -> BTreeMap<Name, String> {
    let as_kubelet = PatchParams { field_manager: Some("kubelet".into()), ..PatchParams::default() };
    let nodes: Api<Node> = Api::all(client.clone());
    let _ = nodes.patch_status(NODE, &as_kubelet, &Patch::Strategic(not_ready_node())).await;
    let mut ran = BTreeMap::new();
    for pod in pods(client).await {
        let (Some(name), Some(uid)) = (name(&pod), pod.metadata.uid.clone()) else { continue };
        let Some(status) = not_begun(&pod) else { continue };
        if is_ready(&pod) {
            ran.insert(name.clone(), uid);
        }
        let api: Api<Pod> = Api::namespaced(client.clone(), &name.0);
        let _ = api.patch_status(&name.1, &as_kubelet, &Patch::Merge(status)).await;
    }
    ran
}

/// Waits until those Pods are Ready again, or gone; not for ever, since one may not come back.
pub(super) async fn wait_for(client: &Client, ran: &BTreeMap<Name, String>) {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        let waits = |pod: &Pod| {
            let known = name(pod).and_then(|name| ran.get(&name));
            known.is_some() && known == pod.metadata.uid.as_ref() && !is_ready(pod)
        };
        if !pods(client).await.iter().any(waits) {
            return;
        }
        sleep(POLL).await;
    }
}

/// All Pods; none if they cannot be listed.
async fn pods(client: &Client) -> Vec<Pod> {
    for _ in 0..TRIES {
        match Api::<Pod>::all(client.clone()).list(&ListParams::default()).await {
            Ok(list) => return list.items,
            Err(_) => sleep(POLL).await,
        }
    }
    Vec::new()
}

fn name(pod: &Pod) -> Option<Name> {
    Some((pod.metadata.namespace.clone()?, pod.metadata.name.clone()?))
}

fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.is_some_and(|all| all.iter().any(|c| c.type_ == "Ready" && c.status == "True"))
}

/// The status of a Pod of the node of which no container has begun; `None` for one that has ended, or has yet to come to a
/// node, or is being deleted.
fn not_begun(pod: &Pod) -> Option<Value> {
    let status = pod.status.as_ref()?;
    let ended = matches!(status.phase.as_deref(), Some("Succeeded" | "Failed"));
    if ended || pod.metadata.deletion_timestamp.is_some() || pod.spec.as_ref()?.node_name.is_none() {
        return None;
    }
    let now = now();
    let conditions: Vec<Value> = status
        .conditions
        .iter()
        .flatten()
        .map(|condition| {
            let mut value = json!(condition);
            let about_containers = ["Ready", "ContainersReady", "Initialized", "PodReadyToStartContainers"]
                .contains(&condition.type_.as_str());
            if about_containers && condition.status == "True" {
                value["status"] = json!("False");
                value["lastTransitionTime"] = json!(now);
            }
            value
        })
        .collect();
    Some(json!({"status": {
        "phase": "Pending",
        "conditions": conditions,
        "containerStatuses": null,
        "initContainerStatuses": null,
        "ephemeralContainerStatuses": null,
        "podIP": null,
        "podIPs": null,
    }}))
}

/// What the kubelet itself says of its node before its runtime answers.
fn not_ready_node() -> Value {
    json!({"status": {"conditions": [{
        "type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": "the node is starting again",
        "lastHeartbeatTime": now(), "lastTransitionTime": now(),
    }]}})
}

fn now() -> String {
    jiff::Timestamp::now().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(status: Value) -> Pod {
        let value = json!({"metadata": {"name": "a", "namespace": "b"}, "spec": {"containers": [], "nodeName": NODE}, "status": status});
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_pod_that_runs_has_begun_nothing_and_one_that_has_ended_stays_so() {
        let conditions =
            json!([{"type": "Ready", "status": "True"}, {"type": "PodScheduled", "status": "True"}]);
        let runs = pod(json!({"phase": "Running", "conditions": conditions}));
        assert!(is_ready(&runs));
        let status = not_begun(&runs).unwrap()["status"].clone();
        assert_eq!((&status["phase"], &status["containerStatuses"]), (&json!("Pending"), &Value::Null));
        assert_eq!(status["conditions"][0]["status"], "False");
        assert_eq!(status["conditions"][1]["status"], "True", "it is on its node");
        assert_eq!(not_begun(&pod(json!({"phase": "Succeeded"}))), None);
        let mut unbound = runs;
        unbound.spec.as_mut().unwrap().node_name = None;
        assert_eq!(not_begun(&unbound), None);
    }
}
