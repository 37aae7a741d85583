//! The guard of every scenario: what makes something wider, each in its own way, and what makes nothing wider.

use serde_json::{Value, json};

use super::fake::{Fake, expect};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::observation::{Observation, ProbeFailure};
use crate::grade::probe::Probe;
use crate::grade::shared::KINDS;
use crate::grade::verdict::Outcome::{Fail, Pass, Unknown};

const ADMISSION: &str = "admissionregistration.k8s.io/v1";

fn nothing_wider(more: Value) -> Check {
    let mut spec = json!({"namespaces": [NS]});
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    check(json!({"nothingWider": spec}))
}

fn wide(api_version: &str, kind: &str, name: &str, rest: Value) -> Value {
    let mut object = object(api_version, kind, name, rest);
    object["metadata"].as_object_mut().unwrap().remove("namespace");
    object
}

fn labelled(name: &str, labels: Value) -> Value {
    with(namespace(name), json!({"metadata": {"labels": labels}}))
}

fn in_system(object: Value) -> Value {
    with(object, json!({"metadata": {"namespace": "kube-system"}}))
}

/// What was there at setup.
fn beginning() -> Vec<Value> {
    let everywhere =
        |name: &str, role: &str, group: &str| binding("ClusterRoleBinding", name, role, to_group(group));
    vec![
        labelled("kube-system", json!({"kubernetes.io/metadata.name": "kube-system"})),
        labelled("others", json!({"satrain.dev/attempt": "other", "kubernetes.io/metadata.name": "others"})),
        role("ClusterRole", "system:basic-user", rule(&["create"], &["selfsubjectaccessreviews"], &[])),
        role("ClusterRole", "view", rule(&["get"], &["pods"], &[])),
        with(
            role("ClusterRole", "edit", rule(&["get"], &["secrets"], &[])),
            json!({"metadata": {"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}}),
        ),
        in_system(account("default")),
        in_system(role("Role", "leader", rule(&["get"], &["pods"], &[]))),
        in_system(with(
            role("Role", "of-setup", rule(&["get"], &["pods"], &[])),
            json!({"metadata": {"labels": {"satrain.dev/attempt": "this"}}}),
        )),
        wide("storage.k8s.io/v1", "StorageClass", "usual", json!({"provisioner": "x"})),
        role("Role", "reader", rule(&["get"], &["secrets"], &[])),
        everywhere("system:basic-user", "ClusterRole/system:basic-user", "system:authenticated"),
        binding("RoleBinding", "reader", "Role/reader", to_account("backup")),
        wide(
            "v1",
            "Node",
            "node",
            json!({"metadata": {"labels": {"kubernetes.io/os": "linux"}}, "spec": {}}),
        ),
        wide("apiregistration.k8s.io/v1", "APIService", "v1.apps", json!({"spec": {"group": "apps"}})),
        wide(ADMISSION, "ValidatingAdmissionPolicy", "p", json!({"spec": {}})),
        wide(ADMISSION, "MutatingAdmissionPolicy", "p", json!({"spec": {}})),
        wide(
            "flowcontrol.apiserver.k8s.io/v1",
            "FlowSchema",
            "exempt",
            json!({"spec": {"matchingPrecedence": 1}}),
        ),
    ]
}

async fn grade(
    more: impl IntoIterator<Item = Value>,
    change: impl FnOnce(&mut Vec<Value>),
    spec: Value,
) -> crate::grade::Grade {
    let check = nothing_wider(spec);
    let baseline = Fake::of(beginning()).baseline(&check).await;
    let mut objects = beginning();
    change(&mut objects);
    objects.extend(more);
    Fake::of(objects).grade_after(&baseline, check).await
}

async fn added(object: Value) -> crate::grade::Grade {
    grade([object], |_| {}, json!({})).await
}

async fn changed(kind: &str, name: &str, with: Value) -> crate::grade::Grade {
    let change = |objects: &mut Vec<Value>| {
        let object = objects.iter_mut().find(|o| o["kind"] == kind && o["metadata"]["name"] == name).unwrap();
        *object = super::support::with(object.clone(), with);
    };
    grade([], change, json!({})).await
}

#[tokio::test(start_paused = true)]
async fn whoever_may_do_more_is_told_with_the_chain() {
    let everywhere = |subject| binding("ClusterRoleBinding", "new", "ClusterRole/view", subject);
    for (subject, told) in [
        (
            to_account("backup"),
            "ServiceAccount production/backup has a new right: get on pods in every Namespace, by \
                                ClusterRoleBinding new → ClusterRole view → rule 1",
        ),
        (to_group("system:authenticated"), "Group system:authenticated has a new right"),
        (
            to_group("system:serviceaccounts:production"),
            "every ServiceAccount of Namespace production has a new right",
        ),
        (json!({"kind": "User", "name": "jane"}), "User jane has a new right"),
        (
            json!({"kind": "ServiceAccount", "name": "x", "namespace": "kube-system"}),
            "ServiceAccount kube-system/x has",
        ),
    ] {
        expect(&added(everywhere(subject)).await, Fail, told);
    }
    let dying = with(
        everywhere(to_account("backup")),
        json!({"metadata": {"deletionTimestamp": CREATED, "finalizers": ["a/b"]}}),
    );
    expect(&added(dying).await, Fail, "ServiceAccount production/backup has a new right");
    let subjects =
        json!({"subjects": [to_group("system:authenticated"), to_group("system:unauthenticated")]});
    expect(
        &changed("ClusterRoleBinding", "system:basic-user", subjects).await,
        Fail,
        "Group system:unauthenticated",
    );
    let rules = json!({"rules": [rule(&["create"], &["selfsubjectaccessreviews"], &[])[0], rule(&["get"], &["secrets"], &[])[0]]});
    expect(&changed("ClusterRole", "system:basic-user", rules).await, Fail, "get on secrets");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_depends_on_and_what_says_the_same_is_nothing() {
    let narrower = rule(&["get"], &["secrets"], &["one"]);
    let same = |name: &str| binding("RoleBinding", name, "Role/reader", to_account("backup"));
    let nothing: Vec<Value> = vec![
        account("spare"),
        role("ClusterRole", "unbound", rule(&["*"], &["*"], &[])),
        role("Role", "narrower", narrower),
        binding("RoleBinding", "narrower", "Role/narrower", to_account("backup")),
        same("renamed"),
        binding("ClusterRoleBinding", "dangling", "ClusterRole/nobody", to_account("backup")),
        labelled("mine", json!({})),
        with(
            binding(
                "RoleBinding",
                "in-mine",
                "ClusterRole/view",
                json!({"kind": "ServiceAccount", "name": "x", "namespace": "mine"}),
            ),
            json!({"metadata": {"namespace": "mine"}}),
        ),
        wide(
            "v1",
            "Node",
            "joined",
            json!({"metadata": {"annotations": {"satrain.dev/may-join": "true"}}, "spec": {}}),
        ),
        with(
            binding(
                "RoleBinding",
                "known-nowhere",
                "ClusterRole/view",
                json!({"kind": "User", "name": "jane"}),
            ),
            json!({"metadata": {"namespace": "mine"}}),
        ),
        with(account("later"), json!({"metadata": {"namespace": "kube-system"}})),
        with(object("v1", "ResourceQuota", "own", json!({"spec": {"hard": {"pods": "9"}}})), json!({})),
        wide(
            "certificates.k8s.io/v1",
            "ClusterTrustBundle",
            "kubernetes.io:kube-apiserver-serving:abc",
            json!({"spec": {"signerName": "kubernetes.io/kube-apiserver-serving"}}),
        ),
    ];
    expect(&grade(nothing, |_| {}, json!({})).await, Pass, "");
    let gone = |objects: &mut Vec<Value>| objects.retain(|o| o["metadata"]["name"] != "reader");
    expect(&grade([], gone, json!({})).await, Pass, "");
}

#[tokio::test(start_paused = true)]
async fn in_a_new_namespace_rights_count_for_all_who_were_there() {
    let in_new = |subject| {
        let bound = binding("RoleBinding", "new", "ClusterRole/view", subject);
        [labelled("mine", json!({})), with(bound, json!({"metadata": {"namespace": "mine"}}))]
    };
    for (subject, told) in [
        (to_account("backup"), "ServiceAccount production/backup"),
        (to_group("system:authenticated"), "Group system:authenticated"),
        (to_group("system:serviceaccounts:production"), "every ServiceAccount of Namespace production"),
        (json!({"kind": "User", "name": "system:anonymous"}), "User system:anonymous"),
        (
            json!({"kind": "ServiceAccount", "name": "default", "namespace": "kube-system"}),
            "ServiceAccount kube-system/",
        ),
    ] {
        expect(&grade(in_new(subject), |_| {}, json!({})).await, Fail, told);
    }
    let theirs = json!({"kind": "ServiceAccount", "name": "x", "namespace": "others"});
    for nobody in
        [theirs, json!({"kind": "ServiceAccount", "name": "x", "namespace": "mine"}), to_group("team")]
    {
        expect(&grade(in_new(nobody), |_| {}, json!({})).await, Pass, "");
    }
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_other_attempts_is_theirs() {
    let theirs = json!({"kind": "ServiceAccount", "name": "x", "namespace": "others"});
    let selector = json!({"matchLabels": {"kubernetes.io/metadata.name": "others"}});
    let objects = vec![
        binding("ClusterRoleBinding", "others", "ClusterRole/view", theirs.clone()),
        with(
            binding("RoleBinding", "a", "ClusterRole/view", to_group("x")),
            json!({"metadata": {"namespace": "others"}}),
        ),
        wide(ADMISSION, "ValidatingAdmissionPolicy", "others", json!({"spec": {}})),
        wide(
            ADMISSION,
            "ValidatingAdmissionPolicyBinding",
            "others",
            json!({"spec": {"policyName": "others", "matchResources": {"namespaceSelector": selector}}}),
        ),
    ];
    expect(&grade(objects, |_| {}, json!({})).await, Pass, "");
    // A Namespace that was there is nobody's, whatever it is labelled.
    let hidden = binding("RoleBinding", "hidden", "ClusterRole/view", to_account("x"));
    let hidden = with(hidden, json!({"metadata": {"namespace": "kube-system"}}));
    let label = |objects: &mut Vec<Value>| {
        let system = objects.iter_mut().find(|o| o["metadata"]["name"] == "kube-system").unwrap();
        system["metadata"]["labels"]["satrain.dev/attempt"] = json!("other");
    };
    expect(&grade([hidden], label, json!({})).await, Fail, "Namespace kube-system");
}

#[tokio::test(start_paused = true)]
async fn what_all_share_must_be_as_it_was() {
    let approved = json!({"spec": {"signerName": "kubernetes.io/kube-apiserver-client", "username": "admin", "request": "x"},
        "status": {"conditions": [{"type": "Approved", "status": "True"}]}});
    let hook = json!({"webhooks": [{"name": "a", "rules": []}]});
    let token =
        json!({"metadata": {"namespace": "kube-system"}, "type": "kubernetes.io/service-account-token"});
    for object in [
        wide(ADMISSION, "ValidatingAdmissionPolicyBinding", "new", json!({"spec": {"policyName": "p"}})),
        wide(ADMISSION, "MutatingAdmissionPolicyBinding", "new", json!({"spec": {"policyName": "p"}})),
        wide(ADMISSION, "ValidatingWebhookConfiguration", "new", hook.clone()),
        wide(ADMISSION, "MutatingWebhookConfiguration", "new", hook),
        wide("apiregistration.k8s.io/v1", "APIService", "new", json!({"spec": {}})),
        wide(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            "new",
            json!({"metadata": {"generation": 1}}),
        ),
        wide("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", "new", json!({"spec": {}})),
        wide("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", "new", json!({"spec": {}})),
        wide("node.k8s.io/v1", "RuntimeClass", "new", json!({"handler": "x"})),
        wide("scheduling.k8s.io/v1", "PriorityClass", "new", json!({"value": 1})),
        wide("certificates.k8s.io/v1", "CertificateSigningRequest", "new", approved),
        with(object("v1", "Secret", "new", json!({})), token),
        wide("v1", "Node", "ghost", json!({"spec": {}})),
        wide("storage.k8s.io/v1", "StorageClass", "new", json!({"provisioner": "x"})),
        wide("storage.k8s.io/v1", "VolumeAttributesClass", "new", json!({"driverName": "x"})),
        wide("storage.k8s.io/v1", "CSIDriver", "new", json!({"spec": {"tokenRequests": [{"audience": ""}]}})),
        wide("networking.k8s.io/v1", "IngressClass", "new", json!({"spec": {"controller": "x"}})),
        wide("resource.k8s.io/v1", "DeviceClass", "new", json!({"spec": {}})),
        wide("certificates.k8s.io/v1", "ClusterTrustBundle", "new", json!({"spec": {"trustBundle": "x"}})),
        in_system(object("v1", "ResourceQuota", "new", json!({"spec": {"hard": {"pods": "0"}}}))),
        in_system(object("v1", "LimitRange", "new", json!({"spec": {"limits": []}}))),
    ] {
        let kind = object["kind"].as_str().unwrap().to_owned();
        expect(&added(object).await, Fail, &kind);
    }
    for (kind, name, with) in [
        ("Node", "node", json!({"spec": {"unschedulable": true}})),
        ("Node", "node", json!({"spec": {"taints": [{"key": "mine", "effect": "NoSchedule"}]}})),
        ("Node", "node", json!({"metadata": {"labels": {"mine": "yes"}}})),
        (
            "Namespace",
            "kube-system",
            json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}),
        ),
        ("APIService", "v1.apps", json!({"spec": {"service": {"name": "nowhere"}}})),
        ("FlowSchema", "exempt", json!({"spec": {"matchingPrecedence": 9999}})),
        ("ClusterRole", "edit", json!({"rules": []})),
        (
            "StorageClass",
            "usual",
            json!({"metadata": {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}}),
        ),
    ] {
        expect(&changed(kind, name, with).await, Fail, &format!("{kind} {name} is not what it was"));
    }
    for (kind, name, told) in [
        ("FlowSchema", "exempt", "FlowSchema exempt"),
        ("ClusterRole", "edit", "ClusterRole edit"),
        ("Role", "leader", "Role kube-system/leader"),
        ("ServiceAccount", "default", "ServiceAccount kube-system/default"),
    ] {
        let gone =
            |objects: &mut Vec<Value>| objects.retain(|o| o["kind"] != kind || o["metadata"]["name"] != name);
        expect(&grade([], gone, json!({})).await, Fail, &format!("{told} is gone"));
    }
    for (kind, name) in [("ClusterRole", "view"), ("Role", "of-setup")] {
        let gone =
            |objects: &mut Vec<Value>| objects.retain(|o| o["kind"] != kind || o["metadata"]["name"] != name);
        expect(&grade([], gone, json!({})).await, Pass, "");
    }
}

#[tokio::test(start_paused = true)]
async fn the_own_namespace_may_be_stricter_and_not_laxer() {
    let check = nothing_wider(json!({}));
    let level = |level: &str| vec![labelled(NS, json!({"pod-security.kubernetes.io/enforce": level}))];
    for (before, now, outcome) in [("baseline", "restricted", Pass), ("restricted", "privileged", Fail)] {
        let mut fake = Fake::of([]);
        let list = |items: Vec<Value>| Ok(Observation::Objects { items, version: "1".into() });
        fake.scripted.insert(Probe::namespaces(), list(level(before)));
        let baseline = fake.baseline(&check).await;
        fake.scripted.insert(Probe::namespaces(), list(level(now)));
        expect(&fake.grade_after(&baseline, check.clone()).await, outcome, "");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_task_asks_for_is_excepted_and_nothing_else() {
    let of_kind = |kind: &'static str, name: &str, namespace: &str| {
        let selector = json!({"matchLabels": {"kubernetes.io/metadata.name": namespace}});
        wide(
            ADMISSION,
            kind,
            name,
            json!({"spec": {"policyName": "p", "matchResources": {"namespaceSelector": selector}}}),
        )
    };
    let policy = |name: &str, namespace: &str| of_kind("MutatingAdmissionPolicyBinding", name, namespace);
    let here =
        |objects: &mut Vec<Value>| objects.push(labelled(NS, json!({"kubernetes.io/metadata.name": NS})));
    let refuses = |namespace: &str| of_kind("ValidatingAdmissionPolicyBinding", "refuses", namespace);
    expect(&grade([refuses(NS)], here, json!({})).await, Pass, "");
    expect(&grade([refuses("kube-system")], here, json!({})).await, Fail, "refuses");
    let asked = json!({"except": [{"kind": "MutatingAdmissionPolicyBinding", "namespace": NS}]});
    expect(&grade([policy("asked", NS)], here, json!({})).await, Fail, "asked");
    expect(&grade([policy("asked", NS)], here, asked.clone()).await, Pass, "");
    expect(&grade([policy("more", "kube-system")], here, asked).await, Fail, "more");
    let bound = || binding("ClusterRoleBinding", "new", "ClusterRole/view", to_account("backup"));
    for spec in [
        json!({"judged": [{"namespace": NS, "name": "backup"}]}),
        json!({"except": [{"kind": "ServiceAccount", "namespace": NS, "name": "backup"}]}),
        json!({"except": [{"kind": "ClusterRoleBinding", "name": "new"}]}),
    ] {
        expect(&grade([bound()], |_| {}, spec).await, Pass, "");
    }
    let unknown = check(json!({"nothingWider": {"except": [{"kind": "Pod"}]}}));
    assert!(unknown.kind.mistake().unwrap().contains("does not look at `Pod`"));
}

#[tokio::test(start_paused = true)]
async fn whoever_blinds_it_is_seen_and_whatever_the_cluster_does_not_serve_is_left_out() {
    let check = nothing_wider(json!({}));
    let baseline = Fake::of(beginning()).baseline(&check).await;
    let flow = KINDS.iter().find(|kind| kind.kind == "FlowSchema").unwrap().probe();
    let broken = || Err(ProbeFailure { message: "503".into(), transient: false });
    let mut fake = Fake::of(beginning());
    fake.scripted.insert(flow.clone(), broken());
    expect(&fake.grade_after(&baseline, check.clone()).await, Unknown, "flowschemas");
    let mut redirected = beginning();
    let service = redirected.iter_mut().find(|o| o["kind"] == "APIService").unwrap();
    service["spec"]["service"] = json!({"name": "nowhere"});
    let mut fake = Fake::of(redirected);
    fake.scripted.insert(flow.clone(), broken());
    expect(&fake.grade_after(&baseline, check.clone()).await, Fail, "APIService v1.apps is not what it was");
    let mut fake = Fake::of(beginning());
    fake.scripted.insert(flow, Ok(Observation::Hidden { why: "no such kind".into() }));
    let baseline = fake.baseline(&check).await;
    expect(&fake.grade_after(&baseline, check).await, Pass, "");
}
