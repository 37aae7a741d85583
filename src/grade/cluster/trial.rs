//! Server-side dry runs, as those ask who will: under names that nobody can foresee, and as the learner or a controller.
//!
//! In: an object with what matters about it, and who creates it. Out: the object as it would be admitted, or why it would
//! not be. Nothing is created. What is made up differs each time, so that a policy cannot tell a trial from the real thing.

use std::hash::{BuildHasher as _, RandomState};

use http::HeaderValue;
use kube::Client;
use kube::api::{ApiResource, DynamicObject, PostParams};
use kube::core::Resource as _;
use serde_json::{Map, Value, json};

use super::exchange::{exchange, must_be};
use super::fault::{Fault, Refusal};
use crate::grade::observation::Observation;
use crate::grade::probe::Creator;
use crate::token::redact;

/// Names as people give them.
const NAMES: [&str; 24] = [
    "api",
    "app",
    "auth",
    "billing",
    "cart",
    "catalog",
    "checkout",
    "events",
    "gateway",
    "images",
    "inventory",
    "mailer",
    "metrics",
    "notify",
    "orders",
    "portal",
    "reports",
    "search",
    "server",
    "shipping",
    "status",
    "sync",
    "users",
    "web",
];
const IMAGES: [&str; 8] = [
    "nginx",
    "nginx:1.27",
    "httpd:2.4",
    "redis:7",
    "busybox",
    "python:3.12-slim",
    "registry.k8s.io/pause:3.10",
    "traefik/whoami",
];
/// Where the Pod of each kind of workload stands.
const PODS: [&str; 3] = ["/spec/jobTemplate/spec/template/spec", "/spec/template/spec", "/spec"];
/// Kubernetes' own letters for generated names.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// Tries to create an object, once. `learner`: the user that the learner is, if it is not the client's own.
pub(super) async fn dry_run(
    client: &Client,
    kind: &ApiResource,
    namespace: Option<&str>,
    object: &str,
    (creator, learner): (Creator, Option<&str>),
) -> Result<Value, Fault> {
    let unasked = |e: &dyn std::fmt::Display| Fault::Unasked(e.to_string());
    let mut object: Value = serde_json::from_str(object)
        .map_err(|e| Fault::Unasked(format!("there is no object to try: {e}")))?;
    fill_in(&mut object, creator);
    let body = serde_json::to_vec(&object).map_err(|e| unasked(&e))?;
    let url = DynamicObject::url_path(kind, namespace);
    let dry_run = PostParams { dry_run: true, ..PostParams::default() };
    let mut request = kube::core::Request::new(url).create(&dry_run, body).map_err(|e| unasked(&e))?;
    if let Some(user) = creator.user().or_else(|| learner.map(str::to_owned)) {
        let user = HeaderValue::from_str(&user).map_err(|e| unasked(&e))?;
        request.headers_mut().insert("Impersonate-User", user);
    }
    let answer = exchange(client, request).await?;
    must_be(&answer, &kind.api_version, &kind.kind)?;
    Ok(answer)
}

/// A refusal of a dry run is its answer, if the API itself refused the object, and not who asked or how busy it is.
pub(super) fn refused(fault: Fault) -> Result<Observation, Fault> {
    match fault {
        Fault::Refused(by) if may_not_impersonate(&by) => {
            Err(Fault::Unasked(format!("admission cannot be asked as those who will ask: {}", by.message)))
        }
        Fault::Refused(by)
            if by.genuine && (400..500).contains(&by.code) && ![401, 408, 425, 429].contains(&by.code) =>
        {
            Ok(Observation::Refused { code: by.code, message: redact(&by.message).into_owned() })
        }
        fault => Err(fault),
    }
}

/// Whether it was refused to ask as somebody else. A policy's refusal begins with the kind of the object.
fn may_not_impersonate(by: &Refusal) -> bool {
    let of_a_user = ["serviceaccounts ", "users ", "groups "].iter().any(|kind| by.message.starts_with(kind));
    by.code == 403 && of_a_user && by.message.contains("cannot impersonate")
}

/// Makes up what an object needs and does not have, as its creator would.
fn fill_in(object: &mut Value, creator: Creator) {
    let Some(fields) = object.as_object_mut() else { return };
    let (app, hash) = (format!("{}-{}", pick(&NAMES), pick(&NAMES)), letters(10));
    if let Some(metadata) = mapping(fields, "metadata") {
        identify(metadata, creator, &app, &hash);
    }
    let pod =
        PODS.into_iter().find(|pod| object.pointer(pod).is_some_and(|spec| spec.get("containers").is_some()));
    if let Some(spec) = pod.and_then(|pod| object.pointer_mut(pod)?.as_object_mut()) {
        name_parts(spec);
        harden(spec);
    }
}

/// A name, or what a name is generated from, and whose the object is.
fn identify(metadata: &mut Map<String, Value>, creator: Creator, app: &str, hash: &str) {
    let named = ["name", "generateName"].iter().any(|field| metadata.contains_key(*field));
    let (owner, owner_version) = match creator {
        Creator::Learner => {
            if !named {
                metadata.insert("name".into(), app.into());
            }
            return;
        }
        Creator::ReplicaSet => (format!("{app}-{hash}"), "apps/v1"),
        Creator::DaemonSet | Creator::StatefulSet => (app.to_owned(), "apps/v1"),
        Creator::Job => (app.to_owned(), "batch/v1"),
        Creator::ReplicationController => (app.to_owned(), "v1"),
    };
    let uid = uid();
    let labels: Vec<(&str, &str)> = match creator {
        Creator::Learner => Vec::new(),
        Creator::ReplicaSet => vec![("app", app), ("pod-template-hash", hash)],
        Creator::DaemonSet => {
            vec![("app", app), ("controller-revision-hash", hash), ("pod-template-generation", "1")]
        }
        Creator::StatefulSet => vec![("app", app), ("controller-revision-hash", hash)],
        Creator::ReplicationController => vec![("app", app)],
        Creator::Job => {
            vec![("batch.kubernetes.io/job-name", app), ("batch.kubernetes.io/controller-uid", &uid)]
        }
    };
    if !named {
        match creator {
            Creator::StatefulSet => metadata.insert("name".into(), format!("{owner}-0").into()),
            _ => metadata.insert("generateName".into(), format!("{owner}-").into()),
        };
    }
    if let Some(own) = mapping(metadata, "labels") {
        for (label, value) in labels {
            own.entry(label).or_insert_with(|| value.into());
        }
    }
    metadata.entry("ownerReferences").or_insert_with(|| {
        json!([{
            "apiVersion": owner_version, "kind": creator.workload(), "name": owner, "uid": uid,
            "controller": true, "blockOwnerDeletion": true,
        }])
    });
}

/// Names and images of containers, and the name of a volume, where there is none.
fn name_parts(spec: &mut Map<String, Value>) {
    for list in ["initContainers", "containers"] {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        for (number, container) in
            containers.into_iter().flatten().filter_map(Value::as_object_mut).enumerate()
        {
            let name = pick(&NAMES);
            let name = if number == 0 && list == "containers" {
                name.into()
            } else {
                format!("{name}-{}", letters(4))
            };
            container.entry("name").or_insert_with(|| name.into());
            container.entry("image").or_insert_with(|| pick(&IMAGES).into());
        }
    }
    let volume = letters(6);
    name_each(spec.get_mut("volumes"), &volume);
    for list in ["initContainers", "containers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            name_each(container.get_mut("volumeMounts"), &volume);
        }
    }
}

/// What every Namespace admits, whatever Pod Security it enforces: a trial is not about that.
fn harden(spec: &mut Map<String, Value>) {
    spec.entry("securityContext").or_insert_with(
        || json!({"runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}),
    );
    for list in ["initContainers", "containers"] {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
            container.entry("securityContext").or_insert_with(
                || json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}),
            );
        }
    }
}

fn name_each(list: Option<&mut Value>, name: &str) {
    for part in list.and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut) {
        part.entry("name").or_insert_with(|| name.into());
    }
}

fn mapping<'a>(fields: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    fields.entry(name).or_insert_with(|| json!({})).as_object_mut()
}

fn pick<T: Copy>(all: &[T]) -> T {
    all[usize::try_from(random() % all.len() as u64).unwrap_or(0)]
}

fn letters(count: usize) -> String {
    (0..count).map(|_| char::from(pick(LETTERS))).collect()
}

/// A UID as the API makes them (version 4).
fn uid() -> String {
    let (a, b) = (random(), random());
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        b >> 52,
        b & 0xffff_ffff_ffff
    )
}

/// A number that nobody can foresee.
fn random() -> u64 {
    RandomState::new().hash_one(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(object: Value, creator: Creator) -> Value {
        let mut object = object;
        fill_in(&mut object, creator);
        object
    }

    #[test]
    fn what_is_left_out_is_made_up_each_time_anew() {
        let pod = json!({"kind": "Pod", "spec": {
            "containers": [{"volumeMounts": [{"mountPath": "/x"}]}, {"name": "mine", "image": "i"}],
            "volumes": [{"emptyDir": {}}],
        }});
        let name = |object: &Value| {
            let at = |path: &str| object.pointer(path).unwrap().as_str().unwrap().to_owned();
            let mounted = at("/spec/containers/0/volumeMounts/0/name");
            assert_eq!(mounted, at("/spec/volumes/0/name"));
            assert!(!at("/spec/containers/0/image").is_empty());
            assert_eq!(
                (at("/spec/containers/1/name"), at("/spec/containers/1/image")),
                ("mine".into(), "i".into())
            );
            assert_eq!(at("/spec/securityContext/seccompProfile/type"), "RuntimeDefault");
            assert_eq!(at("/spec/containers/1/securityContext/capabilities/drop/0"), "ALL");
            (at("/metadata/name"), mounted)
        };
        let (one, other) = (filled(pod.clone(), Creator::Learner), filled(pod, Creator::Learner));
        assert_ne!(name(&one).1, name(&other).1);
        assert!(!one.to_string().contains("satrain") && one.pointer("/metadata/generateName").is_none());
        let config = filled(json!({"kind": "ConfigMap", "data": {}}), Creator::Learner);
        assert!(config.pointer("/metadata/name").is_some());
        let template =
            json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{}]}}}}}});
        let cron = filled(template, Creator::Learner);
        assert!(cron.pointer("/spec/jobTemplate/spec/template/spec/containers/0/name").is_some());
        let deployment =
            filled(json!({"spec": {"template": {"spec": {"containers": [{}]}}}}), Creator::Learner);
        assert!(deployment.pointer("/spec/template/spec/containers/0/image").is_some());
    }

    #[test]
    fn a_controllers_pod_looks_like_one() {
        for creator in Creator::ALL.into_iter().skip(1) {
            let pod =
                json!({"kind": "Pod", "metadata": {"labels": {"app": "kept"}}, "spec": {"containers": [{}]}});
            let made = filled(pod, creator);
            let at = |path: &str| made.pointer(path).and_then(Value::as_str);
            assert_eq!(at("/metadata/ownerReferences/0/kind"), creator.workload());
            assert_eq!(at("/metadata/labels/app"), Some("kept"));
            assert_eq!(at("/metadata/ownerReferences/0/uid").unwrap().len(), 36);
            assert_ne!(at("/metadata/generateName").is_some(), at("/metadata/name").is_some());
            assert!(creator.user().unwrap().starts_with("system:serviceaccount:kube-system:"));
        }
    }

    #[test]
    fn what_a_policy_refuses_is_an_answer_whatever_it_says_and_who_may_not_ask_has_none() {
        let by = |code: u16, message: &str| {
            Fault::Refused(Refusal { code, message: message.into(), genuine: true, retry_after: None })
        };
        let policy = "pods \"a\" is forbidden: ValidatingAdmissionPolicy 'x' with binding 'y' denied request: \
                      cannot impersonate";
        for code in [403, 413, 422] {
            assert!(matches!(refused(by(code, policy)), Ok(Observation::Refused { .. })));
        }
        assert!(refused(by(401, "Unauthorized")).is_err());
        let not_as_him = "serviceaccounts \"job-controller\" is forbidden: User \"a\" cannot impersonate resource \
                          \"serviceaccounts\" in API group \"\" in the namespace \"kube-system\"";
        assert!(matches!(refused(by(403, not_as_him)), Err(Fault::Unasked(_))));
    }
}
