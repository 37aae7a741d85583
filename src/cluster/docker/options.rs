//! What a cluster in Docker is made with, whichever provider makes it.

use std::path::PathBuf;
use std::time::Duration;

use super::daemon::free_port;
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

impl DockerOptions {
    /// The port to take.
    pub(super) fn port(&self) -> Result<u16> {
        self.port.map_or_else(free_port, Ok)
    }
}
