//! What k3s' container promises, and so does our own node image: where its configuration is, and what it says
//! when it is ready. The provider and the node are the two sides of it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cluster::error::{ClusterError, Result, io};

/// The folder for configuration and kubeconfig, in the container.
pub(crate) const FOLDER: &str = "/etc/rancher/k3s";
/// The administrator's kubeconfig there, in which the API is at 127.0.0.1:[`API_PORT`].
pub(crate) const KUBECONFIG: &str = "k3s.yaml";
/// The server's configuration there.
const CONFIG: &str = "config.yaml";
/// The audit policy there.
pub(crate) const AUDIT_POLICY: &str = "audit-policy.yaml";
/// The folder for the audit log there.
pub(crate) const AUDIT: &str = "audit";
/// The port of the API.
pub(crate) const API_PORT: u16 = 6443;
/// What is printed to standard error when the node works.
pub(crate) const READY: &str = "Node controller sync successful";
/// The variable with the mode of the kubeconfig.
pub(crate) const KUBECONFIG_MODE: &str = "K3S_KUBECONFIG_MODE";

/// k3s' configuration file: its server's options by their long names.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct ServerConfig {
    /// Flags of kube-apiserver, `name=value`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) kube_apiserver_arg: Vec<String>,
    /// Components of k3s that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) disable: Vec<String>,
}

impl ServerConfig {
    /// What labs want: the audit log in the shared folder, and none of the add-ons.
    pub(crate) fn for_labs() -> Self {
        let audit = [
            format!("audit-policy-file={FOLDER}/{AUDIT_POLICY}"),
            format!("audit-log-path={FOLDER}/{AUDIT}/audit.log"),
            "audit-log-maxsize=100".to_owned(),
            "audit-log-maxbackup=2".to_owned(),
        ];
        let disable = ["traefik", "servicelb", "metrics-server", "local-storage"].map(str::to_owned);
        Self { kube_apiserver_arg: audit.into(), disable: disable.into() }
    }

    /// Reads the file in `folder`; where there is none, nothing is configured.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(CONFIG);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(io("reading", &path)(e)),
        };
        serde_saphyr::from_str(&text).map_err(|e| ClusterError::Record { path, why: e.to_string() })
    }

    /// Writes it, as JSON, which is YAML.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(CONFIG);
        let text = serde_json::to_string_pretty(self)
            .map_err(|e| ClusterError::Record { path: path.clone(), why: e.to_string() })?;
        std::fs::write(&path, text).map_err(io("writing", &path))
    }

    /// The folder that the audit log is asked to be in.
    pub(crate) fn audit_folder(&self) -> Option<PathBuf> {
        let path = self.kube_apiserver_arg.iter().find_map(|a| a.strip_prefix("audit-log-path="))?;
        Path::new(path).parent().map(Path::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_writes_the_node_reads() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(ServerConfig::read(dir.path()).unwrap().audit_folder(), None);
        ServerConfig::for_labs().write(dir.path()).unwrap();
        let read = ServerConfig::read(dir.path()).unwrap();
        assert_eq!(read, ServerConfig::for_labs());
        assert_eq!(read.audit_folder(), Some("/etc/rancher/k3s/audit".into()));
    }

    #[test]
    fn other_options_of_k3s_are_no_error_but_a_broken_file_is() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(CONFIG), "write-kubeconfig-mode: \"0644\"\n").unwrap();
        assert_eq!(ServerConfig::read(dir.path()).unwrap(), ServerConfig::default());
        std::fs::write(dir.path().join(CONFIG), "disable: 3: 4\n").unwrap();
        assert!(ServerConfig::read(dir.path()).is_err());
    }
}
