//! Waiting: by change and not by time, and never when there is nothing to wait for.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::fake::{Fake, expect};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::probe::Probe;
use crate::grade::verdict::Outcome::{Fail, NotYet, Pass};
use crate::grade::{Baseline, BaselineError};

fn runs_as(account: &str) -> Check {
    check(json!({"workload": {"workload": "pod/myapp", "namespace": NS, "serviceAccount": account}}))
}

#[tokio::test(start_paused = true)]
async fn a_settled_lab_is_graded_at_once_in_one_pass() {
    let fake = Fake::of([pod("myapp")]);
    let begun = Instant::now();
    expect(&fake.grade(runs_as("other")).await, Fail, "expected other, but found default");
    assert_eq!(begun.elapsed(), Duration::ZERO);
    let asked = fake.asked.lock().unwrap().clone();
    let distinct: std::collections::BTreeSet<_> = asked.iter().collect();
    assert_eq!(asked.len(), distinct.len(), "a probe was asked twice: {asked:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_terminating_pod_is_waited_for_and_no_longer_than_it_takes() {
    let fake = Fake::of([terminating(pod("myapp"))]).then(2.0, |objects| {
        objects.pop();
        objects.push(with(pod("myapp"), json!({"spec": {"serviceAccountName": "myapp-sa"}})));
    });
    let begun = Instant::now();
    expect(&fake.grade(runs_as("myapp-sa")).await, Pass, "");
    assert!(begun.elapsed() < Duration::from_millis(2100), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_does_not_settle_within_its_time_is_not_yet() {
    let fake = Fake::of([terminating(pod("myapp"))]);
    let begun = Instant::now();
    let patient = within("3s", runs_as("default"));
    expect(&fake.grade(patient).await, NotYet, "Pod production/myapp is being deleted");
    assert!(begun.elapsed() >= Duration::from_secs(3) && begun.elapsed() < Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn a_starting_pod_is_waited_for() {
    let starting = json!({"status": {"phase": "Pending", "conditions": []}});
    let fake = Fake::of([with(pod("myapp"), starting)]).then(1.0, |objects| {
        objects.pop();
        objects.push(pod("myapp"));
    });
    expect(&fake.grade(runs_as("default")).await, Pass, "1 Pod(s) Ready");
}

#[tokio::test(start_paused = true)]
async fn a_crash_loop_is_settled_and_wrong() {
    let crashing = json!({"status": {"phase": "Running", "conditions": [], "containerStatuses": [{
        "name": "web", "image": "nginx", "imageID": "", "ready": false, "restartCount": 2,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 3}},
    }]}});
    let begun = Instant::now();
    let grade = Fake::of([with(pod("myapp"), crashing)]).grade(runs_as("default")).await;
    expect(&grade, Fail, "CrashLoopBackOff (it ended with exit code 3)");
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

fn deployment(updated: u32) -> Value {
    object(
        "apps/v1",
        "Deployment",
        "web",
        json!({
            "metadata": {"generation": 2},
            "spec": {"replicas": 1},
            "status": {"observedGeneration": 2, "replicas": 1 + (1 - updated), "updatedReplicas": updated},
        }),
    )
}

/// A Deployment in the middle of its rollout, with its two Pods, the old of which is gone after `seconds`.
fn rolling_out(seconds: f32) -> Fake {
    let owned = |name: &str, kind: &str, owner: &str| {
        json!({"metadata": {"ownerReferences": [
            {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": owner, "controller": true}
        ]}})
    };
    let set = with(
        object("apps/v1", "ReplicaSet", "web-1", json!({})),
        owned("web", "Deployment", "Deployment-web-1"),
    );
    let old = with(pod_with_token("web-1-a"), owned("web-1", "ReplicaSet", "ReplicaSet-web-1-1"));
    let new = with(pod("web-1-b"), owned("web-1", "ReplicaSet", "ReplicaSet-web-1-1"));
    let stranger = pod_with_token("stranger");
    Fake::of([deployment(0), set, old, new, stranger]).then(seconds, move |objects| {
        objects.retain(|o| o["metadata"]["name"] != "web-1-a" && o["kind"] != "Deployment");
        objects.push(deployment(1));
    })
}

fn no_token() -> Check {
    check(json!({"tokenMount": {"workload": "deployment/web", "namespace": NS, "expect": "none"}}))
}

#[tokio::test(start_paused = true)]
async fn a_rollout_is_waited_for_until_the_old_pods_are_gone() {
    expect(&rolling_out(4.0).grade(no_token()).await, Pass, "No container of Deployment web has");
}

#[tokio::test(start_paused = true)]
async fn a_rollout_that_ends_between_two_slow_answers_is_no_fail() {
    for kind in ["Deployment", "ReplicaSet", "Pod"] {
        let mut fake = rolling_out(1.0);
        fake.slow.insert(kind, Duration::from_secs(2));
        expect(&fake.grade(no_token()).await, Pass, "No container of Deployment web has");
    }
}

#[tokio::test(start_paused = true)]
async fn a_baseline_waits_for_setup_and_says_so_when_it_never_settles() {
    let check = runs_as("default");
    let fake = Fake::of([terminating(pod("myapp"))]);
    let error = crate::grade::baseline(&fake, std::slice::from_ref(&check), &[]).await.unwrap_err();
    assert!(matches!(&error, BaselineError::NotSettled { .. }), "{error}");
    assert!(error.to_string().contains("within 60 s: Pod production/myapp is being deleted"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_must_stay_so_is_looked_at_until_it_stayed_so() {
    let fake = Fake::of([pod("myapp")]);
    let begun = Instant::now();
    let steady = consistently("3s", runs_as("default"));
    expect(&fake.grade(steady).await, Pass, "");
    assert!(begun.elapsed() >= Duration::from_secs(3) && begun.elapsed() < Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn a_slow_look_is_no_proof_that_something_stays_so() {
    let mut fake = Fake::of([pod("myapp")]);
    fake.slow.insert("Pod", Duration::from_secs(5));
    let begun = Instant::now();
    let steady = consistently("3s", runs_as("default"));
    expect(&fake.grade(steady).await, Pass, "");
    // Seen after 5 s; asked again from 8 s on, which takes as long.
    assert_eq!(begun.elapsed().as_secs(), 13);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_stay_so_fails_although_it_passed_before() {
    let fake = Fake::of([pod("myapp")]).then(1.0, |objects| {
        objects.pop();
        objects.push(with(pod("myapp"), json!({"spec": {"serviceAccountName": "other"}})));
    });
    let steady = consistently("3s", runs_as("default"));
    expect(&fake.grade(steady).await, Fail, "expected default, but found other");
}

#[tokio::test(start_paused = true)]
async fn a_break_begins_the_wait_anew() {
    let replace = |account: &'static str| {
        move |objects: &mut Vec<serde_json::Value>| {
            objects.pop();
            objects.push(match account {
                "gone" => terminating(pod("myapp")),
                account => with(pod("myapp"), json!({"spec": {"serviceAccountName": account}})),
            });
        }
    };
    let fake = Fake::of([pod("myapp")]).then(2.0, replace("gone")).then(4.0, replace("default"));
    let begun = Instant::now();
    let steady = consistently("3s", runs_as("default"));
    expect(&fake.grade(steady).await, Pass, "");
    assert!(begun.elapsed() >= Duration::from_secs(7), "{:?}", begun.elapsed());
}

/// How often a program was run in that Pod.
fn runs(fake: &Fake, name: &str) -> usize {
    let asked = fake.asked.lock().unwrap();
    asked.iter().filter(|p| matches!(p, Probe::Exec { pod, .. } if pod == name)).count()
}

#[tokio::test(start_paused = true)]
async fn what_is_not_waited_for_is_looked_at_in_the_first_pass_and_in_the_last() {
    let nothing = |_: &mut Vec<Value>| {};
    let fake = rolling_out(3.0).then(0.5, nothing).then(1.0, nothing).then(1.5, nothing);
    let program = guard(json!({"exec": {"workload": "pod/stranger", "namespace": NS, "command": ["true"]}}));
    expect(&fake.grade_with(&[no_token()], &[program], Baseline::Taking).await, Pass, "");
    assert_eq!(runs(&fake, "stranger"), 2);
    let of_deployments =
        |p: &&Probe| matches!(p, Probe::List { resource, .. } if resource.kind == "Deployment");
    let lists = fake.asked.lock().unwrap().iter().filter(of_deployments).count();
    assert!(lists >= 5, "the rollout was looked at {lists} times only");
}

#[tokio::test(start_paused = true)]
async fn what_breaks_while_something_else_is_waited_for_is_seen() {
    let fake = rolling_out(3.0).then(1.0, |objects| objects.retain(|o| o["metadata"]["name"] != "stranger"));
    let there = guard(json!({"workload": {"workload": "pod/stranger", "namespace": NS}}));
    let grade = fake.grade_with(&[no_token()], &[there], Baseline::Taking).await;
    assert_eq!(grade.results[1].verdict.outcome, Fail, "{:#?}", grade.results[1].verdict);
    assert_eq!(grade.score.percent, 0);
}

#[tokio::test(start_paused = true)]
async fn a_program_is_not_run_in_pods_that_are_being_replaced() {
    let fake = rolling_out(3.0).then(1.0, |_| {});
    let works = json!({"exec": {"workload": "deployment/web", "namespace": NS, "command": ["true"]}});
    expect(&fake.grade(check(works)).await, Pass, "");
    assert_eq!((runs(&fake, "web-1-a"), runs(&fake, "web-1-b")), (0, 1));
}
