//! The traps that other graders fell into, each by its number in the grading rules. Those about tokens in use
//! (1, 3, 4, 5) belong to check kinds that replay tokens.

use serde_json::json;

use super::fake::{Fake, expect, verdict};
use super::support::*;
use crate::grade::probe::Subject;
use crate::grade::verdict::Outcome::{Fail, NotYet, Pass};

#[tokio::test(start_paused = true)]
async fn trap_2_a_deleted_pod_in_its_grace_period_is_not_yet() {
    let none = check(json!({"tokenMount": {"workload": "pods", "namespace": NS, "expect": "none"}}));
    let fake = Fake::of([terminating(pod_with_token("old")), pod("new")]);
    expect(&fake.grade(none).await, NotYet, "Pod production/old is being deleted");
}

#[test]
fn trap_6_a_service_account_has_its_three_groups() {
    let subject = Subject::service_account("a", "b");
    assert_eq!(subject.user, "system:serviceaccount:a:b");
    assert_eq!(
        subject.groups,
        ["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"]
    );
}

#[tokio::test(start_paused = true)]
async fn trap_7_a_right_on_one_name_is_asked_with_another_name_too() {
    let exactly = check(json!({"access": {"serviceAccount": "reader", "namespace": NS, "exactly": [
        {"verbs": ["get"], "resources": ["configmaps"], "names": ["app-config"]}
    ]}}));
    let fake = Fake::of([
        account("reader"),
        role("Role", "read", rule(&["get"], &["configmaps"], &["app-config"])),
        binding("RoleBinding", "read", "Role/read", to_account("reader")),
    ]);
    expect(&fake.grade(exactly).await, Pass, "");
    let asked = format!("{:?}", fake.asked.lock().unwrap());
    assert!(asked.contains("satrain-some-other-name"), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn trap_8_bindings_go_by_name_and_outlive_their_account() {
    let leftover = check(json!({"access": {
        "serviceAccount": "gone", "namespace": NS, "exactly": [], "mayBeMissing": true
    }}));
    let fake = Fake::of([
        role("Role", "read", rule(&["get"], &["secrets"], &[])),
        binding("RoleBinding", "read", "Role/read", to_account("gone")),
    ]);
    expect(&fake.grade(leftover).await, Fail, "get on secrets in Namespace production");
}

#[tokio::test(start_paused = true)]
async fn trap_9_no_pod_at_all_is_no_pass() {
    let kinds = [
        json!({"tokenMount": {"workload": "pods", "selector": "app=web", "namespace": NS, "expect": "none"}}),
        json!({"tokenMount": {"workload": "pod/myapp", "namespace": NS, "expect": "none"}}),
        json!({"workload": {"workload": "pods", "namespace": NS, "serviceAccount": "x"}}),
        json!({"exec": {"workload": "pod/myapp", "namespace": NS, "command": ["true"]}}),
        json!({"resource": {"kind": "Pod", "namespace": NS, "match": {"spec": {}}}}),
    ];
    for kind in kinds {
        let grade = Fake::of([]).grade(check(kind.clone())).await;
        assert_eq!(verdict(&grade).outcome, Fail, "{kind}");
    }
    let ended = with(pod("myapp"), json!({"status": {"phase": "Succeeded"}}));
    let none = check(json!({"tokenMount": {"workload": "pod/myapp", "namespace": NS, "expect": "none"}}));
    expect(&Fake::of([ended]).grade(none).await, Fail, "has ended");
}

#[tokio::test(start_paused = true)]
async fn trap_9_an_old_pod_keeps_the_token_it_was_admitted_with() {
    let opted_out = with(account("default"), json!({"automountServiceAccountToken": false}));
    let template_says_no =
        with(pod_with_token("myapp"), json!({"spec": {"automountServiceAccountToken": false}}));
    let none = check(json!({"tokenMount": {"workload": "pod/myapp", "namespace": NS, "expect": "none"}}));
    expect(&Fake::of([opted_out, template_says_no]).grade(none).await, Fail, "A token can be read in");
}

#[tokio::test(start_paused = true)]
async fn trap_10_rights_that_lead_to_rights_are_surplus() {
    for (verb, group, resource) in [
        ("create", "", "pods"),
        ("create", "", "serviceaccounts/token"),
        ("impersonate", "", "serviceaccounts"),
        ("bind", "rbac.authorization.k8s.io", "roles"),
        ("escalate", "rbac.authorization.k8s.io", "roles"),
    ] {
        let rules = json!([{"verbs": [verb], "apiGroups": [group], "resources": [resource]}]);
        let fake = Fake::of([
            account("reader"),
            role("Role", "extra", rules),
            binding("RoleBinding", "extra", "Role/extra", to_group(&format!("system:serviceaccounts:{NS}"))),
        ]);
        let nothing = check(json!({"access": {"serviceAccount": "reader", "namespace": NS, "exactly": []}}));
        expect(&fake.grade(nothing).await, Fail, &format!("{verb} on {resource}"));
    }
}
