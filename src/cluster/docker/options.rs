//! What a cluster in Docker is made with, whichever provider makes it.

use std::path::PathBuf;
use std::time::Duration;

use super::daemon::free_port;
use crate::cluster::ClusterOptions;
use crate::cluster::error::Result;
use crate::paths::Paths;

/// What a cluster in Docker is made with.
#[derive(Debug, Clone)]
pub struct DockerOptions {
    /// The user's folders.
    pub paths: Paths,
    /// The cluster's name.
    pub name: String,
    /// The image of its node with its tag; the provider's own if `None`.
    pub image: Option<String>,
    /// The port of the API on 127.0.0.1; a free one if `None`.
    pub port: Option<u16>,
    /// The lab images, an OCI image layout, for the node; `None` where they are not at hand.
    pub lab_images: Option<PathBuf>,
    /// The kubectl that labs use.
    pub kubectl: PathBuf,
    /// How long the start may take, once the image is there.
    pub patience: Duration,
}

/// How long a cluster may take to start.
const PATIENCE: Duration = Duration::from_secs(300);

impl DockerOptions {
    /// What concerns Docker of `options`: among others the kubectl of a distribution, if there is one.
    pub(super) fn of(options: &ClusterOptions) -> Result<Self> {
        let kubectl = match &options.distribution {
            Some(distribution) => distribution.kubectl_dir().join("kubectl"),
            None => options.program("kubectl")?,
        };
        Ok(Self {
            paths: options.paths.clone(),
            name: options.name.clone(),
            image: options.image.clone(),
            port: options.port,
            lab_images: options.lab_images.clone(),
            kubectl,
            patience: options.patience.unwrap_or(PATIENCE),
        })
    }

    /// The port to take.
    pub(super) fn port(&self) -> Result<u16> {
        self.port.map_or_else(free_port, Ok)
    }
}
