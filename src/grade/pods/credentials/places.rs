//! The enumeration: each field of a Pod's spec, and what it can bring into a container.
//!
//! Every structure is taken apart by name and in full. A version of the API with a field that is not named here does not
//! compile, so somebody must decide what it brings. A cluster that is newer than that is noticed by `pods::known`.

use std::borrow::Cow;

use k8s_openapi::api::core::v1::{
    Container, EnvFromSource, EnvVar, EphemeralContainer, PodSecurityContext, PodSpec, ResourceRequirements,
    Volume, VolumeMount,
};
use serde::Serialize;
use serde_json::Value;

use super::volume::of_text;
use super::{CredentialKind, host, too_much, written_down};
use crate::token::is_labelled;

/// Resources that are the node's time and space; everything else in a limit is a device.
const PLAIN_RESOURCES: [&str; 4] = ["cpu", "memory", "ephemeral-storage", "storage"];

/// A field, and what it brings in.
type Brought = (String, CredentialKind);

/// What a Pod's containers are given.
pub(super) struct Given<'a> {
    /// Each container.
    pub(super) readers: Vec<Reader<'a>>,
    /// What they can mount.
    pub(super) volumes: &'a [Volume],
    /// What is given to all of them.
    pub(super) everywhere: Vec<Brought>,
}

/// A container, of whatever sort it is.
pub(super) struct Reader<'a> {
    /// `container web`.
    pub(super) title: String,
    container: Cow<'a, Container>,
    /// What it is given besides mounts and variables.
    pub(super) others: Vec<Brought>,
}

impl Reader<'_> {
    /// The container's name.
    pub(super) fn name(&self) -> &str {
        &self.container.name
    }

    pub(super) fn mounts(&self) -> &[VolumeMount] {
        self.container.volume_mounts.as_deref().unwrap_or_default()
    }

    pub(super) fn env(&self) -> &[EnvVar] {
        self.container.env.as_deref().unwrap_or_default()
    }

    pub(super) fn env_from(&self) -> &[EnvFromSource] {
        self.container.env_from.as_deref().unwrap_or_default()
    }
}

/// What `spec` gives to its containers.
pub(super) fn of(spec: &PodSpec) -> Given<'_> {
    let PodSpec {
        // Looked into, each by each.
        containers,
        init_containers,
        ephemeral_containers,
        volumes,
        // The node.
        host_ipc,
        host_network,
        host_pid,
        resource_claims,
        resources,
        security_context,
        // Text that is written into each container's /etc/resolv.conf (options may be any text) and /etc/hosts.
        dns_config,
        host_aliases,
        // Who it runs as: admission puts the token into the volumes, and only there can it be read.
        automount_service_account_token: _,
        service_account: _,
        service_account_name: _,
        // More isolation, never less.
        host_users: _,
        runtime_class_name: _,
        os: _,
        // Each container sees the others' files through /proc. All of them are looked at.
        share_process_namespace: _,
        // Names, which are too short for a token.
        dns_policy: _,
        enable_service_links: _,
        hostname: _,
        hostname_override: _,
        set_hostname_as_fqdn: _,
        subdomain: _,
        // For the kubelet only.
        image_pull_secrets: _,
        // When and where it runs.
        active_deadline_seconds: _,
        affinity: _,
        eviction_responders: _,
        node_name: _,
        node_selector: _,
        overhead: _,
        preemption_policy: _,
        priority: _,
        priority_class_name: _,
        readiness_gates: _,
        restart_policy: _,
        scheduler_name: _,
        scheduling_gates: _,
        scheduling_group: _,
        termination_grace_period_seconds: _,
        tolerations: _,
        topology_spread_constraints: _,
    } = spec;
    let mut everywhere = Vec::new();
    let mut add = |field: &str, how: &str| everywhere.push((format!(".spec.{field}"), node(how)));
    if *host_network == Some(true) {
        add("hostNetwork", "hostNetwork: the node's own network, and whatever listens there");
    }
    if *host_ipc == Some(true) {
        add("hostIPC", "hostIPC: the node's shared memory");
    }
    if security_context.as_ref().is_some_and(is_host_process) {
        add("securityContext.windowsOptions.hostProcess", "a process of the node itself");
    }
    if resource_claims.iter().flatten().next().is_some() {
        add("resourceClaims", "a device of the node");
    }
    everywhere.extend(devices(resources.as_ref()));
    everywhere.extend(dns_config.as_ref().and_then(|dns| text_in(dns, ".spec.dnsConfig")));
    everywhere.extend(host_aliases.as_ref().and_then(|names| text_in(names, ".spec.hostAliases")));
    let names = host_aliases.iter().flatten().flat_map(|alias| alias.hostnames.iter().flatten());
    everywhere.extend(too_much(names, "names of hosts").map(|kind| (".spec.hostAliases".into(), kind)));
    let main = containers.iter().map(|c| ("container", Cow::Borrowed(c)));
    let init = init_containers.iter().flatten().map(|c| ("init container", Cow::Borrowed(c)));
    let ephemeral = ephemeral_containers.iter().flatten();
    let ephemeral = ephemeral.map(|c| ("ephemeral container", Cow::Owned(as_container(c.clone()))));
    let readers = main.chain(init).chain(ephemeral).map(|(sort, container)| {
        let mut others = others(&container);
        if *host_pid == Some(true) {
            let processes = host::processes(container.security_context.as_ref());
            others.push(("/proc/<pid>/root".into(), processes));
        }
        Reader { title: format!("{sort} {}", container.name), container, others }
    });
    Given { readers: readers.collect(), volumes: volumes.as_deref().unwrap_or_default(), everywhere }
}

/// What a container is given besides its mounts and variables.
fn others(container: &Container) -> Vec<Brought> {
    let Container {
        // Read by whoever asks for the mounts and variables.
        env: _,
        env_from: _,
        volume_mounts: _,
        // Text that the container is started with, or sent.
        args,
        command,
        lifecycle,
        liveness_probe,
        readiness_probe,
        startup_probe,
        termination_message_path,
        working_dir,
        // The node.
        resources,
        security_context,
        volume_devices,
        // What runs and how it is fetched; what is in an image is compared with what it was.
        image: _,
        image_pull_policy: _,
        name: _,
        // How it runs.
        ports: _,
        resize_policy: _,
        restart_policy: _,
        restart_policy_rules: _,
        stdin: _,
        stdin_once: _,
        termination_message_policy: _,
        tty: _,
    } = container;
    let mut found = Vec::new();
    if command.iter().flatten().chain(args.iter().flatten()).any(|word| is_labelled(word)) {
        found.push(("its command line".into(), written_down()));
    }
    found.extend(lifecycle.as_ref().and_then(|l| text_in(l, ".lifecycle")));
    found.extend(liveness_probe.as_ref().and_then(|p| text_in(p, ".livenessProbe")));
    found.extend(readiness_probe.as_ref().and_then(|p| text_in(p, ".readinessProbe")));
    found.extend(startup_probe.as_ref().and_then(|p| text_in(p, ".startupProbe")));
    for (field, text) in [(".terminationMessagePath", termination_message_path), (".workingDir", working_dir)]
    {
        found.extend(text.as_deref().and_then(of_text).map(|kind| (field.to_owned(), kind)));
    }
    found.extend(devices(resources.as_ref()));
    found.extend(security_context.iter().flat_map(host::powers));
    found.extend(volume_devices.iter().flatten().map(|device| {
        (device.device_path.clone(), CredentialKind::Unseen(format!("block device {}", device.name)))
    }));
    found
}

/// An ephemeral container is a container that was added later.
fn as_container(ephemeral: EphemeralContainer) -> Container {
    let EphemeralContainer {
        args,
        command,
        env,
        env_from,
        image,
        image_pull_policy,
        lifecycle,
        liveness_probe,
        name,
        ports,
        readiness_probe,
        resize_policy,
        resources,
        restart_policy,
        restart_policy_rules,
        security_context,
        startup_probe,
        stdin,
        stdin_once,
        // Whose processes it sees, and through them whose files; that container is looked at as well.
        target_container_name: _,
        termination_message_path,
        termination_message_policy,
        tty,
        volume_devices,
        volume_mounts,
        working_dir,
    } = ephemeral;
    Container {
        args,
        command,
        env,
        env_from,
        image,
        image_pull_policy,
        lifecycle,
        liveness_probe,
        name,
        ports,
        readiness_probe,
        resize_policy,
        resources,
        restart_policy,
        restart_policy_rules,
        security_context,
        startup_probe,
        stdin,
        stdin_once,
        termination_message_path,
        termination_message_policy,
        tty,
        volume_devices,
        volume_mounts,
        working_dir,
    }
}

fn is_host_process(security: &PodSecurityContext) -> bool {
    let PodSecurityContext {
        windows_options,
        // Who the containers run as, and what they may not do: nothing of the node.
        app_armor_profile: _,
        fs_group: _,
        fs_group_change_policy: _,
        run_as_group: _,
        run_as_non_root: _,
        run_as_user: _,
        se_linux_change_policy: _,
        se_linux_options: _,
        seccomp_profile: _,
        supplemental_groups: _,
        supplemental_groups_policy: _,
        // Those of the Pod's own namespaces.
        sysctls: _,
    } = security;
    windows_options.as_ref().is_some_and(|windows| windows.host_process == Some(true))
}

/// Devices of the node among the resources.
fn devices(resources: Option<&ResourceRequirements>) -> Option<Brought> {
    let ResourceRequirements { claims, limits, requests } = resources?;
    let plain = |name: &str| PLAIN_RESOURCES.contains(&name) || name.starts_with("hugepages-");
    let mut named = limits.iter().chain(requests).flat_map(|map| map.keys());
    let device = named.find(|name| !plain(name)).cloned();
    let device = device.or_else(|| claims.iter().flatten().next().map(|claim| claim.name.clone()))?;
    Some((".resources".into(), node(&format!("{device}, a device of the node"))))
}

/// A token somewhere in the text of a field.
fn text_in(field: &impl Serialize, name: &str) -> Option<Brought> {
    fn holds(value: &Value) -> bool {
        match value {
            Value::String(text) => is_labelled(text),
            Value::Array(items) => items.iter().any(holds),
            Value::Object(fields) => fields.iter().any(|(key, value)| is_labelled(key) || holds(value)),
            _ => false,
        }
    }
    let value = serde_json::to_value(field).ok()?;
    holds(&value).then(|| (name.to_owned(), written_down()))
}

fn node(how: &str) -> CredentialKind {
    CredentialKind::Node(how.into())
}
