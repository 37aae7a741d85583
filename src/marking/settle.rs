//! After a hand-in: whether its cluster is what it was, with nothing of the hand-in at work any more.
//!
//! A Pod may live on for as long as it likes after it was deleted, with a copy of the learner's credentials. So the programs on the machine are
//! counted, which nobody in the cluster can forge; only once there are none, the beginning is brought back a last time, and the history
//! forgotten, which the next hand-in could copy from. Each failure costs the cluster and nothing else.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node;
use kube::Api;
use kube::api::ListParams;
use tokio::time::{Instant, sleep};

use super::seats::Seats;
use crate::cluster::checkpoints::Moment;
use crate::lab::cluster::LabCluster;
use crate::plural::counted;

/// How long the programs of Pods may take to end; a new cluster takes no longer.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often they are counted.
const PAUSE: Duration = Duration::from_millis(30);

/// Makes sure of it.
///
/// # Errors
/// Why the cluster cannot be used again.
pub(super) async fn settle(
    lab: &LabCluster,
    before: Option<Moment>,
    since: Timestamp,
    (seats, seat): (&dyn Seats, usize),
) -> Result<(), String> {
    let (Some(checkpoints), Some(before)) = (&lab.checkpoints, before) else {
        return Err("its beginning was not written down".into());
    };
    let until = Instant::now() + PATIENCE;
    loop {
        match seats.at_work(seat)? {
            0 => break,
            count if Instant::now() >= until => {
                return Err(format!("{} of its Pods did not end", counted(count, "program")));
            }
            _ => sleep(PAUSE).await,
        }
    }
    let failed = |e: std::io::Error| format!("its beginning could not be brought back: {e}");
    checkpoints.restore(before).await.map_err(failed)?;
    let nodes = Api::<Node>::all(lab.client.clone()).list(&ListParams::default()).await;
    let nodes = nodes.map_err(|e| format!("its node could not be looked at: {e}"))?;
    if nodes.items.is_empty() {
        return Err("its node is gone".into());
    }
    if let Some(what) = nodes.iter().find_map(|node| odd(node, since)) {
        return Err(format!("its node {what}"));
    }
    checkpoints.forget().await.map_err(|e| format!("its history could not be forgotten: {e}"))
}

/// What was done to a node since then that a checkpoint does not bring back, and that may act later.
fn odd(node: &Node, since: Timestamp) -> Option<&'static str> {
    let metadata = &node.metadata;
    let capacity = node.status.iter().flat_map(|status| status.capacity.iter().flatten());
    let not_empty = |all: usize| all > 0;
    [
        (
            metadata.creation_timestamp.as_ref().is_some_and(|made| made.0.as_second() >= since.as_second()),
            "was made anew",
        ),
        (metadata.deletion_timestamp.is_some(), "is being deleted"),
        (not_empty(metadata.finalizers.iter().flatten().count()), "has a finalizer"),
        (not_empty(metadata.owner_references.iter().flatten().count()), "has an owner"),
        (capacity.into_iter().any(|(name, _)| name.contains('/')), "has resources of somebody else"),
    ]
    .into_iter()
    .find_map(|(is, what)| is.then_some(what))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_node_that_may_act_later_is_odd() {
        let of = |metadata: serde_json::Value, capacity: serde_json::Value| {
            let node = json!({"metadata": metadata, "status": {"capacity": capacity}});
            odd(&serde_json::from_value(node).unwrap(), "2026-11-30T07:00:00Z".parse().unwrap())
        };
        assert_eq!(of(json!({"annotations": {"a": "b"}}), json!({"cpu": "2"})), None);
        for (metadata, capacity, what) in [
            (json!({"deletionTimestamp": "2026-11-30T08:00:00Z"}), json!({}), "deleted"),
            (json!({"creationTimestamp": "2026-11-30T07:30:00Z"}), json!({}), "made anew"),
            (json!({"finalizers": ["a/b"]}), json!({}), "finalizer"),
            (
                json!({"ownerReferences": [{"apiVersion": "v1", "kind": "Namespace", "name": "a", "uid": "u"}]}),
                json!({}),
                "owner",
            ),
            (json!({}), json!({"example.com/x": "3"}), "resources"),
        ] {
            assert!(of(metadata, capacity).unwrap().contains(what), "{what}");
        }
    }
}
