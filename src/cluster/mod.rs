//! Where the cluster comes from: one small interface, several providers.
//!
//! In: a provider and the folders of the user. Out: a [`ClusterInfo`] with which the rest of satrain works, whatever
//! the provider. Only providers create, adopt or remove clusters; nothing here reads or changes what is in one.

mod audit;
pub mod checkpoints;
mod client;
pub mod docker;
pub mod embedded;
mod error;
mod info;
mod kubeconfig;
mod lock;

pub use checkpoints::Checkpoints;
pub use embedded::{Embedded, EmbeddedOptions};
pub use error::{ClusterError, Result};
pub use info::{Capabilities, ClusterInfo, ProviderKind};
pub use kubeconfig::{AdoptionRecord, KubeconfigProvider, Survey};

use crate::event::Events;

/// A source of one cluster.
///
/// Implementors: [`Embedded`], [`KubeconfigProvider`]; choose among them with [`AnyProvider`].
#[allow(async_fn_in_trait, reason = "used through enum dispatch, within one crate")]
pub trait Provider {
    /// Which provider this is.
    fn kind(&self) -> ProviderKind;

    /// Makes the cluster run and waits until a Pod can start in it. A running one is returned as it is.
    ///
    /// # Errors
    /// Whatever keeps the cluster from running; see [`ClusterError`].
    async fn up(&self, events: &Events) -> Result<ClusterInfo>;

    /// The cluster, if it runs and is ready.
    ///
    /// # Errors
    /// If it cannot be told whether it runs.
    async fn find(&self) -> Result<Option<ClusterInfo>>;

    /// Ends the cluster and removes all that belongs to it. No error if there is none.
    ///
    /// # Errors
    /// If something of it cannot be ended or removed.
    async fn down(&self, events: &Events) -> Result<()>;
}

/// Any provider: chosen at run time, dispatched by `match`.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one of it in a process")]
pub enum AnyProvider {
    /// The cluster that satrain itself runs.
    Embedded(Embedded),
    /// k3s in Docker.
    K3s(docker::K3sProvider),
    /// kind.
    Kind(docker::KindProvider),
    /// An existing cluster.
    Kubeconfig(KubeconfigProvider),
}

impl AnyProvider {
    /// Its container, if it is in Docker.
    pub fn in_docker(&self) -> Option<docker::InDocker> {
        match self {
            Self::K3s(p) => Some(p.in_docker()),
            Self::Kind(p) => Some(p.in_docker()),
            Self::Embedded(_) | Self::Kubeconfig(_) => None,
        }
    }
}

impl Provider for AnyProvider {
    fn kind(&self) -> ProviderKind {
        match self {
            Self::Embedded(p) => p.kind(),
            Self::K3s(p) => p.kind(),
            Self::Kind(p) => p.kind(),
            Self::Kubeconfig(p) => p.kind(),
        }
    }

    async fn up(&self, events: &Events) -> Result<ClusterInfo> {
        match self {
            Self::Embedded(p) => p.up(events).await,
            Self::K3s(p) => p.up(events).await,
            Self::Kind(p) => p.up(events).await,
            Self::Kubeconfig(p) => p.up(events).await,
        }
    }

    async fn find(&self) -> Result<Option<ClusterInfo>> {
        match self {
            Self::Embedded(p) => p.find().await,
            Self::K3s(p) => p.find().await,
            Self::Kind(p) => p.find().await,
            Self::Kubeconfig(p) => p.find().await,
        }
    }

    async fn down(&self, events: &Events) -> Result<()> {
        match self {
            Self::Embedded(p) => p.down(events).await,
            Self::K3s(p) => p.down(events).await,
            Self::Kind(p) => p.down(events).await,
            Self::Kubeconfig(p) => p.down(events).await,
        }
    }
}
