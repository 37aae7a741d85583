//! The embedded cluster: a real Kubernetes from satrain's own distribution, without Docker.
//!
//! In: the folders, a name, the distribution. Out: a running cluster below one supervisor process (see
//! `supervisor`), which outlives the command that started it. Everything of a cluster is in one folder; ending the
//! supervisor ends every process, mount and link of it, and nothing of the host is changed meanwhile. What it has kept
//! stays until `down`: the next `up` brings the same cluster back.

// The supervisor uses most of this, and it is Linux's.
#![cfg_attr(not(target_os = "linux"), allow(dead_code))]

mod cgroup;
mod components;
mod config;
mod failure;
mod kept;
mod kubeconfigs;
mod launch;
mod layout;
mod legacy_tokens;
mod life;
mod limits;
mod load_image;
mod network;
mod pki;
pub mod preflight;
mod processes;
mod record;
mod status;
mod subid;
#[cfg(target_os = "linux")]
mod supervisor;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod supervisor;
mod users;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

pub use cgroup::Version;
pub(crate) use cgroup::delegate_container_groups;
pub(crate) use kubeconfigs::kubeconfig;
pub use limits::WantedLimits;
pub use load_image::load_image;
pub(crate) use pki::{GRADER, LEARNER, Pair};
pub use preflight::{Machine, SudoMode};
pub use record::{ComponentState, ComponentStatus, Privilege, State, Tuning};
pub(super) use status::names;
pub use status::{ClusterStatus, distributions_in_use, programs_of_pods};
pub use supervisor::main as supervise;

use super::error::{ClusterError, Result};
use super::{Answer, Capabilities, ClusterInfo, ClusterOptions, Health, Log, Provider, ProviderKind, json};
use crate::distribution::Distribution;
use crate::event::Events;
use crate::paths::Paths;
use layout::Layout;

/// The name of a cluster for which none was chosen.
pub const DEFAULT_NAME: &str = "satrain";

/// What `satrain supervise` is told; everything else is in the cluster's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supervise {
    /// The cluster's folder.
    pub dir: PathBuf,
    /// Only remove what a dead cluster left: control groups and data.
    pub clean: bool,
    /// Whether systemd delegated the caller's control group to it.
    pub delegated: bool,
}

/// Whether root in a cluster that this process starts is nobody outside of it. `path`: the value of PATH.
pub fn root_is_nobody(path: &std::ffi::OsStr) -> bool {
    !nix::unistd::geteuid().is_root() || Machine::look(path).users_to_give().is_some()
}

/// What an embedded cluster is made with.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// The user's folders.
    pub paths: Paths,
    /// The cluster's name, see [`DEFAULT_NAME`].
    pub name: String,
    /// Where Kubernetes comes from; only starting a cluster needs it.
    pub distribution: Option<Distribution>,
    /// The satrain executable, which is started again as the supervisor.
    pub program: PathBuf,
    /// The value of PATH: where `sudo` and others are looked for.
    pub path: std::ffi::OsString,
    /// The variables that the supervisor is started with; all others, which may hold credentials, stay with the caller.
    pub variables: Vec<(std::ffi::OsString, std::ffi::OsString)>,
    /// The host's port for the API; a free one if `None`.
    pub port: Option<u16>,
    /// The host's address for the API; loopback, but in a container whose ports Docker publishes.
    pub address: Ipv4Addr,
    /// A folder of the host for the audit log; `None`: among the cluster's other logs.
    pub audit: Option<PathBuf>,
    /// Whether `sudo` may be used for the supervisor.
    pub sudo: SudoMode,
    /// What its components are tuned for.
    pub tuning: Tuning,
    /// How much of the machine it may take.
    pub limits: WantedLimits,
    /// How long the start may take.
    pub patience: Duration,
}

impl EmbeddedOptions {
    /// Options with the default name, any port, no sudo, little memory, two minutes of patience.
    pub fn new(paths: Paths, distribution: Option<Distribution>, program: PathBuf) -> Self {
        let path = std::ffi::OsString::from("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        Self {
            paths,
            name: DEFAULT_NAME.to_owned(),
            distribution,
            program,
            variables: vec![("PATH".into(), path.clone())],
            path,
            port: None,
            address: Ipv4Addr::LOCALHOST,
            audit: None,
            sudo: SudoMode::Never,
            tuning: Tuning::default(),
            limits: WantedLimits::default(),
            patience: Duration::from_secs(120),
        }
    }
}

/// One embedded cluster, running or not.
#[derive(Debug, Clone)]
pub struct Embedded {
    options: EmbeddedOptions,
    layout: Layout,
}

impl Embedded {
    /// The cluster of that name.
    ///
    /// # Errors
    /// [`ClusterError::InvalidName`].
    pub fn new(options: EmbeddedOptions) -> Result<Self> {
        check_name(&options.name)?;
        let layout = Layout::new(options.paths.clusters().join(&options.name));
        Ok(Self { options, layout })
    }

    /// The cluster that `options` name.
    pub(super) fn open(options: &ClusterOptions) -> Result<Self> {
        let (paths, program) = (options.paths.clone(), options.program.clone());
        let mut own = EmbeddedOptions::new(paths, options.distribution.clone(), program);
        own.name.clone_from(&options.name);
        own.path.clone_from(&options.path);
        own.variables.clone_from(&options.variables);
        own.port = options.port;
        own.sudo = options.sudo;
        own.tuning = options.tuning;
        own.limits = options.limits;
        own.patience = options.patience.unwrap_or(own.patience);
        Self::new(own)
    }

    /// How the cluster is; `None` if there is none of that name.
    ///
    /// # Errors
    /// If its records cannot be read.
    pub fn status(&self) -> Result<Option<ClusterStatus>> {
        status::of(&self.options.name, &self.layout)
    }

    /// The names of the logs there are.
    pub fn logs(&self) -> Vec<String> {
        let folders = [self.layout.logs(), self.layout.lab().logs()];
        let entries = folders.iter().flat_map(|dir| std::fs::read_dir(dir).into_iter().flatten().flatten());
        let mut names: Vec<String> =
            entries.filter_map(|e| Some(e.file_name().to_str()?.strip_suffix(".log")?.to_owned())).collect();
        names.sort();
        names
    }

    /// The log file of a component (or `supervisor`, `audit`).
    ///
    /// # Errors
    /// [`ClusterError::NoSuchLog`].
    pub fn log(&self, component: &str) -> Result<PathBuf> {
        let known = self.logs();
        if known.iter().any(|k| k == component) {
            return Ok(self.layout.log(component));
        }
        Err(ClusterError::NoSuchLog { component: component.to_owned(), known })
    }

    fn info(&self) -> Result<Option<ClusterInfo>> {
        let Some(status) = json::read::<record::Status>(&self.layout.status())? else { return Ok(None) };
        let (Some(version), Some(uid)) = (status.version, status.uid) else { return Ok(None) };
        if !matches!(status.state, State::Running | State::Degraded) || !status::is_alive(&self.layout) {
            return Ok(None);
        }
        Ok(Some(ClusterInfo {
            provider: ProviderKind::Embedded,
            name: self.options.name.clone(),
            version,
            grader_kubeconfig: self.layout.grader(),
            learner_kubeconfig: self.layout.learner(),
            context: None,
            kubectl: self.layout.bin().join("kubectl"),
            kubectl_cache: Some(self.layout.kubectl_cache()),
            api_server: format!("https://127.0.0.1:{}", status.port),
            uid,
            capabilities: Capabilities {
                audit_log: Some(self.layout.log("audit")),
                checkpoints: Some(self.layout.lab().checkpoints()),
                exclusive: true,
                services: false,
                pulls: false,
                images: None,
            },
        }))
    }
}

impl Provider for Embedded {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Embedded
    }

    fn up<'a>(&'a self, events: &'a Events) -> Answer<'a, ClusterInfo> {
        Box::pin(life::up(self, events))
    }

    fn find(&self) -> Answer<'_, Option<ClusterInfo>> {
        Box::pin(async { self.info() })
    }

    fn is_kept(&self) -> bool {
        self.layout.is_kept() && !status::is_alive(&self.layout)
    }

    fn comes_back(&self) -> bool {
        self.layout.is_kept()
    }

    fn down<'a>(&'a self, events: &'a Events) -> Answer<'a, ()> {
        Box::pin(life::down(self, events))
    }

    fn health(&self) -> Answer<'_, Option<Health>> {
        Box::pin(async { Ok(self.status()?.map(status::health)) })
    }

    fn log_names(&self) -> Result<Vec<String>> {
        Ok(self.logs())
    }

    fn read_log<'a>(&'a self, component: &'a str) -> Answer<'a, Log> {
        Box::pin(async { self.log(component).map(Log::File) })
    }

    fn allow_sudo(&mut self, sudo: SudoMode) {
        self.options.sudo = sudo;
    }

    fn clean_legacy_tokens(&self) -> Answer<'_, ()> {
        Box::pin(legacy_tokens::clean(self))
    }
}

/// Names become folder names, unit names and words on command lines.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let fine = name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if fine { Ok(()) } else { Err(ClusterError::InvalidName { name: name.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_as_folders_and_units() {
        for good in ["a", "satrain", "exam-1"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "1a", "A", "a/b", "..", "a b", "ä", &"a".repeat(41)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
