//! Control groups of one play, where root may make them: memory and processes. Best effort: rlimits hold without them.
//!
//! Names carry the keeper's process ID, so that those of a killed keeper are found and removed by the next.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::request::Limits;

const MOUNT: &str = "/sys/fs/cgroup";
const PREFIX: &str = "satrain-script-";

/// How often, and after which waits, a group is removed whose last process is just gone.
const TRIES: u32 = 200;
const WAIT: Duration = Duration::from_millis(5);

/// The groups of one play.
#[derive(Debug, Clone)]
pub(super) struct Groups(Vec<PathBuf>);

impl Groups {
    /// Makes them; None where they cannot be made.
    pub(super) fn make(limits: &Limits) -> Option<Self> {
        let mount = Path::new(MOUNT);
        let name = format!("{PREFIX}{}", std::process::id());
        let unified = mount.join("cgroup.controllers").exists();
        let parents: &[&str] = if unified { &[""] } else { &["memory", "pids"] };
        let mut made = Self(Vec::new());
        for parent in parents.iter().map(|parent| mount.join(parent)) {
            sweep(&parent);
            let group = parent.join(&name);
            if fs::create_dir(&group).is_ok() {
                made.0.push(group);
            }
        }
        let (memory, swap): (&str, (&str, &str)) = match unified {
            true => ("memory.max", ("memory.swap.max", "0")),
            false => ("memory.limit_in_bytes", ("memory.swappiness", "0")),
        };
        if unified {
            // Where systemd has not done so already; refused where other processes are in the way.
            let _ = fs::write(mount.join("cgroup.subtree_control"), "+memory +pids");
        }
        for group in &made.0 {
            let set = |file: &str, value: &str| {
                let file = group.join(file);
                // What this hierarchy does not have, another has.
                let _ = file.exists().then(|| fs::write(file, value));
            };
            set(memory, &limits.memory.to_string());
            set(swap.0, swap.1);
            set("pids.max", &limits.processes.to_string());
        }
        (!made.0.is_empty()).then_some(made)
    }

    /// Puts this process into them.
    pub(super) fn enter(&self) {
        for group in &self.0 {
            let _ = fs::write(group.join("cgroup.procs"), "0");
        }
    }

    /// Removes them; their processes are dead, but may not have left.
    pub(super) fn remove(&self) {
        for group in &self.0 {
            for _ in 0..TRIES {
                if fs::remove_dir(group).is_ok() || !group.exists() {
                    break;
                }
                std::thread::sleep(WAIT);
            }
        }
    }
}

/// Removes groups whose keeper is gone; one that is in use refuses.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let keeper = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        if keeper.is_some_and(|keeper| !Path::new("/proc").join(keeper).exists()) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}
