//! What of a shared object has a meaning for others than its owner.

use serde_json::{Map, Value, json};

use super::Part;
use crate::token::SECRET_TYPE;

/// What a controller writes into the object that it is asked to trust.
const CA: &str = "caBundle";

/// Taints that follow the state of a node by themselves.
const BY_ITSELF: [&str; 2] = ["node.kubernetes.io/", "node.cloudprovider.kubernetes.io/"];

/// How the annotations end that make a class the default.
const DEFAULT: [&str; 2] =
    ["class.kubernetes.io/is-default-class", "class.beta.kubernetes.io/is-default-class"];

/// Who signs for the API server.
const OWN_SIGNER: &str = "kubernetes.io/kube-apiserver-serving";

/// How the names of its bundles begin; the rest is a digest.
const OWN_BUNDLES: &str = "kubernetes.io:kube-apiserver-serving:";

/// Signers whose certificates the API server takes for credentials.
const SIGNERS: [&str; 2] =
    ["kubernetes.io/kube-apiserver-client", "kubernetes.io/kube-apiserver-client-kubelet"];

/// Types of Secrets that are credentials of the API.
const TOKENS: [&str; 2] = [SECRET_TYPE, "bootstrap.kubernetes.io/token"];

/// The part of `object` that means something; None: nothing of it does.
pub(super) fn essence(part: Part, object: &Value) -> Option<Value> {
    let at = |path: &str| object.pointer(path).cloned().unwrap_or_default();
    Some(match part {
        Part::Whole => body(object),
        Part::Labelled => json!([at("/metadata/labels"), body(object)]),
        Part::Generation => at("/metadata/generation"),
        Part::Labels => at("/metadata/labels"),
        Part::Default => json!([is_default(object), body(object)]),
        Part::Bundle => return (!is_the_clusters(object)).then(|| body(object)),
        Part::Placement => {
            let unschedulable = at("/spec/unschedulable").as_bool().unwrap_or_default();
            json!([at("/metadata/labels"), taints(&at("/spec/taints")), unschedulable])
        }
        Part::Credential => return credential(object),
        Part::Token => {
            let kind = at("/type");
            if !kind.as_str().is_some_and(|kind| TOKENS.contains(&kind)) {
                return None;
            }
            json!([kind, at("/metadata/annotations/kubernetes.io~1service-account.name")])
        }
    })
}

/// Whether objects that name no class get this one.
fn is_default(class: &Value) -> bool {
    let annotations = class.pointer("/metadata/annotations").and_then(Value::as_object);
    annotations.is_some_and(|all| {
        all.iter().any(|(key, value)| DEFAULT.iter().any(|end| key.ends_with(end)) && value == "true")
    })
}

/// Whether a controller of the cluster publishes the bundle, whenever it comes to it.
fn is_the_clusters(bundle: &Value) -> bool {
    let text = |path: &str| bundle.pointer(path).and_then(Value::as_str).unwrap_or_default();
    text("/spec/signerName") == OWN_SIGNER && text("/metadata/name").starts_with(OWN_BUNDLES)
}

/// All but metadata and status. What an aggregated role has gathered is said by those that it gathers from.
fn body(object: &Value) -> Value {
    let mut fields: Map<String, Value> = object.as_object().cloned().unwrap_or_default();
    for key in ["apiVersion", "kind", "metadata", "status"] {
        fields.remove(key);
    }
    if fields.get("aggregationRule").is_some_and(|rule| !rule.is_null()) {
        fields.remove("rules");
    }
    let mut body = Value::Object(fields);
    without_ca(&mut body);
    body
}

fn without_ca(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove(CA);
            fields.values_mut().for_each(without_ca);
        }
        Value::Array(items) => items.iter_mut().for_each(without_ca),
        _ => {}
    }
}

fn taints(all: &Value) -> Vec<Value> {
    let key = |taint: &Value| taint["key"].as_str().unwrap_or_default().to_owned();
    let by_itself = |taint: &Value| BY_ITSELF.iter().any(|prefix| key(taint).starts_with(prefix));
    let mut taints: Vec<Value> =
        all.as_array().into_iter().flatten().filter(|taint| !by_itself(taint)).cloned().collect();
    taints.iter_mut().filter_map(Value::as_object_mut).for_each(|taint| drop(taint.remove("timeAdded")));
    taints.sort_by_key(key);
    taints
}

/// A request that was approved, for a credential; those of kubelets are approved by a controller.
fn credential(request: &Value) -> Option<Value> {
    let text = |path: &str| request.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let approved = request
        .pointer("/status/conditions")
        .and_then(Value::as_array)
        .is_some_and(|all| all.iter().any(|condition| condition["type"] == "Approved"));
    let by_a_kubelet =
        ["system:node:", "system:bootstrap:"].iter().any(|p| text("/spec/username").starts_with(p));
    (approved && !by_a_kubelet && SIGNERS.contains(&text("/spec/signerName"))).then(|| {
        json!([text("/spec/signerName"), text("/spec/username"), request.pointer("/spec/request").cloned()])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_cluster_writes_itself_is_no_change() {
        let node = |taints: Value| json!({"metadata": {"name": "n", "labels": {"a": "b"}}, "spec": {"taints": taints}});
        let calm = essence(Part::Placement, &node(json!([])));
        let busy = node(json!([{"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}]));
        assert_eq!(calm, essence(Part::Placement, &busy));
        assert_ne!(calm, essence(Part::Placement, &node(json!([{"key": "mine", "effect": "NoExecute"}]))));
        let hook = |ca: &str| json!({"webhooks": [{"clientConfig": {"caBundle": ca}}]});
        assert_eq!(essence(Part::Whole, &hook("a")), essence(Part::Whole, &hook("b")));
        let role = |verb: &str| json!({"aggregationRule": {"clusterRoleSelectors": []}, "rules": [{"verbs": [verb]}]});
        assert_eq!(essence(Part::Labelled, &role("get")), essence(Part::Labelled, &role("*")));
    }

    #[test]
    fn a_certificate_counts_once_it_was_approved_and_not_for_a_kubelet() {
        let request = |signer: &str, user: &str, condition: &str| {
            json!({"spec": {"signerName": signer, "username": user, "request": "x"},
                "status": {"conditions": [{"type": condition}]}})
        };
        let counts = |request: &Value| essence(Part::Credential, request).is_some();
        let client = "kubernetes.io/kube-apiserver-client";
        assert!(counts(&request(client, "kubernetes-admin", "Approved")));
        assert!(!counts(&request(client, "kubernetes-admin", "Denied")));
        assert!(!counts(&request(client, "system:node:a", "Approved")));
        assert!(!counts(&request("example.com/pods", "kubernetes-admin", "Approved")));
    }

    #[test]
    fn only_secrets_with_a_credential_count() {
        let secret = |kind: &str| json!({"type": kind, "metadata": {"name": "a"}});
        assert!(essence(Part::Token, &secret("Opaque")).is_none());
        assert!(essence(Part::Token, &secret("kubernetes.io/service-account-token")).is_some());
    }
}
