//! Is what a program in a container says worth anything: whether the container is still what setup made.
//!
//! Whoever works in the lab may exec into its containers. So a program's word counts only if the program cannot have been
//! changed: the image's content is the same, its files cannot be written, nothing is mounted over them, and nothing
//! makes another program run in its place. What setup itself left open is the author's affair.

use k8s_openapi::api::core::v1::{Container, EphemeralContainer, Pod, SecurityContext};
use serde_json::{Value, json};

use super::{Scope, Selected, full_name, is_capability_of};
use crate::grade::context::JudgeContext;
use crate::grade::file_path::FilePath;
use crate::grade::verdict::{Evidence, Fact, TAKE_BACK, Verdict};

/// Where programs, and what they load before they run, come from.
const PROGRAMS: [&str; 11] =
    ["bin", "sbin", "usr", "lib", "lib32", "lib64", "libx32", "opt", "proc", "dev", "entrypoint.sh"];

/// Files below `/etc` by which other code is loaded, or other servers are asked.
const SYSTEM_FILES: [&str; 5] = ["ld.so", "hosts", "resolv.conf", "nsswitch.conf", "ssl"];

/// Capabilities with which a read-only file system can be made writable again.
const MIGHTY: [&str; 5] = ["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "MKNOD"];

/// Variables by which another program or library is found, or another server asked.
const DECISIVE: [&str; 13] = [
    "PATH",
    "GODEBUG",
    "ENV",
    "BASH_ENV",
    "HOME",
    "CURL_HOME",
    "HOSTALIASES",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_SERVICE_PORT",
];

/// The Pods of a workload as they were right after setup; none where nobody looked at them then.
pub(in crate::grade) fn models(selected: Selected<'_>, context: &JudgeContext<'_>) -> Vec<Pod> {
    Scope::at_setup(selected, context).map(|scope| scope.live).unwrap_or_default()
}

/// What makes a program in this container of `pod` worthless as a witness; `models` are the workload's Pods of setup.
pub(in crate::grade) fn tampered(pod: &Pod, container: Option<&str>, models: &[Pod]) -> Option<Evidence> {
    let namesake = models.iter().find(|model| model.metadata.name == pod.metadata.name);
    let model = namesake.or(models.first())?;
    let (then, now) = (container_of(model, container)?, container_of(pod, container)?);
    let at = format!("Pod {} container {}", full_name(pod), now.name);
    let changed = |field: &str, seen: &str| {
        Evidence::expected(Fact::Change, at.clone(), "as at the start", seen).field(field)
    };
    if let (Some(then), Some(now)) = (image_id(model, &then.name), image_id(pod, &now.name))
        && then != now
    {
        return Some(changed(".image", "an image with another content"));
    }
    if root_is_read_only(then) && !root_is_read_only(now) {
        return Some(changed(".securityContext.readOnlyRootFilesystem", "its files can be written"));
    }
    if let Some(mount) = covers(now).into_iter().find(|mount| !covers(then).contains(mount)) {
        return Some(changed(".volumeMounts", &format!("a volume over {mount}")));
    }
    if let Some(name) = decisive(now).into_iter().find_map(|(name, value)| {
        let before = decisive(then).into_iter().find(|(other, _)| *other == name);
        (before.map(|(_, value)| value) != Some(value)).then_some(name)
    }) {
        return Some(changed(".env", &format!("{name} is set")));
    }
    let could = mighty(model);
    if let Some(who) = mighty(pod).into_iter().find(|who| !could.contains(who)) {
        return Some(changed(".securityContext", &format!("container {who} may change any file")));
    }
    let names = |pod: &Pod| json!(pod.spec.as_ref().map(|s| (&s.host_aliases, &s.dns_config)));
    if names(model) != names(pod) {
        let at = format!("Pod {}", full_name(pod));
        let seen = "names resolve to other addresses";
        let change = Evidence::expected(Fact::Change, at, "as at the start", seen);
        return Some(change.field(".spec.hostAliases and .spec.dnsConfig"));
    }
    None
}

/// The verdict on what a program says that could be any other.
pub(in crate::grade) fn not_a_witness(change: Evidence) -> Verdict {
    let field = change.field.clone().unwrap_or_default();
    let why = format!(
        "What a program in {} says proves nothing: {}, unlike at the start (`{field}`).",
        change.at, change.seen
    );
    Verdict::fail(why).with(change).next_step(TAKE_BACK)
}

/// The container of that name; the first, when none is named or it is called otherwise now.
fn container_of<'a>(pod: &'a Pod, name: Option<&str>) -> Option<&'a Container> {
    let all = &pod.spec.as_ref()?.containers;
    all.iter().find(|c| Some(c.name.as_str()) == name).or(all.first())
}

/// The content of its image, once it runs.
fn image_id<'a>(pod: &'a Pod, container: &str) -> Option<&'a str> {
    let statuses = pod.status.as_ref()?.container_statuses.as_ref()?;
    let id = statuses.iter().find(|s| s.name == container)?.image_id.as_str();
    (!id.is_empty()).then_some(id)
}

/// Whether a container's own files cannot be written.
pub(super) fn root_is_read_only(container: &Container) -> bool {
    container.security_context.as_ref().and_then(|s| s.read_only_root_filesystem) == Some(true)
}

/// The mounts that hide programs, by their paths as the kernel reads them.
fn covers(container: &Container) -> Vec<String> {
    let paths = container.volume_mounts.iter().flatten().map(|mount| FilePath::new(&mount.mount_path));
    let hides = |path: &FilePath| match path.parts().as_slice() {
        [] | ["etc"] => true,
        ["usr", "share", ..] => false,
        ["etc", file, ..] => SYSTEM_FILES.iter().any(|known| file.starts_with(known)),
        [top, ..] => PROGRAMS.contains(top),
    };
    paths.filter(hides).map(|path| path.to_string()).collect()
}

/// The variables that decide about what runs or who is asked.
fn decisive(container: &Container) -> Vec<(&str, Value)> {
    let is_decisive = |name: &str| {
        let upper = name.to_ascii_uppercase();
        DECISIVE.contains(&upper.as_str()) || upper.starts_with("LD_") || upper.starts_with("SSL_CERT_")
    };
    let variables = container.env.iter().flatten().filter(|variable| is_decisive(&variable.name));
    variables.map(|variable| (variable.name.as_str(), json!(variable))).collect()
}

/// The containers of a Pod that can make any file system writable.
fn mighty(pod: &Pod) -> Vec<&str> {
    let Some(spec) = pod.spec.as_ref() else { return Vec::new() };
    let usual = spec.init_containers.iter().flatten().chain(&spec.containers);
    let usual = usual.map(|Container { name, security_context, .. }| (name, security_context));
    let debug = spec.ephemeral_containers.iter().flatten();
    let debug = debug.map(|EphemeralContainer { name, security_context, .. }| (name, security_context));
    let all = usual.chain(debug);
    all.filter(|(_, context)| context.as_ref().is_some_and(is_mighty))
        .map(|(name, _)| name.as_str())
        .collect()
}

fn is_mighty(context: &SecurityContext) -> bool {
    let added = context.capabilities.iter().flat_map(|c| c.add.iter().flatten());
    context.privileged == Some(true) || added.into_iter().any(|name| is_capability_of(name, &MIGHTY))
}
