//! From a controller to its Pods, by owner references, and whether its rollout is done.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;

use super::Scope;
use super::listed::{controlled, labelled, named};
use super::workload::WorkloadRef;
use crate::grade::View;
use crate::grade::observation::Gap;
use crate::grade::probe::Probe;

/// In this time a controller that cannot create Pods may still find what it lacks.
const CREATE_GRACE: i64 = 10;

/// The Pods of `workload`; what its controller says goes into `scope`.
pub(super) fn select(
    workload: &WorkloadRef,
    namespace: &str,
    pods: &[Value],
    seen: View<'_>,
    now: Timestamp,
    scope: &mut Scope,
) -> Result<Vec<Pod>, Gap> {
    let (api_version, kind, name) = match workload {
        WorkloadRef::Pod(name) => return named(pods, name),
        WorkloadRef::Pods(selector) => return labelled(pods, selector),
        WorkloadRef::Controller { api_version, kind, name } => (*api_version, *kind, name),
    };
    let controllers = seen.objects(&Probe::list(api_version, kind, Some(namespace)))?;
    let Some(controller) = controllers.iter().find(|c| text(c, "/metadata/name") == Some(name)) else {
        scope.absent = Some(format!("{kind} {namespace}/{name} does not exist"));
        return Ok(Vec::new());
    };
    if controller.pointer("/metadata/deletionTimestamp").is_some() {
        scope.replacing.push(format!("{kind} {namespace}/{name} is being deleted"));
    }
    rollout(kind, namespace, name, controller, now, scope);
    let mut owners: Vec<&str> = text(controller, "/metadata/uid").into_iter().collect();
    if kind == "Deployment" {
        let replica_sets = seen.objects(&Probe::list("apps/v1", "ReplicaSet", Some(namespace)))?;
        let mine = |set: &&Value| json_owner(set).is_some_and(|uid| owners.contains(&uid));
        owners = replica_sets.iter().filter(mine).filter_map(|set| text(set, "/metadata/uid")).collect();
    }
    controlled(pods, &owners)
}

fn rollout(kind: &str, namespace: &str, name: &str, controller: &Value, now: Timestamp, scope: &mut Scope) {
    let number = |path: &str| controller.pointer(path).and_then(Value::as_i64);
    let title = format!("{kind} {namespace}/{name}");
    let generation = number("/metadata/generation").unwrap_or(0);
    if kind != "Job" && number("/status/observedGeneration").unwrap_or(0) < generation {
        scope.replacing.push(format!("the change to {title} has not been processed yet"));
        return;
    }
    if let Some(message) = cannot_create(controller, now) {
        scope.broken.push(format!("{title} cannot create its Pods: {message}"));
        return;
    }
    if controller.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) {
        if number("/status/updatedReplicas").unwrap_or(0) < number("/status/replicas").unwrap_or(0) {
            scope.held = Some(format!("{title} is paused with Pods that are not of its template"));
        }
        return;
    }
    let (wanted, updated, all) = match kind {
        "Deployment" | "StatefulSet" => (
            number("/spec/replicas").unwrap_or(1),
            number("/status/updatedReplicas").unwrap_or(0),
            number("/status/replicas").unwrap_or(0),
        ),
        "DaemonSet" => (
            number("/status/desiredNumberScheduled").unwrap_or(0),
            number("/status/updatedNumberScheduled").unwrap_or(0),
            number("/status/desiredNumberScheduled").unwrap_or(0),
        ),
        "ReplicaSet" => {
            let replicas = number("/status/replicas").unwrap_or(0);
            (number("/spec/replicas").unwrap_or(1), replicas, replicas)
        }
        _ => return,
    };
    let on_delete = text(controller, "/spec/updateStrategy/type") == Some("OnDelete");
    if !on_delete && (updated < wanted || all > wanted) {
        scope
            .replacing
            .push(format!("{title} is rolling out ({updated} of {wanted} Pods are new, {all} in all)"));
    }
}

/// What keeps the controller from creating Pods, once it has lasted.
fn cannot_create(controller: &Value, now: Timestamp) -> Option<String> {
    let conditions = controller.pointer("/status/conditions")?.as_array()?;
    let failure = conditions
        .iter()
        .find(|c| text(c, "/type") == Some("ReplicaFailure") && text(c, "/status") == Some("True"))?;
    let since: Timestamp = text(failure, "/lastTransitionTime")?.parse().ok()?;
    (now.as_second() - since.as_second() > CREATE_GRACE)
        .then(|| text(failure, "/message").unwrap_or_default().to_owned())
}

fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path).and_then(Value::as_str)
}

fn json_owner(object: &Value) -> Option<&str> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    let controller = owners.iter().find(|o| o.get("controller").and_then(Value::as_bool) == Some(true))?;
    text(controller, "/uid")
}
