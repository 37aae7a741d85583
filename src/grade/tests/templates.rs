//! `tokenMount` and `workload` of Jobs and CronJobs: judged by the Pod that their template would make.

use serde_json::{Value, json};

use super::fake::{Fake, expect};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::observation::Observation;
use crate::grade::probe::{Creator, Probe, ResourceType};
use crate::grade::verdict::Outcome::{Fail, NotYet, Pass};

fn spec() -> Value {
    json!({"serviceAccountName": "report", "restartPolicy": "Never", "securityContext": {},
        "containers": [{"name": "app", "image": "nginx", "command": ["report"], "securityContext": {}}]})
}

fn cron_job(spec: &Value) -> Value {
    let template = json!({"metadata": {"labels": {"app": "report"}}, "spec": spec});
    object(
        "batch/v1",
        "CronJob",
        "report",
        json!({"spec": {"jobTemplate": {"spec": {"template": template}}}}),
    )
}

fn trial(spec: &Value) -> Probe {
    Probe::DryRunCreate {
        resource: ResourceType::of("v1", "Pod"),
        namespace: Some(NS.into()),
        object: json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "report-", "labels": {"app": "report"}}, "spec": spec})
            .to_string(),
        creator: Creator::Job,
    }
}

/// A cluster with the CronJob, the template of which is answered so.
fn fake(spec: &Value, answer: Observation) -> Fake {
    let mut fake = Fake::of([cron_job(spec)]);
    fake.scripted.insert(trial(spec), Ok(answer));
    fake
}

/// A cluster whose API refuses the template.
pub(super) fn refused(message: &str) -> Fake {
    fake(&spec(), Observation::Refused { code: 403, message: message.into() })
}

/// The Pod as admission leaves it.
fn admitted(spec: &Value, rest: Value) -> Observation {
    let pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "made-up-1", "namespace": NS, "labels": {"app": "report"}}, "spec": spec});
    Observation::Admitted { object: with(pod, json!({"spec": rest})) }
}

fn token() -> Value {
    let mount = json!([{"name": "t", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]);
    json!({
        "volumes": [{"name": "t", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}],
        "containers": [{"name": "app", "image": "nginx", "command": ["report"], "volumeMounts": mount}],
    })
}

pub(super) fn token_mount(expected: Value) -> Check {
    check(json!({"tokenMount": {"workload": "cronjob/report", "namespace": NS, "expect": expected}}))
}

fn workload(rest: Value) -> Check {
    let mut spec = json!({"workload": "cronjob/report", "namespace": NS});
    spec.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    check(json!({"workload": spec}))
}

#[tokio::test(start_paused = true)]
async fn what_admission_adds_to_a_template_counts() {
    let spec = spec();
    let none = || token_mount(json!("none"));
    let clean = fake(&spec, admitted(&spec, json!({}))).grade_later(none()).await;
    expect(&clean, Pass, "No container of the template of CronJob report");
    let mounted = fake(&spec, admitted(&spec, token()));
    expect(&mounted.grade_later(none()).await, Fail, "Pod production/report-* container app");
    expect(&mounted.grade_later(token_mount(json!({"bound": {}}))).await, Pass, "");
    // A Pod of it that has ended, or runs, says nothing.
    assert!(mounted.asked.lock().unwrap().iter().all(|probe| *probe != Probe::pods(NS)));
}

#[tokio::test(start_paused = true)]
async fn a_template_that_the_api_refuses_fails_with_its_reason() {
    let message = "pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\"";
    for check in [token_mount(json!("none")), workload(json!({"serviceAccount": "report"}))] {
        let grade = refused(message).grade_later(check).await;
        expect(
            &grade,
            Fail,
            "CronJob production/report could not make a Pod now; the API would refuse it: pods",
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_cron_job_that_is_not_there_or_goes_has_no_template() {
    let none = || token_mount(json!("none"));
    expect(&Fake::of([]).grade_later(none()).await, Fail, "CronJob production/report does not exist");
    let going = Fake::of([terminating(cron_job(&spec()))]);
    expect(&going.grade_later(none()).await, NotYet, "is being deleted");
}

#[tokio::test(start_paused = true)]
async fn the_account_and_the_app_of_a_template_are_compared() {
    let before = spec();
    let same = || workload(json!({"serviceAccount": "report", "same": ["image", "command", "volumes"]}));
    let baseline = fake(&before, admitted(&before, token())).baseline(&same()).await;
    expect(&fake(&before, admitted(&before, json!({}))).grade_after(&baseline, same()).await, Pass, "");
    let hardened = with(before.clone(), json!({"automountServiceAccountToken": false}));
    expect(&fake(&hardened, admitted(&hardened, json!({}))).grade_after(&baseline, same()).await, Pass, "");
    let other = with(before.clone(), json!({"serviceAccountName": "default"}));
    let grade = fake(&other, admitted(&other, json!({}))).grade_after(&baseline, same()).await;
    expect(&grade, Fail, "runs as ServiceAccount default");
    let containers = json!([{"name": "app", "image": "nginx", "command": ["true"], "securityContext": {}}]);
    let emptied = with(before.clone(), json!({"containers": containers}));
    let grade = fake(&emptied, admitted(&emptied, json!({}))).grade_after(&baseline, same()).await;
    expect(&grade, Fail, ".command and .args");
}
