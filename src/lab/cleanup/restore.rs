//! Puts back shared objects (roles, bindings, ServiceAccounts outside the attempt) that were changed or deleted.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Client;
use kube::api::{DynamicObject, PostParams};
use serde_json::Value;

use crate::lab::FIELD_MANAGER;
use crate::lab::error::{Result, api};
use crate::lab::inventory::{Inventory, shared_now};
use crate::lab::setup::kinds::Kinds;

/// Puts back what differs from `inventory`, except what is `theirs`; says what it was.
pub(super) async fn put_back(
    client: &Client,
    kinds: &Kinds,
    inventory: &Inventory,
    theirs: impl Fn(&ObjectMeta) -> bool,
) -> Result<Vec<String>> {
    let now = shared_now(client, kinds).await?;
    let how = PostParams { field_manager: Some(FIELD_MANAGER.into()), ..PostParams::default() };
    let mut done = Vec::new();
    for before in inventory.kept.iter().filter(|o| !theirs(&o.metadata)) {
        let types = before.types.clone().unwrap_or_default();
        let name = before.metadata.name.clone().unwrap_or_default();
        let key = (types.kind.clone(), before.metadata.namespace.clone(), name.clone());
        let mut again = before.clone();
        again.metadata.uid = None;
        again.metadata.creation_timestamp = None;
        let what = match &before.metadata.namespace {
            Some(namespace) => format!("{} {namespace}/{name}", types.kind),
            None => format!("{} {name}", types.kind),
        };
        let written = match now.get(&key) {
            Some((_, object)) if same(before, object) => continue,
            Some((kind, object)) => {
                again.metadata.resource_version = object.metadata.resource_version.clone();
                kind.api(client, before.metadata.namespace.as_deref()).replace(&name, &how, &again).await
            }
            None => {
                again.metadata.resource_version = None;
                let kind = kinds.of_manifest(&types.api_version, &types.kind)?;
                kind.api(client, before.metadata.namespace.as_deref()).create(&how, &again).await
            }
        };
        match written {
            Ok(_) => done.push(what),
            // Its namespace is gone, or the cluster made it again meanwhile.
            Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404 | 409) => {}
            Err(e) => return Err(api(format!("putting back {what}"))(e)),
        }
    }
    Ok(done)
}

/// Whether two states of an object say the same; rules that the cluster aggregates are its own affair.
fn same(before: &DynamicObject, now: &DynamicObject) -> bool {
    essence(before) == essence(now)
}

fn essence(object: &DynamicObject) -> Value {
    let mut data = object.data.clone();
    if let Some(fields) = data.as_object_mut() {
        fields.remove("status");
        if fields.get("aggregationRule").is_some_and(|r| !r.is_null()) {
            fields.remove("rules");
        }
    }
    serde_json::json!({
        "data": data, "labels": object.metadata.labels, "annotations": object.metadata.annotations,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> DynamicObject {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_changed_field_differs_and_a_new_resource_version_does_not() {
        let before = object(json!({"metadata": {"name": "default", "resourceVersion": "1"}}));
        let touched = object(json!({"metadata": {"name": "default", "resourceVersion": "2"}}));
        let patched = object(json!({"metadata": {"name": "default"}, "automountServiceAccountToken": false}));
        assert!(same(&before, &touched));
        assert!(!same(&before, &patched));
    }

    #[test]
    fn aggregated_rules_are_left_to_the_cluster() {
        let role = |verbs| {
            object(json!({"metadata": {"name": "view"},
            "aggregationRule": {"clusterRoleSelectors": []}, "rules": [{"verbs": verbs}]}))
        };
        assert!(same(&role(json!(["get"])), &role(json!(["get", "list"]))));
    }
}
