//! What the kernel can do: file systems, network devices, namespaces, seccomp.
//!
//! In: `/proc/filesystems`, the kernel's configuration, names of loaded or loadable modules. Out:
//! [`KernelFacts`]. Loads no module.

/// Whether the kernel has a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Support {
    /// Built in or loaded.
    Yes,
    /// A module that the kernel loads at first use.
    Module,
    /// Certainly not there.
    No,
    /// Nothing says so either way (no configuration is published).
    Unknown,
}

/// The kernel's side of what a cluster needs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KernelFacts {
    /// As `uname -r` says.
    pub release: String,
    /// The overlay file system, for containerd's snapshots.
    pub overlay: Support,
    /// The bridge device that Pods hang on.
    pub bridge: Support,
    /// The pair device between a Pod and the bridge.
    pub veth: Support,
    /// Seccomp filters, for Pods with a seccomp profile.
    pub seccomp: bool,
    /// The namespaces of `/proc/self/ns`: `mnt`, `net`, `pid`, `user` ….
    pub namespaces: Vec<String>,
    /// An ordinary user may create user namespaces, as far as the sysctls say.
    pub user_namespaces: bool,
    /// The same for root, whom only `user.max_user_namespaces` forbids it.
    pub root_user_namespaces: bool,
}

/// The sysctls that can forbid user namespaces; `None` where the kernel does not have the file.
#[derive(Debug, Clone, Copy, Default)]
pub struct UserNamespaceSysctls {
    /// `user.max_user_namespaces`
    pub max: Option<u64>,
    /// `kernel.unprivileged_userns_clone` (Debian, Arch's hardened kernel)
    pub clone: Option<u64>,
    /// `kernel.apparmor_restrict_unprivileged_userns` (Ubuntu since 24.04)
    pub apparmor: Option<u64>,
}

impl UserNamespaceSysctls {
    /// Nothing forbids them.
    pub fn allow(self) -> bool {
        self.max != Some(0) && self.clone != Some(0) && self.apparmor.is_none_or(|value| value == 0)
    }
}

/// A kernel option (`CONFIG_VETH`) in the text of a kernel configuration.
pub fn configured(config: Option<&str>, option: &str) -> Support {
    let Some(config) = config else { return Support::Unknown };
    let value = config.lines().find_map(|line| line.strip_prefix(option)?.strip_prefix('='));
    match value {
        Some("y") => Support::Yes,
        Some("m") => Support::Module,
        _ => Support::No,
    }
}

/// A file system is usable: listed in `/proc/filesystems`, else what the configuration says of `option`.
pub fn file_system(proc_filesystems: &str, name: &str, config: Option<&str>, option: &str) -> Support {
    if proc_filesystems.lines().any(|line| line.split_whitespace().next_back() == Some(name)) {
        return Support::Yes;
    }
    configured(config, option)
}

/// The `Seccomp_filters` line of `/proc/self/status` is there when the kernel has seccomp filters; `Seccomp`
/// alone is the older sign.
pub fn has_seccomp(proc_self_status: &str) -> bool {
    proc_self_status.lines().any(|line| line.starts_with("Seccomp"))
}

/// The effective capabilities, the `CapEff` line of `/proc/self/status` (capabilities(7)); 0 when unknown.
pub fn capabilities(proc_self_status: &str) -> u64 {
    let mask = proc_self_status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// How many bytes of memory programs can take now; 0 when unknown.
pub fn memory_available() -> u64 {
    memory(&std::fs::read_to_string("/proc/meminfo").unwrap_or_default()).1
}

/// `MemTotal` and `MemAvailable` of `/proc/meminfo`, in bytes.
pub fn memory(meminfo: &str) -> (u64, u64) {
    let field = |name: &str| {
        meminfo
            .lines()
            .find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse::<u64>().ok())
            .map_or(0, |kib| kib * 1024)
    };
    (field("MemTotal:"), field("MemAvailable:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_built_in_a_module_absent_or_unknown() {
        let config =
            Some("CONFIG_VETH=m\nCONFIG_BRIDGE=y\n# CONFIG_OVERLAY_FS is not set\nCONFIG_BRIDGE_X=m");
        assert_eq!(configured(config, "CONFIG_VETH"), Support::Module);
        assert_eq!(configured(config, "CONFIG_BRIDGE"), Support::Yes);
        assert_eq!(configured(config, "CONFIG_OVERLAY_FS"), Support::No);
        assert_eq!(configured(None, "CONFIG_VETH"), Support::Unknown);
        assert_eq!(
            file_system("nodev\toverlay\n\text4", "overlay", config, "CONFIG_OVERLAY_FS"),
            Support::Yes
        );
        assert_eq!(file_system("nodev\toverlayx", "overlay", None, "CONFIG_OVERLAY_FS"), Support::Unknown);
    }

    #[test]
    fn any_one_sysctl_can_forbid_user_namespaces() {
        let all = UserNamespaceSysctls { max: Some(9), clone: Some(1), apparmor: Some(0) };
        assert!(all.allow());
        assert!(UserNamespaceSysctls::default().allow());
        assert!(!UserNamespaceSysctls { max: Some(0), ..all }.allow());
        assert!(!UserNamespaceSysctls { clone: Some(0), ..all }.allow());
        assert!(!UserNamespaceSysctls { apparmor: Some(1), ..all }.allow());
    }

    #[test]
    fn capabilities_are_a_mask() {
        assert_eq!(capabilities("Uid: 0\nCapEff:\t0000000000201000\n"), 1 << 21 | 1 << 12);
        assert_eq!(capabilities(""), 0);
    }

    #[test]
    fn memory_is_in_bytes() {
        assert_eq!(memory("MemTotal: 2 kB\nMemFree: 1 kB\nMemAvailable:   1 kB\n"), (2048, 1024));
        assert_eq!(memory(""), (0, 0));
    }
}
