//! How a cluster in Docker is, for people.

use serde::Serialize;

use super::daemon::Daemon;
use super::made::Made;
use crate::cluster::ProviderKind;
use crate::cluster::embedded::State;
use crate::cluster::error::Result;

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

/// Of a cluster whose node is that container; `None` if there is no such cluster.
pub(super) async fn of(made: &Made, container: &str) -> Result<Option<DockerStatus>> {
    let Some(record) = made.folder.record()? else { return Ok(None) };
    let daemon = Daemon::find().await?;
    let runs = daemon.runs(container).await? == Some(true);
    let state = match (runs, &record.ready) {
        (false, _) => State::Dead,
        (true, None) => State::Starting,
        (true, Some(_)) if made.find().await?.is_some() => State::Running,
        (true, Some(_)) => State::Degraded,
    };
    Ok(Some(DockerStatus {
        name: made.name.clone(),
        provider: made.provider,
        state,
        version: record.ready.map(|r| r.version),
        api_server: format!("https://127.0.0.1:{}", record.port),
        image: record.image,
        container: container.to_owned(),
        memory_bytes: if runs { daemon.memory(container).await } else { None },
    }))
}
