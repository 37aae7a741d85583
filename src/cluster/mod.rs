//! Where the cluster comes from: one small interface, several providers.
//!
//! In: a provider and the folders of the user. Out: a [`ClusterInfo`] with which the rest of satrain works, whatever
//! the provider. Only providers create, adopt or remove clusters; nothing here reads or changes what is in one.

mod audit;
pub mod checkpoints;
mod client;
mod direct;
pub mod docker;
pub mod embedded;
mod error;
mod info;
mod json;
mod kubeconfig;
mod lock;
mod plugin;
mod provider;
mod provider_kind;
mod rootless;
pub(crate) mod users;

pub use checkpoints::Checkpoints;
pub use embedded::{Embedded, EmbeddedOptions};
pub use error::{ClusterError, Result};
pub(crate) use info::client as kubeconfig_client;
pub use info::{Capabilities, ClusterInfo};
pub use kubeconfig::{AdoptionRecord, KubeconfigProvider, Survey};
pub use provider::{Answer, ClusterOptions, Health, Log, Provider};
pub use provider_kind::{ProviderKind, UnknownProvider};
pub use rootless::RootlessLack;

use crate::paths::Paths;

/// Any provider, chosen at run time.
pub type AnyProvider = Box<dyn Provider>;

/// What a provider does with a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DistributionUse {
    /// It runs it: without one, no cluster starts.
    Required,
    /// Lab images and kubectl come from one that is at hand.
    IfAtHand,
    /// Nothing.
    None,
}

/// The register of providers: with [`ProviderKind`], all that names each of them.
impl ProviderKind {
    /// The cluster that `options` name, running or not.
    ///
    /// # Errors
    /// [`ClusterError::InvalidName`]; [`ClusterError::ProgramMissing`].
    pub fn open(self, options: &ClusterOptions) -> Result<AnyProvider> {
        tracing::debug!(provider = %self, name = %options.name, context = ?options.context, "the cluster was chosen");
        Ok(match self {
            Self::Embedded => Box::new(Embedded::open(options)?),
            Self::K3s => Box::new(docker::K3sProvider::open(options)?),
            Self::Kind => Box::new(docker::KindProvider::open(options)?),
            Self::Kubeconfig => Box::new(KubeconfigProvider::open(options)?),
        })
    }

    /// The names of its clusters that satrain made, running or not.
    pub fn names(self, paths: &Paths) -> Vec<String> {
        match self {
            Self::Embedded => embedded::names(paths),
            Self::K3s | Self::Kind => docker::names(self, paths),
            Self::Kubeconfig => Vec::new(),
        }
    }

    /// The user that the learner is on such a cluster, where it is another one than the grader.
    pub const fn learner(self) -> Option<&'static str> {
        match self {
            Self::Embedded | Self::K3s | Self::Kind => Some(embedded::LEARNER),
            Self::Kubeconfig => None,
        }
    }

    /// What it does with a distribution.
    pub const fn distribution_use(self) -> DistributionUse {
        match self {
            Self::Embedded => DistributionUse::Required,
            Self::K3s | Self::Kind => DistributionUse::IfAtHand,
            Self::Kubeconfig => DistributionUse::None,
        }
    }
}
