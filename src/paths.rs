//! Where satrain keeps what it makes. Resolved once at the edge (`commands/`), then passed down: nothing below
//! reads the environment.

use std::path::{Path, PathBuf};

/// The folders of one user's satrain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// What must survive a restart: clusters, attempts, results. Private (0700).
    pub state: PathBuf,
    /// What can be fetched or built again: distributions.
    pub cache: PathBuf,
}

impl Paths {
    /// Both folders below one root: for tests and for `--state`.
    pub fn under(root: &Path) -> Self {
        Self { state: root.join("state"), cache: root.join("cache") }
    }

    /// The directory that contains one folder per embedded cluster.
    pub fn clusters(&self) -> PathBuf {
        self.state.join("clusters")
    }

    /// The folder with one record per cluster that was adopted for labs, named by the cluster's UID.
    pub fn adopted(&self) -> PathBuf {
        self.state.join("adopted")
    }
}
