//! What does not depend on an answer is asked together with what gives it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::fake::{Fake, expect};
use super::support::*;
use crate::grade::verdict::Outcome::{Fail, Pass};

const LIST: Duration = Duration::from_millis(100);

/// How many lists one after the other it takes to grade one check.
async fn rounds(objects: Vec<Value>, kind: Value) -> (u128, crate::grade::Grade) {
    let mut fake = Fake::of(objects);
    let kinds = ["Namespace", "ServiceAccount", "Secret", "ConfigMap", "Pod", "Deployment", "ReplicaSet"];
    let rbac = ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"];
    fake.slow = kinds.into_iter().chain(rbac).map(|kind| (kind, LIST)).collect();
    fake.files.insert("answers/holders".into(), "web".into());
    let begun = Instant::now();
    let grade = fake.grade(check(kind)).await;
    (begun.elapsed().as_millis() / LIST.as_millis(), grade)
}

#[tokio::test(start_paused = true)]
async fn what_is_independent_is_asked_in_one_round() {
    let resource = json!({"resource": {"kind": "ServiceAccount", "namespace": NS, "name": "a"}});
    let workload = json!({"workload": {"workload": "pod/web", "namespace": NS}});
    let rights = json!({"access": {
        "serviceAccount": "a", "namespace": NS, "exactly": [],
        "denied": [{"verbs": ["get", "list"], "resources": ["secrets", "pods"]}],
    }});
    let holders = json!({"answer": {"key": "holders", "as": "set", "computed": {
        "kind": "Pod", "namespace": NS, "holdsToken": true, "value": "object.metadata.name",
        "with": {"maps": {"kind": "ConfigMap", "namespace": NS}},
    }}});
    let exec = json!({"exec": {"workload": "pod/web", "namespace": NS, "command": ["true"]}});
    for kind in [resource, workload, rights, holders, exec] {
        let (rounds, grade) = rounds(vec![account("a"), pod_with_token("web")], kind.clone()).await;
        expect(&grade, Pass, "");
        assert_eq!(rounds, 1, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_depends_on_an_answer_takes_one_round_more() {
    let elsewhere = json!({"resource": {"kind": "ServiceAccount", "namespace": NS, "name": "b"}});
    let (rounds_then, grade) = rounds(vec![account("a")], elsewhere).await;
    expect(&grade, Fail, "does not exist");
    assert_eq!(rounds_then, 2);
    let secret = json!({"spec": {"volumes": [{"name": "v", "secret": {"secretName": "s"}}]}});
    let none = json!({"tokenMount": {"workload": "pod/web", "namespace": NS, "expect": "none"}});
    let (rounds_then, grade) = rounds(vec![with(pod("web"), secret)], none).await;
    expect(&grade, Pass, "");
    assert_eq!(rounds_then, 2);
}
