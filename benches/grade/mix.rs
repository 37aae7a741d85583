//! The checks that are graded: ten of mixed kinds a team, as scenarios use them. All of them pass.
//!
//! The first one alone is the grade of a single check. Equal questions of several checks stay equal here: that
//! they are asked once is a part of what is measured.

use satrain::grade::expectation::Check;
use serde_json::{Value, json};

use super::Outcome;
use super::population::{GRADED, Team, WEB};

/// The first `count` checks of team after team.
pub(super) fn checks(count: usize) -> Outcome<Vec<Check>> {
    let mut checks = Vec::new();
    for (index, kind) in (0..).flat_map(of_team).take(count).enumerate() {
        let mut check = json!({"id": format!("check-{index}"), "points": 1, "requirement": "as set up"});
        for (name, spec) in kind.as_object().into_iter().flatten() {
            check[name] = spec.clone();
        }
        checks.push(serde_json::from_value(check)?);
    }
    Ok(checks)
}

fn of_team(number: usize) -> [Value; 10] {
    let Team { pod, account, role, config } = Team::of(number);
    let workload = json!({"workload": format!("pod/{pod}"), "namespace": GRADED});
    let access = json!({"serviceAccount": account, "namespace": GRADED});
    let of_kind = |kind: &str, name: &str| json!({"kind": kind, "namespace": GRADED, "name": name});
    let read = json!({"verbs": ["get"], "resources": ["configmaps"], "names": [config]});
    [
        json!({"tokenMount": with(&workload, json!({"expect": "none"}))}),
        json!({"resource": with(
            &of_kind("ServiceAccount", &account),
            json!({"match": {"automountServiceAccountToken": false}}),
        )}),
        json!({"workload": with(&workload, json!({
            "serviceAccount": account, "same": ["image", "command", "env", "labels", "ports", "volumes"],
            "alone": true,
        }))}),
        json!({"access": with(&access, json!({"allowed": [read]}))}),
        json!({"access": with(&access, json!({"denied": [
            {"verbs": ["get", "list"], "resources": ["secrets"]},
            {"verbs": ["create"], "resources": ["pods", "serviceaccounts/token"]},
        ]}))}),
        json!({"access": with(&access, json!({"exactly": [read]}))}),
        json!({"exec": {
            "workload": format!("pod/{WEB}"), "namespace": GRADED, "stdout": format!("^team {number}$"),
            "command": ["sh", "-c", format!("printf 'team {number}'")],
        }}),
        json!({"resource": with(&of_kind("ConfigMap", &config), json!({"unchanged": ["data"]}))}),
        json!({"resource": with(&of_kind("Role", &role), json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "match": {"rules": [
                {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [config], "verbs": ["get"]},
            ]},
        }))}),
        json!({"workload": {
            "workload": "pods", "namespace": GRADED, "selector": format!("app={pod}"), "serviceAccount": account,
        }}),
    ]
}

/// `base` with further keys.
fn with(base: &Value, more: Value) -> Value {
    let mut all = base.clone();
    for (key, value) in more.as_object().into_iter().flatten() {
        all[key] = value.clone();
    }
    all
}
