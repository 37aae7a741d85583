//! The distribution: the upstream programs and lab images that the embedded cluster runs.

use std::path::{Path, PathBuf};

use crate::cluster::{ClusterError, Result};

/// A complete distribution on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// Its folder: `bin/`, `images/`, `manifest.json`.
    pub dir: PathBuf,
}

impl Distribution {
    /// The distribution in `dir`, which is not looked at yet.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// One of its programs: satrain-kube, satrain-node, runc.
    pub fn bin(&self, name: &str) -> PathBuf {
        self.dir.join("bin").join(name)
    }

    /// The OCI layout with the lab images.
    pub fn images(&self) -> PathBuf {
        self.dir.join("images")
    }

    /// Whether every program and the images are there.
    ///
    /// # Errors
    /// [`ClusterError::NoDistribution`], which names what is missing.
    pub fn check_binaries(&self) -> Result<()> {
        let needed = ["satrain-kube", "satrain-node", "runc"].map(|n| self.bin(n));
        let missing = needed.into_iter().chain([self.images()]).find(|p| !p.exists());
        missing.map_or(Ok(()), |path: PathBuf| {
            let what =
                format!("{} is missing", path.strip_prefix(&self.dir).unwrap_or(Path::new("?")).display());
            Err(ClusterError::NoDistribution { dir: self.dir.clone(), what })
        })
    }
}
