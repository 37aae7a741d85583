//! Where this process stands in the cgroup tree: cgroups(7).
//!
//! In: the texts of `/proc/self/cgroup`, `/proc/self/mountinfo` and `cgroup.controllers`. Out:
//! [`CgroupFacts`]. Never writes to a cgroup.

use std::path::{Path, PathBuf};

/// Which cgroup interface is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CgroupMode {
    /// Only the unified hierarchy.
    V2,
    /// The old hierarchies, with or without a unified one beside them ("hybrid").
    V1,
    /// No cgroup file system is mounted.
    None,
}

/// What is known of cgroups here.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CgroupFacts {
    /// The interface.
    pub mode: CgroupMode,
    /// v2: the cgroup of this process, relative to the mount; v1: that of the memory controller.
    pub own: PathBuf,
    /// v2: the controllers available to the cgroups of a user session; v1: the mounted controllers.
    pub controllers: Vec<String>,
    /// The hierarchy can be written to (a container often has it read-only).
    pub writable: bool,
}

/// The mode, from `/proc/self/mountinfo`.
pub fn mode(mountinfo: &str) -> CgroupMode {
    let mut unified_at_top = false;
    let mut old = false;
    for (mount_point, kind, _) in mounts(mountinfo) {
        match kind {
            "cgroup" => old = true,
            "cgroup2" if mount_point == "/sys/fs/cgroup" => unified_at_top = true,
            _ => {}
        }
    }
    match (old, unified_at_top) {
        (true, _) => CgroupMode::V1,
        (false, true) => CgroupMode::V2,
        (false, false) => CgroupMode::None,
    }
}

/// The cgroup mounts that are read-only, from `/proc/self/mountinfo`.
pub fn read_only(mountinfo: &str) -> bool {
    mounts(mountinfo)
        .filter(|(point, kind, _)| {
            kind.starts_with("cgroup") && Path::new(point).starts_with("/sys/fs/cgroup")
        })
        .any(|(_, _, options)| options.split(',').any(|option| option == "ro"))
}

/// The controllers of the mounted v1 hierarchies, from `/proc/self/cgroup` (`4:memory:/path`).
pub fn v1_controllers(proc_self_cgroup: &str) -> Vec<String> {
    entries(proc_self_cgroup)
        .flat_map(|(controllers, _)| controllers.split(','))
        .filter(|name| !name.is_empty() && !name.starts_with("name="))
        .map(str::to_owned)
        .collect()
}

/// The path of this process in the unified hierarchy (`0::/path`), or in v1's memory hierarchy.
pub fn own(proc_self_cgroup: &str, mode: CgroupMode) -> PathBuf {
    let wanted = if mode == CgroupMode::V1 { "memory" } else { "" };
    entries(proc_self_cgroup)
        .find(|(controllers, _)| controllers.split(',').any(|name| name == wanted))
        .map_or_else(|| PathBuf::from("/"), |(_, path)| PathBuf::from(path))
}

fn entries(proc_self_cgroup: &str) -> impl Iterator<Item = (&str, &str)> {
    proc_self_cgroup.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':');
        fields.next()?;
        Some((fields.next()?, fields.next()?))
    })
}

/// (mount point, file system type, mount options) of every mount; proc_pid_mountinfo(5).
fn mounts(mountinfo: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    mountinfo.lines().filter_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut left = left.split(' ').skip(4);
        Some((left.next()?, right.split(' ').next()?, left.next()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: &str =
        "30 23 0:26 / /sys/fs/cgroup rw,nosuid,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate";
    const HYBRID: &str = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n\
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n\
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw";

    #[test]
    fn hybrid_counts_as_v1() {
        assert_eq!(mode(V2), CgroupMode::V2);
        assert_eq!(mode(HYBRID), CgroupMode::V1);
        assert_eq!(mode("22 1 8:1 / / rw - ext4 /dev/sda1 rw"), CgroupMode::None);
    }

    #[test]
    fn a_containers_read_only_mount_is_seen() {
        assert!(!read_only(V2));
        assert!(read_only(&V2.replace("rw,nosuid", "ro,nosuid")));
    }

    #[test]
    fn the_own_path_is_the_one_of_the_mode() {
        let text = "9:name=systemd:/\n4:memory:/box/a:b\n1:cpu,cpuacct:/\n0::/user.slice\n";
        assert_eq!(own(text, CgroupMode::V2), PathBuf::from("/user.slice"));
        assert_eq!(own(text, CgroupMode::V1), PathBuf::from("/box/a:b"));
        assert_eq!(v1_controllers(text), ["memory", "cpu", "cpuacct"]);
    }
}
