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
use crate::grade::file_path::FilePath;

/// Programs that do nothing.
const IDLE: [&str; 5] = ["sleep", "pause", "tail", "cat", "true"];

/// Shells and programs that start another one.
const STARTERS: [&str; 17] = [
    "ash", "bash", "busybox", "chroot", "dash", "env", "exec", "ionice", "labapp", "nice", "nohup", "setsid",
    "sh", "stdbuf", "su", "timeout", "tini",
];

/// Programs that name another one without starting it.
const LOOKERS: [&str; 14] = [
    "curl", "dig", "find", "kill", "killall", "ldd", "man", "nc", "nm", "nslookup", "objdump", "ping",
    "pkill", "wget",
];

/// Of these, programs that read and say something, and change nothing.
const READERS: [&str; 36] = [
    "[",
    "basename",
    "cat",
    "cmp",
    "cut",
    "date",
    "df",
    "diff",
    "dirname",
    "du",
    "echo",
    "file",
    "grep",
    "head",
    "hexdump",
    "id",
    "ls",
    "md5sum",
    "od",
    "pgrep",
    "pidof",
    "printf",
    "ps",
    "pwd",
    "readlink",
    "realpath",
    "sha1sum",
    "sha256sum",
    "sleep",
    "stat",
    "strings",
    "tail",
    "test",
    "true",
    "wc",
    "which",
];

/// Words of a shell that say where a program is.
const TYPES: [&str; 3] = ["type", "whereis", "command"];

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
    let (mut then, mut now) = (mounts(model, old), mounts(pod, new));
    // Which of the keys are taken, and that the other one keeps them, does not matter.
    then.iter_mut().chain(&mut now).for_each(|mount| without_items(&mut mount.content));
    let has =
        |mount: &Mount| now.iter().any(|other| other.how == mount.how && other.content == mount.content);
    !then.is_empty() && then.iter().all(has) && !is_idle(new)
}

/// Takes the choice of keys out of a volume.
fn without_items(content: &mut Value) {
    match content {
        Value::Array(parts) => parts.iter_mut().for_each(without_items),
        Value::Object(fields) => {
            for source in ["configMap", "secret"] {
                if let Some(source) = fields.get_mut(source).and_then(Value::as_object_mut) {
                    source.remove("items");
                    source.remove("optional");
                }
            }
            fields.values_mut().for_each(without_items);
        }
        _ => {}
    }
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
    names(&text(container), &command(container).join("\n"), program)
}

/// Whether words start a program of that name; `line` is what they were taken from.
fn names(words: &[String], line: &str, program: &str) -> bool {
    // What is said may be started: `$(which web)`, `which web | sh`, `find -exec`.
    let by_a_shell = ["$(", "`", "eval", "xargs", "-exec"].iter().any(|sign| line.contains(sign));
    let piped = line.split('|').skip(1).filter_map(|next| next.split_whitespace().next());
    let said_is_started = by_a_shell || piped.into_iter().any(|next| STARTERS.contains(&base(next)));
    let only_named = |at: usize| {
        let mut before =
            words[..at].iter().rev().map(|word| base(word)).skip_while(|word| word.starts_with('-'));
        before.next().is_some_and(|before| match before {
            // It starts the program, but for `command -v`.
            "command" => !said_is_started && words[at - 1].starts_with('-'),
            "grep" | "pgrep" | "pidof" => true,
            word if LOOKERS.contains(&word) => word != "find" || !said_is_started,
            word => !said_is_started && (READERS.contains(&word) || TYPES.contains(&word)),
        })
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
    lines.flat_map(|line| split(&line)).collect()
}

/// The words of a line.
fn split(line: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-./:".contains(c);
    line.split(|c| !is_part(c)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether a command line only reads and says something, also as a line of a shell.
pub(super) fn only_looks(command: &[String]) -> bool {
    let reads = |word: Option<&str>| word.is_some_and(|word| READERS.contains(&base(word)));
    match command {
        [shell, option, line] if ["sh", "bash", "ash", "dash"].contains(&base(shell)) && option == "-c" => {
            let plain = !line.contains(['<', '>', '$', '`', '(', ')', '{', '}', '\\']);
            let mut parts = line.split([';', '&', '|', '\n']).map(str::trim).filter(|part| !part.is_empty());
            plain && parts.all(|part| reads(part.split_whitespace().next()))
        }
        all => reads(all.first().map(String::as_str)),
    }
}

/// The ConfigMaps from which a Pod's containers may start a script: those that they mount.
pub(in crate::grade) fn scripts_of(pod: &Pod) -> Vec<&str> {
    let volumes = pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    volumes
        .flat_map(|volume| {
            let own = volume.config_map.as_ref().map(|map| map.name.as_str());
            let sources = volume.projected.iter().flat_map(|p| p.sources.iter().flatten());
            own.into_iter().chain(sources.filter_map(|s| s.config_map.as_ref()).map(|map| map.name.as_str()))
        })
        .collect()
}

/// Whether a container of `pod` has an image of the app that `model` is, and starts something that it has mounted.
pub(in crate::grade) fn may_start_script(model: &Pod, pod: &Pod) -> bool {
    let main = model.spec.iter().flat_map(|spec| &spec.containers);
    main.filter_map(program).any(|program| starts_by_script(model, pod, &[&program]))
}

/// Whether one of these scripts, which `pod` mounts, starts the program of `model` in one of its images.
pub(in crate::grade) fn starts_by_script(model: &Pod, pod: &Pod, scripts: &[&str]) -> bool {
    let running = running(pod);
    let busy = model.spec.iter().flat_map(|s| &s.containers).filter(|c| !is_idle(c));
    busy.filter_map(|old| Some((old, program(old)?))).any(|(old, program)| {
        let then = Running::of(model, &old.name, old.image.as_deref());
        running.iter().any(|new| {
            let now = Running::of(pod, &new.name, new.image.as_deref());
            let same = then.image.repository == now.image.repository || then.same_content(&now) == Some(true);
            same && runs_script(new) && scripts.iter().any(|script| names(&split(script), script, &program))
        })
    })
}

/// Whether a container starts something that it has mounted.
fn runs_script(container: &Container) -> bool {
    let places: Vec<FilePath> =
        container.volume_mounts.iter().flatten().map(|mount| FilePath::new(&mount.mount_path)).collect();
    let words = text(container);
    words.iter().any(|word| places.iter().any(|place| FilePath::new(word).is_within(place)))
}

fn command(container: &Container) -> Vec<String> {
    container.command.iter().flatten().chain(container.args.iter().flatten()).cloned().collect()
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}
