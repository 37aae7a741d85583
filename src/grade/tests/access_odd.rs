//! `access`: rights in odd spellings, and what could hide a right.

use serde_json::{Value, json};

use super::access::{access, exactly_one_config, granted, one_config};
use super::fake::{Fake, expect};
use super::support::*;
use crate::grade::Baseline;
use crate::grade::observation::{Observation, ProbeFailure};
use crate::grade::probe::{AccessAttributes, Probe, Subject};
use crate::grade::verdict::Outcome::{Fail, Pass, Unknown};

/// Each of these is a right by the authorizer's rules, however odd.
#[tokio::test(start_paused = true)]
async fn a_right_in_an_odd_spelling_is_one() {
    let nothing = || access(json!({"exactly": []}));
    let of_cluster = |rule: Value| {
        vec![
            account("reader"),
            role("ClusterRole", "odd", json!([rule])),
            binding("ClusterRoleBinding", "odd", "ClusterRole/odd", to_account("reader")),
        ]
    };
    let verbs_named = |verbs: &[&str], name: &str| rule(verbs, &["pods"], &[name])[0].clone();
    for (surplus, odd) in [
        ("create on pods named \"\"", verbs_named(&["create"], "")),
        ("deletecollection on pods named \"\"", verbs_named(&["deletecollection"], "")),
        ("create on pods named \"x\"", verbs_named(&["create", "patch"], "x")),
        ("create on pods named \"x\"", verbs_named(&["create", "update"], "x")),
        ("get on URL \"\"", json!({"verbs": ["get"], "nonResourceURLs": [""]})),
        ("get on URL **", json!({"verbs": ["get"], "nonResourceURLs": ["**"]})),
        (
            "get on podgroups of scheduling.k8s.io",
            json!({"verbs": ["get"], "apiGroups": ["scheduling.k8s.io"], "resources": ["podgroups"]}),
        ),
        (
            "get on  of example.com",
            json!({"verbs": ["get"], "apiGroups": ["example.com"], "resources": [""]}),
        ),
        ("get on pods/ in", json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods/"]})),
    ] {
        let grade = Fake::of(of_cluster(odd.clone())).grade(nothing()).await;
        expect(&grade, Fail, surplus);
        let in_namespace = [
            account("reader"),
            role("ClusterRole", "odd", json!([odd.clone()])),
            binding("RoleBinding", "odd", "ClusterRole/odd", to_account("reader")),
        ];
        let outcome = if odd.get("nonResourceURLs").is_some() { Pass } else { Fail };
        expect(&Fake::of(in_namespace).grade(nothing()).await, outcome, "");
    }
}

#[tokio::test(start_paused = true)]
async fn a_rule_for_requests_without_a_name_is_none_for_objects() {
    let unnamed = || Fake::of(granted(rule(&["get", "list"], &["configmaps"], &[""])));
    let may = |verb: &str| access(json!({"allowed": [{"verbs": [verb], "resources": ["configmaps"]}]}));
    expect(&unnamed().grade(may("get")).await, Fail, "denied: no binding grants it");
    expect(&unnamed().grade(may("list")).await, Pass, "");
    let denied = access(json!({"denied": [{"verbs": ["create"], "resources": ["pods"]}]}));
    let creates = Fake::of(granted(rule(&["create"], &["pods"], &[""])));
    expect(&creates.grade(denied).await, Fail, "create on pods");
}

#[tokio::test(start_paused = true)]
async fn groups_and_resources_may_be_written_together() {
    let two = json!({"exactly": [
        {"verbs": ["list"], "resources": ["pods"]},
        {"verbs": ["list"], "group": "apps", "resources": ["deployments"]},
    ]});
    let together = |resources: &[&str]| {
        Fake::of(granted(json!([{"verbs": ["list"], "apiGroups": ["", "apps"], "resources": resources}])))
    };
    expect(&together(&["pods", "deployments"]).grade(access(two.clone())).await, Pass, "");
    let grade = together(&["pods", "deployments", "secrets"]).grade(access(two)).await;
    expect(&grade, Fail, "list on secrets in Namespace");
}

#[tokio::test(start_paused = true)]
async fn what_they_agree_about_is_told_even_where_they_disagree_about_something_else() {
    let may = |verb: &str, resource: &str| Probe::Access {
        subject: Subject::service_account(NS, "reader"),
        attributes: AccessAttributes {
            verb: verb.into(),
            resource: resource.into(),
            name: if resource == "configmaps" { "app-config".into() } else { String::new() },
            namespace: NS.into(),
            ..Default::default()
        },
    };
    let denied = || Ok(Observation::Access { allowed: false, reason: String::new() });
    let busy = || Err(ProbeFailure { message: "busy".into(), transient: true });
    let rules = json!([
        {"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["app-config"]},
        {"verbs": ["list"], "apiGroups": [""], "resources": ["pods", "secrets"]},
    ]);
    for (probe, answer) in [
        (may("get", "configmaps"), denied()),
        (may("get", "configmaps"), busy()),
        (may("list", "pods"), denied()),
        (may("list", "pods"), busy()),
    ] {
        let mut fake = Fake::of(granted(rules.clone()));
        fake.scripted.insert(probe, answer);
        let grade = fake.grade_with(&[exactly_one_config()], &[], Baseline::Taking).await;
        expect(&grade, Fail, "list on secrets");
    }
    let mut fake = Fake::of(granted(rules));
    fake.scripted.extend([(may("list", "pods"), denied()), (may("list", "secrets"), denied())]);
    let grade = fake.grade_with(&[exactly_one_config()], &[], Baseline::Taking).await;
    expect(&grade, Unknown, "but denied");
}

#[tokio::test(start_paused = true)]
async fn a_few_words_that_stand_for_too_many_rights_blind_nobody() {
    let words = |n: usize| -> Vec<String> { (0..n).map(|i| format!("w{i}")).collect() };
    let stated =
        access(json!({"allowed": [{"verbs": words(300), "resources": words(300), "names": words(300)}]}));
    expect(&Fake::of(one_config()).grade(stated).await, Unknown, "too many rights");

    let wide = json!([{"verbs": words(1001), "apiGroups": [""], "resources": words(1001)}]);
    let unbound = [one_config(), vec![role("ClusterRole", "wide", wide.clone())]].concat();
    expect(&Fake::of(unbound.clone()).grade(exactly_one_config()).await, Pass, "");
    let others = binding("ClusterRoleBinding", "wide", "ClusterRole/wide", to_account("somebody"));
    let of_others = [unbound.clone(), vec![others]].concat();
    expect(&Fake::of(of_others).grade(exactly_one_config()).await, Pass, "");
    let mine = binding("ClusterRoleBinding", "wide", "ClusterRole/wide", to_account("reader"));
    let mine = [unbound, vec![mine]].concat();
    expect(&Fake::of(mine).grade(exactly_one_config()).await, Fail, "w0 on w0");
}

#[tokio::test(start_paused = true)]
async fn more_bindings_than_can_be_looked_through_are_to_be_taken_back() {
    let names: Vec<String> = (0..2000).map(|i| format!("w{i}")).collect();
    let rules = json!([{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": names}]);
    let mut objects = granted(rules);
    let again = |i: usize| binding("RoleBinding", &format!("again-{i}"), "Role/read", to_account("reader"));
    objects.extend((0..500).map(again));
    let grade = Fake::of(objects).grade(exactly_one_config()).await;
    expect(&grade, Fail, "Take back what was added, to be graded.");
}
