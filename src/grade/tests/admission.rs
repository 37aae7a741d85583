//! Dry runs: a refusal counts beside a control that is admitted, not while a policy is new, from everybody who asks, and
//! where nothing new can tell a trial from the real thing.

use serde_json::{Value, json};

use super::fake::{Fake, expect};
use super::support::*;
use crate::grade::expectation::Check;
use crate::grade::observation::Observation;
use crate::grade::probe::{Creator, Probe, ResourceType};
use crate::grade::verdict::Outcome::{Fail, NotYet, Pass, Unknown};

pub(super) fn probe_pod(automount: bool) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "spec": {"automountServiceAccountToken": automount}})
}

/// The dry run as it will be asked.
pub(super) fn dry_run(object: &Value) -> Probe {
    dry_run_by(Creator::Learner, object)
}

fn dry_run_by(creator: Creator, object: &Value) -> Probe {
    Probe::DryRunCreate {
        resource: ResourceType::of("v1", "Pod"),
        namespace: Some(NS.into()),
        object: object.to_string(),
        creator,
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
    expect(&fake.grade_later(must_be_refused()).await, Pass, "refused as required");
    let fake = answers(refused("no token here"), refused("no token here"), []);
    expect(
        &fake.grade_later(must_be_refused()).await,
        Fail,
        "the control, which must be admitted, is refused too",
    );
    let fake = answers(refused("exceeded quota"), admitted(pod("x")), []);
    expect(&fake.grade_later(must_be_refused()).await, Fail, "exceeded quota");
    let fake = answers(admitted(pod("x")), admitted(pod("x")), []);
    expect(&fake.grade_later(must_be_refused()).await, Fail, "would be admitted");
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
    expect(&fake.grade_later(impatient).await, NotYet, "no-tokens is new");
    let fake = answers(admitted(pod("x")), admitted(pod("x")), [policy(CREATED.into())]);
    expect(&fake.grade_later(must_be_refused()).await, Fail, "would be admitted");
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
    expect(&fake.grade_later(impatient()).await, NotYet, "b is new");
    let fake = answers(refused("no token here"), refused("no token here"), [binding(&now)]);
    expect(&fake.grade_later(impatient()).await, NotYet, "b is new");
    let by = refused("ValidatingAdmissionPolicy 'a' with binding 'b' denied request: no token here");
    let fake = answers(by.clone(), by.clone(), [binding(CREATED)]);
    expect(&fake.grade_later(impatient()).await, NotYet, "ValidatingAdmissionPolicy a is gone");
    let policy = object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "a", json!({}));
    let fake = answers(by.clone(), by, [policy, binding(CREATED)]);
    expect(&fake.grade_later(impatient()).await, Fail, "the control, which must be admitted, is refused too");
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
    expect(
        &answers(token.clone(), admitted(pod("x")), []).grade_later(tokenless(true)).await,
        Pass,
        "as required",
    );
    let fake = answers(token.clone(), token.clone(), []);
    expect(&fake.grade_later(tokenless(true)).await, Fail, "given a token");
    let fake = answers(admitted(pod("x")), admitted(pod("x")), []);
    expect(&fake.grade_later(tokenless(true)).await, Fail, "is given no token either");
    let fake = answers(token, admitted(pod("x")), []);
    expect(&fake.grade_later(tokenless(false)).await, Unknown, "needs a `control` object");
}

fn everybody_refused() -> Check {
    check(json!({"admission": {
        "namespace": NS, "object": probe_pod(true), "expect": "refused", "control": probe_pod(false),
        "by": "everybody",
    }}))
}

/// Whatever is tried is refused, but for the control, which is admitted.
fn refuses_everybody() -> Fake {
    let mut fake = answers(refused("no token here"), admitted(pod("x")), []);
    for creator in Creator::ALL {
        fake.scripted.insert(dry_run_by(creator, &probe_pod(true)), Ok(refused("no token here")));
        fake.scripted.insert(dry_run_by(creator, &probe_pod(false)), Ok(admitted(pod("x"))));
    }
    fake
}

#[tokio::test(start_paused = true)]
async fn everybody_who_creates_pods_is_asked_as() {
    expect(&refuses_everybody().grade_later(everybody_refused()).await, Pass, "refused as required");
    for creator in Creator::ALL {
        let mut fake = refuses_everybody();
        fake.scripted.insert(dry_run_by(creator, &probe_pod(true)), Ok(admitted(pod_with_token("x"))));
        let by = creator.workload().map(|kind| format!("as the controller of a {kind}")).unwrap_or_default();
        expect(&fake.grade_later(everybody_refused()).await, Fail, &by);
    }
    // Who may not ask as somebody else says so, unless there is something wrong already.
    let mut fake = refuses_everybody();
    fake.scripted.remove(&dry_run_by(Creator::Job, &probe_pod(true)));
    expect(&fake.grade_later(everybody_refused()).await, Unknown, "not scripted");
    fake.scripted.insert(dry_run_by(Creator::Learner, &probe_pod(true)), Ok(admitted(pod("x"))));
    expect(&fake.grade_later(everybody_refused()).await, Fail, "would be admitted");
}

#[tokio::test(start_paused = true)]
async fn each_variant_of_an_object_is_tried() {
    let with_variants = check(json!({"admission": {
        "namespace": NS, "object": probe_pod(true), "expect": "refused", "control": probe_pod(false),
        "variants": {
            "labelled": {"metadata": {"labels": {"a": "b"}}},
            "silent": {"spec": {"automountServiceAccountToken": null}},
        },
    }}));
    let labelled = with(probe_pod(true), json!({"metadata": {"labels": {"a": "b"}}}));
    let silent = json!({"apiVersion": "v1", "kind": "Pod", "spec": {}});
    for admits in [None, Some(&labelled), Some(&silent)] {
        let mut fake = answers(refused("no"), admitted(pod("x")), []);
        for variant in [&labelled, &silent] {
            let answer = if admits == Some(variant) { admitted(pod("x")) } else { refused("no") };
            fake.scripted.insert(dry_run(variant), Ok(answer));
        }
        let graded = fake.grade_later(with_variants.clone()).await;
        expect(&graded, if admits.is_some() { Fail } else { Pass }, "");
    }
}

/// A policy with one expression of this sort, and its binding.
fn policy(kind: &str, part: Value) -> [Value; 2] {
    let rules =
        json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["pods"]}]);
    let spec = with(json!({"spec": {"matchConstraints": {"resourceRules": rules}}}), json!({"spec": part}));
    let version = "admissionregistration.k8s.io/v1";
    let binding = json!({"spec": {"policyName": "mine"}});
    [object(version, kind, "mine", spec), object(version, &format!("{kind}Binding"), "mine", binding)]
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_can_tell_a_trial_from_the_real_thing_proves_nothing() {
    let fake = |objects: Vec<Value>| answers(refused("no token here"), admitted(pod("x")), objects);
    let validating = "ValidatingAdmissionPolicy";
    let condition = |text: &str| json!({"matchConditions": [{"name": "c", "expression": text}]});
    for (kind, part, reads) in [
        (validating, condition("request.dryRun"), "request.dryRun"),
        (validating, json!({"validations": [{"expression": "request.options != null"}]}), "request.options"),
        (
            validating,
            json!({"variables": [{"name": "v", "expression": "object.metadata.name"}],
                   "validations": [{"expression": "variables.v == 'a'"}]}),
            "object.metadata.name",
        ),
        (
            "MutatingAdmissionPolicy",
            json!({"mutations": [{"jsonPatch": {"expression": "request.uid == '' ? [] : []"}}]}),
            "request.uid",
        ),
        (
            "MutatingAdmissionPolicy",
            json!({"mutations": [{"applyConfiguration": {"expression": "request.dryRun ? Object{} : Object{}"}}]}),
            "request.dryRun",
        ),
    ] {
        let graded = fake(policy(kind, part.clone()).into()).grade_later(must_be_refused()).await;
        expect(&graded, Fail, &format!("{kind} mine reads `{reads}`"));
        // It was there from the beginning: the cluster's owner made it.
        let before = fake(policy(kind, part.clone()).into()).baseline(&must_be_refused()).await;
        let kept = fake(policy(kind, part.clone()).into()).grade_after(&before, must_be_refused()).await;
        expect(&kept, Pass, "refused as required");
        // It is bound to nothing.
        let [unbound, _] = policy(kind, part);
        expect(&fake(vec![unbound]).grade_later(must_be_refused()).await, Pass, "refused as required");
    }
    let [mut of_services, binding] = policy(validating, condition("request.dryRun"));
    of_services["spec"]["matchConstraints"]["resourceRules"][0]["resources"] = json!(["services"]);
    expect(
        &fake(vec![of_services, binding]).grade_later(must_be_refused()).await,
        Pass,
        "refused as required",
    );
    let message = json!({
        "variables": [{"name": "who", "expression": "request.userInfo.username + object.metadata.name"}],
        "validations": [{"expression": "false", "messageExpression": "variables.who"}],
    });
    expect(
        &fake(policy(validating, message).into()).grade_later(must_be_refused()).await,
        Pass,
        "as required",
    );
    let hooks = json!({"webhooks": [{"rules": [{"apiGroups": ["*"], "operations": ["CREATE"], "resources": ["*"]}]}]});
    let hook = object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mine", hooks);
    expect(&fake(vec![hook]).grade_later(must_be_refused()).await, Fail, "a program decides there");
}

#[tokio::test(start_paused = true)]
async fn where_everybody_counts_no_policy_asks_who_it_is() {
    let system =
        json!({"matchConditions": [{"name": "c", "expression": "request.userInfo.username != 'a'"}]});
    let with_policy = || policy("ValidatingAdmissionPolicy", system.clone());
    let fake = answers(refused("no token here"), admitted(pod("x")), with_policy());
    expect(&fake.grade_later(must_be_refused()).await, Pass, "refused as required");
    let mut fake = refuses_everybody();
    fake.scripted.extend(answers(refused("no token here"), admitted(pod("x")), []).scripted);
    let mut seen = Fake::of(with_policy());
    seen.scripted = fake.scripted;
    expect(&seen.grade_later(everybody_refused()).await, Fail, "reads `request.userInfo.username`");
}
