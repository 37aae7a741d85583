//! The state folder of one cluster in Docker.
//!
//! `cluster.json` is written before anything is made, so that whatever a killed command left is known to be ours.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::contract::{AUDIT, AUDIT_POLICY};
use crate::cluster::audit;
use crate::cluster::error::{Result, io};
use crate::cluster::{ProviderKind, json};
use crate::fs;
use crate::paths::Paths;

/// What is known about a cluster in Docker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record {
    /// The image of its node.
    pub(super) image: String,
    /// The port of its API on 127.0.0.1.
    pub(super) port: u16,
    /// What it said about itself; nothing before it is ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ready: Option<Ready>,
}

/// What a cluster that is ready said about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ready {
    /// Kubernetes' version.
    pub(super) version: String,
    /// UID of Namespace kube-system.
    pub(super) uid: String,
    /// Whether Services have working addresses and names.
    pub(super) services: bool,
    /// Whether it is our own node, which pulls no images and has the bank's.
    pub(super) own_node: bool,
}

/// One cluster's folder.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    provider: PathBuf,
    name: String,
}

impl Folder {
    /// The folder of cluster `name` of a provider.
    pub(super) fn new(paths: &Paths, provider: ProviderKind, name: &str) -> Self {
        Self { provider: paths.state.join(provider.name()), name: name.to_owned() }
    }

    /// The names of all clusters of a provider.
    pub(super) fn names(paths: &Paths, provider: ProviderKind) -> Vec<String> {
        let entries = std::fs::read_dir(paths.state.join(provider.name())).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter(|e| e.path().join("cluster.json").is_file())
            .filter_map(|e| e.file_name().into_string().ok())
            .collect();
        names.sort();
        names
    }

    /// The provider's folder, where its locks are.
    pub(super) fn provider(&self) -> &Path {
        &self.provider
    }

    pub(super) fn dir(&self) -> PathBuf {
        self.provider.join(&self.name)
    }

    /// The name under which Docker knows the cluster: another state folder's cluster of the same name is another.
    pub(super) fn name_in_docker(&self) -> String {
        let place = Sha256::digest(self.provider.as_os_str().as_encoded_bytes());
        format!("satrain-{}-{:02x}{:02x}{:02x}", self.name, place[0], place[1], place[2])
    }

    /// Shared with the node: configuration, the administrator's kubeconfig, the audit log.
    pub(super) fn shared(&self) -> PathBuf {
        self.dir().join("shared")
    }

    /// Archives of images that the node imports.
    pub(super) fn images(&self) -> PathBuf {
        self.dir().join("images")
    }

    pub(super) fn audit_log(&self) -> PathBuf {
        self.shared().join(AUDIT).join("audit.log")
    }

    pub(super) fn learner(&self) -> PathBuf {
        self.dir().join("learner.kubeconfig")
    }

    pub(super) fn grader(&self) -> PathBuf {
        self.dir().join("grader.kubeconfig")
    }

    /// The cache of the learner's `kubectl`, which makes it.
    pub(super) fn kubectl_cache(&self) -> PathBuf {
        self.dir().join("kubectl-cache")
    }

    pub(super) fn record(&self) -> Result<Option<Record>> {
        json::read(&self.dir().join("cluster.json"))
    }

    pub(super) fn write(&self, record: &Record) -> Result<()> {
        json::write(&self.dir().join("cluster.json"), record, None)
    }

    /// Makes the folder afresh, closed to others.
    pub(super) fn make(&self, record: &Record) -> Result<()> {
        let dir = self.dir();
        fs::make_private(&dir).map_err(io("making", &dir))?;
        self.write(record)?;
        let folder = self.shared().join(AUDIT);
        std::fs::create_dir_all(&folder).map_err(io("making", &folder))?;
        let policy = self.shared().join(AUDIT_POLICY);
        std::fs::write(&policy, audit::policy(&[]).to_string()).map_err(io("writing", &policy))?;
        // Made by the user, so that it stays the user's: the API server, root in its container, appends to it.
        let log = self.audit_log();
        File::options().create(true).append(true).mode(0o600).open(&log).map_err(io("making", &log))?;
        Ok(())
    }

    /// Removes the folder with all in it.
    pub(super) fn remove(&self) -> Result<()> {
        let dir = self.dir();
        match std::fs::remove_dir_all(&dir) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(io("removing", &dir)(e)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_of_two_state_folders_have_two_names_in_docker() {
        let name = |root: &str| {
            Folder::new(&Paths::under(Path::new(root)), ProviderKind::K3s, "lab").name_in_docker()
        };
        assert!(name("/a").starts_with("satrain-lab-"));
        assert_eq!(name("/a"), name("/a"));
        assert_ne!(name("/a"), name("/b"));
    }

    #[test]
    fn a_folder_is_private_and_goes_as_a_whole() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let paths = Paths::under(root.path());
        let folder = Folder::new(&paths, ProviderKind::K3s, "lab");
        let record = Record { image: "x:1".into(), port: 1, ready: None };
        folder.make(&record).unwrap();
        assert_eq!(Folder::names(&paths, ProviderKind::K3s), ["lab"]);
        assert_eq!(folder.record().unwrap(), Some(record));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder.dir()), mode(&folder.audit_log())), (0o700, 0o600));
        folder.remove().unwrap();
        assert!(folder.record().unwrap().is_none() && Folder::names(&paths, ProviderKind::K3s).is_empty());
    }
}
