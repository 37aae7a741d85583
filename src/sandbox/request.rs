//! What a sandbox is asked for, and how that may end.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::tree::Folder;

/// The script's workspace, and its current directory.
pub const WORKSPACE: &str = "/workspace";
/// The script's own folder.
pub const HOME: &str = "/home/learner";
/// Programs beside those of the system.
pub const BIN: &str = "/run/satrain/bin";
/// The script itself.
pub const SCRIPT: &str = "/home/learner/script.sh";
/// Its kubeconfig.
pub const KUBECONFIG: &str = "/home/learner/.kube/config";
/// What kubectl knows of the cluster.
pub const KUBECTL_CACHE: &str = "/home/learner/.kube/cache";
/// A copy of the audit log that grows.
pub const AUDIT_LOG: &str = "/home/learner/audit.log";

/// The host's folders that are visible inside: programs and libraries, read-only.
pub(super) const SYSTEM: [&str; 9] = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix", "gnu"];

/// What a script gets.
#[derive(Debug, Clone)]
pub struct Request {
    /// satrain's own executable.
    pub satrain: PathBuf,
    /// A variable by which its keeper is found on the host; the script is not told.
    pub mark: (OsString, OsString),
    /// What is executed: a path inside, or a name to be looked up in PATH.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its whole environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Programs of the host that are put into [`BIN`].
    pub programs: Vec<(String, PathBuf)>,
    /// What is in [`HOME`] at the beginning.
    pub home: Folder,
    /// The host's folder that is copied to [`WORKSPACE`], and back by [`super::Sandbox::take_back`].
    pub workspace: PathBuf,
    /// The only server that can be reached.
    pub forward: Option<Forward>,
    /// A file of the host whose end is copied to [`AUDIT_LOG`] while the script runs.
    pub follow: Option<Followed>,
    /// What it may use.
    pub limits: Limits,
}

/// A server that is reached at a port of the sandbox's 127.0.0.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forward {
    /// The port inside.
    pub port: u16,
    /// The server's host.
    pub host: String,
    /// The server's port.
    pub to: u16,
}

/// A log of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The file.
    pub file: PathBuf,
}

/// What a script may use, in bytes where nothing else is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory of all its processes, and of its files; held where satrain may make control groups.
    pub memory: u64,
    /// Memory of one process.
    pub process_memory: u64,
    /// Processes and threads.
    pub processes: u64,
    /// All files that it writes, in its workspace and elsewhere.
    pub disk: u64,
    /// One file.
    pub file: u64,
    /// Open files of one process.
    pub open_files: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 2 << 30,
            process_memory: 2 << 30,
            processes: 1024,
            disk: 256 << 20,
            file: 64 << 20,
            open_files: 1024,
        }
    }
}

/// How a script ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// Why there is no sandbox, or what went wrong with one.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// This machine refuses what a sandbox is made of; nothing was run.
    #[error("{what}: {why}")]
    Unavailable {
        /// What was refused.
        what: String,
        /// The kernel's word.
        why: String,
    },
    /// The program could not be executed.
    #[error("{program} cannot be executed: {why}")]
    NotStarted {
        /// The program.
        program: String,
        /// The kernel's word.
        why: String,
    },
    /// The workspace is more than a sandbox takes.
    #[error("the workspace holds {0}")]
    Workspace(String),
    /// Something of satrain's own.
    #[error("{action}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The error.
        source: std::io::Error,
    },
}

impl SandboxError {
    pub(super) fn io(action: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { action, source }
    }
}

/// What of a PATH can be seen inside: folders of the system, by their real names.
pub fn visible(path: &OsStr) -> Vec<PathBuf> {
    let is_seen = |real: &PathBuf| SYSTEM.iter().any(|top| real.starts_with(Path::new("/").join(top)));
    let mut seen: Vec<PathBuf> = Vec::new();
    for folder in std::env::split_paths(path).filter_map(|folder| folder.canonicalize().ok()).filter(is_seen)
    {
        if !seen.contains(&folder) {
            seen.push(folder);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_of_the_system_are_searched() {
        let own = tempfile::tempdir().unwrap();
        let all = std::env::join_paths([
            own.path(),
            Path::new("/usr/bin"),
            Path::new("/usr/bin/."),
            Path::new("x"),
        ]);
        assert_eq!(visible(&all.unwrap()), [PathBuf::from("/usr/bin")]);
    }
}
