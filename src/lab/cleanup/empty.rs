//! Empties namespaces without deleting them: what makes Pods first, then Pods without grace, then the rest.

use futures::future::try_join_all;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, ListParams};
use kube::runtime::{conditions::is_deleted, wait::await_condition};
use kube::{Client, ResourceExt};
use tokio::time::Instant;

use super::delete::{PATIENCE, delete_all, stuck};
use crate::lab::error::{Result, api};
use crate::lab::inventory::Entry;

/// Kinds that make Pods, or make what makes Pods.
const MAKERS: &[&str] = &[
    "cronjobs",
    "deployments",
    "daemonsets",
    "statefulsets",
    "jobs",
    "replicasets",
    "replicationcontrollers",
];

/// Deletes what makes Pods, then the Pods.
pub(super) async fn stop_workloads(client: &Client, inside: &[&Entry]) -> Result<()> {
    for group in [MAKERS, &["pods"]] {
        let wanted: Vec<&Entry> =
            inside.iter().copied().filter(|e| group.contains(&e.kind.resource.plural.as_str())).collect();
        delete_all(client, &wanted).await?;
    }
    Ok(())
}

/// Deletes everything inside, and returns when no Pod is left.
pub(super) async fn empty(client: &Client, inside: &[&Entry], namespaces: &[&Entry]) -> Result<()> {
    // The cluster makes the default ServiceAccount again, and a new one ends the tokens of the old one. An
    // untouched kube-root-ca.crt stays: a Pod made before the new one is there waits for it for half a second.
    let untouched_ca = |e: &&Entry| {
        e.metadata.name.as_deref() == Some("kube-root-ca.crt")
            && e.kind.resource.plural == "configmaps"
            && !e.by_a_person()
    };
    let rest: Vec<&Entry> =
        inside.iter().copied().filter(|e| e.kind.resource.plural != "pods" && !untouched_ca(e)).collect();
    delete_all(client, &rest).await?;
    let names = namespaces.iter().filter_map(|e| e.metadata.name.as_deref());
    try_join_all(names.map(|name| no_pods(client, name))).await?;
    Ok(())
}

/// Deletes Pods until there is none: a controller may have made one more before it was gone itself.
async fn no_pods(client: &Client, namespace: &str) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let at_once = DeleteParams::default().grace_period(0);
    loop {
        let left = pods.list(&ListParams::default()).await.map_err(api("listing pods"))?.items;
        if left.is_empty() {
            return Ok(());
        }
        let gone = left.iter().map(|pod| async {
            match pods.delete(&pod.name_any(), &at_once).await {
                Ok(_) => {}
                Err(kube::Error::Api(status)) if status.is_not_found() => {}
                Err(e) => return Err(api(format!("deleting Pod {}", pod.name_any()))(e)),
            }
            let uid = pod.uid().unwrap_or_default();
            let wait = await_condition(
                pods.clone(),
                pod.metadata.name.as_deref().unwrap_or_default(),
                is_deleted(&uid),
            );
            match tokio::time::timeout_at(until, wait).await {
                Ok(Ok(_)) => Ok(()),
                _ => Err(stuck(format!("pod/{} -n {namespace}", pod.name_any()))),
            }
        });
        try_join_all(gone).await?;
    }
}
