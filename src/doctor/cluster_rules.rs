//! Whether the embedded cluster may run: as root, or as this user. Pure.
//!
//! In: [`HostFacts`]. Out: lines. The rootless rules are what was proved with cgroup v2 and systemd: the
//! kubelet needs the cpu, memory and pids controllers delegated, and Pods that do not run as root need a range
//! of subordinate IDs.

use super::{Line, Topic};
use crate::host::{CgroupMode, Family, HostFacts};

/// A range of subordinate IDs that holds every ID a Pod may ask for.
const SUBORDINATE_IDS: u64 = 65_536;
/// overlayfs may be mounted in a user namespace since this version of Linux.
const OVERLAY_FOR_USERS: (u32, u32) = (5, 11);
const CAP_NET_ADMIN: u32 = 12;
const CAP_SYS_ADMIN: u32 = 21;

/// The lines about rights and control groups.
pub fn lines(host: &HostFacts) -> Vec<Line> {
    if host.is_root() { root(host) } else { rootless(host) }
}

fn ok(says: impl Into<String>) -> Line {
    Line::ok(Topic::Cluster, says)
}

fn missing(says: impl Into<String>, cure: impl Into<String>) -> Line {
    Line::missing(Topic::Cluster, says, cure)
}

fn root(host: &HostFacts) -> Vec<Line> {
    let has = |capability: u32| host.capabilities & (1 << capability) != 0;
    let rights = if has(CAP_SYS_ADMIN) && has(CAP_NET_ADMIN) {
        ok("runs as root")
    } else {
        missing(
            "root, but not allowed to create namespaces and networks (in a container?)",
            "run satrain on the machine itself, or the container with --privileged",
        )
    };
    vec![rights, root_cgroup(host), users(host)]
}

/// Whether root of a cluster that root starts is nobody here.
fn users(host: &HostFacts) -> Line {
    let no = |why: &str, cure: &str| {
        Line::warn(
            Topic::Cluster,
            format!("{why}: a privileged Pod is root on this machine"),
            cure.to_owned(),
        )
    };
    if !host.kernel.root_user_namespaces {
        return no(
            "no user namespaces",
            "sysctl -w user.max_user_namespaces=10000, or run labs in a virtual machine",
        );
    }
    if version(&host.kernel.release).is_some_and(|version| version < OVERLAY_FOR_USERS) {
        return no("a kernel older than 5.11", "use a newer kernel, or run labs in a virtual machine");
    }
    ok("root in a cluster is nobody on this machine (user namespace)")
}

fn root_cgroup(host: &HostFacts) -> Line {
    let cgroup = &host.cgroup;
    if cgroup.mode != CgroupMode::None && !cgroup.writable {
        let cure = "run satrain on the machine itself, or the container with --privileged --cgroupns=private";
        return missing("the control groups are mounted read-only", cure);
    }
    match cgroup.mode {
        CgroupMode::None => {
            missing("no control groups are mounted", "mount -t cgroup2 cgroup2 /sys/fs/cgroup")
        }
        CgroupMode::V2 => controllers("control groups: v2", host, &["cpu", "memory", "pids"]),
        CgroupMode::V1 => {
            controllers("control groups: v1", host, &["cpu", "cpuacct", "cpuset", "memory", "pids"])
        }
    }
}

fn controllers(says: &str, host: &HostFacts, needed: &[&str]) -> Line {
    let absent = absent(host, needed);
    if absent.is_empty() {
        return ok(says);
    }
    let cure =
        "enable them at boot: a kernel with these controllers, and cgroup_enable=memory where that is off";
    missing(format!("{says}, without the controllers {}", absent.join(", ")), cure)
}

fn absent<'a>(host: &HostFacts, needed: &[&'a str]) -> Vec<&'a str> {
    let has = |name: &&str| host.cgroup.controllers.iter().any(|controller| controller == name);
    needed.iter().filter(|name| !has(name)).copied().collect()
}

fn rootless(host: &HostFacts) -> Vec<Line> {
    const AS_ROOT: &str = "or run satrain as root (sudo)";
    if host.cgroup.mode != CgroupMode::V2 {
        let says = "runs as an ordinary user, which needs cgroup v2; this system has v1";
        return vec![missing(
            says,
            "run satrain as root (sudo), or boot with systemd.unified_cgroup_hierarchy=1",
        )];
    }
    let mut lines = Vec::new();
    let mut check = |good: bool, says: &str, bad: &str, cure: String| {
        lines.push(if good { ok(says) } else { missing(bad, format!("{cure}; {AS_ROOT}")) });
    };
    check(
        host.kernel.user_namespaces,
        "user namespaces are allowed",
        "ordinary users may not create user namespaces",
        "allow them: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1, \
         kernel.apparmor_restrict_unprivileged_userns=0 (whichever exist)"
            .into(),
    );
    check(
        host.systemd_user,
        "systemd runs a session for this user",
        "there is no systemd session for this user",
        "log in through a login session (not su), or: loginctl enable-linger".into(),
    );
    let absent = absent(host, &["cpu", "memory", "pids"]);
    check(
        absent.is_empty(),
        "control groups: v2, delegated to this user",
        &format!("the controllers {} are not delegated to this user", absent.join(", ")),
        "put `[Service]` and `Delegate=cpu cpuset io memory pids` into \
         /etc/systemd/system/user@.service.d/delegate.conf, then log in again"
            .into(),
    );
    let package = match host.os.family {
        Family::Debian => "apt-get install uidmap",
        Family::Fedora | Family::Arch | Family::Alpine | Family::Suse => {
            "install the package shadow or shadow-utils"
        }
        Family::Other => "install newuidmap and newgidmap (shadow)",
    };
    check(
        host.uidmap_tools,
        "newuidmap and newgidmap are installed",
        "newuidmap is not installed",
        package.into(),
    );
    let user = host.user.as_deref().unwrap_or("USER");
    check(
        host.subuids.min(host.subgids) >= SUBORDINATE_IDS,
        "subordinate IDs are granted",
        &format!("fewer than {SUBORDINATE_IDS} subordinate user or group IDs are granted"),
        format!("sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}"),
    );
    check(
        version(&host.kernel.release).is_none_or(|version| version >= OVERLAY_FOR_USERS),
        "the kernel lets a user mount overlayfs",
        "the kernel is older than 5.11: a user may not mount overlayfs",
        "use a newer kernel".into(),
    );
    lines
}

fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|letter: char| !letter.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}
