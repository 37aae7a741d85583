//! `manifest.json`: what a distribution says about itself.
//!
//! In: the file. Out: [`Manifest`]. Written once by the builder, never changed afterwards.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The one schema there is.
pub const SCHEMA: &str = "satrain.dev/distribution/v1";

/// The file's name.
pub const FILE: &str = "manifest.json";

/// What a distribution holds and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Kubernetes' version, `v1.37.2`.
    pub kubernetes: String,
    /// etcd's version.
    pub etcd: String,
    /// containerd's version.
    pub containerd: String,
    /// runc's version.
    pub runc: String,
    /// Go's name of the architecture: `amd64`, `arm64`.
    pub arch: String,
    /// The references of the images in `images/`.
    pub images: Vec<String>,
    /// The digest of the sources and flags, [`super::recipe::source_digest`].
    #[serde(default)]
    pub source: String,
    /// The Go that compiled it, `1.26.8`.
    #[serde(default)]
    pub go: String,
    /// Size in bytes of every program: a truncated one is noticed when the distribution is opened.
    #[serde(default)]
    pub sizes: BTreeMap<String, u64>,
}

impl Manifest {
    /// Reads `dir/manifest.json`; the error is a clause for people.
    pub fn read(dir: &Path) -> Result<Self, String> {
        let text = std::fs::read(dir.join(FILE)).map_err(|error| format!("{FILE}: {error}"))?;
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| format!("{FILE}: {error}"))?;
        if manifest.schema != SCHEMA {
            return Err(format!("{FILE}: schema {:?} is not {SCHEMA:?}", manifest.schema));
        }
        Ok(manifest)
    }

    /// Compares the recorded sizes with the files below `dir`.
    pub fn check_sizes(&self, dir: &Path) -> Result<(), String> {
        for (name, size) in &self.sizes {
            let found = dir.join(name).metadata().map_err(|error| format!("{name}: {error}"))?.len();
            if found != *size {
                return Err(format!("{name} has {found} bytes instead of {size}"));
            }
        }
        Ok(())
    }
}
