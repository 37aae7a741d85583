//! What there is to see of a cluster before it is adopted: its size, and whether it looks like one that people work with.

use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Namespace, Node};
use kube::Client;
use kube::api::{Api, ListParams};
use serde::Serialize;

use super::Identified;
use crate::cluster::error::{Result, api};

/// More Namespaces than a lab cluster has.
const MANY: usize = 12;
/// Namespaces that every cluster has.
const USUAL: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];
/// Parts of names that people give to what must not break.
const TELLING: [&str; 5] = ["prod", "prd", "production", "live", "customer"];
/// The kubelet's `nodeStatusMaxImages`, if nobody has set it: it tells the largest ones, and a lab's image is small.
const TOLD_AT_MOST: usize = 50;
/// A kubelet looks every half minute which images there are, and tells it soon; in seconds.
const TOLD_WITHIN: i64 = 60;
/// Schemes of `spec.providerID` of clusters that are made for trying things out.
const HOMEMADE: [&str; 4] = ["kind", "k3s", "minikube", "docker"];

/// A cluster, seen from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Survey {
    /// The context.
    pub context: String,
    /// URL of its API server.
    pub server: String,
    /// Kubernetes' version.
    pub version: String,
    /// UID of Namespace kube-system.
    pub uid: String,
    /// How many nodes it has, where they may be listed.
    pub nodes: Option<usize>,
    /// Its Namespaces, where they may be listed.
    pub namespaces: Option<Vec<String>>,
    /// Why it looks like a cluster that people work with.
    pub signs: Vec<String>,
}

impl Survey {
    /// Looks at a cluster; what may not be listed is left out.
    ///
    /// # Errors
    /// If it cannot be reached, or says no to listing in another way.
    pub(super) async fn take(cluster: &Identified) -> Result<Self> {
        let Identified { context, server, version, uid, client, .. } = cluster;
        let all = Api::<Namespace>::all(client.clone());
        let namespaces = visible(all.list(&ListParams::default()).await, "listing its Namespaces")?;
        let namespaces: Option<Vec<String>> =
            namespaces.map(|list| list.into_iter().filter_map(|n| n.metadata.name).collect());
        let nodes = nodes(client).await?;
        let signs = signs(
            [context, server],
            namespaces.as_deref().unwrap_or_default(),
            nodes.as_deref().unwrap_or_default(),
        );
        Ok(Self {
            context: context.clone(),
            server: server.clone(),
            version: version.clone(),
            uid: uid.clone(),
            nodes: nodes.map(|n| n.len()),
            namespaces,
            signs,
        })
    }
}

/// Names of the images that every node has on which Pods may be placed; none where nodes may not be listed. `None` if no node
/// tells all of its images.
pub(crate) async fn images(client: &Client) -> Result<Option<BTreeSet<String>>> {
    let now = Timestamp::now();
    Ok(nodes(client).await?.map_or_else(|| Some(BTreeSet::new()), |nodes| common(&nodes, now)))
}

async fn nodes(client: &Client) -> Result<Option<Vec<Node>>> {
    visible(Api::all(client.clone()).list(&ListParams::default()).await, "listing its nodes")
}

fn visible<T: Clone>(
    listed: kube::Result<kube::core::ObjectList<T>>,
    doing: &'static str,
) -> Result<Option<Vec<T>>> {
    match listed {
        Ok(list) => Ok(Some(list.items)),
        Err(kube::Error::Api(status)) if status.code == 403 => Ok(None),
        Err(e) => Err(api(doing)(e)),
    }
}

/// A node that is new, or has more images than it may tell, can have every other one, too.
fn common(nodes: &[Node], now: Timestamp) -> Option<BTreeSet<String>> {
    let open = |node: &&Node| node.spec.as_ref().is_none_or(|s| s.unschedulable != Some(true));
    let told = |node: &Node| node.status.as_ref().and_then(|s| s.images.clone()).unwrap_or_default();
    let tells_all = |node: &&Node| {
        let made = node.metadata.creation_timestamp.as_ref().map(|at| at.0.as_second());
        told(node).len() < TOLD_AT_MOST && made.is_none_or(|made| now.as_second() - made >= TOLD_WITHIN)
    };
    let names = |node: &Node| -> BTreeSet<String> {
        told(node).into_iter().flat_map(|image| image.names.unwrap_or_default()).collect()
    };
    let (all, others): (Vec<_>, Vec<_>) = nodes.iter().filter(open).partition(tells_all);
    match all.into_iter().map(names).reduce(|all, more| &all & &more) {
        None if !others.is_empty() => None,
        images => Some(images.unwrap_or_default()),
    }
}

/// What speaks for a cluster that people work with.
fn signs(names: [&str; 2], namespaces: &[String], nodes: &[Node]) -> Vec<String> {
    let mut signs = Vec::new();
    let telling = |name: &str| {
        name.to_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).any(|w| TELLING.contains(&w))
    };
    let [context, server] = names;
    if telling(context) {
        signs.push(format!("its context is called `{context}`"));
    }
    if telling(server) {
        signs.push(format!("its API server is {server}"));
    }
    // The scenarios themselves have a Namespace `production`.
    let named: Vec<&str> =
        namespaces.iter().map(String::as_str).filter(|n| telling(n) && *n != "production").collect();
    if !named.is_empty() {
        signs.push(format!("it has the Namespaces {}", named.join(", ")));
    }
    let own = namespaces.iter().filter(|n| !USUAL.contains(&n.as_str())).count();
    if own > MANY {
        signs.push(format!("it has {own} Namespaces of its own"));
    }
    let provider = |node: &Node| {
        let id = node.spec.as_ref()?.provider_id.clone()?;
        let scheme = id.split_once("://")?.0.to_owned();
        (!HOMEMADE.contains(&scheme.as_str())).then_some(scheme)
    };
    let providers: BTreeSet<String> = nodes.iter().filter_map(provider).collect();
    if !providers.is_empty() {
        let named: Vec<String> = providers.into_iter().collect();
        signs.push(format!("its nodes belong to a cloud: {}", named.join(", ")));
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(provider: Option<&str>, images: &[&str], cordoned: bool) -> Node {
        let value = json!({
            "spec": {"providerID": provider, "unschedulable": cordoned},
            "status": {"images": images.iter().map(|i| json!({"names": [i]})).collect::<Vec<_>>()},
        });
        serde_json::from_value(value).unwrap()
    }

    fn now() -> Timestamp {
        "2026-06-01T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_node_tells_its_images_only_after_a_while() {
        let made = |at: &str| {
            let mut node = node(None, &["a"], false);
            node.metadata.creation_timestamp = Some(serde_json::from_value(json!(at)).unwrap());
            node
        };
        assert_eq!(common(&[made("2026-06-01T11:59:30Z")], now()), None);
        assert_eq!(common(&[made("2026-06-01T11:59:00Z")], now()), Some(BTreeSet::from(["a".to_owned()])));
    }

    #[test]
    fn a_lab_looks_like_none() {
        let namespaces = ["default", "kube-system", "production", "product", "delivery"].map(str::to_owned);
        let nodes = [node(Some("kind://docker/lab/n"), &[], false), node(None, &[], false)];
        assert_eq!(signs(["kind-lab", "https://127.0.0.1:6443"], &namespaces, &nodes), Vec::<String>::new());
    }

    #[test]
    fn what_people_work_with_is_told_by_each_sign() {
        let many: Vec<String> = (0..13).map(|n| format!("team-{n}")).collect();
        assert_eq!(signs(["eu-prod-1", "https://x"], &[], &[]).len(), 1);
        assert_eq!(signs(["x", "https://api.prod.example.org"], &[], &[]).len(), 1);
        assert_eq!(signs(["x", "https://x"], &["shop-live".to_owned()], &[]).len(), 1);
        assert_eq!(signs(["x", "https://x"], &many, &[]).len(), 1);
        assert_eq!(signs(["x", "https://x"], &[], &[node(Some("aws:///eu/i-1"), &[], false)]).len(), 1);
    }

    #[test]
    fn an_image_is_there_when_every_open_node_has_it() {
        let nodes =
            [node(None, &["a", "b"], false), node(None, &["b", "c"], false), node(None, &["x"], true)];
        assert_eq!(common(&nodes, now()), Some(BTreeSet::from(["b".to_owned()])));
        assert_eq!(common(&[], now()), Some(BTreeSet::new()));
    }

    #[test]
    fn a_node_with_many_images_does_not_tell_the_small_ones() {
        let many: Vec<String> = (0..TOLD_AT_MOST).map(|n| format!("large-{n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let (full, small) = (node(None, &many, false), node(None, &["a"], false));
        assert_eq!(common(std::slice::from_ref(&full), now()), None);
        assert_eq!(common(&[full, small], now()), Some(BTreeSet::from(["a".to_owned()])));
        assert!(common(&[node(None, &many[1..], false)], now()).is_some_and(|i| i.len() == TOLD_AT_MOST - 1));
    }
}
