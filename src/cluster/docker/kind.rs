//! The provider kind: its own command makes, loads and deletes the cluster; the configuration is ours.
//!
//! Only a cluster of the name that this state folder gives is ever looked at, so one that the user made is safe.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Instant;

use kube::config::Kubeconfig;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::contract::{AUDIT, AUDIT_POLICY};
use super::daemon::Daemon;
use super::folder::Record;
use super::options::DockerOptions;
use super::owned_cluster::{Names, OwnedCluster};
use super::status::{self, InDocker};
use crate::cluster::error::{ClusterError, Result, io};
use crate::cluster::{Answer, ClusterInfo, ClusterOptions, Health, Log, Provider, ProviderKind};
use crate::distribution;
use crate::event::{Event, Events};
use crate::host::death;

/// Where the shared folder is in the node, and in the Pod of the API server.
const SHARED: &str = "/etc/satrain";
/// So many of kind's last lines are shown when it fails.
const LAST: usize = 12;

/// One kind cluster, running or not.
#[derive(Debug, Clone)]
pub struct KindProvider {
    options: DockerOptions,
    /// The kind program.
    kind: PathBuf,
    cluster: OwnedCluster,
}

impl KindProvider {
    /// The cluster of that name, made by that kind program.
    ///
    /// # Errors
    /// [`ClusterError::InvalidName`].
    pub fn new(options: DockerOptions, kind: PathBuf) -> Result<Self> {
        Ok(Self { cluster: OwnedCluster::new(ProviderKind::Kind, &options)?, options, kind })
    }

    /// The cluster that `options` name.
    pub(in crate::cluster) fn open(options: &ClusterOptions) -> Result<Self> {
        Self::new(DockerOptions::of(options)?, options.program("kind")?)
    }

    /// Its one container.
    fn in_docker(&self) -> InDocker {
        InDocker::new(&self.cluster, self.container())
    }

    fn container(&self) -> String {
        format!("{}-control-plane", self.name())
    }

    /// kind's name of it.
    fn name(&self) -> String {
        self.cluster.folder.name_in_docker()
    }

    async fn start(&self, events: &Events) -> Result<ClusterInfo> {
        let folder = &self.cluster.folder;
        let port = self.options.port()?;
        let image = self.options.image.clone();
        let record =
            Record { image: image.clone().unwrap_or_else(|| "kind's own".to_owned()), port, ready: None };
        folder.make(&record)?;
        let config = folder.dir().join("kind.yaml");
        let shared = folder.shared();
        std::fs::write(&config, configuration(&shared.display().to_string(), port).to_string())
            .map_err(io("writing", &config))?;

        let admin = folder.dir().join("admin.kubeconfig");
        let mut arguments: Vec<String> =
            ["create", "cluster", "--name", &self.name()].map(str::to_owned).into();
        for (flag, value) in [("--config", &config), ("--kubeconfig", &admin)] {
            arguments.extend([flag.to_owned(), value.display().to_string()]);
        }
        arguments.extend(image.into_iter().flat_map(|image| ["--image".to_owned(), image]));
        events.step("Creating a cluster with kind");
        self.run(&arguments, events).await?;
        self.load_images(events).await?;
        let unusable = |why: String| ClusterError::Kubeconfig { path: admin.clone(), why };
        let config = Kubeconfig::read_from(&admin).map_err(|e| unusable(e.to_string()))?;
        // Nobody needs it any more.
        std::fs::remove_file(&admin).map_err(io("removing", &admin))?;
        self.cluster.finish(config, record, Names::IfDeployed, self.options.patience, events).await
    }

    async fn load_images(&self, events: &Events) -> Result<()> {
        let Some(layout) = &self.options.lab_images else { return Ok(()) };
        events.step("Loading the lab images into it");
        let archive = self.cluster.folder.dir().join("lab-images.tar");
        distribution::images::archive(layout, &archive).map_err(io("writing", &archive))?;
        let name = self.name();
        let archive_path = archive.display().to_string();
        let load = ["load", "image-archive", &archive_path, "--name", &name].map(str::to_owned);
        self.run(&load, events).await?;
        std::fs::remove_file(&archive).map_err(io("removing", &archive))
    }

    /// Runs kind; what it prints is progress, and the error if it fails.
    async fn run(&self, arguments: &[String], events: &Events) -> Result<()> {
        let running = || io("running", &self.kind);
        let mut command = Command::new(&self.kind);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        let parent = nix::unistd::getpid();
        // SAFETY: it makes system calls only. Otherwise kind would go on making what nobody waits for.
        unsafe { command.pre_exec(move || death::follow(parent)) };
        let began = Instant::now();
        let mut child = command.spawn().map_err(running())?;
        let mut said = Vec::new();
        if let Some(stderr) = child.stderr.take() {
            let mut lines = BufReader::new(stderr).lines();
            while let Some(line) = lines.next_line().await.map_err(running())? {
                let done = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                let detail = line.trim().to_owned();
                events.emit(Event::Progress { done, total: 0, unit: "ms", detail });
                said.push(line);
            }
        }
        let status = child.wait().await.map_err(running())?;
        if status.success() {
            return Ok(());
        }
        let last = said[said.len().saturating_sub(LAST)..].join("\n");
        let verb = arguments.iter().take(2).map(String::as_str).collect::<Vec<_>>().join(" ");
        Err(ClusterError::KindFailed { verb, status: status.to_string(), said: last })
    }

    /// Deletes the cluster, if there is one, and its folder.
    async fn sweep(&self, events: &Events) -> Result<()> {
        let name = self.name();
        let kubeconfig = self.cluster.folder.dir().join("admin.kubeconfig").display().to_string();
        let delete = ["delete", "cluster", "--name", &name, "--kubeconfig", &kubeconfig].map(str::to_owned);
        self.run(&delete, events).await?;
        self.cluster.folder.remove()
    }

    async fn make(&self, events: &Events) -> Result<ClusterInfo> {
        let daemon = Daemon::find().await?;
        let folder = &self.cluster.folder;
        let _lock = self.cluster.lock("starting", events).await?;
        let runs = daemon.runs(&self.container()).await? == Some(true);
        if let Some(info) = self.cluster.for_run(self.options.image.as_deref(), runs, events).await? {
            return Ok(info);
        }
        let was_interrupted = folder.record()?.is_some();
        if was_interrupted {
            self.sweep(events).await?;
        }
        let mut started = self.start(events).await;
        // What a kind that was killed had asked of Docker may appear after the sweep.
        if started.is_err() && was_interrupted {
            self.sweep(events).await?;
            started = self.start(events).await;
        }
        if started.is_err() {
            self.sweep(events).await?;
        }
        started
    }

    async fn end(&self, events: &Events) -> Result<()> {
        let folder = &self.cluster.folder;
        if folder.record()?.is_none() {
            return Ok(());
        }
        Daemon::find().await?;
        let _lock = self.cluster.lock("removing", events).await?;
        events.step(format!("Stopping cluster {}", self.cluster.name));
        self.sweep(events).await?;
        events.done("everything is removed");
        Ok(())
    }
}

impl Provider for KindProvider {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Kind
    }

    fn up<'a>(&'a self, events: &'a Events) -> Answer<'a, ClusterInfo> {
        Box::pin(self.make(events))
    }

    fn find(&self) -> Answer<'_, Option<ClusterInfo>> {
        Box::pin(self.cluster.find())
    }

    fn down<'a>(&'a self, events: &'a Events) -> Answer<'a, ()> {
        Box::pin(self.end(events))
    }

    fn health(&self) -> Answer<'_, Option<Health>> {
        Box::pin(async { Ok(self.in_docker().status().await?.map(status::health)) })
    }

    fn log_names(&self) -> Result<Vec<String>> {
        Ok(status::log_names())
    }

    fn read_log<'a>(&'a self, component: &'a str) -> Answer<'a, Log> {
        Box::pin(async { self.in_docker().read_log(component).await })
    }
}

/// kind's configuration, as JSON, which is YAML. kubeadm's flags are a map up to its API v1beta3, and a list since
/// v1beta4; kind applies the patch that fits the version of Kubernetes.
fn configuration(shared: &str, port: u16) -> Value {
    let flags = [
        ("audit-policy-file", format!("{SHARED}/{AUDIT_POLICY}")),
        ("audit-log-path", format!("{SHARED}/{AUDIT}/audit.log")),
        ("audit-log-maxsize", "100".to_owned()),
        ("audit-log-maxbackup", "2".to_owned()),
    ];
    let map: serde_json::Map<String, Value> =
        flags.iter().map(|(n, v)| ((*n).to_owned(), json!(v))).collect();
    let list: Vec<Value> = flags.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let volume =
        json!([{"name": "satrain", "hostPath": SHARED, "mountPath": SHARED, "pathType": "Directory"}]);
    let patch = |version: &str, arguments: Value| {
        let api_server = json!({"extraArgs": arguments, "extraVolumes": volume});
        json!({"apiVersion": format!("kubeadm.k8s.io/{version}"), "kind": "ClusterConfiguration", "apiServer": api_server})
            .to_string()
    };
    json!({
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "kind": "Cluster",
        "networking": {"apiServerAddress": "127.0.0.1", "apiServerPort": port},
        "kubeadmConfigPatches": [patch("v1beta3", json!(map)), patch("v1beta4", json!(list))],
        "nodes": [{
            "role": "control-plane",
            "extraMounts": [{"hostPath": shared, "containerPath": SHARED}],
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_on_loopback_and_its_audit_log_in_the_shared_folder() {
        let config = configuration("/state/shared", 7443);
        assert_eq!(config["networking"]["apiServerAddress"], "127.0.0.1");
        assert_eq!(config["nodes"][0]["extraMounts"][0]["hostPath"], "/state/shared");
        let patches: Vec<Value> = config["kubeadmConfigPatches"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| serde_json::from_str(p.as_str().unwrap()).unwrap())
            .collect();
        assert_eq!(patches[0]["apiServer"]["extraArgs"]["audit-log-path"], "/etc/satrain/audit/audit.log");
        assert_eq!(patches[1]["apiServer"]["extraArgs"][1]["value"], "/etc/satrain/audit/audit.log");
    }
}
