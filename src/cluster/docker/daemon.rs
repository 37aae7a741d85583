//! The Docker daemon of this machine: whether it answers, which images and containers it has.

use std::collections::HashMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use futures::{StreamExt, TryStreamExt};
use testcontainers::bollard::errors::Error as ApiError;
use testcontainers::bollard::models::ContainerSummary;
use testcontainers::bollard::query_parameters::{
    CreateImageOptionsBuilder, ImportImageOptions, ListContainersOptionsBuilder, LogsOptionsBuilder,
    RemoveContainerOptionsBuilder, StatsOptionsBuilder,
};
use testcontainers::bollard::{Docker, body_try_stream};
use testcontainers::core::client::docker_client_instance;
use tokio_util::io::ReaderStream;

use crate::cluster::error::{ClusterError, Result, io};
use crate::event::{Event, Events};

/// A daemon that answered.
#[derive(Clone)]
pub(super) struct Daemon(Docker);

impl Daemon {
    /// Finds it as the `docker` command does: DOCKER_HOST, else the usual sockets.
    pub(super) async fn find() -> Result<Self> {
        let absent = |e: &dyn std::fmt::Display| ClusterError::NoDocker { why: e.to_string() };
        let docker = docker_client_instance().await.map_err(|e| absent(&e))?;
        docker.ping().await.map_err(|e| absent(&e))?;
        Ok(Self(docker))
    }

    /// The value of a label of an image; `None` if there is no such image, an empty text if it has no such label.
    pub(super) async fn image_label(&self, image: &str, label: &str) -> Result<Option<String>> {
        match self.0.inspect_image(image).await {
            Ok(found) => {
                let labels = found.config.and_then(|c| c.labels).unwrap_or_default();
                Ok(Some(labels.get(label).cloned().unwrap_or_default()))
            }
            Err(e) if is_absent(&e) => Ok(None),
            Err(e) => Err(failed("looking for an image")(e)),
        }
    }

    /// Has the image pulled, with progress.
    pub(super) async fn pull(&self, image: &str, events: &Events) -> Result<()> {
        let options = CreateImageOptionsBuilder::default().from_image(image).build();
        let mut answers = self.0.create_image(Some(options), None, None);
        let mut layers: HashMap<String, (u64, u64)> = HashMap::new();
        while let Some(answer) = answers.next().await {
            let answer = answer
                .map_err(|e| ClusterError::ImageNotPulled { image: image.to_owned(), why: e.to_string() })?;
            // Unpacking counts the same bytes a second time.
            let Some("Downloading") = answer.status.as_deref() else { continue };
            let bytes = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
            if let (Some(layer), Some(progress)) = (answer.id, answer.progress_detail) {
                layers.insert(layer, (bytes(progress.current), bytes(progress.total)));
                let (done, total) = layers.values().fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
                let (done, total) = (done / 1_000_000, total / 1_000_000);
                events.emit(Event::Progress { done, total, unit: "MB", detail: image.to_owned() });
            }
        }
        Ok(())
    }

    /// Takes an archive of images.
    pub(super) async fn load(&self, archive: &Path) -> Result<()> {
        let file = tokio::fs::File::open(archive).await.map_err(io("reading", archive))?;
        let bytes = ReaderStream::with_capacity(file, 1 << 18);
        let loading = self.0.import_image(ImportImageOptions::default(), body_try_stream(bytes), None);
        loading.try_for_each(|_| async { Ok(()) }).await.map_err(failed("loading an image"))
    }

    /// The containers that carry a label with that value, running or not.
    pub(super) async fn labelled(&self, label: &str, value: &str) -> Result<Vec<ContainerSummary>> {
        let filters = HashMap::from([("label", vec![format!("{label}={value}")])]);
        let options = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        self.0.list_containers(Some(options)).await.map_err(failed("listing containers"))
    }

    /// Ends and removes a container with its volumes. No error if there is none.
    pub(super) async fn remove(&self, container: &str) -> Result<()> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        match self.0.remove_container(container, Some(options)).await {
            Ok(()) => Ok(()),
            Err(e) if is_absent(&e) => Ok(()),
            Err(e) => Err(failed("removing a container")(e)),
        }
    }

    /// Whether the container runs; `None` if there is none.
    pub(super) async fn runs(&self, container: &str) -> Result<Option<bool>> {
        match self.0.inspect_container(container, None).await {
            Ok(found) => Ok(Some(found.state.and_then(|s| s.running).unwrap_or(false))),
            Err(e) if is_absent(&e) => Ok(None),
            Err(e) => Err(failed("looking for a container")(e)),
        }
    }

    /// What a container uses, without the page cache, as `docker stats` counts it.
    pub(super) async fn memory(&self, container: &str) -> Option<u64> {
        let options = StatsOptionsBuilder::default().stream(false).one_shot(true).build();
        let stats = self.0.stats(container, Some(options)).next().await?.ok()?.memory_stats?;
        let of = stats.stats.unwrap_or_default();
        // The first is version 1's name, the second version 2's.
        let cache = of.get("total_inactive_file").or_else(|| of.get("inactive_file")).copied();
        Some(stats.usage?.saturating_sub(cache.unwrap_or(0)))
    }

    /// What it printed, or the last lines of it.
    pub(super) async fn words(&self, container: &str, lines: Option<usize>) -> String {
        let tail = lines.map_or_else(|| "all".to_owned(), |n| n.to_string());
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&tail).build();
        let said: Vec<String> = self
            .0
            .logs(container, Some(options))
            .filter_map(async |l| Some(l.ok()?.to_string()))
            .collect()
            .await;
        said.concat().trim_end().to_owned()
    }
}

impl std::fmt::Debug for Daemon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Daemon")
    }
}

/// A port of 127.0.0.1 that nobody uses now.
pub(super) fn free_port() -> Result<u16> {
    let listening = || io("listening on", Path::new("127.0.0.1"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(listening())?;
    Ok(listener.local_addr().map_err(listening())?.port())
}

fn is_absent(error: &ApiError) -> bool {
    matches!(error, ApiError::DockerResponseServerError { status_code: 404, .. })
}

fn failed(action: &'static str) -> impl FnOnce(ApiError) -> ClusterError {
    move |e| ClusterError::Docker { action, why: e.to_string() }
}
