//! Is it still the same app: a Pod compared with the one of the beginning, aspect by aspect.
//!
//! Left out: what the API server and controllers inject (the API token's volume and mounts, template hashes) and
//! ephemeral debug containers, and what changes nothing: `readOnly` on a mount that is read-only anyway, file modes.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod, Volume, VolumeMount};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::full_name;
use crate::grade::fields::show;
use crate::grade::verdict::{Evidence, Fact};

/// A part of a Pod that is compared with the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Aspect {
    /// Each container's image.
    Image,
    /// Each container's command and arguments.
    Command,
    /// Each container's env and envFrom.
    Env,
    /// The Pod's labels.
    Labels,
    /// Each container's ports.
    Ports,
    /// Volumes and mounts, the API token's own apart.
    Volumes,
}

/// Labels that controllers add, different for each Pod or each roll-out.
const INJECTED_LABELS: [&str; 7] = [
    "pod-template-hash",
    "pod-template-generation",
    "controller-revision-hash",
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
];

/// The labels that an author gave a Pod; those of the trainer itself and of controllers left out.
pub(in crate::grade) fn app_labels(pod: &Pod) -> BTreeMap<String, String> {
    let mut labels = pod.metadata.labels.clone().unwrap_or_default();
    labels.retain(|key, _| !INJECTED_LABELS.contains(&key.as_str()) && !key.starts_with("satrain.dev/"));
    labels
}

/// Whether `pod` runs all that `model` runs: its images with their commands, whatever the containers are called.
pub(in crate::grade) fn runs_all(model: &Pod, pod: &Pod) -> bool {
    let programs = |pod: &Pod| -> Vec<Value> {
        let main = pod.spec.iter().flat_map(|s| &s.containers);
        main.map(|c| json!([c.image, c.command, c.args])).collect()
    };
    let mut there = programs(pod);
    programs(model).iter().all(|program| {
        let found = there.iter().position(|other| other == program);
        found.map(|at| there.swap_remove(at)).is_some()
    })
}

/// Where `pod` differs from `model` in one aspect.
pub(in crate::grade) fn differences(aspect: Aspect, model: &Pod, pod: &Pod) -> Vec<Evidence> {
    let name = full_name(pod);
    if aspect == Aspect::Labels {
        let now = app_labels(pod);
        let lost = |(key, value): (String, String)| {
            let seen = now.get(&key).cloned();
            (seen.as_ref() != Some(&value)).then(|| {
                let seen = seen.map_or("not set".into(), |s| format!("\"{s}\""));
                Evidence::expected(Fact::Change, format!("Pod {name}"), format!("\"{value}\""), seen)
                    .field(format!(".metadata.labels.{key}"))
            })
        };
        return app_labels(model).into_iter().filter_map(lost).collect();
    }
    let mut found = Vec::new();
    let (then, now) = (containers(model), containers(pod));
    for (container, _) in now.iter().filter(|(c, _)| !then.contains_key(*c)) {
        found.push(Evidence::expected(
            Fact::Change,
            format!("Pod {name} container {container}"),
            "absent, as at the start",
            "added",
        ));
    }
    for (container, old) in &then {
        let at = format!("Pod {name} container {container}");
        let Some(new) = now.get(container) else {
            found.push(Evidence::expected(Fact::Change, at, "present, as at the start", "gone"));
            continue;
        };
        let (expected, seen) = (part(aspect, old, model), part(aspect, new, pod));
        if expected != seen {
            let expected = format!("{} as at the start", show(&expected));
            found.push(Evidence::expected(Fact::Change, at, expected, show(&seen)).field(field(aspect)));
        }
    }
    if aspect == Aspect::Volumes {
        let (expected, seen) = (volumes(model), volumes(pod));
        if expected != seen {
            let expected = format!("{} as at the start", show(&expected));
            let changed = Evidence::expected(Fact::Change, format!("Pod {name}"), expected, show(&seen));
            found.push(changed.field(".spec.volumes"));
        }
    }
    found
}

fn containers(pod: &Pod) -> BTreeMap<&str, &Container> {
    let spec = pod.spec.as_ref();
    let init = spec.and_then(|s| s.init_containers.as_deref()).unwrap_or_default();
    let main = spec.map(|s| s.containers.as_slice()).unwrap_or_default();
    init.iter().chain(main).map(|c| (c.name.as_str(), c)).collect()
}

fn field(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Image => ".image",
        Aspect::Command => ".command and .args",
        Aspect::Env => ".env and .envFrom",
        Aspect::Labels => ".metadata.labels",
        Aspect::Ports => ".ports",
        Aspect::Volumes => ".volumeMounts",
    }
}

/// The part of a container that an aspect is about, in an order that does not matter where none does.
fn part(aspect: Aspect, container: &Container, pod: &Pod) -> Value {
    match aspect {
        Aspect::Image => json!(container.image),
        Aspect::Command => json!([container.command, container.args]),
        Aspect::Env => json!([sorted(json!(container.env)), sorted(json!(container.env_from))]),
        Aspect::Ports => sorted(json!(container.ports)),
        Aspect::Volumes => {
            let tokens = token_volumes(pod);
            let fixed = read_only_volumes(pod);
            let mounts = container.volume_mounts.iter().flatten().filter(|m| !tokens.contains(&m.name));
            let plain = |mount: &VolumeMount| {
                let mut mount = mount.clone();
                if fixed.contains(&mount.name) {
                    (mount.read_only, mount.recursive_read_only) = (None, None);
                }
                mount
            };
            sorted(json!(mounts.map(plain).collect::<Vec<_>>()))
        }
        Aspect::Labels => Value::Null,
    }
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Array(mut items) => {
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Null => Value::Array(Vec::new()),
        other => other,
    }
}

fn volumes(pod: &Pod) -> Value {
    let tokens = token_volumes(pod);
    let volumes = pod.spec.iter().flat_map(|s| s.volumes.iter().flatten());
    let volumes = volumes.filter(|v| !tokens.contains(&v.name)).map(without_modes);
    sorted(json!(volumes.collect::<Vec<_>>()))
}

/// A volume without the mode of its files: whether the app can still read them shows in what it does.
fn without_modes(volume: &Volume) -> Volume {
    let mut volume = volume.clone();
    if let Some(source) = &mut volume.config_map {
        source.default_mode = None;
    }
    if let Some(source) = &mut volume.secret {
        source.default_mode = None;
    }
    if let Some(source) = &mut volume.projected {
        source.default_mode = None;
    }
    if let Some(source) = &mut volume.downward_api {
        source.default_mode = None;
    }
    volume
}

/// Volumes that the kubelet mounts read-only, whatever the mount says.
fn read_only_volumes(pod: &Pod) -> Vec<String> {
    let volumes = pod.spec.iter().flat_map(|s| s.volumes.iter().flatten());
    let fixed = |v: &&Volume| {
        v.config_map.is_some() || v.secret.is_some() || v.projected.is_some() || v.downward_api.is_some()
    };
    volumes.filter(fixed).map(|v| v.name.clone()).collect()
}

/// Volumes that hold the API token.
fn token_volumes(pod: &Pod) -> Vec<String> {
    let holds_token = |volume: &&Volume| {
        let sources = volume.projected.iter().flat_map(|p| p.sources.iter().flatten());
        sources.into_iter().any(|s| s.service_account_token.is_some())
    };
    let volumes = pod.spec.iter().flat_map(|s| s.volumes.iter().flatten());
    volumes.filter(holds_token).map(|v| v.name.clone()).collect()
}
