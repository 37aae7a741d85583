//! Is it still the same app: a Pod compared with the one of the beginning, aspect by aspect.
//!
//! Containers are paired by what they run, not by their names. Left out is what the API server and controllers inject
//! (the API token's volume and mounts, template hashes), ephemeral debug containers, and what changes nothing: names
//! that nothing depends on, other spellings of an image or a path, `readOnly` on a mount that is read-only anyway, file
//! modes, and hardening. A container whose own files could not be written at the beginning must not become writable:
//! its program would no longer be the image's.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::copies::only_looks;
use super::full_name;
use super::image::Running;
use super::mounts::{Mount, mounts};
use super::program::root_is_read_only;
use crate::grade::fields::show;
use crate::grade::verdict::{Evidence, Fact};

/// A part of a Pod that is compared with the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Aspect {
    /// Each container's image, and that a read-only root file system stays so.
    Image,
    /// Each container's command and arguments, and the programs that its hooks and probes start in it.
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

/// Where `pod` differs from `model` in one aspect.
pub(in crate::grade) fn differences(aspect: Aspect, model: &Pod, pod: &Pod) -> Vec<Evidence> {
    let name = full_name(pod);
    if aspect == Aspect::Labels {
        return lost_labels(model, pod, &name);
    }
    let Pairs { pairs, gone, added } = Pairs::of(model, pod);
    let at = |container: &Container| format!("Pod {name} container {}", container.name);
    let change = |container: &Container, expected: &str, seen: &str| {
        Evidence::expected(Fact::Change, at(container), expected, seen)
    };
    let mut found = Vec::new();
    found.extend(added.iter().map(|c| change(c, "absent, as at the start", "added")));
    found.extend(gone.iter().map(|c| change(c, "present, as at the start", "gone")));
    for (old, new) in pairs {
        found.extend(changes(aspect, (old, model), (new, pod)).into_iter().map(|(field, then, now)| {
            let evidence = Evidence::expected(Fact::Change, at(new), format!("{then} as at the start"), now);
            evidence.field(field)
        }));
    }
    found
}

fn lost_labels(model: &Pod, pod: &Pod, name: &str) -> Vec<Evidence> {
    let now = app_labels(pod);
    let lost = |(key, value): (String, String)| {
        let seen = now.get(&key).cloned();
        (seen.as_ref() != Some(&value)).then(|| {
            let seen = seen.map_or("not set".into(), |s| format!("\"{s}\""));
            Evidence::expected(Fact::Change, format!("Pod {name}"), format!("\"{value}\""), seen)
                .field(format!(".metadata.labels.{key}"))
        })
    };
    app_labels(model).into_iter().filter_map(lost).collect()
}

/// The containers of two Pods, each with the one that it has become.
struct Pairs<'a> {
    pairs: Vec<(&'a Container, &'a Container)>,
    gone: Vec<&'a Container>,
    added: Vec<&'a Container>,
}

impl<'a> Pairs<'a> {
    fn of(model: &'a Pod, pod: &'a Pod) -> Self {
        let mut all = Self { pairs: Vec::new(), gone: Vec::new(), added: Vec::new() };
        for init in [true, false] {
            all.match_up((model, containers(model, init)), (pod, containers(pod, init)));
        }
        all
    }

    /// Those that run the same under the same name come first, then those that run the same, then namesakes.
    fn match_up(
        &mut self,
        (model, mut gone): (&Pod, Vec<&'a Container>),
        (pod, mut added): (&Pod, Vec<&'a Container>),
    ) {
        let program = |old: &Container, new: &Container| {
            let then = Running::of(model, &old.name, old.image.as_deref());
            let now = Running::of(pod, &new.name, new.image.as_deref());
            then.is_same(&now) && words(old) == words(new)
        };
        let name = |old: &Container, new: &Container| old.name == new.name;
        let both = |old: &Container, new: &Container| name(old, new) && program(old, new);
        let rounds: [Alike<'_>; 3] = [&both, &program, &name];
        for alike in rounds {
            gone.retain(|old| {
                let Some(at) = added.iter().position(|new| alike(old, new)) else { return true };
                self.pairs.push((old, added.remove(at)));
                false
            });
        }
        self.gone.append(&mut gone);
        self.added.append(&mut added);
    }
}

/// Whether a container is another one of before.
type Alike<'a> = &'a dyn Fn(&Container, &Container) -> bool;

fn containers(pod: &Pod, init: bool) -> Vec<&Container> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    if init { spec.init_containers.iter().flatten().collect() } else { spec.containers.iter().collect() }
}

/// Command and arguments; an empty list is none.
fn words(container: &Container) -> (&[String], &[String]) {
    (container.command.as_deref().unwrap_or_default(), container.args.as_deref().unwrap_or_default())
}

/// The programs that the kubelet starts in a container beside its own, but for those that only look: anything may come
/// into it by such a one. Probes and hooks that send a request are none.
fn programs(container: &Container) -> Vec<Vec<String>> {
    let hooks = container.lifecycle.iter().flat_map(|l| [&l.post_start, &l.pre_stop]).flatten();
    let hooks = hooks.filter_map(|hook| hook.exec.as_ref());
    let probes = [&container.liveness_probe, &container.readiness_probe, &container.startup_probe];
    let probes = probes.into_iter().flatten().filter_map(|probe| probe.exec.as_ref());
    let commands = hooks.chain(probes).map(|exec| exec.command.clone().unwrap_or_default());
    let mut programs: Vec<_> = commands.filter(|command| !only_looks(command)).collect();
    programs.sort();
    programs
}

/// What has changed in one aspect: the field, how it was and how it is.
fn changes(
    aspect: Aspect,
    (old, model): (&Container, &Pod),
    (new, pod): (&Container, &Pod),
) -> Vec<(&'static str, String, String)> {
    let changed = |field, then: Value, now: Value| {
        if then == now { Vec::new() } else { vec![(field, show(&then), show(&now))] }
    };
    match aspect {
        Aspect::Image => {
            let mut found = Vec::new();
            let then = Running::of(model, &old.name, old.image.as_deref());
            let now = Running::of(pod, &new.name, new.image.as_deref());
            if !then.is_same(&now) {
                let other = if then.image == now.image { " with other content" } else { "" };
                found.push((
                    ".image",
                    show(&json!(old.image)),
                    format!("{}{other}", show(&json!(new.image))),
                ));
            }
            if root_is_read_only(old) && !root_is_read_only(new) {
                let field = ".securityContext.readOnlyRootFilesystem";
                found.push((field, "true".into(), "not set or false".into()));
            }
            found
        }
        Aspect::Command => {
            let shown = |c: &Container| show(&json!([c.command, c.args]));
            let other = words(old) != words(new);
            let mut found = changed(".lifecycle and probes", json!(programs(old)), json!(programs(new)));
            found.extend(other.then(|| (".command and .args", shown(old), shown(new))));
            found
        }
        Aspect::Env => changed(".env and .envFrom", variables(old), variables(new)),
        Aspect::Ports => changed(".ports", sorted(json!(old.ports)), sorted(json!(new.ports))),
        Aspect::Volumes => {
            let (then, mut now) = (mounts(model, old), mounts(pod, new));
            now.retain(|mount| !mount.is_scratch() || then.iter().any(|old| old.path == mount.path));
            let how = |all: &[Mount]| sorted(json!(all.iter().map(|m| &m.how).collect::<Vec<_>>()));
            let what = |all: &[Mount]| sorted(json!(all.iter().map(|m| &m.content).collect::<Vec<_>>()));
            let both = |all: &[Mount]| {
                sorted(json!(all.iter().map(|m| json!([m.how, m.content])).collect::<Vec<_>>()))
            };
            match changed(".volumeMounts", how(&then), how(&now)) {
                same if same.is_empty() => match changed(".spec.volumes", what(&then), what(&now)) {
                    same if same.is_empty() => changed(".volumeMounts", both(&then), both(&now)),
                    changed => changed,
                },
                changed => changed,
            }
        }
        Aspect::Labels => Vec::new(),
    }
}

/// The variables by name, of which a later one wins over an earlier one, and what is poured in besides.
fn variables(container: &Container) -> Value {
    let mut by_name: BTreeMap<&str, Value> = BTreeMap::new();
    for variable in container.env.iter().flatten() {
        let value = variable.value.clone().unwrap_or_default();
        let mut from = json!(variable.value_from);
        if let Some(field) = from.get_mut("fieldRef").and_then(Value::as_object_mut) {
            field.remove("apiVersion");
        }
        by_name.insert(&variable.name, json!([value, from]));
    }
    json!([by_name, sorted(json!(container.env_from))])
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
