//! Collects the machine's facts: the only place of `host` that reads files.
//!
//! In: the root of the file system to read (`/`, or a test's copy). Out: [`HostFacts`]. Starts no program.

use std::io::Read;
use std::path::Path;

use super::cgroup::{self, CgroupFacts, CgroupMode};
use super::kernel::{self, KernelFacts, UserNamespaceSysctls};
use super::os_release::OsRelease;
use super::search_path::SearchPath;
use super::subid;

/// What satrain knows of the machine and of the user it runs as.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HostFacts {
    /// The Linux distribution.
    pub os: OsRelease,
    /// `x86_64`, `aarch64` ….
    pub arch: &'static str,
    /// Effective user id.
    pub uid: u32,
    /// The user's name, where there is one.
    pub user: Option<String>,
    /// The effective capabilities, as a mask; see capabilities(7) for the bits.
    pub capabilities: u64,
    /// The kernel.
    pub kernel: KernelFacts,
    /// Control groups.
    pub cgroup: CgroupFacts,
    /// systemd is the init process.
    pub systemd: bool,
    /// systemd runs a manager for this user (`systemd-run --user` can work).
    pub systemd_user: bool,
    /// Subordinate user IDs granted.
    pub subuids: u64,
    /// Subordinate group IDs granted.
    pub subgids: u64,
    /// `newuidmap` and `newgidmap` are installed.
    pub uidmap_tools: bool,
    /// Bytes of memory in all.
    pub memory_total: u64,
    /// Bytes of memory that can be had without swapping.
    pub memory_available: u64,
}

impl HostFacts {
    /// Reads the facts below `root`; what cannot be read counts as absent.
    pub fn collect(root: &Path, path: &SearchPath) -> Self {
        let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
        let number = |name: &str| read(name).trim().parse::<u64>().ok();
        let uid = nix::unistd::geteuid();
        let user = nix::unistd::User::from_uid(uid).ok().flatten().map(|user| user.name);
        let name = user.clone().unwrap_or_default();
        let config = kernel_config(root, read("proc/sys/kernel/osrelease").trim());
        let config = config.as_deref();
        let device = |module: &str, option: &str| {
            if root.join("sys/module").join(module).is_dir() {
                return kernel::Support::Yes;
            }
            kernel::configured(config, option)
        };
        let namespaces = UserNamespaceSysctls {
            max: number("proc/sys/user/max_user_namespaces"),
            clone: number("proc/sys/kernel/unprivileged_userns_clone"),
            apparmor: number("proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        };
        let os_release = match read("etc/os-release") {
            text if text.is_empty() => read("usr/lib/os-release"),
            text => text,
        };
        let (memory_total, memory_available) = kernel::memory(&read("proc/meminfo"));
        Self {
            os: OsRelease::parse(&os_release),
            arch: std::env::consts::ARCH,
            uid: uid.as_raw(),
            kernel: KernelFacts {
                release: read("proc/sys/kernel/osrelease").trim().to_owned(),
                overlay: kernel::file_system(
                    &read("proc/filesystems"),
                    "overlay",
                    config,
                    "CONFIG_OVERLAY_FS",
                ),
                bridge: device("bridge", "CONFIG_BRIDGE"),
                veth: device("veth", "CONFIG_VETH"),
                seccomp: kernel::has_seccomp(&read("proc/self/status")),
                namespaces: names(&root.join("proc/self/ns")),
                user_namespaces: namespaces.allow(),
                root_user_namespaces: namespaces.max != Some(0),
            },
            capabilities: kernel::capabilities(&read("proc/self/status")),
            cgroup: cgroup_facts(root, uid.as_raw()),
            systemd: root.join("run/systemd/system").is_dir(),
            systemd_user: root.join(format!("run/user/{uid}/systemd/private")).exists(),
            subuids: subid::granted(&read("etc/subuid"), &name, uid.as_raw()),
            subgids: subid::granted(&read("etc/subgid"), &name, uid.as_raw()),
            uidmap_tools: path.find("newuidmap").is_some() && path.find("newgidmap").is_some(),
            user,
            memory_total,
            memory_available,
        }
    }

    /// The effective user is root.
    pub fn is_root(&self) -> bool {
        self.uid == 0
    }
}

fn cgroup_facts(root: &Path, uid: u32) -> CgroupFacts {
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap_or_default();
    let own_text = read("proc/self/cgroup");
    let mountinfo = read("proc/self/mountinfo");
    let mode = cgroup::mode(&mountinfo);
    let controllers = match mode {
        CgroupMode::V1 => cgroup::v1_controllers(&own_text),
        _ => {
            // An ordinary user gets what systemd delegates to user@UID.service; root has the whole tree.
            let delegated =
                format!("sys/fs/cgroup/user.slice/user-{uid}.slice/user@{uid}.service/cgroup.controllers");
            let file = if uid == 0 { "sys/fs/cgroup/cgroup.controllers".to_owned() } else { delegated };
            read(&file).split_whitespace().map(str::to_owned).collect()
        }
    };
    CgroupFacts {
        mode,
        own: cgroup::own(&own_text, mode),
        controllers,
        writable: !cgroup::read_only(&mountinfo),
    }
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok);
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The kernel's configuration, from the kernel itself or from where distributions put it.
fn kernel_config(root: &Path, release: &str) -> Option<String> {
    if let Ok(file) = std::fs::File::open(root.join("proc/config.gz")) {
        let mut text = String::new();
        if flate2::read::GzDecoder::new(file).read_to_string(&mut text).is_ok() {
            return Some(text);
        }
    }
    [format!("boot/config-{release}"), format!("lib/modules/{release}/config")]
        .iter()
        .find_map(|name| std::fs::read_to_string(root.join(name)).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_root_gives_facts_that_claim_nothing() {
        let root = tempfile::tempdir().unwrap();
        let facts = HostFacts::collect(root.path(), &SearchPath::default());
        assert_eq!(facts.cgroup.mode, CgroupMode::None);
        assert_eq!(facts.kernel.overlay, kernel::Support::Unknown);
        assert!(!facts.uidmap_tools && !facts.systemd && facts.memory_total == 0);
    }

    #[test]
    fn this_machine_can_be_read() {
        let facts = HostFacts::collect(Path::new("/"), &SearchPath::default());
        assert!(!facts.kernel.release.is_empty());
        assert!(facts.memory_total > 0);
        assert!(facts.kernel.namespaces.iter().any(|name| name == "mnt"));
    }
}
