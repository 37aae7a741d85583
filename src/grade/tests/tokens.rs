//! `tokenMount`: every way to leave a token in a Pod.

use serde_json::{Value, json};

use super::fake::{Fake, expect, verdict};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::verdict::Outcome::{Fail, Pass, Unknown};

fn none() -> Check {
    check(json!({"tokenMount": {"workload": "pod/myapp", "namespace": NS, "expect": "none"}}))
}

fn bound(expected: Value) -> Check {
    check(json!({"tokenMount": {"workload": "pod/myapp", "namespace": NS, "expect": {"bound": expected}}}))
}

/// Pod `myapp` with volumes, and with mounts or environment in container `web`.
fn web(volumes: Value, container: Value) -> Value {
    let mut web = json!({"name": "web", "image": "nginx"});
    web.as_object_mut().unwrap().extend(container.as_object().unwrap().clone());
    with(pod("myapp"), json!({"spec": {"volumes": volumes, "containers": [web]}}))
}

fn legacy() -> Value {
    secret(
        "old",
        "kubernetes.io/service-account-token",
        json!({"token": {"sha256": "ab", "jwt": {}}, "ca.crt": {"sha256": "cd"}}),
    )
}

fn copy() -> Value {
    secret("copied", "Opaque", json!({"t": {"sha256": "ab", "jwt": {}}, "password": {"sha256": "cd"}}))
}

/// Pod `myapp` that sees the node's processes.
fn host_pid(security: Value) -> Value {
    with(web(json!([]), json!({"securityContext": security})), json!({"spec": {"hostPID": true}}))
}

fn at(name: &str) -> Value {
    json!({"volumeMounts": [{"name": name, "mountPath": "/data"}]})
}

#[tokio::test(start_paused = true)]
async fn every_way_to_leave_a_token_is_found() {
    let token =
        json!([{"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "deep/token"}}]}}]);
    let mount = at("t")["volumeMounts"].clone();
    let elsewhere = |place: &str| {
        with(
            pod("myapp"),
            json!({"spec": {"volumes": token, (place): [{"name": "x", "image": "i", "volumeMounts": mount}]}}),
        )
    };
    let in_env = |from: Value| web(json!([]), json!({"env": [{"name": "T", "valueFrom": from}]}));
    let ways = [
        ("/var/run/secrets/kubernetes.io/serviceaccount/token", pod_with_token("myapp")),
        ("/data/deep/token", web(token.clone(), at("t"))),
        ("/data/deep/token", elsewhere("initContainers")),
        ("ephemeral container x", elsewhere("ephemeralContainers")),
        (
            "long-lived token of Secret old",
            web(json!([{"name": "s", "secret": {"secretName": "old"}}]), at("s")),
        ),
        (
            "/data/renamed",
            web(
                json!([{"name": "s", "secret": {"secretName": "old", "items": [{"key": "token", "path": "renamed"}]}}]),
                at("s"),
            ),
        ),
        (
            "long-lived",
            web(json!([{"name": "s", "projected": {"sources": [{"secret": {"name": "old"}}]}}]), at("s")),
        ),
        (
            "copy of a token, from Secret copied",
            web(json!([{"name": "s", "secret": {"secretName": "copied"}}]), at("s")),
        ),
        ("from ConfigMap notes", web(json!([{"name": "s", "configMap": {"name": "notes"}}]), at("s"))),
        ("environment variable T", in_env(json!({"secretKeyRef": {"name": "old", "key": "token"}}))),
        ("environment variable T", in_env(json!({"configMapKeyRef": {"name": "notes", "key": "n"}}))),
        (
            "environment variable P_token",
            web(json!([]), json!({"envFrom": [{"prefix": "P_", "secretRef": {"name": "old"}}]})),
        ),
        (
            "environment variable E",
            web(json!([]), json!({"env": [{"name": "E", "value": "<token sub=a sha256:b>"}]})),
        ),
        ("its command line", web(json!([]), json!({"args": ["--token=<token sub=a sha256:b>"]}))),
        (
            "/data",
            web(
                token.clone(),
                json!({"volumeMounts": [{"name": "t", "mountPath": "/data", "subPath": "deep/token"}]}),
            ),
        ),
        (
            "/data/token",
            web(token, json!({"volumeMounts": [{"name": "t", "mountPath": "/data", "subPath": "deep"}]})),
        ),
        ("tokens of all its Pods", web(json!([{"name": "h", "hostPath": {"path": "/var/lib"}}]), at("h"))),
    ];
    let ways = ways.into_iter().chain([
        ("hostPID together with privileged", host_pid(json!({"privileged": true}))),
        ("hostPID together with SYS_PTRACE", host_pid(json!({"capabilities": {"add": ["SYS_PTRACE"]}}))),
        (
            "hostPID together with CAP_SYS_ADMIN",
            host_pid(json!({"capabilities": {"add": ["CAP_SYS_ADMIN"]}})),
        ),
    ]);
    let notes = object("v1", "ConfigMap", "notes", json!({"data": {"n": "my <token sub=a sha256:b>"}}));
    for (place, pod) in ways {
        let grade = Fake::of([pod, legacy(), copy(), notes.clone()]).grade(none()).await;
        assert_eq!(verdict(&grade).outcome, Fail, "{place}: {:#?}", verdict(&grade));
        let said = verdict(&grade).in_full();
        assert!(said.contains(place), "{place}: {said}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_holds_no_token_is_none() {
    let harmless = [
        pod("myapp"),
        host_pid(json!({"capabilities": {"add": ["NET_ADMIN"]}})),
        web(json!([]), json!({"securityContext": {"privileged": true}})),
        web(
            json!([{"name": "s", "secret": {"secretName": "old", "items": [{"key": "ca.crt", "path": "ca"}]}}]),
            at("s"),
        ),
        web(
            json!([{"name": "s", "secret": {"secretName": "old"}}]),
            json!({"volumeMounts": [{"name": "s", "mountPath": "/d", "subPath": "ca.crt"}]}),
        ),
        web(json!([{"name": "s", "secret": {"secretName": "gone", "optional": true}}]), at("s")),
        web(
            json!([]),
            json!({"env": [{"name": "P", "valueFrom": {"secretKeyRef": {"name": "copied", "key": "password"}}}]}),
        ),
        web(json!([{"name": "h", "hostPath": {"path": "/var/log"}}]), at("h")),
    ];
    for pod in harmless {
        expect(&Fake::of([pod, legacy(), copy()]).grade(none()).await, Pass, "has an API token");
    }
}

#[tokio::test(start_paused = true)]
async fn a_volume_that_nobody_mounts_is_mentioned_and_no_fail() {
    let volume =
        json!([{"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}]);
    let grade = Fake::of([web(volume, json!({}))]).grade(none()).await;
    expect(&grade, Pass, "");
    assert!(verdict(&grade).evidence[0].seen.contains("no container mounts it"));
}

#[tokio::test(start_paused = true)]
async fn a_bound_token_must_be_the_one_asked_for_and_the_only_one() {
    let path = "/var/run/secrets/tokens/token";
    let wanted = || bound(json!({"audience": "api.example.com", "maxSeconds": 3600, "path": path}));
    let projected = |token: Value, at: &str| {
        web(
            json!([{"name": "t", "projected": {"sources": [{"serviceAccountToken": token}]}}]),
            json!({"volumeMounts": [{"name": "t", "mountPath": at}]}),
        )
    };
    let good = json!({"audience": "api.example.com", "expirationSeconds": 3600, "path": "token"});
    let place = "/var/run/secrets/tokens";
    expect(
        &Fake::of([projected(good.clone(), place)]).grade(wanted()).await,
        Pass,
        "exactly the required bound token",
    );
    let wrong = [
        projected(with(good.clone(), json!({"audience": "other"})), place),
        projected(with(good.clone(), json!({"audience": null})), place),
        projected(with(good.clone(), json!({"expirationSeconds": 86400})), place),
        projected(good.clone(), "/other"),
        pod("myapp"),
        pod_with_token("myapp"),
    ];
    for pod in wrong {
        expect(&Fake::of([pod]).grade(wanted()).await, Fail, "expected a bound token for audience");
    }
    let own_audience = Fake::of([projected(good, place)]).grade(bound(json!({}))).await;
    expect(&own_audience, Unknown, "the API server's own");
    expect(&Fake::of([pod_with_token("myapp")]).grade(bound(json!({}))).await, Pass, "");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_not_read_by_a_program_that_could_be_any() {
    let lab = |container: Value| {
        let container = with(
            json!({"name": "web", "image": "lab:1", "securityContext": {"readOnlyRootFilesystem": true}}),
            container,
        );
        with(pod("myapp"), json!({"spec": {"containers": [container]}}))
    };
    let same = check(json!({"workload": {"workload": "pod/myapp", "namespace": NS, "same": ["image"]}}));
    let before = Fake::of([lab(json!({}))]).baseline(&same).await;
    let mounted = json!({"mounted": {"workload": "pod/myapp", "namespace": NS}});
    let holds = check(json!({"token": {"from": mounted}}));
    let over = json!({"volumeMounts": [{"name": "fake", "mountPath": "/bin"}]});
    for (container, part) in
        [(json!({"securityContext": null}), "can be written"), (over, "a volume over /bin")]
    {
        expect(&Fake::of([lab(container)]).grade_after(&before, holds.clone()).await, Fail, part);
    }
    // The token itself is asked for where nothing was changed.
    expect(&Fake::of([lab(json!({}))]).grade_after(&before, holds).await, Unknown, "not scripted");
}
