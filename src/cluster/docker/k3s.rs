//! The provider k3s: one container with a whole Kubernetes, started by testcontainers' K3s type and kept afterwards.
//!
//! The image is k3s' own, or any that keeps its contract (see `contract`), as our node image does. The container
//! carries our label; what a killed command left is found by it and removed before another is made.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;

use kube::config::Kubeconfig;
use testcontainers::bollard::models::{HostConfig, PortBinding};
use testcontainers::core::Mount;
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerRequest, ImageExt, ReuseDirective};
use testcontainers_modules::k3s::K3s;

use super::contract::{API_PORT, KUBECONFIG, ServerConfig};
use super::daemon::Daemon;
use super::folder::Record;
use super::node_image;
use super::options::DockerOptions;
use super::owned_cluster::{Names, OwnedCluster};
use super::status::{self, InDocker};
use crate::cluster::error::{ClusterError, Result, io};
use crate::cluster::{Answer, ClusterInfo, ClusterOptions, Health, Log, Provider, ProviderKind};
use crate::distribution;
use crate::event::Events;

/// k3s' own image. Its tag is ours to choose: testcontainers' default is years old.
pub const DEFAULT_IMAGE: &str = "rancher/k3s:v1.37.2-k3s1";
/// The label of our containers; its value is the cluster's name in Docker.
const LABEL: &str = "dev.satrain.cluster";
/// Where k3s looks for archives of images to import.
const IMAGES: &str = "/var/lib/rancher/k3s/agent/images";

/// The names under which k3s' own controllers write to the cluster.
pub(crate) const K3S_MANAGERS: &[&str] = &["k3s", "deploy@"];

/// One k3s cluster, running or not.
#[derive(Debug, Clone)]
pub struct K3sProvider {
    options: DockerOptions,
    cluster: OwnedCluster,
}

impl K3sProvider {
    /// The cluster of that name.
    ///
    /// # Errors
    /// [`ClusterError::InvalidName`].
    pub fn new(options: DockerOptions) -> Result<Self> {
        Ok(Self { cluster: OwnedCluster::new(ProviderKind::K3s, &options)?, options })
    }

    /// The cluster that `options` name.
    pub(in crate::cluster) fn open(options: &ClusterOptions) -> Result<Self> {
        Self::new(DockerOptions::of(options)?)
    }

    /// Its one container.
    fn in_docker(&self) -> InDocker {
        InDocker::new(&self.cluster, self.cluster.folder.name_in_docker())
    }

    fn image(&self) -> &str {
        self.options.image.as_deref().unwrap_or(DEFAULT_IMAGE)
    }

    /// The image is there, or pulled. Out: whether it is our own, whatever it is called.
    async fn have_image(&self, daemon: &Daemon, events: &Events) -> Result<bool> {
        let image = self.image();
        if let Some(source) = daemon.image_label(image, node_image::SOURCE).await? {
            return Ok(!source.is_empty());
        }
        if node_image::is_ours(image) {
            return Err(ClusterError::NodeImageMissing { image: image.to_owned() });
        }
        events.step(format!("Pulling {image}"));
        daemon.pull(image, events).await?;
        Ok(false)
    }

    /// Removes every container of this cluster.
    async fn sweep(&self, daemon: &Daemon) -> Result<()> {
        for container in daemon.labelled(LABEL, &self.cluster.folder.name_in_docker()).await? {
            if let Some(id) = container.id {
                daemon.remove(&id).await?;
            }
        }
        self.cluster.folder.remove()
    }

    fn request(&self, port: u16, imports: bool) -> ContainerRequest<K3s> {
        let folder = &self.cluster.folder;
        let (name, tag) = split(self.image());
        let name_in_docker = folder.name_in_docker();
        let mut request = K3s::default()
            .with_conf_mount(folder.shared())
            .with_name(name)
            .with_tag(tag)
            .with_container_name(&name_in_docker)
            .with_hostname("satrain")
            .with_label(LABEL, name_in_docker)
            .with_privileged(true)
            .with_startup_timeout(self.options.patience)
            // It outlives this process.
            .with_reuse(ReuseDirective::Always)
            .with_host_config_modifier(move |host| publish(host, port));
        if imports {
            request = request.with_mount(Mount::bind_mount(folder.images().display().to_string(), IMAGES));
        }
        request
    }

    async fn start(&self, daemon: &Daemon, events: &Events) -> Result<ClusterInfo> {
        let folder = &self.cluster.folder;
        let ours = self.have_image(daemon, events).await?;
        // Our own node has the lab images.
        let given = self.options.lab_images.as_ref().filter(|_| !ours);
        let port = self.options.port()?;
        let record = Record { image: self.image().to_owned(), port, ready: None };
        folder.make(&record)?;
        ServerConfig::for_labs().write(&folder.shared())?;
        if let Some(layout) = given {
            let images = folder.images();
            std::fs::create_dir_all(&images).map_err(io("making", &images))?;
            let archive = images.join("lab-images.tar");
            distribution::images::archive(layout, &archive).map_err(io("writing", &archive))?;
        }
        events.step(format!("Starting {}", self.image()));
        if let Err(e) = self.request(port, given.is_some()).start().await {
            let said = daemon.words(&folder.name_in_docker(), Some(8)).await;
            self.sweep(daemon).await?;
            return Err(ClusterError::NodeFailed {
                image: self.image().to_owned(),
                why: e.to_string(),
                said,
            });
        }
        let file = folder.shared().join(KUBECONFIG);
        let admin = Kubeconfig::read_from(&file)
            .map_err(|e| ClusterError::Kubeconfig { path: file.clone(), why: e.to_string() })?;
        // Nobody needs it any more. It may be root's; then its folder keeps it from others.
        let _ = std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600));
        let names = Names::of(ours);
        self.cluster.finish(admin, record, names, self.options.patience, events).await
    }

    async fn make(&self, events: &Events) -> Result<ClusterInfo> {
        let daemon = Daemon::find().await?;
        let folder = &self.cluster.folder;
        let _lock = self.cluster.lock("starting", events).await?;
        let runs = daemon.runs(&folder.name_in_docker()).await? == Some(true);
        if let Some(info) = self.cluster.for_run(self.options.image.as_deref(), runs, events).await? {
            return Ok(info);
        }
        self.sweep(&daemon).await?;
        self.start(&daemon, events).await
    }

    async fn end(&self, events: &Events) -> Result<()> {
        let daemon = Daemon::find().await?;
        let _lock = self.cluster.lock("removing", events).await?;
        events.step(format!("Stopping cluster {}", self.cluster.name));
        self.sweep(&daemon).await?;
        events.done("everything is removed");
        Ok(())
    }
}

impl Provider for K3sProvider {
    fn kind(&self) -> ProviderKind {
        ProviderKind::K3s
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

/// The API on 127.0.0.1 only, at that port; and memory for what k3s keeps in /run.
fn publish(host: &mut HostConfig, port: u16) {
    let binding =
        PortBinding { host_ip: Some(Ipv4Addr::LOCALHOST.to_string()), host_port: Some(port.to_string()) };
    host.publish_all_ports = Some(false);
    host.port_bindings = Some(HashMap::from([(format!("{API_PORT}/tcp"), Some(vec![binding]))]));
    host.tmpfs = Some(["/run", "/var/run"].map(|at| (at.to_owned(), String::new())).into());
}

/// Name and tag of an image.
fn split(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        // A colon before a slash belongs to a registry's port.
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (image, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_told_from_a_registrys_port() {
        assert_eq!(split("rancher/k3s:v1-k3s1"), ("rancher/k3s", "v1-k3s1"));
        assert_eq!(split("registry:5000/k3s"), ("registry:5000/k3s", "latest"));
        assert_eq!(split("registry:5000/k3s:v1"), ("registry:5000/k3s", "v1"));
    }

    #[test]
    fn only_the_api_is_published_and_on_loopback_only() {
        let mut host = HostConfig { publish_all_ports: Some(true), ..HostConfig::default() };
        publish(&mut host, 7443);
        assert_eq!(host.publish_all_ports, Some(false));
        let ports = host.port_bindings.unwrap();
        let [(port, Some(bindings))] = &ports.iter().collect::<Vec<_>>()[..] else { panic!("{ports:?}") };
        assert_eq!(*port, "6443/tcp");
        assert_eq!(bindings[0].host_ip.as_deref(), Some("127.0.0.1"));
        assert_eq!(bindings[0].host_port.as_deref(), Some("7443"));
    }
}
