//! Waits by watch until what setup names is ready. What "ready" means per kind is pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::{StreamExt, future, pin_mut};
use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use kube::runtime::{WatchStreamExt, watcher};
use serde_json::Value;
use tokio::time::Instant;

use super::kinds::{Kind, Kinds};
use crate::lab::error::{LabError, Result};
use crate::scenario::ReadyEntry;
use crate::token::SECRET_TYPE;

/// How often it is told what is still waited for.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// Objects of one kind in one namespace that must become ready.
#[derive(Debug)]
pub struct Target {
    kind: Kind,
    namespace: Option<String>,
    names: BTreeSet<String>,
}

/// Reads `[NAMESPACE/]KIND/NAME` entries; `home` is the namespace of entries without one.
pub fn targets(entries: &[String], home: Option<&str>, kinds: &Kinds) -> Result<Vec<Target>> {
    let mut found: BTreeMap<(String, Option<String>), Target> = BTreeMap::new();
    for entry in entries {
        let unclear = || LabError::Ready { entry: entry.clone() };
        let ReadyEntry { namespace, kind, name } = ReadyEntry::parse(entry).ok_or_else(unclear)?;
        let namespace = namespace.or(home);
        let kind = kinds.named(kind).ok_or_else(unclear)?.clone();
        let namespace = namespace.filter(|_| kind.namespaced).map(str::to_owned);
        found
            .entry((kind.resource.plural.clone(), namespace.clone()))
            .or_insert_with(|| Target { kind, namespace, names: BTreeSet::new() })
            .names
            .insert(name.to_owned());
    }
    Ok(found.into_values().collect())
}

/// Returns when every target is ready, or says which are not. What is waited for longer than usual is told meanwhile.
pub async fn wait(
    client: &Client,
    targets: Vec<Target>,
    limit: Duration,
    tell: impl Fn(String),
) -> Result<()> {
    let until = Instant::now() + limit;
    let board = Board::default();
    let waits = targets.into_iter().enumerate().map(|(i, target)| wait_for(client, target, until, i, &board));
    let all = future::join_all(waits);
    pin_mut!(all);
    let began = Instant::now();
    let waiting: Vec<String> = loop {
        match tokio::time::timeout(TOLD_EVERY, &mut all).await {
            Ok(waiting) => break waiting.into_iter().flatten().collect(),
            Err(_) => {
                if let Some(still) = board.still(began.elapsed(), limit) {
                    tell(still);
                }
            }
        }
    };
    if waiting.is_empty() { Ok(()) } else { Err(LabError::NotReady { seconds: limit.as_secs(), waiting }) }
}

/// What each target still waits for, each object with its last state.
#[derive(Debug, Default)]
struct Board(Mutex<BTreeMap<usize, Vec<String>>>);

impl Board {
    fn put(&self, target: usize, waiting: Vec<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(target, waiting);
    }

    /// In a sentence; None: nothing is waited for.
    fn still(&self, elapsed: Duration, limit: Duration) -> Option<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = all.values().flatten();
        let first = waiting.next()?;
        let more = match waiting.count() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!(
            "after {} of {} s setup still waits for {first}{more}",
            elapsed.as_secs(),
            limit.as_secs()
        ))
    }
}

/// What is not ready when the time is up, each with its last state.
async fn wait_for(
    client: &Client,
    target: Target,
    until: Instant,
    number: usize,
    board: &Board,
) -> Vec<String> {
    let Target { kind, namespace, names } = target;
    let mut pending: BTreeMap<String, String> = names.into_iter().map(|n| (n, "absent".into())).collect();
    let place = namespace.as_ref().map(|n| format!("{n}/")).unwrap_or_default();
    let told = |pending: &BTreeMap<String, String>, trouble: Option<&String>| -> Vec<String> {
        let one = |(name, state): (&String, &String)| {
            format!("{} {place}{name}: {}", kind.resource.kind, trouble.unwrap_or(state))
        };
        pending.iter().map(one).collect()
    };
    let api = kind.api(client, namespace.as_deref());
    let stream = watcher(api, watcher::Config::default()).default_backoff().applied_objects();
    pin_mut!(stream);
    let (mut trouble, mut selectors) = (None, BTreeMap::new());
    while !pending.is_empty() {
        board.put(number, told(&pending, trouble.as_ref()));
        match tokio::time::timeout_at(until, stream.next()).await {
            Ok(Some(Ok(object))) => {
                let name = object.metadata.name.clone().unwrap_or_default();
                selectors.extend(selector(&object).map(|labels| (name.clone(), labels)));
                if let Some(state) = pending.get_mut(&name) {
                    match state_of(&kind.resource.kind, &object) {
                        None => drop(pending.remove(&name)),
                        Some(what) => *state = what,
                    }
                }
            }
            Ok(Some(Err(e))) => trouble = Some(e.to_string()),
            Ok(None) | Err(_) => break,
        }
    }
    for (name, state) in &mut pending {
        if let Some(labels) = selectors.get(name)
            && let Some(why) = of_pods(client, namespace.as_deref(), labels).await
        {
            *state = format!("{state} ({why})");
        }
    }
    let waiting = told(&pending, trouble.as_ref());
    board.put(number, waiting.clone());
    waiting
}

/// The labels of the Pods that an object is about.
fn selector(object: &DynamicObject) -> Option<String> {
    let labels = object.data.pointer("/spec/selector/matchLabels")?.as_object()?;
    let pair = |(key, value): (&String, &Value)| Some(format!("{key}={}", value.as_str()?));
    labels.iter().map(pair).collect::<Option<Vec<String>>>().map(|pairs| pairs.join(","))
}

/// Why the first of some Pods is not ready, where that is known.
async fn of_pods(client: &Client, namespace: Option<&str>, labels: &str) -> Option<String> {
    let pods: Api<DynamicObject> =
        Api::namespaced_with(client.clone(), namespace?, &ApiResource::erase::<Pod>(&()));
    let found = pods.list(&ListParams::default().labels(labels)).await.ok()?;
    found.items.iter().find_map(|pod| {
        let why = pod_state(&pod.data)?;
        Some(format!("Pod {}: {why}", pod.metadata.name.as_deref()?))
    })
}

/// None when the object is ready; else what it is waiting for.
fn state_of(kind: &str, object: &DynamicObject) -> Option<String> {
    if object.metadata.deletion_timestamp.is_some() {
        return Some("being deleted".into());
    }
    match kind {
        "Pod" => pod_state(&object.data),
        "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController" => {
            let wanted = number(object, "/spec/replicas").unwrap_or(1);
            counted(object, wanted, number(object, "/status/readyReplicas").unwrap_or(0))
        }
        "DaemonSet" => {
            let wanted = number(object, "/status/desiredNumberScheduled").unwrap_or(1);
            counted(object, wanted.max(1), number(object, "/status/numberReady").unwrap_or(0))
        }
        "Job" => (!condition(&object.data, "Complete")).then(|| "not complete".into()),
        "Secret" => {
            let token = object.data.get("type").and_then(Value::as_str) == Some(SECRET_TYPE);
            (token && object.data.pointer("/data/token").is_none()).then(|| "no token in it yet".into())
        }
        _ => None,
    }
}

fn pod_state(pod: &Value) -> Option<String> {
    if condition(pod, "Ready") || pod.pointer("/status/phase").and_then(Value::as_str) == Some("Succeeded") {
        return None;
    }
    let containers = pod.pointer("/status/containerStatuses").and_then(Value::as_array);
    let reason = containers.into_iter().flatten().find_map(|c| {
        let waiting = c.pointer("/state/waiting").or_else(|| c.pointer("/state/terminated"))?;
        let reason = waiting.get("reason")?.as_str()?;
        let message = waiting.get("message").and_then(Value::as_str).unwrap_or_default();
        Some(if message.is_empty() { reason.to_owned() } else { format!("{reason}: {message}") })
    });
    let unscheduled =
        pod.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten().find_map(|c| {
            (c["type"] == "PodScheduled" && c["status"] == "False")
                .then(|| c["message"].as_str().map(str::to_owned))?
        });
    Some(reason.or(unscheduled).unwrap_or_else(|| "not ready".into()))
}

fn counted(object: &DynamicObject, wanted: i64, ready: i64) -> Option<String> {
    let seen = number(object, "/status/observedGeneration").unwrap_or(0);
    let current = object.metadata.generation.is_none_or(|g| seen >= g);
    (!current || ready < wanted).then(|| format!("{ready} of {wanted} ready"))
}

fn condition(object: &Value, kind: &str) -> bool {
    let all = object.pointer("/status/conditions").and_then(Value::as_array);
    all.into_iter().flatten().any(|c| c["type"] == kind && c["status"] == "True")
}

fn number(object: &DynamicObject, pointer: &str) -> Option<i64> {
    object.data.pointer(pointer).and_then(Value::as_i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> DynamicObject {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_pod_is_ready_by_its_condition_or_when_it_is_through() {
        let ready = object(json!({"metadata": {"name": "a"},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]}}));
        assert_eq!(state_of("Pod", &ready), None);
        let through = object(json!({"metadata": {"name": "a"}, "status": {"phase": "Succeeded"}}));
        assert_eq!(state_of("Pod", &through), None);
    }

    #[test]
    fn a_pod_that_cannot_start_says_why() {
        let stuck = object(json!({"metadata": {"name": "a"}, "status": {"containerStatuses": [
            {"state": {"waiting": {"reason": "ErrImageNeverPull", "message": "no such image"}}}]}}));
        assert_eq!(state_of("Pod", &stuck).unwrap(), "ErrImageNeverPull: no such image");
    }

    #[test]
    fn a_deployment_whose_change_was_not_seen_yet_is_not_ready() {
        let stale = object(json!({"metadata": {"name": "a", "generation": 2}, "spec": {"replicas": 1},
            "status": {"observedGeneration": 1, "readyReplicas": 1}}));
        assert_eq!(state_of("Deployment", &stale).unwrap(), "1 of 1 ready");
        let none = object(json!({"metadata": {"name": "a"}, "spec": {"replicas": 0}, "status": {}}));
        assert_eq!(state_of("Deployment", &none), None);
    }

    #[test]
    fn what_is_still_waited_for_is_told_in_a_sentence() {
        let board = Board::default();
        let still = || board.still(Duration::from_secs(10), Duration::from_secs(30));
        assert_eq!(still(), None);
        board.put(0, vec!["Pod a/web: not ready".into(), "Pod a/db: absent".into()]);
        board.put(1, vec!["Deployment a/api: 0 of 1 ready".into()]);
        assert_eq!(
            still().unwrap(),
            "after 10 of 30 s setup still waits for Pod a/web: not ready and 2 more"
        );
        board.put(0, Vec::new());
        assert!(still().unwrap().ends_with("for Deployment a/api: 0 of 1 ready"));
    }

    #[test]
    fn a_token_secret_waits_for_its_token_and_another_does_not() {
        let empty = object(json!({"metadata": {"name": "a"}, "type": "kubernetes.io/service-account-token"}));
        assert!(state_of("Secret", &empty).is_some());
        assert_eq!(state_of("Secret", &object(json!({"metadata": {"name": "a"}, "type": "Opaque"}))), None);
    }
}
