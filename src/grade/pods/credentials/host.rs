//! Ways out of a container that lead to the node: its files, its processes, its network, its kernel.
//!
//! In: a host path, or the powers of a container. Out: by which way it reaches the node; None when it does not. What is
//! harmless is listed, so that what nobody thought of counts as a way.

use k8s_openapi::api::core::v1::{Capabilities, SecurityContext, WindowsSecurityContextOptions};

use super::CredentialKind;
use crate::grade::file_path::FilePath;
use crate::grade::pods::is_capability_of;

/// Where the kubelet keeps the files of all its Pods.
const KUBELET: &str = "/var/lib/kubelet";

/// Files and folders of a node that are public, the same on every node, and lead nowhere.
const HARMLESS_PATHS: [&str; 12] = [
    "/dev/full",
    "/dev/null",
    "/dev/random",
    "/dev/urandom",
    "/dev/zero",
    "/etc/ca-certificates",
    "/etc/localtime",
    "/etc/ssl/certs",
    "/lib/modules",
    "/usr/local/share/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/share/zoneinfo",
];

/// Capabilities that reach no further than the container's own namespaces: those that every container has, and some that
/// its own network, memory and processes are made with.
const HARMLESS_CAPABILITIES: [&str; 24] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
    "SYS_NICE",
    "SYS_PTRACE",
    "SYS_RESOURCE",
    "WAKE_ALARM",
];

/// Capabilities that open the files of other processes in `/proc`, whoever these belong to.
const STRONG: [&str; 3] = ["SYS_PTRACE", "SYS_ADMIN", "ALL"];

/// What a path of the node shows to whoever mounts it.
pub(super) fn path(path: &str) -> Option<CredentialKind> {
    let place = FilePath::new(path);
    let kubelet = FilePath::new(KUBELET);
    if kubelet.is_within(&place) || place.is_within(&kubelet) {
        let how = format!("the node's directory {path}, which contains the tokens of all its Pods");
        return Some(CredentialKind::Tokens(how));
    }
    let harmless = HARMLESS_PATHS.iter().any(|harmless| place.is_within(&FilePath::new(harmless)));
    (!harmless).then(|| CredentialKind::Node(format!("the node's own {path}")))
}

/// The node's processes, and through `/proc/<pid>/root` the files of all its Pods; of a container with these powers.
pub(super) fn processes(security: Option<&SecurityContext>) -> CredentialKind {
    let what = "the node's processes, and with them the tokens of all its Pods";
    CredentialKind::Tokens(match security.and_then(strong) {
        Some(power) => format!("hostPID together with {power}: {what}"),
        None => format!("hostPID: {what}"),
    })
}

fn strong(security: &SecurityContext) -> Option<String> {
    if security.privileged == Some(true) {
        return Some("privileged".into());
    }
    let added = security.capabilities.iter().flat_map(|c| c.add.iter().flatten());
    added.map(|name| name.to_uppercase()).find(|name| is_capability_of(name, &STRONG))
}

/// The ways to the node that a container's security settings open: the field, and what it opens.
pub(super) fn powers(security: &SecurityContext) -> Vec<(String, CredentialKind)> {
    let SecurityContext {
        capabilities,
        privileged,
        proc_mount,
        windows_options,
        // Who a container runs as, and what it may not do: nothing of the node.
        allow_privilege_escalation: _,
        app_armor_profile: _,
        read_only_root_filesystem: _,
        run_as_group: _,
        run_as_non_root: _,
        run_as_user: _,
        se_linux_options: _,
        seccomp_profile: _,
    } = security;
    let mut found = Vec::new();
    let mut add = |field: &str, how: String| {
        found.push((format!(".securityContext.{field}"), CredentialKind::Node(how)));
    };
    if *privileged == Some(true) {
        add("privileged", "privileged: the node's devices and its kernel".into());
    }
    let Capabilities { add: added, drop: _ } = capabilities.clone().unwrap_or_default();
    for name in added.into_iter().flatten() {
        if !is_capability_of(&name, &HARMLESS_CAPABILITIES) {
            add("capabilities", format!("capability {name}: the node's kernel"));
        }
    }
    if proc_mount.as_deref().is_some_and(|mount| mount != "Default") {
        add("procMount", "an unmasked /proc: the node's kernel".into());
    }
    if windows_options.as_ref().is_some_and(|w: &WindowsSecurityContextOptions| w.host_process == Some(true))
    {
        add("windowsOptions.hostProcess", "a process of the node itself".into());
    }
    found
}
