//! How a cluster in Docker is, for people; whichever provider made it.

use serde::Serialize;

use super::daemon::Daemon;
use super::owned_cluster::OwnedCluster;
use crate::cluster::embedded::State;
use crate::cluster::error::{ClusterError, Result};
use crate::cluster::{Health, Log, ProviderKind};

/// A cluster whose node is one container.
#[derive(Debug, Clone)]
pub(super) struct InDocker {
    cluster: OwnedCluster,
    container: String,
}

/// How a cluster in Docker is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DockerStatus {
    /// Its name.
    pub name: String,
    /// Which provider made it.
    pub provider: ProviderKind,
    /// How it is.
    pub state: State,
    /// Kubernetes' version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// URL of the API server.
    pub api_server: String,
    /// The image of its node.
    pub image: String,
    /// The name of its container.
    pub container: String,
    /// What its container uses, without the page cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
}

impl InDocker {
    pub(super) fn new(cluster: &OwnedCluster, container: String) -> Self {
        Self { cluster: cluster.clone(), container }
    }

    /// How it is; `None` if there is none of that name.
    ///
    /// # Errors
    /// If its record cannot be read, or Docker does not answer.
    pub(super) async fn status(&self) -> Result<Option<DockerStatus>> {
        let Some(record) = self.cluster.folder.record()? else { return Ok(None) };
        let daemon = Daemon::find().await?;
        let runs = daemon.runs(&self.container).await? == Some(true);
        let state = match (runs, &record.ready) {
            (false, _) => State::Dead,
            (true, None) => State::Starting,
            (true, Some(_)) if self.cluster.find().await?.is_some() => State::Running,
            (true, Some(_)) => State::Degraded,
        };
        Ok(Some(DockerStatus {
            name: self.cluster.name.clone(),
            provider: self.cluster.provider,
            state,
            version: record.ready.map(|r| r.version),
            api_server: format!("https://127.0.0.1:{}", record.port),
            image: record.image,
            container: self.container.clone(),
            memory_bytes: if runs { daemon.memory(&self.container).await } else { None },
        }))
    }

    /// One of its logs.
    ///
    /// # Errors
    /// [`ClusterError::NoSuchLog`], or if Docker does not answer.
    pub(super) async fn read_log(&self, name: &str) -> Result<Log> {
        match name {
            "audit" => Ok(Log::File(self.cluster.folder.audit_log())),
            "node" => Ok(Log::Text(Daemon::find().await?.words(&self.container, None).await)),
            _ => Err(ClusterError::NoSuchLog { component: name.to_owned(), known: log_names() }),
        }
    }
}

/// The logs of every cluster in Docker: the API server's audit log, and what the node prints.
pub(super) fn log_names() -> Vec<String> {
    ["audit", "node"].map(str::to_owned).into()
}

/// The same for people, whoever runs the cluster.
pub(super) fn health(status: DockerStatus) -> Health {
    let facts = [
        ("Provider", Some(status.provider.to_string())),
        ("Kubernetes", status.version.clone()),
        ("API", Some(status.api_server.clone())),
        ("Memory", status.memory_bytes.map(|b| format!("{} MB", b / 1_000_000))),
        ("Image", Some(status.image.clone())),
        ("Container", Some(status.container.clone())),
    ];
    Health {
        facts: facts.into_iter().filter_map(|(title, fact)| Some((title, fact?))).collect(),
        value: serde_json::json!(status),
        address: Some(format!("{} ({})", status.api_server, status.provider)),
        name: status.name,
        state: status.state,
        version: status.version,
        components: Vec::new(),
    }
}
