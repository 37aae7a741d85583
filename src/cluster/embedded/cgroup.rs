//! Which control groups a machine has, and a container's own.

use std::io;
use std::path::Path;

use crate::cluster::error::{ClusterError, io as io_error};

/// Where control groups are mounted, on every distribution.
pub(crate) const MOUNT: &str = "/sys/fs/cgroup";

/// Version 1's controllers that the cluster uses. A machine has up to twice as many hierarchies, and the runtime makes
/// groups and mounts for each container in all that it sees.
const USED: [&str; 7] = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "pids"];

/// Whether the folder of a version 1 hierarchy (`cpu,cpuacct`) or a link to one is of use to the cluster.
pub(super) fn is_used(hierarchy: &Path) -> bool {
    let name = hierarchy.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split(',').any(|controller| USED.contains(&controller))
}

/// What kind of control groups a machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// One hierarchy per controller (or the hybrid of both: the controllers are what counts).
    V1,
    /// The unified hierarchy.
    V2,
}

/// What is mounted at `mount`; `None` if no control groups are.
pub(super) fn detect(mount: &Path) -> Option<Version> {
    if mount.join("cgroup.controllers").exists() {
        Some(Version::V2)
    } else if mount.join("memory/cgroup.procs").exists() || mount.join("cpu/cgroup.procs").exists() {
        Some(Version::V1)
    } else {
        None
    }
}

/// In a container that has version 2 and no systemd, gives the controllers on to the groups below: as long as its
/// own processes are in the root of its control groups, the kernel gives none. Elsewhere nothing is done.
pub(crate) fn delegate_container_groups() -> Result<(), ClusterError> {
    delegate_below(Path::new(MOUNT)).map_err(io_error("delegating control groups in", Path::new(MOUNT)))
}

fn delegate_below(mount: &Path) -> io::Result<()> {
    // The host's own root has no type, and needs none of this.
    if detect(mount) != Some(Version::V2) || !mount.join("cgroup.type").exists() {
        return Ok(());
    }
    let leaf = mount.join("container");
    std::fs::create_dir_all(&leaf)?;
    for pid in std::fs::read_to_string(mount.join("cgroup.procs"))?.lines() {
        // A process that ended meanwhile is no failure.
        let _ = std::fs::write(leaf.join("cgroup.procs"), pid);
    }
    for controller in std::fs::read_to_string(mount.join("cgroup.controllers"))?.split_whitespace() {
        let _ = std::fs::write(mount.join("cgroup.subtree_control"), format!("+{controller}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_told_by_the_files_below_the_mount() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(detect(dir.path()), None);
        std::fs::create_dir(dir.path().join("memory")).unwrap();
        std::fs::write(dir.path().join("memory/cgroup.procs"), "").unwrap();
        assert_eq!(detect(dir.path()), Some(Version::V1));
        std::fs::write(dir.path().join("cgroup.controllers"), "cpu").unwrap();
        assert_eq!(detect(dir.path()), Some(Version::V2));
    }

    #[test]
    fn only_hierarchies_with_a_controller_that_the_cluster_uses_are_of_use() {
        for (name, used) in
            [("cpu,cpuacct", true), ("memory", true), ("net_cls,net_prio", false), ("systemd", false)]
        {
            assert_eq!(is_used(&Path::new(MOUNT).join(name)), used, "{name}");
        }
    }

    #[test]
    fn only_a_container_of_version_2_gets_its_groups_delegated() {
        let dir = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| std::fs::write(dir.path().join(file), text).unwrap();
        write("cgroup.controllers", "cpu memory");
        write("cgroup.procs", "");
        delegate_below(dir.path()).unwrap();
        assert!(!dir.path().join("container").exists(), "the host's root is left alone");
        write("cgroup.type", "domain");
        delegate_below(dir.path()).unwrap();
        assert!(dir.path().join("container").is_dir());
        let last = std::fs::read_to_string(dir.path().join("cgroup.subtree_control")).unwrap();
        assert_eq!(last, "+memory");
    }
}
