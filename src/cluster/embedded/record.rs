//! What is written down about a cluster: the record (what `up` decided), the status (how it is now) and the
//! start signals (what the supervisor tells the `up` that waits for it).
//!
//! All are JSON in the cluster's folder; none holds a key.

use std::fmt;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::limits::Limits;
use super::users::Users;
use crate::distribution::Manifest;
use crate::fs::Owner;

/// The record's format; another value means another satrain made it.
pub(crate) const SCHEMA: &str = "satrain.dev/cluster/v1";

/// With which rights a supervisor runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Privilege {
    /// satrain itself runs as root.
    Root,
    /// Only the supervisor runs as root, through `sudo`.
    Sudo,
    /// In a user namespace, without root.
    Rootless,
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Root => "as root",
            Self::Sudo => "through `sudo`",
            Self::Rootless => "without root's rights",
        })
    }
}

/// What the components are tuned for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tuning {
    /// Little memory: a lab is small and idle most of the time, and so may be the machine.
    #[default]
    Memory,
    /// Little CPU time: dozens of attempts at once keep the machine busy.
    Speed,
}

impl Tuning {
    /// How much garbage Go lets grow, in per cent of what is in use; Go's default is 100.
    pub(crate) fn gogc(self) -> &'static str {
        match self {
            Self::Memory => "50",
            Self::Speed => "400",
        }
    }
}

/// What `up` decided about a cluster, written before its supervisor starts.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// Drawn at each start; names the cluster's control groups.
    pub(crate) id: String,
    pub(crate) created: Timestamp,
    pub(crate) distribution: PathBuf,
    pub(crate) privilege: Privilege,
    #[serde(default)]
    pub(crate) tuning: Tuning,
    /// Whose files they are, if the supervisor runs as somebody else.
    pub(crate) owner: Option<Owner>,
    /// The port asked for; if none, any free one.
    pub(crate) port: Option<u16>,
    /// On which of the host's addresses the API is reached.
    #[serde(default = "loopback")]
    pub(crate) address: Ipv4Addr,
    /// A folder of the host that the audit log is written to; `None`: among the other logs.
    #[serde(default)]
    pub(crate) audit: Option<PathBuf>,
    /// The port to take if it is free: that of the cluster's earlier life.
    pub(crate) preferred_port: Option<u16>,
    /// What made it; an earlier satrain did not say.
    #[serde(default)]
    pub(crate) maker: Maker,
    /// How much of the machine it may take; an earlier satrain set no limits.
    #[serde(default)]
    pub(crate) limits: Option<Limits>,
    /// Whom the users of the cluster are on the host, if root starts it; `None`: whom they are inside.
    #[serde(default)]
    pub(crate) users: Option<Users>,
}

/// Which programs made a cluster: only they understand what it has kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Maker {
    /// satrain's version.
    pub(crate) satrain: String,
    /// Kubernetes' version.
    pub(crate) kubernetes: String,
    /// The digest of the distribution's sources.
    pub(crate) source: String,
    /// How the cluster's folder is arranged.
    #[serde(default)]
    pub(crate) layout: u32,
}

/// The arrangement of `layout`. An earlier satrain kept its own files where the cluster could change them.
const LAYOUT: u32 = 1;

impl Maker {
    /// This satrain, with that distribution.
    pub(crate) fn new(manifest: &Manifest) -> Self {
        Self {
            satrain: env!("CARGO_PKG_VERSION").to_owned(),
            kubernetes: manifest.kubernetes.clone(),
            source: manifest.source.clone(),
            layout: LAYOUT,
        }
    }
}

impl fmt::Display for Maker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.satrain.is_empty() {
            return f.write_str("an earlier satrain");
        }
        let build: String = self.source.chars().take(8).collect();
        write!(f, "satrain {} with Kubernetes {} (build {build})", self.satrain, self.kubernetes)
    }
}

/// What a cluster was when it was first ready: written once, by its supervisor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// UID of Namespace kube-system.
    pub(crate) uid: String,
}

fn loopback() -> Ipv4Addr {
    Ipv4Addr::LOCALHOST
}

/// How a cluster is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Being started.
    Starting,
    /// Ready, every component up.
    Running,
    /// Ready once, but a component is down or dies again and again.
    Degraded,
    /// No process of it is left.
    Dead,
}

/// How a component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ComponentState {
    /// Its turn has not come.
    Waiting,
    /// Its process runs.
    Running,
    /// It ended and is started again after a pause.
    Restarting,
    /// It died several times within a minute; still tried, at long intervals.
    Failing,
    /// It ended with its cluster.
    Ended,
}

/// One component of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentStatus {
    /// kube-apiserver, etcd, …
    pub name: String,
    /// How it is.
    pub state: ComponentState,
    /// Its process ID: inside the cluster in status.json, on the host in what [`super::Embedded::status`] gives.
    pub pid: Option<i32>,
    /// How often it was started again.
    pub restarts: u32,
    /// How it ended last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_exit: Option<String>,
}

/// What the supervisor keeps in status.json.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    pub(crate) state: State,
    /// Of the monitor, on the host.
    pub(crate) supervisor: i32,
    pub(crate) port: u16,
    pub(crate) started: Timestamp,
    pub(crate) version: Option<String>,
    pub(crate) uid: Option<String>,
    pub(crate) components: Vec<ComponentStatus>,
    pub(crate) failure: Option<Failure>,
}

/// What the supervisor tells the `up` that waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "signal", rename_all = "kebab-case")]
pub(crate) enum Signal {
    /// Something was reached, so many milliseconds after the supervisor began.
    Milestone { name: String, millis: u64 },
    /// The cluster is ready.
    Ready,
    /// The start was given up.
    Failed { failure: Failure },
}

/// The complete lines of the start signals from byte `from` on, and where the next read begins.
pub(crate) fn signals(path: &Path, from: usize) -> (Vec<Signal>, usize) {
    let Ok(text) = std::fs::read(path) else { return (Vec::new(), from) };
    let Some(new) = text.get(from..) else { return (Vec::new(), from) };
    let Some(end) = new.iter().rposition(|b| *b == b'\n') else { return (Vec::new(), from) };
    let lines = new[..end].split(|b| *b == b'\n');
    (lines.filter_map(|l| serde_json::from_slice(l).ok()).collect(), from + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_written_signal_is_left_for_the_next_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        std::fs::write(&path, "{\"signal\":\"ready\"}\n{\"signal\":\"rea").unwrap();
        let (got, at) = signals(&path, 0);
        assert!(matches!(got[..], [Signal::Ready]));
        std::fs::write(&path, "{\"signal\":\"ready\"}\n{\"signal\":\"ready\"}\n").unwrap();
        assert_eq!(signals(&path, at).0.len(), 1);
    }
}
