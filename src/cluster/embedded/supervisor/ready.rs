//! From "the API server was started" to "a Pod can start": asks the API for each milestone and opens the stages
//! that components wait for.
//!
//! What Kubernetes' controllers would do only seconds later is done here as soon as the API server answers: the
//! ServiceAccount `default` and the CA's ConfigMap of Namespace default, and the end of the new node's taint.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::authorization::v1::SubjectAccessReview;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Node, ServiceAccount, Taint};
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::config::Kubeconfig;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::again;
use super::status_file::StatusFile;
use crate::cluster::client;
use crate::cluster::embedded::components::{SCHEDULER_PORT, Stage};
use crate::cluster::embedded::failure::Failure;
use crate::cluster::embedded::layout::Lab;
use crate::cluster::embedded::network::{API_PORT, NODE};
use crate::cluster::embedded::pki::LEARNER;
use crate::cluster::embedded::record::Identity;

/// Short: each poll is a request over a connection kept open, about a millisecond of work.
const POLL: Duration = Duration::from_millis(20);
/// The taints of a node that is not ready: with the first, admission creates every node (`TaintNodesByCondition`).
const NOT_READY: [&str; 2] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
/// Who the scheduler is.
const SCHEDULER: &str = "system:kube-scheduler";
/// What the API server notes down when it has its configuration.
const CONFIGURATION: &str = "configuration";
/// What the component `images` prints when all images are in containerd.
const IMPORTED: &str = "images: imported";

/// Waits for every milestone, in whatever order they come, and gives the cluster's UID. `known` is what a cluster that comes
/// back was.
pub(super) async fn bring_up(
    kubeconfig: &str,
    ca: &str,
    known: Option<&Identity>,
    status_file: &StatusFile,
    stage: &watch::Sender<Stage>,
) -> Result<String, Failure> {
    let client = &connect(kubeconfig)?;
    until(async || TcpStream::connect(("127.0.0.1", API_PORT)).await.is_ok()).await;
    status_file.milestone("port open");
    // The node of a cluster that comes back waits for what is unsaid below.
    if known.is_none() {
        stage.send_replace(Stage::Open);
        until(async || api_server_notes().iter().any(|(_, name)| name == CONFIGURATION)).await;
        stage.send_replace(Stage::Configured);
    }
    until(async || get(client, "/livez/ping").await).await;
    status_file.milestone("livez");
    let ran = match known {
        Some(_) => again::unsay(client).await,
        None => BTreeMap::new(),
    };
    stage.send_replace(Stage::Live);

    let ready = async {
        until(async || is_authorized(client).await).await;
        stage.send_replace(Stage::Authorized);
        until(async || get(client, "/readyz").await).await;
        status_file.milestone("readyz");
        stage.send_replace(Stage::Ready);
    };
    let node = async {
        let nodes: Api<Node> = Api::all(client.clone());
        until(async || nodes.get(NODE).await.is_ok_and(|n| is_ready(&n))).await;
        status_file.milestone("node Ready");
        until(async || is_untainted_now(&nodes).await).await;
        status_file.milestone("node untainted");
    };
    let scheduler = async {
        until(async || TcpStream::connect(("127.0.0.1", SCHEDULER_PORT)).await.is_ok()).await;
        status_file.milestone("scheduler");
    };
    let images = async {
        let log = Lab::inside().log("images");
        until(async || std::fs::read_to_string(&log).is_ok_and(|l| l.contains(IMPORTED))).await;
        status_file.milestone("images");
    };
    let objects = async {
        // Those of a cluster that comes back are as its users left them.
        if known.is_none() {
            objects(client, ca, status_file).await;
        }
    };
    let (.., uid) = tokio::join!(ready, node, scheduler, images, objects, facts(client, status_file));
    if let Some(known) = known.filter(|known| known.uid != uid) {
        let why = format!("its data are of another cluster ({uid}) than it was ({})", known.uid);
        return Err(Failure::Other { why });
    }
    if !ran.is_empty() {
        again::wait_for(client, &ran).await;
        status_file.milestone("Pods");
    }
    for (at, name) in api_server_notes() {
        status_file.milestone_at(&format!("API server: {name}"), at);
    }
    status_file.milestone("all");
    Ok(uid)
}

/// How far the API server's own start was when, as its log has it: lines `milestone MILLISECONDS NAME`.
fn api_server_notes() -> Vec<(Timestamp, String)> {
    let log = std::fs::read_to_string(Lab::inside().log("kube-apiserver")).unwrap_or_default();
    log.lines().filter_map(noted).map(|(at, name)| (at, name.to_owned())).collect()
}

fn noted(line: &str) -> Option<(Timestamp, &str)> {
    let (at, name) = line.strip_prefix("milestone ")?.split_once(' ')?;
    Some((Timestamp::from_millisecond(at.parse().ok()?).ok()?, name))
}

/// Creates what the first Pod needs, and the learner's rights.
async fn objects(client: &Client, ca: &str, status_file: &StatusFile) {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), "default");
    let account = serde_json::from_value(json!({"metadata": {"name": "default"}}));
    let configs: Api<ConfigMap> = Api::namespaced(client.clone(), "default");
    let root_ca =
        serde_json::from_value(json!({"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": ca}}));
    let bindings: Api<ClusterRoleBinding> = Api::all(client.clone());
    let binding = serde_json::from_value(json!({
        "metadata": {"name": LEARNER, "labels": {"satrain.dev/managed": "true"}},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": LEARNER}],
    }));
    let (Ok(account), Ok(root_ca), Ok(binding)) = (account, root_ca, binding) else { return };
    until(async || created(&configs, &root_ca).await).await;
    until(async || created(&accounts, &account).await).await;
    status_file.milestone("default ServiceAccount");
    until(async || created(&bindings, &binding).await).await;
}

/// Records the version and the cluster's UID, and gives that.
async fn facts(client: &Client, status_file: &StatusFile) -> String {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    loop {
        let uid = namespaces.get("kube-system").await.ok().and_then(|n| n.metadata.uid);
        let version = client.apiserver_version().await.ok().map(|v| v.git_version);
        if let (Some(uid), Some(version)) = (uid, version) {
            status_file.facts(version, uid.clone());
            return uid;
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Created, or there already.
async fn created<K>(api: &Api<K>, object: &K) -> bool
where
    K: Clone + serde::Serialize + serde::de::DeserializeOwned + std::fmt::Debug,
{
    match api.create(&PostParams::default(), object).await {
        Ok(_) => true,
        Err(kube::Error::Api(status)) => status.is_already_exists(),
        Err(_) => false,
    }
}

fn connect(kubeconfig: &str) -> Result<Client, Failure> {
    let failed =
        |e: &dyn std::fmt::Display| Failure::Other { why: format!("the supervisor's own client: {e}") };
    let kubeconfig = Kubeconfig::from_yaml(kubeconfig).map_err(|e| failed(&e))?;
    let config = client::config(&kubeconfig, None).map_err(|e| failed(&e))?;
    Client::try_from(config).map_err(|e| failed(&e))
}

/// Whether the scheduler has its rights: the API server's authorizer reads the roles only after it has begun to answer.
async fn is_authorized(client: &Client) -> bool {
    let reviews: Api<SubjectAccessReview> = Api::all(client.clone());
    let Ok(asked) = serde_json::from_value(json!({"spec": {
        "user": SCHEDULER, "resourceAttributes": {"verb": "list", "resource": "nodes"},
    }})) else {
        return false;
    };
    let answer = reviews.create(&PostParams::default(), &asked).await;
    answer.is_ok_and(|review| review.status.is_some_and(|status| status.allowed))
}

async fn get(client: &Client, path: &str) -> bool {
    let Ok(request) = http::Request::get(path).body(Vec::new()) else { return false };
    client.request_text(request).await.is_ok()
}

async fn until<F: Future<Output = bool>>(mut reached: impl FnMut() -> F) {
    while !reached().await {
        tokio::time::sleep(POLL).await;
    }
}

fn is_ready(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|s| s.conditions.as_ref());
    conditions.is_some_and(|c| c.iter().any(|c| c.type_ == "Ready" && c.status == "True"))
}

/// Takes the taint away with which every node begins, as the controller manager does for a node that is Ready, but
/// without waiting for its start.
async fn is_untainted_now(nodes: &Api<Node>) -> bool {
    let Ok(node) = nodes.get(NODE).await else { return false };
    if is_untainted(&node) {
        return true;
    }
    let taints = node.spec.as_ref().and_then(|s| s.taints.clone()).unwrap_or_default();
    let left: Vec<Taint> = taints.into_iter().filter(|t| !is_about_readiness(t)).collect();
    let patch = json!({
        // Nothing is overwritten if somebody else changed the node meanwhile.
        "metadata": {"resourceVersion": node.metadata.resource_version},
        "spec": {"taints": left},
    });
    match nodes.patch(NODE, &PatchParams::default(), &Patch::Merge(patch)).await {
        Ok(node) => is_untainted(&node),
        Err(_) => false,
    }
}

/// Whether no taint of a node that is not ready is left; others are its users'.
fn is_untainted(node: &Node) -> bool {
    node.spec.as_ref().is_some_and(|s| !s.taints.iter().flatten().any(is_about_readiness))
}

fn is_about_readiness(taint: &Taint) -> bool {
    NOT_READY.contains(&taint.key.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(value: serde_json::Value) -> Node {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_the_api_server_notes_down_is_read() {
        let at = Timestamp::from_millisecond(1_790_000_000_123).unwrap();
        assert_eq!(noted("milestone 1790000000123 API groups"), Some((at, "API groups")));
        assert_eq!(noted("milestone soon options"), None);
        assert_eq!(noted("I1130 07:00:00 hooks.go:1] milestone"), None);
    }

    #[test]
    fn a_node_counts_only_when_ready_and_without_the_taints_of_one_that_is_not() {
        let ready = json!({"conditions": [{"type": "Ready", "status": "True"}]});
        assert!(is_ready(&node(json!({"status": ready}))));
        assert!(!is_ready(&node(json!({}))));
        assert!(is_untainted(&node(json!({"spec": {}}))));
        let tainted = |key: &str| node(json!({"spec": {"taints": [{"key": key, "effect": "NoSchedule"}]}}));
        assert!(!is_untainted(&tainted(NOT_READY[0])));
        assert!(is_untainted(&tainted("exam")), "a taint of its users");
    }
}
