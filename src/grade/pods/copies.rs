//! Is another Pod the same app: a second copy of what runs already.
//!
//! In: a Pod of the app at the beginning, and another one. Out: whether the other one runs the app's program, however it
//! is wrapped, or serves what the app serves: the same files. A container that only waits (`sleep`) is no copy of
//! anything else.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod};
use serde_json::Value;

use super::image::{Image, Running};
use super::mounts::{Mount, mounts};

/// Programs that do nothing.
const IDLE: [&str; 5] = ["sleep", "pause", "tail", "cat", "true"];

/// Shells and programs that start another one.
const STARTERS: [&str; 17] = [
    "ash", "bash", "busybox", "chroot", "dash", "env", "exec", "ionice", "labapp", "nice", "nohup", "setsid",
    "sh", "stdbuf", "su", "timeout", "tini",
];

/// Programs that name another one without starting it.
const LOOKERS: [&str; 16] = [
    "cat", "command", "curl", "dig", "echo", "grep", "kill", "killall", "ls", "nc", "nslookup", "pgrep",
    "pidof", "ping", "pkill", "wget",
];

/// Whether `pod` is a copy of the app that `model` is.
pub(in crate::grade) fn is_copy(model: &Pod, pod: &Pod) -> bool {
    let running = running(pod);
    let main: Vec<&Container> = model.spec.iter().flat_map(|s| &s.containers).collect();
    let busy: Vec<&&Container> = main.iter().filter(|c| !is_idle(c)).collect();
    if busy.is_empty() {
        // Nothing but waiting: then all that waits must be there.
        let mut left = running;
        return !main.is_empty()
            && main.iter().all(|old| {
                let found = left.iter().position(|new| same_words((old, model), (new, pod)));
                found.map(|at| left.swap_remove(at)).is_some()
            });
    }
    busy.iter().any(|old| running.iter().any(|new| runs((old, model), (new, pod))))
}

/// Whether a listed Pod may be a copy at all: told without reading it. It has an image of the app, or its files.
pub(in crate::grade) fn may_be_copy(model: &Pod, item: &Value) -> bool {
    let Some(spec) = item.get("spec") else { return false };
    let containers = ["containers", "initContainers", "ephemeralContainers"];
    let containers = containers.iter().filter_map(|key| spec.get(key)?.as_array()).flatten();
    let mut images = containers.filter_map(|c| c.get("image")?.as_str()).map(|i| Image::new(i).repository);
    let main = || model.spec.iter().flat_map(|s| &s.containers);
    let own: Vec<String> =
        main().filter_map(|c| c.image.as_deref()).map(|i| Image::new(i).repository).collect();
    images.any(|image| own.contains(&image))
        || (main().any(|c| !mounts(model, c).is_empty())
            && spec.get("volumes").and_then(Value::as_array).is_some_and(|volumes| !volumes.is_empty()))
}

/// Containers that run as long as the Pod does; also those that were put into it later.
fn running(pod: &Pod) -> Vec<Container> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    let sidecars = spec.init_containers.iter().flatten();
    let sidecars = sidecars.filter(|c| c.restart_policy.as_deref() == Some("Always"));
    let later = spec.ephemeral_containers.iter().flatten().map(|c| Container {
        name: c.name.clone(),
        image: c.image.clone(),
        command: c.command.clone(),
        args: c.args.clone(),
        env: c.env.clone(),
        volume_mounts: c.volume_mounts.clone(),
        ..Container::default()
    });
    spec.containers.iter().chain(sidecars).cloned().chain(later).collect()
}

/// Whether a container does what the app's does.
fn runs((old, model): (&Container, &Pod), (new, pod): (&Container, &Pod)) -> bool {
    let (then, now) = (
        Running::of(model, &old.name, old.image.as_deref()),
        Running::of(pod, &new.name, new.image.as_deref()),
    );
    let same_image = then.image.repository == now.image.repository || then.same_content(&now) == Some(true);
    let program = match program(old) {
        Some(program) => starts(new, &program),
        // The image's own.
        None => {
            let name = then.image.repository.rsplit('/').next().unwrap_or_default();
            (command(new).is_empty() && command(old).is_empty()) || starts(new, name)
        }
    };
    let words = text(old);
    let script = words.len() > 1 && text(new).join(" ").contains(&words.join(" "));
    (same_image && (program || script)) || serves((old, model), (new, pod))
}

/// Whether a container has all that the app's has mounted, and does something.
fn serves((old, model): (&Container, &Pod), (new, pod): (&Container, &Pod)) -> bool {
    let (then, now) = (mounts(model, old), mounts(pod, new));
    let has =
        |mount: &Mount| now.iter().any(|other| other.how == mount.how && other.content == mount.content);
    !then.is_empty() && then.iter().all(has) && !is_idle(new)
}

fn same_words((old, model): (&Container, &Pod), (new, pod): (&Container, &Pod)) -> bool {
    let (then, now) = (
        Running::of(model, &old.name, old.image.as_deref()),
        Running::of(pod, &new.name, new.image.as_deref()),
    );
    then.is_same(&now) && command(old) == command(new)
}

/// The program that a container starts, by its name; None where the image or a script says what it does.
fn program(container: &Container) -> Option<String> {
    let first = command(container).first().map(|word| base(word).to_owned())?;
    (!STARTERS.contains(&first.as_str())).then_some(first)
}

fn is_idle(container: &Container) -> bool {
    let pause = container.image.as_deref().is_some_and(|i| Image::new(i).repository.ends_with("/pause"));
    let words = text(container);
    let hooks = container.lifecycle.as_ref().is_some_and(|l| l.post_start.is_some());
    let mut starting = words.iter().map(|word| base(word)).filter(|word| !STARTERS.contains(word));
    let idles = |word: &str| IDLE.contains(&word);
    !hooks && ((pause && words.is_empty()) || starting.next().is_some_and(idles))
}

/// Whether a container's words start a program of that name.
fn starts(container: &Container, program: &str) -> bool {
    let words = text(container);
    let only_named = |at: usize| {
        let before = words[..at].iter().rev().map(|word| base(word)).find(|word| !word.starts_with('-'));
        before.is_some_and(|before| LOOKERS.contains(&before))
    };
    let is_it = |word: &str| base(word) == program && !word.contains("://");
    words.iter().enumerate().any(|(at, word)| is_it(word) && !only_named(at))
}

/// All words of a container's command line and of its hook, with its variables put in their places.
fn text(container: &Container) -> Vec<String> {
    let variables: BTreeMap<&str, &str> = container
        .env
        .iter()
        .flatten()
        .filter_map(|variable| Some((variable.name.as_str(), variable.value.as_deref()?)))
        .collect();
    let hook =
        container.lifecycle.as_ref().and_then(|l| l.post_start.as_ref()?.exec.as_ref()?.command.clone());
    let lines = command(container).into_iter().chain(hook.into_iter().flatten());
    let lines = lines.map(|line| {
        variables.iter().fold(line, |line, (name, value)| {
            let forms = [format!("$({name})"), format!("${{{name}}}"), format!("${name}")];
            forms.iter().fold(line, |line, form| line.replace(form, value))
        })
    });
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-./:".contains(c);
    lines
        .flat_map(|line| line.split(|c| !is_part(c)).map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| !word.is_empty())
        .collect()
}

fn command(container: &Container) -> Vec<String> {
    container.command.iter().flatten().chain(container.args.iter().flatten()).cloned().collect()
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}
