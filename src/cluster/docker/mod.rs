//! Clusters in Docker: k3s and kind, and our own node image for those who reach no image registry.

mod contract;
mod daemon;
mod folder;
mod k3s;
mod kind;
mod node;
pub mod node_image;
mod options;
mod owned_cluster;
mod status;

use std::path::Path;

pub(crate) use k3s::K3S_MANAGERS;
pub use k3s::{DEFAULT_IMAGE as DEFAULT_K3S_IMAGE, K3sProvider};
pub use kind::KindProvider;
pub use node::{KUBECONFIG_MODE, Node, READY};
pub use options::DockerOptions;
pub use status::DockerStatus;

use self::daemon::Daemon;
use self::folder::Folder;
use self::node_image::Ingredients;
use super::error::{Result, io};
use crate::cluster::ProviderKind;
use crate::event::Events;
use crate::paths::Paths;

/// Whether a Docker answers.
pub async fn answers() -> bool {
    Daemon::find().await.is_ok()
}

/// The names of the clusters that a provider in Docker made for satrain.
pub(super) fn names(kind: ProviderKind, paths: &Paths) -> Vec<String> {
    Folder::names(paths, kind)
}

/// Makes our own node image and gives it to Docker under that name.
///
/// # Errors
/// If Docker does not answer, or the image cannot be made.
pub async fn build_node_image(ingredients: &Ingredients<'_>, reference: &str, events: &Events) -> Result<()> {
    let daemon = Daemon::find().await?;
    let folder = tempfile::tempdir().map_err(io("making", Path::new("a temporary folder")))?;
    let archive = folder.path().join("node.tar");
    tokio::task::block_in_place(|| node_image::write(ingredients, reference, &archive, events))?;
    events.step("Loading it into Docker");
    daemon.load(&archive).await?;
    events.done(format!("Docker has {reference}"));
    Ok(())
}
