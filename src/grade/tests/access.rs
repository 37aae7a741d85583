//! `access`: allowed, denied and exactly, each with its chain.

use serde_json::{Value, json};

use super::fake::{Fake, expect, verdict};
use super::support::*;
use crate::grade::Baseline;
use crate::grade::expectation::Check;
use crate::grade::observation::Observation;
use crate::grade::probe::{AccessAttributes, Probe, Subject};
use crate::grade::verdict::Outcome::{Fail, NotYet, Pass, Unknown};

pub(super) fn access(rest: Value) -> Check {
    let mut spec = json!({"serviceAccount": "reader", "namespace": NS});
    spec.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    check(json!({"access": spec}))
}

pub(super) fn exactly_one_config() -> Check {
    access(json!({"exactly": [{"verbs": ["get"], "resources": ["configmaps"], "names": ["app-config"]}]}))
}

pub(super) fn granted(rules: Value) -> Vec<Value> {
    vec![
        account("reader"),
        role("Role", "read", rules),
        binding("RoleBinding", "read", "Role/read", to_account("reader")),
    ]
}

pub(super) fn one_config() -> Vec<Value> {
    granted(rule(&["get"], &["configmaps"], &["app-config"]))
}

#[tokio::test(start_paused = true)]
async fn an_allowed_right_names_its_chain() {
    let allowed = access(
        json!({"allowed": [{"verbs": ["get"], "resources": ["configmaps"], "names": ["app-config"]}]}),
    );
    let grade = Fake::of(one_config()).grade(allowed).await;
    expect(&grade, Pass, "");
    let seen = &verdict(&grade).evidence[0].seen;
    assert_eq!(seen, "allowed by RoleBinding production/read → Role production/read → rule 1");
}

#[tokio::test(start_paused = true)]
async fn a_right_on_one_name_is_no_right_on_all() {
    let allowed = access(json!({"allowed": [{"verbs": ["get"], "resources": ["configmaps"]}]}));
    expect(&Fake::of(one_config()).grade(allowed).await, Fail, "denied: no binding grants it");
}

#[tokio::test(start_paused = true)]
async fn a_right_on_one_name_breaks_a_denial_of_all() {
    let denied = access(json!({"denied": [{"verbs": ["get", "list"], "resources": ["configmaps"]}]}));
    expect(&Fake::of(one_config()).grade(denied).await, Fail, "get on configmaps named \"app-config\"");
}

#[tokio::test(start_paused = true)]
async fn exactly_what_is_asked_passes() {
    expect(&Fake::of(one_config()).grade(exactly_one_config()).await, Pass, "");
}

/// Each of these was accepted by some grader as "may get ConfigMap app-config".
#[tokio::test(start_paused = true)]
async fn every_way_to_have_too_much_is_found() {
    let cluster_role = |name: &str, rules: Value| role("ClusterRole", name, rules);
    let everything = json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]);
    let secrets = || cluster_role("wide", rule(&["list"], &["secrets"], &[]));
    let service_accounts = to_group(&format!("system:serviceaccounts:{NS}"));
    let ways: Vec<(&str, Vec<Value>)> = vec![
        ("list on configmaps", granted(rule(&["get", "list"], &["configmaps"], &["app-config"]))),
        ("get on configmaps in Namespace", granted(rule(&["get"], &["configmaps"], &[]))),
        (
            "every verb (*) on every resource (*)",
            [
                one_config(),
                vec![
                    role("Role", "all", everything.clone()),
                    binding("RoleBinding", "all", "Role/all", to_account("reader")),
                ],
            ]
            .concat(),
        ),
        (
            "list on secrets in Namespace production",
            [
                one_config(),
                vec![secrets(), binding("RoleBinding", "second", "ClusterRole/wide", to_account("reader"))],
            ]
            .concat(),
        ),
        (
            "list on secrets in every Namespace",
            [
                one_config(),
                vec![
                    secrets(),
                    binding("ClusterRoleBinding", "second", "ClusterRole/wide", to_account("reader")),
                ],
            ]
            .concat(),
        ),
        (
            "(group system:serviceaccounts:production) → ClusterRole wide",
            [
                one_config(),
                vec![secrets(), binding("ClusterRoleBinding", "group", "ClusterRole/wide", service_accounts)],
            ]
            .concat(),
        ),
        (
            "in Namespace elsewhere",
            [
                one_config(),
                vec![
                    secrets(),
                    with(
                        binding("RoleBinding", "far", "ClusterRole/wide", to_account("reader")),
                        json!({"metadata": {"namespace": "elsewhere"}}),
                    ),
                ],
            ]
            .concat(),
        ),
        (
            "create on serviceaccounts/token",
            [
                one_config(),
                vec![
                    role("Role", "mint", rule(&["create"], &["serviceaccounts/token"], &[])),
                    binding("RoleBinding", "mint", "Role/mint", to_account("reader")),
                ],
            ]
            .concat(),
        ),
    ];
    for (surplus, objects) in ways {
        let grade = Fake::of(objects).grade(exactly_one_config()).await;
        let told = format!("{:?}", verdict(&grade));
        assert_eq!(verdict(&grade).outcome, Fail, "{surplus}: {told}");
        assert!(told.contains(surplus), "{surplus}: {told}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_is_named() {
    let grade =
        Fake::of(granted(rule(&["get"], &["configmaps"], &["other"]))).grade(exactly_one_config()).await;
    expect(&grade, Fail, "named \"other\"");
    let expected = verdict(&grade)
        .evidence
        .iter()
        .any(|e| e.place().contains("app-config") && e.seen.starts_with("denied"));
    assert!(expected, "{:#?}", verdict(&grade));
}

#[tokio::test(start_paused = true)]
async fn what_can_have_no_effect_is_no_surplus() {
    let harmless = json!([
        {"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["app-config"]},
        {"verbs": ["create"], "apiGroups": [""], "resources": ["pods"], "resourceNames": ["x"]},
        {"verbs": ["get"], "apiGroups": [""], "resources": ["pods/*"]},
        {"verbs": ["get"], "apiGroups": [""], "resources": ["nodes"]},
    ]);
    expect(&Fake::of(granted(harmless)).grade(exactly_one_config()).await, Pass, "");
}

#[tokio::test(start_paused = true)]
async fn an_empty_list_means_no_right_at_all() {
    let nothing = || access(json!({"exactly": []}));
    expect(&Fake::of([account("reader")]).grade(nothing()).await, Pass, "");
    expect(&Fake::of(one_config()).grade(nothing()).await, Fail, "no such right");
}

/// A binding of everybody to `ClusterRole discovery`, which allows to get these URLs.
fn everyones(urls: &[&str], group: &str) -> Vec<Value> {
    let labels = json!({"metadata": {"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}});
    let rules = json!([{"verbs": ["get"], "nonResourceURLs": urls}]);
    vec![
        account("reader"),
        with(role("ClusterRole", "discovery", rules), labels.clone()),
        with(binding("ClusterRoleBinding", "everyone", "ClusterRole/discovery", to_group(group)), labels),
    ]
}

#[tokio::test(start_paused = true)]
async fn only_what_kubernetes_itself_grants_to_everybody_is_no_surplus() {
    let nothing = || access(json!({"exactly": []}));
    for group in ["system:authenticated", "system:serviceaccounts"] {
        let built_in = Fake::of(everyones(&["/api", "/api/*"], group));
        expect(&built_in.grade(nothing()).await, Pass, "");

        // Also when it was so at the beginning: an earlier attempt may have left it. And a label proves nothing.
        let wider = Fake::of(everyones(&["/api", "/metrics"], group));
        let baseline = wider.baseline(&nothing()).await;
        let grade = wider.grade_after(&baseline, nothing()).await;
        expect(&grade, Fail, "get on URL /metrics");
        expect(&grade, Fail, &format!("(group {group})"));
    }
    let mut named = everyones(&["/api", "/metrics"], "system:nobody");
    named[2]["subjects"].as_array_mut().unwrap().push(to_account("reader"));
    expect(&Fake::of(named).grade(nothing()).await, Fail, "ClusterRoleBinding everyone");
}

#[tokio::test(start_paused = true)]
async fn what_is_being_deleted_still_grants() {
    let mut objects = one_config();
    objects.extend([
        terminating(role("ClusterRole", "more", rule(&["list"], &["secrets"], &[]))),
        terminating(binding("RoleBinding", "more", "ClusterRole/more", to_account("reader"))),
    ]);
    expect(&Fake::of(objects).grade(exactly_one_config()).await, Fail, "list on secrets");
}

#[tokio::test(start_paused = true)]
async fn an_aggregated_right_names_where_it_comes_from() {
    let rules = rule(&["get"], &["configmaps"], &["app-config"]);
    let mut sum = role("ClusterRole", "sum", rules.clone());
    sum["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {"add": "yes"}}]});
    let part = with(role("ClusterRole", "part", rules), json!({"metadata": {"labels": {"add": "yes"}}}));
    let bound = binding("RoleBinding", "b", "ClusterRole/sum", to_account("reader"));
    let grade =
        Fake::of([account("reader"), sum.clone(), part, bound.clone()]).grade(exactly_one_config()).await;
    expect(&grade, Pass, "");
    assert!(verdict(&grade).evidence[0].seen.contains("ClusterRole sum (aggregated from ClusterRole part)"));

    let more = with(
        role("ClusterRole", "more", rule(&["list"], &["secrets"], &[])),
        json!({"metadata": {"labels": {"add": "yes"}}}),
    );
    let behind = Fake::of([account("reader"), sum, more, bound]).grade(exactly_one_config()).await;
    expect(&behind, NotYet, "has not aggregated");
}

#[tokio::test(start_paused = true)]
async fn a_binding_without_its_role_is_mentioned() {
    let dangling = binding("RoleBinding", "b", "Role/nowhere", to_account("reader"));
    let grade = Fake::of([account("reader"), dangling]).grade(exactly_one_config()).await;
    expect(&grade, Fail, "no binding grants it");
    assert!(
        verdict(&grade)
            .evidence
            .iter()
            .any(|e| e.seen.contains("Role production/nowhere, which does not exist"))
    );
}

#[tokio::test(start_paused = true)]
async fn rights_of_an_account_that_is_not_there_count_only_when_asked_so() {
    let mut objects = one_config();
    objects.remove(0);
    expect(&Fake::of(objects.clone()).grade(exactly_one_config()).await, Fail, "does not exist");
    let left_behind = access(json!({"exactly": [], "mayBeMissing": true}));
    expect(&Fake::of(objects).grade(left_behind).await, Fail, "no such right");
}

#[tokio::test(start_paused = true)]
async fn when_the_api_and_the_rbac_objects_disagree_nothing_is_said() {
    let mut fake = Fake::of(one_config());
    let asked = AccessAttributes {
        verb: "get".into(),
        resource: "configmaps".into(),
        name: "app-config".into(),
        namespace: NS.into(),
        ..Default::default()
    };
    let probe = Probe::Access { subject: Subject::service_account(NS, "reader"), attributes: asked };
    fake.scripted.insert(probe, Ok(Observation::Access { allowed: false, reason: String::new() }));
    let grade = fake.grade_with(&[exactly_one_config()], &[], Baseline::Taking).await;
    expect(&grade, Unknown, "disagree about ServiceAccount production/reader");
}

#[tokio::test(start_paused = true)]
async fn what_is_in_no_namespace_is_not_granted_by_a_role_that_is_good_for_one() {
    let all = json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]);
    let denied = access(json!({"denied": [{"verbs": ["delete"], "resources": ["nodes"]}]}));
    expect(&Fake::of(granted(all.clone())).grade(denied.clone()).await, Pass, "");
    let wide = [
        account("reader"),
        role("ClusterRole", "all", all),
        binding("ClusterRoleBinding", "all", "ClusterRole/all", to_account("reader")),
    ];
    expect(&Fake::of(wide).grade(denied).await, Fail, "every verb (*)");
}
