//! Dry runs: a refusal counts beside a control that is admitted, and not while a policy is new.

use serde_json::{Value, json};

use super::fake::{Fake, expect};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::observation::Observation;
use crate::grade::probe::{Probe, ResourceType};
use crate::grade::verdict::Outcome::{Fail, NotYet, Pass, Unknown};

pub(super) fn probe_pod(automount: bool) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "spec": {"automountServiceAccountToken": automount}})
}

/// The dry run as it will be asked: with a generated name.
pub(super) fn dry_run(object: &Value) -> Probe {
    let object = with(object.clone(), json!({"metadata": {"generateName": "satrain-check-"}}));
    Probe::DryRunCreate {
        resource: ResourceType::of("v1", "Pod"),
        namespace: Some(NS.into()),
        object: object.to_string(),
    }
}

pub(super) fn admitted(object: Value) -> Observation {
    Observation::Admitted { object }
}

pub(super) fn refused(message: &str) -> Observation {
    Observation::Refused { code: 403, message: message.into() }
}

pub(super) fn answers(
    of_object: Observation,
    of_control: Observation,
    more: impl IntoIterator<Item = Value>,
) -> Fake {
    let mut fake = Fake::of(more);
    fake.scripted.insert(dry_run(&probe_pod(true)), Ok(of_object));
    fake.scripted.insert(dry_run(&probe_pod(false)), Ok(of_control));
    fake
}

pub(super) fn must_be_refused() -> Check {
    check(json!({"admission": {
        "namespace": NS, "object": probe_pod(true), "expect": "refused", "message": "token",
        "control": probe_pod(false),
    }}))
}

#[tokio::test(start_paused = true)]
async fn a_refusal_counts_beside_a_control_that_is_admitted() {
    let fake = answers(refused("no token here"), admitted(pod("x")), []);
    expect(&fake.grade(must_be_refused()).await, Pass, "refused as required");
    let fake = answers(refused("no token here"), refused("no token here"), []);
    expect(&fake.grade(must_be_refused()).await, Fail, "the control, which must be admitted, is refused too");
    let fake = answers(refused("exceeded quota"), admitted(pod("x")), []);
    expect(&fake.grade(must_be_refused()).await, Fail, "exceeded quota");
    let fake = answers(admitted(pod("x")), admitted(pod("x")), []);
    expect(&fake.grade(must_be_refused()).await, Fail, "would be admitted");
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_was_just_made_may_not_have_been_read() {
    let policy = |made: String| {
        let kind = "ValidatingAdmissionPolicy";
        let made = json!({"metadata": {"creationTimestamp": made}});
        object("admissionregistration.k8s.io/v1", kind, "no-tokens", made)
    };
    let new = policy(jiff::Timestamp::now().to_string());
    let impatient = within("1s", must_be_refused());
    let fake = answers(admitted(pod("x")), admitted(pod("x")), [new]);
    expect(&fake.grade(impatient).await, NotYet, "no-tokens is new");
    let fake = answers(admitted(pod("x")), admitted(pod("x")), [policy(CREATED.into())]);
    expect(&fake.grade(must_be_refused()).await, Fail, "would be admitted");
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_was_just_changed_may_not_have_been_read_and_one_that_is_gone_may_be_in_force() {
    let binding = |changed: &str| {
        let kind = "ValidatingAdmissionPolicyBinding";
        let metadata = json!({"creationTimestamp": CREATED, "managedFields": [{"time": changed}]});
        object("admissionregistration.k8s.io/v1", kind, "b", json!({"metadata": metadata}))
    };
    let impatient = || within("1s", must_be_refused());
    let now = jiff::Timestamp::now().to_string();
    let fake = answers(admitted(pod("x")), admitted(pod("x")), [binding(&now)]);
    expect(&fake.grade(impatient()).await, NotYet, "b is new");
    let fake = answers(refused("no token here"), refused("no token here"), [binding(&now)]);
    expect(&fake.grade(impatient()).await, NotYet, "b is new");
    let by = refused("ValidatingAdmissionPolicy 'a' with binding 'b' denied request: no token here");
    let fake = answers(by.clone(), by.clone(), [binding(CREATED)]);
    expect(&fake.grade(impatient()).await, NotYet, "ValidatingAdmissionPolicy a is gone");
    let policy = object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "a", json!({}));
    let fake = answers(by.clone(), by, [policy, binding(CREATED)]);
    expect(&fake.grade(impatient()).await, Fail, "the control, which must be admitted, is refused too");
}

#[tokio::test(start_paused = true)]
async fn a_pod_is_given_no_token_where_the_control_is_given_one() {
    let tokenless = |control: bool| {
        let mut admission = json!({
            "namespace": NS, "object": probe_pod(false), "expect": "admitted", "token": "none",
        });
        if control {
            admission["control"] = probe_pod(true);
        }
        check(json!({"admission": admission}))
    };
    let token = admitted(pod_with_token("x"));
    expect(&answers(token.clone(), admitted(pod("x")), []).grade(tokenless(true)).await, Pass, "as required");
    let fake = answers(token.clone(), token.clone(), []);
    expect(&fake.grade(tokenless(true)).await, Fail, "given a token");
    let fake = answers(admitted(pod("x")), admitted(pod("x")), []);
    expect(&fake.grade(tokenless(true)).await, Fail, "is given no token either");
    let fake = answers(token, admitted(pod("x")), []);
    expect(&fake.grade(tokenless(false)).await, Unknown, "needs a `control` object");
}
