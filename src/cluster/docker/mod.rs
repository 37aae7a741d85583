//! Clusters in Docker: k3s and kind, and our own node image for those who reach no image registry.

mod contract;
mod daemon;
mod node;
pub mod node_image;

use std::path::Path;

pub use node::{KUBECONFIG_MODE, Node, READY};

use self::daemon::Daemon;
use self::node_image::Ingredients;
use super::error::{Result, io};
use crate::event::Events;

/// Makes our own node image and gives it to Docker under that name.
///
/// # Errors
/// If no Docker answers, or the image cannot be made.
pub async fn build_node_image(ingredients: &Ingredients<'_>, reference: &str, events: &Events) -> Result<()> {
    let daemon = Daemon::find().await?;
    let folder = tempfile::tempdir().map_err(io("making", Path::new("a temporary folder")))?;
    let archive = folder.path().join("node.tar");
    tokio::task::block_in_place(|| node_image::write(ingredients, reference, &archive, events))?;
    events.step("Giving it to Docker");
    daemon.load(&archive).await?;
    events.done(format!("Docker has {reference}"));
    Ok(())
}
