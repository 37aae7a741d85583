//! The cluster's control groups, on version 1 and version 2.
//!
//! Version 1: a group of the cluster's own at the top of each hierarchy that it uses; needs root. Version 2: ONE group. It is
//! the delegated scope that systemd made for the supervisor, else (root without systemd) a group at the top. Either is
//! the root of a cgroup namespace, so that the cluster sees its own groups only, and of version 2 exactly the controllers
//! that it has. Nothing outside of the cluster's own groups is ever written.

use std::io;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::unistd::Pid;

use super::group_tree;

use crate::cluster::embedded::cgroup::{MOUNT, Version, detect, is_used};
use crate::cluster::embedded::failure::Failure;
use crate::cluster::embedded::limits::Limits;
use crate::fs::Owner;

/// Within so many microseconds a limit of processor time holds: the kernel's own choice.
const CPU_PERIOD: u64 = 100_000;

/// The process's group of the unified hierarchy, from the text of /proc/self/cgroup.
pub(super) fn own_v2(proc_self_cgroup: &str) -> Option<&str> {
    proc_self_cgroup.lines().find_map(|l| l.strip_prefix("0::"))
}

/// The name of a cluster's group.
pub(crate) fn name(id: &str) -> String {
    format!("satrain-{id}")
}

/// The groups of one running cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Groups {
    /// These: `/satrain-ID` in each hierarchy that is used.
    V1(Vec<PathBuf>),
    /// This one; `scope` if systemd made it (and removes it).
    V2 { base: PathBuf, scope: bool },
}

impl Groups {
    /// Makes the groups. Called by the monitor, outside of all namespaces.
    pub(crate) fn create(id: &str, in_scope: bool) -> Result<Self, Failure> {
        let mount = Path::new(MOUNT);
        let refused = |e: io::Error| {
            Failure::Cgroup {
            why: e.to_string(),
            remedy: "Run satrain as root on a machine whose /sys/fs/cgroup is writable (not in an unprivileged container).".into(),
        }
        };
        match detect(mount) {
            None => Err(Failure::Cgroup {
                why: format!("nothing is mounted at {MOUNT}"),
                remedy: "Mount control groups there (any systemd machine does), or use another provider."
                    .into(),
            }),
            Some(Version::V1) => {
                check_v1(mount)?;
                let made =
                    hierarchies(mount).iter().map(|h| create_v1(h, &name(id))).collect::<io::Result<_>>();
                Ok(Self::V1(made.map_err(refused)?))
            }
            Some(Version::V2) if in_scope => {
                let own = std::fs::read_to_string("/proc/self/cgroup").map_err(refused)?;
                let own = own_v2(&own).unwrap_or("/").trim_start_matches('/');
                let base = mount.join(own);
                // "No internal processes": the monitor goes to a leaf of its own, so that controllers can be given on.
                let leaf = base.join("supervisor");
                // The kubelet looks into all groups.
                create_open(&leaf).map_err(refused)?;
                let members = std::fs::read_to_string(base.join("cgroup.procs")).map_err(refused)?;
                for pid in members.lines() {
                    // A process that ended meanwhile is no failure.
                    let _ = std::fs::write(leaf.join("cgroup.procs"), pid);
                }
                Ok(Self::V2 { base, scope: true })
            }
            Some(Version::V2) => {
                let base = mount.join(name(id));
                create_open(&base).map_err(refused)?;
                Ok(Self::V2 { base, scope: false })
            }
        }
    }

    fn all(&self) -> &[PathBuf] {
        match self {
            Self::V1(groups) => groups,
            Self::V2 { base, .. } => std::slice::from_ref(base),
        }
    }

    /// Moves the cluster's init into the groups. Called by the monitor.
    pub(crate) fn admit(&self, init: Pid) -> Result<(), Failure> {
        self.all().iter().try_for_each(|group| {
            std::fs::write(group.join("cgroup.procs"), init.to_string()).map_err(refused(group))
        })
    }

    /// Limits what the cluster as a whole may take. A group whose controller is not there has no such limit.
    pub(crate) fn limit(&self, limits: &Limits) -> Result<(), Failure> {
        for group in self.all() {
            for (file, value) in [
                ("memory.limit_in_bytes", limits.memory),
                ("memory.max", limits.memory),
                ("pids.max", limits.processes),
            ] {
                write_if_there(group, file, &value.to_string())?;
            }
            if let Some(millicpus) = limits.millicpus {
                let quota = millicpus * CPU_PERIOD / 1000;
                write_if_there(group, "cpu.cfs_period_us", &CPU_PERIOD.to_string())?;
                write_if_there(group, "cpu.cfs_quota_us", &quota.to_string())?;
                write_if_there(group, "cpu.max", &format!("{quota} {CPU_PERIOD}"))?;
            }
        }
        Ok(())
    }

    /// Lets somebody make groups below and put processes into them; the limits of the groups themselves stay the monitor's.
    pub(crate) fn hand_over(&self, to: Owner) -> Result<(), Failure> {
        for group in self.all() {
            chown(group, Some(to.uid), Some(to.gid)).map_err(refused(group))?;
            for file in ["cgroup.procs", "tasks", "cgroup.threads", "cgroup.subtree_control"] {
                match chown(group.join(file), Some(to.uid), Some(to.gid)) {
                    // Each version has its own.
                    Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(refused(group)(e)),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Gives the controllers of version 2 to the groups below. Called by init, in the groups and their namespace.
    pub(crate) fn share(&self) -> Result<(), Failure> {
        let Self::V2 { base, .. } = self else { return Ok(()) };
        let refused = refused(base);
        let init = base.join("init");
        std::fs::create_dir_all(&init).map_err(&refused)?;
        std::fs::write(init.join("cgroup.procs"), "0").map_err(&refused)?;
        let controllers = std::fs::read_to_string(base.join("cgroup.controllers")).map_err(&refused)?;
        for controller in controllers.split_whitespace() {
            // One by one: a controller that is refused (cpu, with real-time tasks) must not cost the others.
            let _ = std::fs::write(base.join("cgroup.subtree_control"), format!("+{controller}"));
        }
        Ok(())
    }
}

fn write_if_there(group: &Path, file: &str, value: &str) -> Result<(), Failure> {
    let file = group.join(file);
    match file.exists() {
        true => std::fs::write(&file, value).map_err(refused(group)),
        false => Ok(()),
    }
}

fn refused(group: &Path) -> impl Fn(io::Error) -> Failure {
    move |e| {
        Failure::Cgroup {
        why: format!("{}: {e}", group.display()),
        remedy: "The group must be delegated: with systemd, log in as a normal session so that `systemd-run --user` works.".into(),
    }
    }
}

/// Removes what is left of a cluster's groups; they can only be removed once their processes are gone.
pub(crate) fn remove(id: &str, within: Duration) -> io::Result<()> {
    let mount = Path::new(MOUNT);
    let group = name(id);
    // In every hierarchy, also those that are not used now: an earlier satrain made groups in all of them.
    let mut left: Vec<PathBuf> = folders(mount).into_iter().map(|h| h.join(&group)).collect();
    left.push(mount.join(&group));
    let end = Instant::now() + within;
    loop {
        // Of a cluster whose supervisor was killed.
        thaw(id);
        left.retain(|g| g.exists());
        let failed = left.iter().filter_map(|g| group_tree::remove(g).err()).next_back();
        match failed {
            None => return Ok(()),
            Some(e) if Instant::now() > end => return Err(e),
            Some(_) => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Lets go on whom the cluster's root has frozen, so that it can be ended.
pub(super) fn thaw(id: &str) {
    let group = Path::new(MOUNT).join("freezer").join(name(id));
    // Without it nobody is frozen.
    let _ = group_tree::thaw(&group);
}

/// The folders of version 1's hierarchies that the cluster uses.
fn hierarchies(mount: &Path) -> Vec<PathBuf> {
    folders(mount).into_iter().filter(|f| is_used(f) && f.join("tasks").exists()).collect()
}

/// Folders right below the mount; links (`cpu` → `cpu,cpuacct`) are left out.
fn folders(mount: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(mount).into_iter().flatten().flatten();
    entries.filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).map(|e| e.path()).collect()
}

/// The kubelet insists on these.
fn check_v1(mount: &Path) -> Result<(), Failure> {
    let missing: Vec<&str> =
        ["cpu", "cpuacct", "cpuset", "memory"].into_iter().filter(|c| !mount.join(c).exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::Cgroup {
        why: format!("controllers missing in {}: {}", mount.display(), missing.join(", ")),
        remedy: "Enable them in the kernel's configuration or command line (cgroup_enable=…).".into(),
    })
}

/// Makes a group that containers in user namespaces may look into, whatever the monitor's umask.
fn create_open(group: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(group)?;
    std::fs::set_permissions(group, std::fs::Permissions::from_mode(0o755))
}

fn create_v1(hierarchy: &Path, group: &str) -> io::Result<PathBuf> {
    let path = hierarchy.join(group);
    create_open(&path)?;
    for file in ["cpuset.cpus", "cpuset.mems"] {
        // A new cpuset group is empty and takes no process before it is filled.
        if path.join(file).exists() {
            std::fs::write(path.join(file), std::fs::read_to_string(hierarchy.join(file))?)?;
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unified_group_is_found_among_those_of_version_1() {
        assert_eq!(
            own_v2("3:cpuset:/\n1:name=systemd:/a\n0::/user.slice/s.scope\n"),
            Some("/user.slice/s.scope")
        );
        assert_eq!(own_v2("0::/\n"), Some("/"));
        assert_eq!(own_v2("4:memory:/x\n"), None);
    }

    #[test]
    fn a_missing_controller_is_named() {
        let dir = tempfile::tempdir().unwrap();
        for c in ["cpu", "cpuacct", "memory"] {
            std::fs::create_dir(dir.path().join(c)).unwrap();
        }
        let Err(Failure::Cgroup { why, .. }) = check_v1(dir.path()) else { panic!("cpuset is missing") };
        assert!(why.ends_with(": cpuset"), "{why}");
    }
}
