//! From a node that has started to a cluster that labs can use; the same for every provider in Docker.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Namespace, Node, ServiceAccount};
use kube::Client;
use kube::api::{Api, ListParams};
use kube::config::Kubeconfig;

use super::folder::{Folder, Ready, Record};
use super::options::DockerOptions;
use crate::cluster::embedded::{GRADER, LEARNER};
use crate::cluster::error::{ClusterError, Result, api};
use crate::cluster::users::{self, Server};
use crate::cluster::{Capabilities, ClusterInfo, ProviderKind, client, embedded, info, kubeconfig, lock};
use crate::distribution;
use crate::event::{Event, Events};
use crate::fs::Lock;

const POLL: Duration = Duration::from_millis(50);
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(10);
/// How long a node that runs may take to answer again.
const RECOVERY: Duration = Duration::from_secs(60);
/// Our own node's label: it has neither names nor addresses of Services, and its images are there by themselves.
const OURS: &str = "satrain.dev/managed=true";

/// Whether names of Services will resolve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// k3s deploys CoreDNS some seconds after its node is there.
    Soon,
    /// Our own node has none.
    Never,
    /// kubeadm has deployed CoreDNS by now, or was told to leave it out.
    IfDeployed,
}

impl Names {
    /// Of a k3s node.
    pub(super) fn of(ours: bool) -> Self {
        if ours { Self::Never } else { Self::Soon }
    }
}

/// A cluster of satrain's own making.
#[derive(Debug, Clone)]
pub(super) struct OwnedCluster {
    pub(super) provider: ProviderKind,
    pub(super) name: String,
    pub(super) folder: Folder,
    /// The kubectl that labs use.
    pub(super) kubectl: PathBuf,
    /// The lab images that the node was given, an OCI image layout.
    pub(super) given: Option<PathBuf>,
}

impl OwnedCluster {
    /// The cluster with these options, whose folder is below the provider's.
    pub(super) fn new(provider: ProviderKind, options: &DockerOptions) -> Result<Self> {
        embedded::check_name(&options.name)?;
        Ok(Self {
            provider,
            name: options.name.clone(),
            folder: Folder::new(&options.paths, provider, &options.name),
            kubectl: options.kubectl.clone(),
            given: options.lab_images.clone(),
        })
    }

    /// Waits until Pods can start, makes learner and grader, and records what the cluster is.
    pub(super) async fn finish(
        &self,
        admin: Kubeconfig,
        record: Record,
        names: Names,
        patience: Duration,
        events: &Events,
    ) -> Result<ClusterInfo> {
        let file = self.folder.shared();
        let (client, ca) = connect(admin, record.port, &file)?;
        let waiting = Waiting { name: &self.name, begun: Instant::now(), patience, events };
        waiting.until("the API server answers", async || version(&client).await).await?;
        waiting.until("default ServiceAccount", async || default_account(&client).await).await?;
        waiting.until("node Ready", async || nodes_ready(&client).await).await?;
        let services = match names {
            Names::Soon => true,
            Names::Never => false,
            Names::IfDeployed => coredns(&client).await.map_err(api("looking for CoreDNS"))?.is_some(),
        };
        if services {
            waiting.until("names of Services", async || names_resolve(&client).await).await?;
        }
        let url = url(record.port);
        let server = Server { url, ca };
        let (learner, grader) = (self.folder.learner(), self.folder.grader());
        tokio::try_join!(
            users::administrator(&client, &server, LEARNER, &learner),
            users::administrator(&client, &server, GRADER, &grader),
        )?;
        let ready = Ready {
            version: client.apiserver_version().await.map_err(api("asking for the version"))?.git_version,
            uid: uid(&client).await?,
            services,
            own_node: is_ours(&client).await?,
        };
        self.folder.write(&Record { ready: Some(ready.clone()), ..record.clone() })?;
        let images = self.images(&client, ready.own_node).await?;
        let info = self.info(record.port, ready, images);
        events.done(format!("Kubernetes {} at {}", info.version, info.api_server));
        Ok(info)
    }

    /// Only one satrain at a time makes or removes it.
    pub(super) async fn lock(&self, doing: &str, events: &Events) -> Result<Lock> {
        lock::lock(self.folder.provider(), &self.name, doing, events).await
    }

    /// The cluster, if it answers and is still the one that was recorded.
    pub(super) async fn find(&self) -> Result<Option<ClusterInfo>> {
        let Some(Record { port, ready: Some(ready), .. }) = self.folder.record()? else { return Ok(None) };
        let client = info::client(&self.folder.grader(), None).await?;
        match tokio::time::timeout(ANSWER, uid(&client)).await {
            Ok(Ok(uid)) if uid == ready.uid => Ok(Some(self.info(port, ready, None))),
            // Another cluster, or none.
            _ => Ok(None),
        }
    }

    /// The cluster for another lab, with the images of its nodes; `None` if it has to be made. A node that runs but does
    /// not answer is waited for: labs may be in progress on it. `image`: the one that was asked for.
    pub(super) async fn for_run(
        &self,
        image: Option<&str>,
        runs: bool,
        events: &Events,
    ) -> Result<Option<ClusterInfo>> {
        let Some(record) = self.folder.record()? else { return Ok(None) };
        let found = match record.ready {
            Some(_) => self.answering(image, record.image, runs, events).await?,
            None => None,
        };
        if found.is_none() {
            let name = &self.name;
            events.note(format!("Cluster {name} died, or its start was interrupted; recreating it"));
        }
        Ok(found)
    }

    /// The cluster that was ready once, with image `has`.
    async fn answering(
        &self,
        image: Option<&str>,
        has: String,
        runs: bool,
        events: &Events,
    ) -> Result<Option<ClusterInfo>> {
        let end = Instant::now() + RECOVERY;
        let mut told = false;
        let mut info = loop {
            match self.find().await? {
                Some(info) => break info,
                None if !runs => return Ok(None),
                None if Instant::now() > end => {
                    return Err(ClusterError::NoAnswer {
                        name: self.name.clone(),
                        seconds: RECOVERY.as_secs(),
                    });
                }
                None => {}
            }
            if !std::mem::replace(&mut told, true) {
                events.step(format!("Waiting for cluster {} to answer", self.name));
            }
            tokio::time::sleep(POLL).await;
        };
        if let Some(wanted) = image.filter(|wanted| *wanted != has) {
            let (name, wanted) = (self.name.clone(), wanted.to_owned());
            return Err(ClusterError::OtherImage { name, has, wanted });
        }
        let client = info.grader_client().await?;
        info.capabilities.images = self.images(&client, !info.capabilities.pulls).await?;
        Ok(Some(info))
    }

    /// What scenarios may start; our own node has the bank's images by itself. A node reports only seconds later what
    /// it was given.
    async fn images(&self, client: &Client, own_node: bool) -> Result<Option<BTreeSet<String>>> {
        if own_node {
            return Ok(None);
        }
        let Some(mut images) = kubeconfig::images(client).await? else { return Ok(None) };
        if let Some(layout) = &self.given {
            let failed =
                |e: distribution::Error| ClusterError::Record { path: layout.clone(), why: e.to_string() };
            images.extend(distribution::images::references(layout).map_err(failed)?);
        }
        Ok(Some(images))
    }

    fn info(&self, port: u16, ready: Ready, images: Option<BTreeSet<String>>) -> ClusterInfo {
        ClusterInfo {
            provider: self.provider,
            name: self.name.clone(),
            version: ready.version,
            grader_kubeconfig: self.folder.grader(),
            learner_kubeconfig: self.folder.learner(),
            context: None,
            kubectl: self.kubectl.clone(),
            kubectl_cache: Some(self.folder.kubectl_cache()),
            api_server: url(port),
            uid: ready.uid,
            capabilities: Capabilities {
                audit_log: Some(self.folder.audit_log()),
                checkpoints: None,
                exclusive: true,
                services: ready.services,
                pulls: !ready.own_node,
                images,
            },
        }
    }
}

fn url(port: u16) -> String {
    format!("https://127.0.0.1:{port}")
}

/// A client of the administrator at the published port, and the cluster's CA as PEM.
fn connect(mut admin: Kubeconfig, port: u16, file: &Path) -> Result<(Client, String)> {
    let unusable = |why: String| ClusterError::Kubeconfig { path: file.to_owned(), why };
    let mut ca = String::new();
    for cluster in admin.clusters.iter_mut().filter_map(|c| c.cluster.as_mut()) {
        cluster.server = Some(url(port));
        cluster.proxy_url = None;
        ca = cluster.certificate_authority_data.clone().unwrap_or_default();
    }
    let ca = STANDARD.decode(ca).map_err(|e| unusable(e.to_string()))?;
    let ca = String::from_utf8(ca).map_err(|e| unusable(e.to_string()))?;
    let config = client::config(&admin, None).map_err(unusable)?;
    Ok((Client::try_from(config).map_err(api("making a client"))?, ca))
}

/// What a new cluster is waited for with.
struct Waiting<'a> {
    name: &'a str,
    begun: Instant,
    patience: Duration,
    events: &'a Events,
}

impl Waiting<'_> {
    /// Asks until it is so. Errors are those of a cluster that is still starting.
    async fn until<F: Future<Output = kube::Result<bool>>>(
        &self,
        what: &str,
        ask: impl Fn() -> F,
    ) -> Result<()> {
        let end = self.begun + self.patience;
        while !ask().await.unwrap_or(false) {
            if Instant::now() > end {
                let (name, seconds) = (self.name.to_owned(), self.patience.as_secs());
                return Err(ClusterError::Timeout { name, seconds, waiting_for: what.to_owned() });
            }
            tokio::time::sleep(POLL).await;
        }
        let done = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(what, millis = done, "a milestone was reached");
        self.events.emit(Event::Progress { done, total: 0, unit: "ms", detail: what.to_owned() });
        Ok(())
    }
}

async fn version(client: &Client) -> kube::Result<bool> {
    client.apiserver_version().await.map(|_| true)
}

/// No Pod can be made before it is there.
async fn default_account(client: &Client) -> kube::Result<bool> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), "default");
    Ok(accounts.get_opt("default").await?.is_some())
}

/// Ready, and open for Pods.
async fn nodes_ready(client: &Client) -> kube::Result<bool> {
    let nodes = Api::<Node>::all(client.clone()).list(&ListParams::default()).await?.items;
    Ok(!nodes.is_empty() && nodes.iter().all(is_ready))
}

fn is_ready(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|s| s.conditions.as_ref());
    let ready = conditions.is_some_and(|c| c.iter().any(|c| c.type_ == "Ready" && c.status == "True"));
    let taints = node.spec.as_ref().and_then(|s| s.taints.as_ref());
    ready && taints.is_none_or(|t| t.iter().all(|t| t.effect == "PreferNoSchedule"))
}

async fn is_ours(client: &Client) -> Result<bool> {
    let nodes = Api::<Node>::all(client.clone());
    let ours = nodes.list(&ListParams::default().labels(OURS)).await.map_err(api("listing nodes"))?;
    Ok(!ours.items.is_empty())
}

async fn coredns(client: &Client) -> kube::Result<Option<Deployment>> {
    Api::<Deployment>::namespaced(client.clone(), "kube-system").get_opt("coredns").await
}

async fn names_resolve(client: &Client) -> kube::Result<bool> {
    Ok(coredns(client).await?.and_then(|d| d.status).and_then(|s| s.available_replicas).unwrap_or(0) > 0)
}

async fn uid(client: &Client) -> Result<String> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let kube_system = namespaces.get("kube-system").await.map_err(api("identifying the cluster"))?;
    Ok(kube_system.metadata.uid.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_node_is_waited_for_until_it_is_ready_and_open() {
        let node = |spec, ready: &str| -> Node {
            let status = json!({"conditions": [{"type": "Ready", "status": ready}]});
            serde_json::from_value(json!({"spec": spec, "status": status})).unwrap()
        };
        assert!(is_ready(&node(json!({}), "True")));
        assert!(!is_ready(&node(json!({}), "False")));
        assert!(!is_ready(&node(json!({"taints": [{"key": "k", "effect": "NoSchedule"}]}), "True")));
        assert!(is_ready(&node(json!({"taints": [{"key": "k", "effect": "PreferNoSchedule"}]}), "True")));
    }
}
