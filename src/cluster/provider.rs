//! What every provider of a cluster can do, and what it is made with.
//!
//! A provider is opened for one cluster by name, whether that runs or not. What a provider has no answer for is a
//! method with a default here, so that nobody above has to know which provider it is.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;

use super::embedded::{ComponentStatus, State, SudoMode, Tuning, WantedLimits};
use super::error::{ClusterError, Result};
use super::info::ClusterInfo;
use super::provider_kind::ProviderKind;
use crate::distribution::Distribution;
use crate::event::Events;
use crate::paths::Paths;
use crate::proxy::Proxies;

/// What a provider answers, in time.
pub type Answer<'a, T> = BoxFuture<'a, Result<T>>;

/// A source of one cluster; [`ProviderKind::open`] chooses among them.
pub trait Provider: fmt::Debug + Send + Sync {
    /// Which provider this is.
    fn kind(&self) -> ProviderKind;

    /// Makes the cluster run and waits until a Pod can start in it. A running one is returned as it is.
    ///
    /// # Errors
    /// Whatever keeps the cluster from running; see [`ClusterError`].
    fn up<'a>(&'a self, events: &'a Events) -> Answer<'a, ClusterInfo>;

    /// The cluster, if it runs and is ready.
    ///
    /// # Errors
    /// If it cannot be told whether it runs.
    fn find(&self) -> Answer<'_, Option<ClusterInfo>>;

    /// Whether it is not running, but `up` would bring the same cluster back with all that it has kept.
    fn is_kept(&self) -> bool {
        false
    }

    /// The same, or somebody else is bringing it back at the moment: then `up` waits for that.
    fn comes_back(&self) -> bool {
        self.is_kept()
    }

    /// Ends the cluster and removes all that belongs to it. No error if there is none.
    ///
    /// # Errors
    /// If something of it cannot be ended or removed.
    fn down<'a>(&'a self, events: &'a Events) -> Answer<'a, ()>;

    /// How the cluster is, for people; `None` if there is none of that name.
    ///
    /// # Errors
    /// [`ClusterError::NotOurs`] if somebody else runs it, or if it cannot be told.
    fn health(&self) -> Answer<'_, Option<Health>> {
        Box::pin(async { Err(ClusterError::NotOurs) })
    }

    /// The names of its logs.
    ///
    /// # Errors
    /// [`ClusterError::NotOurs`] if somebody else keeps them.
    fn log_names(&self) -> Result<Vec<String>> {
        Err(ClusterError::NotOurs)
    }

    /// One of its logs.
    ///
    /// # Errors
    /// [`ClusterError::NoSuchLog`]; [`ClusterError::NotOurs`] if somebody else keeps them.
    fn read_log<'a>(&'a self, _: &'a str) -> Answer<'a, Log> {
        Box::pin(async { Err(ClusterError::NotOurs) })
    }

    /// Whether `sudo` may be used, by a provider that could need it.
    fn allow_sudo(&mut self, _: SudoMode) {}

    /// Runs Kubernetes' own cleaner of unused legacy tokens at once.
    ///
    /// # Errors
    /// [`ClusterError::CannotClean`] where that cannot be asked for, or if the cleaner does not stay up.
    fn clean_legacy_tokens(&self) -> Answer<'_, ()> {
        Box::pin(async { Err(ClusterError::CannotClean) })
    }
}

/// How a cluster is, whoever runs it.
#[derive(Debug, Clone)]
pub struct Health {
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: State,
    /// Kubernetes' version, once it is known.
    pub version: Option<String>,
    /// Where its API is, in a list of clusters.
    pub address: Option<String>,
    /// What else there is to say, each with its title.
    pub facts: Vec<(&'static str, String)>,
    /// Its components, where satrain starts them itself.
    pub components: Vec<ComponentStatus>,
    /// All of it, for programs; the provider chooses the form.
    pub value: Value,
}

/// A log, by how it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Log {
    /// A file that grows.
    File(PathBuf),
    /// What was printed until now.
    Text(String),
}

/// What a cluster is found or made with; each provider takes what concerns it.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The user's folders.
    pub paths: Paths,
    /// The cluster's name.
    pub name: String,
    /// Where Kubernetes comes from, or kubectl.
    pub distribution: Option<Distribution>,
    /// The lab images for a node in Docker, an OCI image layout.
    pub lab_images: Option<PathBuf>,
    /// The satrain executable.
    pub program: PathBuf,
    /// The value of PATH: where programs are looked for.
    pub path: OsString,
    /// The variables of an embedded cluster's supervisor; all others stay with the caller.
    pub variables: Vec<(OsString, OsString)>,
    /// The image of a node in Docker with its tag; the provider's own if `None`.
    pub image: Option<String>,
    /// The port of the API on 127.0.0.1; a free one if `None`.
    pub port: Option<u16>,
    /// How long the start may take; as long as the provider thinks fit if `None`.
    pub patience: Option<Duration>,
    /// Whether `sudo` may be used.
    pub sudo: SudoMode,
    /// What the components are tuned for.
    pub tuning: Tuning,
    /// How much of the machine a cluster that is made may take.
    pub limits: WantedLimits,
    /// The context of an existing cluster.
    pub context: Option<String>,
    /// The user's kubeconfig files.
    pub kubeconfigs: Vec<PathBuf>,
    /// The proxies of the user's environment.
    pub proxies: Proxies,
}

impl ClusterOptions {
    /// The file of a program on the PATH.
    ///
    /// # Errors
    /// [`ClusterError::ProgramMissing`].
    pub fn program(&self, name: &str) -> Result<PathBuf> {
        crate::host::SearchPath::parse(&self.path).find(name).ok_or_else(|| ClusterError::ProgramMissing {
            program: name.to_owned(),
            remedy: "Install it, or use the embedded cluster.".to_owned(),
        })
    }
}
