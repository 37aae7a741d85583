//! Builders for objects and checks: what a test does not name has a plain default.

use serde_json::{Value, json};

use crate::grade::checks::CheckKind;
use crate::grade::expectation::{Check, Expectation, Guard};

pub(super) const NS: &str = "production";
pub(super) const CREATED: &str = "2026-01-01T00:00:00Z";

/// A Namespace.
pub(super) fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "uid": name}})
}

/// An object with a name, a UID and whatever else.
pub(super) fn object(api_version: &str, kind: &str, name: &str, rest: Value) -> Value {
    let mut object = json!({
        "apiVersion": api_version, "kind": kind,
        "metadata": {"name": name, "namespace": NS, "uid": format!("{kind}-{name}-1"), "creationTimestamp": CREATED},
    });
    merge(&mut object, rest);
    object
}

/// A ServiceAccount.
pub(super) fn account(name: &str) -> Value {
    object("v1", "ServiceAccount", name, json!({}))
}

/// A Ready Pod with one container `web`, without a token.
pub(super) fn pod(name: &str) -> Value {
    object(
        "v1",
        "Pod",
        name,
        json!({
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "serviceAccountName": "default",
                "containers": [{"name": "web", "image": "nginx", "command": ["serve"]}],
            },
            "status": {"phase": "Running", "conditions": [
                {"type": "Ready", "status": "True", "lastTransitionTime": CREATED}
            ]},
        }),
    )
}

/// A Pod with the token that admission mounts by default.
pub(super) fn pod_with_token(name: &str) -> Value {
    with(pod(name), token_volume("kube-api-access-x", json!({"path": "token", "expirationSeconds": 3607})))
}

/// A projected token volume, mounted into container `web` at the default place.
pub(super) fn token_volume(volume: &str, source: Value) -> Value {
    json!({"spec": {
        "volumes": [{"name": volume, "projected": {"sources": [{"serviceAccountToken": source}]}}],
        "containers": [{"name": "web", "image": "nginx", "command": ["serve"], "volumeMounts": [
            {"name": volume, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true}
        ]}],
    }})
}

/// `object` with fields replaced; objects merge, all else is put in place.
pub(super) fn with(mut object: Value, rest: Value) -> Value {
    merge(&mut object, rest);
    object
}

/// The same Pod, being deleted.
pub(super) fn terminating(object: Value) -> Value {
    with(object, json!({"metadata": {"deletionTimestamp": CREATED}}))
}

/// A Secret as it is observed: data replaced by digests.
pub(super) fn secret(name: &str, kind: &str, data: Value) -> Value {
    object("v1", "Secret", name, json!({"type": kind, "data": data}))
}

/// A Role or ClusterRole.
pub(super) fn role(kind: &str, name: &str, rules: Value) -> Value {
    let mut role = object("rbac.authorization.k8s.io/v1", kind, name, json!({"rules": rules}));
    if kind.starts_with("Cluster") {
        role["metadata"].as_object_mut().unwrap().remove("namespace");
    }
    role
}

/// A RoleBinding or ClusterRoleBinding of `role` (`Role/x`, `ClusterRole/x`) to one subject.
pub(super) fn binding(kind: &str, name: &str, role: &str, subject: Value) -> Value {
    let (role_kind, role_name) = role.split_once('/').unwrap();
    let mut binding = object(
        "rbac.authorization.k8s.io/v1",
        kind,
        name,
        json!({
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role_name},
            "subjects": [subject],
        }),
    );
    if kind.starts_with("Cluster") {
        binding["metadata"].as_object_mut().unwrap().remove("namespace");
    }
    binding
}

/// A ServiceAccount as a binding's subject.
pub(super) fn to_account(name: &str) -> Value {
    json!({"kind": "ServiceAccount", "name": name, "namespace": NS})
}

/// A group as a binding's subject.
pub(super) fn to_group(name: &str) -> Value {
    json!({"kind": "Group", "name": name, "apiGroup": "rbac.authorization.k8s.io"})
}

/// One rule.
pub(super) fn rule(verbs: &[&str], resources: &[&str], names: &[&str]) -> Value {
    json!([{"verbs": verbs, "apiGroups": [""], "resources": resources, "resourceNames": names}])
}

/// A check worth 100 points, from its kind as an author writes it.
pub(super) fn check(kind: Value) -> Check {
    let kind: CheckKind = serde_json::from_value(kind).unwrap();
    Check { expectation: expectation("it", "It is so.", kind, 7), points: 100, requires: Vec::new() }
}

/// A guard of the check `it`.
pub(super) fn guard(kind: Value) -> Guard {
    let kind: CheckKind = serde_json::from_value(kind).unwrap();
    Guard { expectation: expectation("guard", "It stays.", kind, 9), protects: vec!["it".into()] }
}

fn expectation(id: &str, requirement: &str, kind: CheckKind, line: u32) -> Expectation {
    let (id, requirement) = (id.into(), requirement.into());
    Expectation { id, requirement, within: None, consistently: None, kind, line }
}

/// The same check, waited for so long.
pub(super) fn within(written: &str, mut check: Check) -> Check {
    check.within = Some(written.parse().unwrap());
    check
}

/// The same check, which must stay so for so long.
pub(super) fn consistently(written: &str, mut check: Check) -> Check {
    check.consistently = Some(written.parse().unwrap());
    check
}

fn merge(object: &mut Value, rest: Value) {
    match (object, rest) {
        (Value::Object(fields), Value::Object(rest)) => {
            for (key, value) in rest {
                merge(fields.entry(key).or_insert(Value::Null), value);
            }
        }
        (place, rest) => *place = rest,
    }
}
