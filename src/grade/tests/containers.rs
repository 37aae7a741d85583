//! `tokenMount` with `containers`: which container of a Pod may read a token, and which may not.

use serde_json::{Value, json};

use super::fake::{Fake, expect};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::verdict::Outcome::{Fail, Pass};

pub(super) fn of(containers: Value, expected: Value) -> Check {
    check(json!({"tokenMount": {
        "workload": "pod/myapp", "namespace": NS, "containers": containers, "expect": expected}}))
}

fn bound() -> Value {
    json!({"bound": {"path": "/token/token"}})
}

/// Pod `myapp` with an app, a sidecar, and an init container that goes on; the token is where `holders` say.
pub(super) fn three(holders: &[&str]) -> Value {
    let container = |name: &str| {
        let mounts = match holders.contains(&name) {
            true => json!([{"name": "t", "mountPath": "/token"}]),
            false => json!([]),
        };
        json!({"name": name, "image": "nginx", "volumeMounts": mounts})
    };
    let mut logger = container("logger");
    logger["restartPolicy"] = "Always".into();
    with(
        pod("myapp"),
        json!({"spec": {
            "volumes": [{"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}],
            "containers": [container("app"), container("sidecar")],
            "initContainers": [logger],
        }}),
    )
}

#[tokio::test(start_paused = true)]
async fn only_the_named_container_may_hold_the_token() {
    let only = || of(json!(["sidecar"]), bound());
    let grade = |pod: Value| async move { Fake::of([pod]).grade(only()).await };
    expect(&grade(three(&["sidecar"])).await, Pass, "Container sidecar of Pod myapp has exactly");
    let both = grade(three(&["app", "sidecar"])).await;
    expect(&both, Fail, "a token other than the required one, in container app, /token/token");
    expect(&grade(three(&["logger", "sidecar"])).await, Fail, "init container logger");
    expect(&grade(three(&[])).await, Fail, "no token that container sidecar could read");
    expect(&grade(three(&["app"])).await, Fail, "container sidecar");
    // Without the key, all containers together are meant.
    let anywhere =
        check(json!({"tokenMount": {"workload": "pod/myapp", "namespace": NS, "expect": bound()}}));
    expect(&Fake::of([three(&["app", "sidecar"])]).grade(anywhere).await, Pass, "");
}

#[tokio::test(start_paused = true)]
async fn each_of_several_named_containers_must_hold_it() {
    let two = of(json!(["sidecar", "logger"]), bound());
    expect(&Fake::of([three(&["logger", "sidecar"])]).grade(two.clone()).await, Pass, "");
    expect(&Fake::of([three(&["sidecar"])]).grade(two).await, Fail, "init container logger");
}

#[tokio::test(start_paused = true)]
async fn with_none_only_the_named_containers_matter() {
    let app = || of(json!(["app"]), json!("none"));
    expect(&Fake::of([three(&["sidecar"])]).grade(app()).await, Pass, "can read no API token");
    expect(&Fake::of([three(&["app"])]).grade(app()).await, Fail, "container app, /token/token");
    let node = with(three(&[]), json!({"spec": {"hostNetwork": true}}));
    expect(&Fake::of([node]).grade(app()).await, Fail, "every container");
}

#[tokio::test(start_paused = true)]
async fn a_container_that_is_not_there_is_the_learners_failure() {
    for expected in [json!("none"), bound()] {
        let absent = of(json!(["proxy"]), expected);
        expect(
            &Fake::of([three(&[])]).grade(absent).await,
            Fail,
            "Pod production/myapp has no container proxy.",
        );
    }
}

#[tokio::test(start_paused = true)]
async fn who_sees_the_processes_of_another_reads_its_token() {
    let shared = with(three(&["sidecar"]), json!({"spec": {"shareProcessNamespace": true}}));
    for check in [of(json!(["app"]), json!("none")), of(json!(["sidecar"]), bound())] {
        let seen = "container app, by shareProcessNamespace from container sidecar, /token/token";
        expect(&Fake::of([shared.clone()]).grade(check).await, Fail, seen);
    }
    let debugged = |target: &str| {
        let debug = json!([{"name": "debug", "image": "i", "targetContainerName": target}]);
        with(three(&["sidecar"]), json!({"spec": {"ephemeralContainers": debug}}))
    };
    let only = || of(json!(["sidecar"]), bound());
    expect(&Fake::of([debugged("sidecar")]).grade(only()).await, Fail, "by targetContainerName");
    expect(&Fake::of([debugged("app")]).grade(only()).await, Pass, "");
}
