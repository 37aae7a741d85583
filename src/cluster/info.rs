//! What the rest of satrain knows about a cluster.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kube::config::Kubeconfig;
use kube::{Client, Config};
use serde::{Deserialize, Serialize};

use super::direct::{self, Speaks};
use super::error::{ClusterError, Result};
use super::plugin::{self, PluginError};
use super::provider_kind::ProviderKind;

/// What a cluster offers beyond the Kubernetes API.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// The audit log, if it can be read from this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_log: Option<PathBuf>,
    /// The socket of its checkpoints, if it has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoints: Option<PathBuf>,
    /// Whether the cluster is the user's alone, so that cluster-wide objects may be changed.
    pub exclusive: bool,
    /// Whether Services other than `kubernetes` have working addresses, and names resolve.
    pub services: bool,
    /// Names of the images that every node has; None where the bank's are there by themselves, or nobody has looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<BTreeSet<String>>,
    /// Whether images other than the distribution's can be pulled.
    pub pulls: bool,
}

/// A cluster that is ready for labs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterInfo {
    /// Where it comes from.
    pub provider: ProviderKind,
    /// Its name: of an embedded cluster, or the context of a kubeconfig.
    pub name: String,
    /// Kubernetes' version, "v1.37.2".
    pub version: String,
    /// Credentials of the grader: never in the learner's workspace.
    pub grader_kubeconfig: PathBuf,
    /// Credentials of the learner.
    pub learner_kubeconfig: PathBuf,
    /// The context to use in both kubeconfigs; `None` for the current one.
    pub context: Option<String>,
    /// A kubectl that fits the cluster: an executable file.
    pub kubectl: PathBuf,
    /// Where kubectl keeps what it learns of this cluster, so that this goes when the cluster goes; `None`: where it
    /// usually does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubectl_cache: Option<PathBuf>,
    /// URL of the API server, as this machine reaches it.
    pub api_server: String,
    /// UID of Namespace kube-system, which identifies a cluster.
    pub uid: String,
    /// What it offers beyond the API.
    pub capabilities: Capabilities,
}

impl ClusterInfo {
    /// A client with the grader's credentials.
    ///
    /// # Errors
    /// If the kubeconfig cannot be used.
    pub async fn grader_client(&self) -> Result<Client> {
        client(&self.grader_kubeconfig, self.context.as_deref()).await
    }

    /// A client with the grader's credentials that sends each request once. The usual one repeats any request up to
    /// 15 times when the API is busy, programs in Pods too; a grade decides that for each probe.
    ///
    /// # Errors
    /// If the kubeconfig cannot be used.
    pub async fn probing_client(&self) -> Result<Client> {
        self.prober(Speaks::Http1).await
    }

    /// A client like the probing one, for many short questions at once. It is not for what lasts (watches, programs in
    /// Pods).
    ///
    /// # Errors
    /// If the kubeconfig cannot be used.
    pub async fn questions_client(&self) -> Result<Client> {
        self.prober(Speaks::Http2).await
    }

    async fn prober(&self, speaks: Speaks) -> Result<Client> {
        let mut config = config(&self.grader_kubeconfig, self.context.as_deref())?;
        config.default_retry = false;
        // A foreign API server may be behind a proxy, or behind something that speaks HTTP/1.1 only, and its credentials
        // may come from a plugin.
        match self.provider {
            ProviderKind::Kubeconfig => Ok(plugin::client(config).await?),
            _ => Ok(direct::client(&config, speaks).map_err(PluginError::from)?),
        }
    }

    /// A client of the same API without any credential, that sends each request once.
    ///
    /// # Errors
    /// If the kubeconfig cannot be used.
    pub async fn bare_client(&self) -> Result<Client> {
        let mut config = config(&self.grader_kubeconfig, self.context.as_deref())?;
        config.default_retry = false;
        config.auth_info = kube::config::AuthInfo::default();
        Ok(plugin::client(config).await?)
    }
}

/// A client for one context of a kubeconfig file.
pub(crate) async fn client(path: &Path, context: Option<&str>) -> Result<Client> {
    Ok(plugin::client(config(path, context)?).await?)
}

fn config(path: &Path, context: Option<&str>) -> Result<Config> {
    let unusable = |why: String| ClusterError::Kubeconfig { path: path.to_owned(), why };
    let kubeconfig = Kubeconfig::read_from(path).map_err(|e| unusable(e.to_string()))?;
    super::client::config(&kubeconfig, context).map_err(unusable)
}
