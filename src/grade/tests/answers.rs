//! `answer`: right answers that are computed from Pods, tokens, rights and dry runs.

use serde_json::{Value, json};

use super::admission::{admitted, dry_run, probe_pod, refused};
use super::fake::{Fake, expect};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::observation::{Observation, Observations};
use crate::grade::probe::Probe;
use crate::grade::token_ref::{TokenFacts, TokenPlace, TokenRef};
use crate::grade::verdict::Outcome::{Fail, Pass, Unknown};
use crate::token::Claims;

fn set(computed: Value) -> Check {
    check(json!({"answer": {"key": "found", "as": "set", "computed": computed}}))
}

fn wrote(mut fake: Fake, text: &str) -> Fake {
    fake.files.insert("answers/found".into(), text.into());
    fake
}

#[tokio::test(start_paused = true)]
async fn pods_count_by_the_token_that_they_hold_and_not_by_a_flag() {
    let flagged = with(pod("flagged"), json!({"spec": {"automountServiceAccountToken": true}}));
    let legacy =
        secret("old", "kubernetes.io/service-account-token", json!({"token": {"sha256": "ab", "jwt": {}}}));
    let mounts = with(
        pod("mounts-old"),
        json!({"spec": {
            "automountServiceAccountToken": false, "volumes": [{"name": "v", "secret": {"secretName": "old"}}],
            "containers": [{"name": "web", "image": "i", "volumeMounts": [{"name": "v", "mountPath": "/x"}]}],
        }}),
    );
    let ended = with(pod_with_token("ended"), json!({"status": {"phase": "Succeeded"}}));
    let all = || {
        Fake::of([flagged.clone(), legacy.clone(), mounts.clone(), pod_with_token("usual"), ended.clone()])
    };
    let asked =
        || set(json!({"kind": "Pod", "namespace": NS, "holdsToken": true, "value": "object.metadata.name"}));
    expect(&wrote(all(), "usual, mounts-old").grade(asked()).await, Pass, "right");
    expect(&wrote(all(), "usual flagged").grade(asked()).await, Fail, "1 of your entries is wrong");
    expect(&wrote(all(), "usual mounts-old ended").grade(asked()).await, Fail, "1 of your entries is wrong");
}

#[tokio::test(start_paused = true)]
async fn the_state_of_the_beginning_counts_whatever_was_made_of_it_and_lists_can_be_joined() {
    let objects = |to: &str| {
        [account("web"), account("other"), binding("RoleBinding", "reads", "Role/reader", to_account(to))]
    };
    let unbound = || {
        set(json!({
            "kind": "ServiceAccount", "namespace": NS,
            "with": {"bindings": {"kind": "RoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1", "namespace": NS}},
            "where": "!bindings.exists(b, b.subjects.exists(s, s.name == object.metadata.name))",
            "value": "object.metadata.name",
        }))
    };
    let before = Fake::of(objects("other")).baseline(&unbound()).await;
    let now = |text: &str| wrote(Fake::of(objects("web")), text);
    expect(&now("web").grade_after(&before, unbound()).await, Pass, "right");
    expect(&now("other").grade_after(&before, unbound()).await, Fail, "1 of your entries is wrong");
}

#[tokio::test(start_paused = true)]
async fn tokens_are_told_apart_by_what_the_api_server_says_of_them() {
    let place = |name: &str| TokenPlace::File { path: format!("tokens/{name}") };
    let facts = |exp: Option<i64>| TokenFacts {
        claims: Some(Claims { iat: Some(0), exp, aud: vec!["api".into()], ..Claims::default() }),
        sha256: "ab".into(),
    };
    let mut fake = Fake::of([]);
    for (name, exp, authenticated) in [("a", Some(3600), true), ("b", None, true), ("c", Some(600), false)] {
        let token = TokenRef::at_setup(place(name));
        let review = Probe::TokenReview { token: token.clone(), audiences: vec!["api".into()] };
        fake.scripted.insert(Probe::Token { token }, Ok(Observation::Token(facts(exp))));
        let said = Observation::Review {
            token: facts(exp),
            authenticated,
            user: String::new(),
            audiences: Vec::new(),
            error: String::new(),
        };
        fake.scripted.insert(review, Ok(said));
    }
    let tokens = json!({"a": {"file": "tokens/a"}, "b": {"file": "tokens/b"}, "c": {"file": "tokens/c"}});
    let forged = set(json!({"tokens": tokens, "where": "!token.authenticated", "value": "token.name"}));
    let legacy = set(json!({"tokens": tokens, "where": "!has(token.claims.exp)", "value": "token.name"}));
    let lifetime = check(json!({"answer": {"key": "found", "as": "number", "computed": {
        "tokens": {"a": {"file": "tokens/a"}}, "value": "token.claims.exp - token.claims.iat",
    }}}));
    let mut fake = wrote(fake, "c");
    expect(&fake.grade(forged.clone()).await, Pass, "right");
    expect(&fake.grade(legacy).await, Fail, "1 of your entries is wrong");
    fake = wrote(fake, "3600");
    expect(&fake.grade(lifetime).await, Pass, "right");
    fake.scripted.clear();
    expect(&fake.grade(forged).await, Unknown, "not scripted");
}

#[tokio::test(start_paused = true)]
async fn rights_of_an_account_are_those_beyond_everybodys() {
    let everyone = with(
        binding("ClusterRoleBinding", "all", "ClusterRole/basic", to_group("system:serviceaccounts")),
        json!({"metadata": {"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}}),
    );
    let fake = Fake::of([
        account("reader"),
        role("Role", "reads", rule(&["get"], &["secrets"], &["login"])),
        binding("RoleBinding", "reads", "Role/reads", to_account("reader")),
        role("ClusterRole", "basic", rule(&["get"], &["nodes"], &[])),
        everyone,
    ]);
    let asked = set(json!({
        "rightsOf": {"serviceAccount": "reader", "namespace": NS},
        "value": "right.verb + ':' + right.resource + ':' + right.name",
    }));
    let before: Observations = fake.baseline(&asked).await;
    expect(&wrote(fake, "get:secrets:login").grade_after(&before, asked).await, Pass, "right");
}

#[tokio::test(start_paused = true)]
async fn dry_runs_of_the_beginning_tell_which_pod_would_hold_a_token() {
    let mut fake = Fake::of([]);
    fake.scripted.insert(dry_run(&probe_pod(true)), Ok(admitted(pod_with_token("x"))));
    fake.scripted.insert(dry_run(&probe_pod(false)), Ok(admitted(pod("x"))));
    let runs = json!({
        "asks": {"namespace": NS, "object": probe_pod(true)},
        "declines": {"namespace": NS, "object": probe_pod(false)},
    });
    let asked = set(json!({"dryRuns": runs, "where": "admitted.holdsToken", "value": "admitted.name"}));
    let before = fake.baseline(&asked).await;
    let mut fake = wrote(fake, "asks");
    expect(&fake.grade_after(&before, asked.clone()).await, Pass, "right");
    // A policy of the learner's own, by which no Pod holds a token.
    fake.scripted.insert(dry_run(&probe_pod(true)), Ok(refused("no tokens here")));
    expect(&fake.grade_after(&before, asked.clone()).await, Pass, "right");
    assert_eq!(fake.asked.lock().unwrap().iter().filter(|p| **p == dry_run(&probe_pod(true))).count(), 1);
    // There is no such question in a lab where nothing held a token from the beginning.
    expect(&fake.grade(asked).await, Unknown, "nothing that could be written down");
}

#[test]
fn an_author_names_exactly_one_source() {
    let mistake = |computed: Value| set(computed).kind.mistake();
    assert!(mistake(json!({"value": "1"})).unwrap().contains("exactly one"));
    let two = json!({"kind": "Pod", "rightsOf": {"serviceAccount": "a", "namespace": "b"}, "value": "1"});
    assert!(mistake(two).unwrap().contains("exactly one"));
    assert!(mistake(json!({"kind": "Secret", "holdsToken": true, "value": "1"})).unwrap().contains("Pod"));
    assert!(mistake(json!({"dryRuns": {"x": {"object": {}}}, "value": "1"})).unwrap().contains("apiVersion"));
    assert_eq!(mistake(json!({"kind": "Pod", "value": "1"})), None);
}
