//! What the tests of real clusters share: a state folder of their own, the satrain program, looks at the host.
//!
//! They need root and a distribution (SATRAIN_DISTRIBUTION). Without, they are skipped with a printed reason;
//! where CI=true a skip is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "each test file uses a part"
)]

#[path = "../skip/mod.rs"]
pub mod skip;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use satrain::cluster::embedded::ClusterStatus;
use satrain::cluster::{Embedded, EmbeddedOptions};
use satrain::distribution::Distribution;
use satrain::paths::Paths;
use serde_json::Value;
use skip::skip;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A state folder and the means to run clusters in it. Ends its clusters when dropped.
pub struct Lab {
    pub root: tempfile::TempDir,
    pub distribution: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

/// A lab, or `None` if this machine cannot run one.
pub fn lab() -> Option<Lab> {
    let skip = |why: &str| {
        skip(why);
        None
    };
    if !nix::unistd::geteuid().is_root() {
        return skip("a real cluster needs root here");
    }
    let Some(distribution) = std::env::var_os("SATRAIN_DISTRIBUTION") else {
        return skip("SATRAIN_DISTRIBUTION names no distribution");
    };
    let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    Some(Lab { root: tempfile::tempdir().unwrap(), distribution: distribution.into(), _turn: turn })
}

impl Lab {
    pub fn paths(&self) -> Paths {
        Paths { state: self.state(), cache: self.root.path().join("cache") }
    }

    pub fn state(&self) -> PathBuf {
        self.root.path().join("state")
    }

    pub fn options(&self) -> EmbeddedOptions {
        let distribution = Distribution::open(&self.distribution).unwrap();
        EmbeddedOptions::new(self.paths(), Some(distribution), env!("CARGO_BIN_EXE_satrain").into())
    }

    pub fn cluster(&self) -> Embedded {
        Embedded::new(self.options()).unwrap()
    }

    pub fn dir(&self) -> PathBuf {
        self.paths().clusters().join(self.options().name)
    }

    pub fn status(&self) -> ClusterStatus {
        self.cluster().status().unwrap().unwrap()
    }

    /// The satrain program with this lab's state and distribution.
    pub fn satrain(&self, args: &[&str]) -> Command {
        self.program(env!("CARGO_BIN_EXE_satrain"), args)
    }

    /// Another program that will run satrain, with the environment for it.
    pub fn program(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .env("SATRAIN_STATE", self.state())
            .env("SATRAIN_DISTRIBUTION", &self.distribution)
            .env("SATRAIN", env!("CARGO_BIN_EXE_satrain"))
            .stdin(Stdio::null());
        command
    }

    /// `satrain cluster up` below a shell that first changes the machine, as this process alone sees it.
    pub fn up_after(&self, change: &str) -> Output {
        let script = format!("set -e; {change}; exec \"$SATRAIN\" cluster up");
        self.program("unshare", &["--mount", "--propagation", "private", "sh", "-c", &script])
            .output()
            .unwrap()
    }

    pub fn start(&self) -> Child {
        self.satrain(&["cluster", "up"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// A copy of the distribution that any user may read.
    pub fn public_distribution(&self) -> PathBuf {
        let copy = self.root.path().join("distribution");
        let script = "cp -a --reflink=auto \"$1\" \"$2\" && chmod -R a+rX \"$2\"";
        let status = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(&self.distribution)
            .arg(&copy)
            .status()
            .unwrap();
        assert!(status.success());
        copy
    }

    /// The name of the cluster's control groups.
    pub fn group(&self) -> String {
        let record: Value =
            serde_json::from_slice(&std::fs::read(self.dir().join("cluster.json")).unwrap()).unwrap();
        format!("satrain-{}", record["id"].as_str().unwrap())
    }

    pub fn api(&self, kubectl: &Path, kubeconfig: &Path, args: &[&str]) -> String {
        let output = Command::new(kubectl).arg("--kubeconfig").arg(kubeconfig).args(args).output().unwrap();
        assert!(output.status.success(), "kubectl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for name in satrain::cluster::ProviderKind::Embedded.names(&self.paths()) {
            // Whatever a test did to it: the command that removes a cluster must cope.
            let _ = self.satrain(&["cluster", "down", "--name", &name]).output();
        }
    }
}

/// Waits until it is so, for at most so many seconds.
pub fn within(seconds: u64, what: &str, mut so: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(seconds), "not within {seconds} s: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
    begun.elapsed()
}

/// Both outputs as one line of words: messages are wrapped for a terminal.
pub fn text(output: &Output) -> String {
    let both =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    both.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

pub fn kill_hard(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
}

/// The process and all its descendants.
pub fn tree(root: i32) -> BTreeSet<i32> {
    let mut parents = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse::<i32>().ok()) else { continue };
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        if let Some(parent) = after_name.split(' ').nth(1).and_then(|p| p.parse::<i32>().ok()) {
            parents.insert(pid, parent);
        }
    }
    let mut found = BTreeSet::from([root]);
    loop {
        let more: Vec<i32> = parents
            .iter()
            .filter(|(p, pp)| found.contains(pp) && !found.contains(p))
            .map(|(p, _)| *p)
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// Whether not one of the processes is left (a zombie, which its parent has yet to reap, does not count).
pub fn all_gone(pids: &BTreeSet<i32>) -> bool {
    pids.iter()
        .all(|p| std::fs::read_to_string(format!("/proc/{p}/stat")).map_or(true, |s| s.contains(") Z ")))
}

/// Folders of control groups with that name, anywhere below the mount.
pub fn groups(name: &str) -> Vec<PathBuf> {
    let top =
        std::fs::read_dir("/sys/fs/cgroup").into_iter().flatten().flatten().map(|e| e.path().join(name));
    top.chain([Path::new("/sys/fs/cgroup").join(name)]).filter(|p| p.exists()).collect()
}

/// Everything of the host that a cluster could have changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Host(BTreeMap<String, String>);

impl Host {
    pub fn look() -> Self {
        let mut seen = BTreeMap::new();
        let files = [
            "/proc/self/mountinfo",
            "/proc/net/route",
            "/proc/net/if_inet6",
            "/proc/sys/vm/overcommit_memory",
            "/proc/sys/vm/panic_on_oom",
            "/proc/sys/kernel/panic",
            "/proc/sys/kernel/panic_on_oops",
            "/proc/sys/kernel/keys/root_maxkeys",
            "/proc/sys/kernel/keys/root_maxbytes",
            "/proc/sys/kernel/hostname",
            "/proc/sys/net/ipv4/ip_forward",
            "/proc/net/ip_tables_names",
            "/proc/net/unix",
        ];
        for file in files {
            let mut text = std::fs::read_to_string(file).unwrap_or_else(|e| e.kind().to_string());
            if file.ends_with("unix") {
                // Other programs' sockets come and go: only a cluster's would be of interest.
                text =
                    text.lines().filter(|l| l.contains("/containerd/") || l.contains("/kubelet")).collect();
            }
            seen.insert(file.to_owned(), text);
        }
        let folders = [
            "/sys/class/net",
            "/run/containerd",
            "/run/netns",
            "/run/runc",
            "/run/satrain",
            "/var/lib/cni",
            "/var/lib/containerd",
            "/var/lib/kubelet",
            "/var/log/pods",
            "/etc/cni",
            "/opt/cni",
            "/etc/kubernetes",
            "/lab",
            "/dist",
            "/opt/satrain",
        ];
        for folder in folders {
            let names = std::fs::read_dir(folder).map(|d| {
                d.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect::<BTreeSet<_>>()
            });
            seen.insert(folder.to_owned(), format!("{:?}", names.map_err(|e| e.kind())));
        }
        Self(seen)
    }
}
