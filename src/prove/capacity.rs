//! How many Pods the cases of a proof may run at a time: what the cluster's nodes take, but for a few.

use k8s_openapi::api::core::v1::Node;
use kube::Client;
use kube::api::{Api, ListParams};

/// What one node takes where Kubernetes' default is not changed.
const USUAL: u32 = 110;

/// Pods that are none of the cases': the cluster's own, and those on their way out.
const OTHERS: u32 = 20;

/// Asks the nodes. Who may not list them is taken to have one usual node.
pub(super) async fn capacity(client: &Client) -> u32 {
    let nodes = Api::<Node>::all(client.clone()).list(&ListParams::default()).await;
    of(&nodes.map(|list| list.items).unwrap_or_default())
}

fn of(nodes: &[Node]) -> u32 {
    let takes = |node: &Node| -> Option<u32> {
        node.status.as_ref()?.allocatable.as_ref()?.get("pods")?.0.parse().ok()
    };
    let sum = nodes.iter().filter_map(takes).fold(0, u32::saturating_add);
    (if sum == 0 { USUAL } else { sum }).saturating_sub(OTHERS)
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn the_nodes_say_how_many_pods_they_take_and_one_is_taken_for_usual_when_they_do_not() {
        let node = |pods: &str| -> Node {
            from_value(json!({"metadata": {}, "status": {"allocatable": {"pods": pods}}})).unwrap()
        };
        assert_eq!(of(&[node("220")]), 200);
        assert_eq!(of(&[node("110"), node("110")]), 200);
        assert_eq!(of(&[]), 90);
        assert_eq!(of(&[node("7")]), 0);
    }
}
