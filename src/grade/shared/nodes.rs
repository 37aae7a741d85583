//! Whether a Node may have joined the cluster by itself, as whoever lists it notes on it.

use serde_json::{Value, json};

/// The annotation that says so. Nobody else's is believed.
const MAY_JOIN: &str = "satrain.dev/may-join";

/// Notes on a listed Node whether nodes may join its cluster.
pub(in crate::grade) fn note_whether_it_may_join(node: &mut Value, may_join: bool) {
    let Some(metadata) = node.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.remove(MAY_JOIN);
        if may_join {
            annotations.insert(MAY_JOIN.into(), "true".into());
        }
    }
}

/// Whether it may have.
pub(in crate::grade) fn may_join(node: &Value) -> bool {
    node.pointer("/metadata/annotations").is_some_and(|all| all.get(MAY_JOIN).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_learner_writes_is_not_believed() {
        let mut node = json!({"metadata": {"name": "n", "annotations": {MAY_JOIN: "true"}}});
        note_whether_it_may_join(&mut node, false);
        assert!(!may_join(&node));
        note_whether_it_may_join(&mut node, true);
        assert!(may_join(&node));
        let mut plain = json!({"metadata": {"name": "n"}});
        note_whether_it_may_join(&mut plain, true);
        assert!(may_join(&plain));
    }
}
