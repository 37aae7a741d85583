//! What the benchmark's cluster holds: two Namespaces, five teams, one running Pod and as many further Pods as asked.
//!
//! No machine runs 5,000 Pods in seconds. All but one are bound to no node: a scheduler that does not exist is to
//! place them, and their status is written by hand. For whoever reads the API they look like running Pods, with the
//! fields and managers of a Pod's whole life.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod, ServiceAccount};
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::runtime::{conditions::is_pod_running, wait::await_condition};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Outcome;

/// The Namespace that is graded.
pub(super) const GRADED: &str = "graded";

/// The Namespace of the other half of the Pods.
const OTHER: &str = "other";

/// The Pod that really runs.
pub(super) const WEB: &str = "web";

/// How many teams a grade of 50 checks has.
const TEAMS: usize = 5;

/// Requests under way at once.
const CONCURRENCY: usize = 24;

/// Names of the objects that one team's checks are about.
#[derive(Debug)]
pub(super) struct Team {
    pub(super) pod: String,
    pub(super) account: String,
    pub(super) role: String,
    pub(super) config: String,
}

impl Team {
    /// Team 0 has the running Pod. There are five: beyond, they begin again.
    pub(super) fn of(number: usize) -> Self {
        let number = number % TEAMS;
        let pod = if number == 0 { WEB.into() } else { made(number - 1) };
        let name = |what: &str| format!("team-{number}-{what}");
        Self { pod, account: name("account"), role: name("role"), config: name("config") }
    }
}

/// The Namespaces, what the teams have, and the running Pod.
pub(super) async fn prepare(client: &Client) -> Outcome<()> {
    for name in [GRADED, OTHER] {
        create::<Namespace>(&Api::all(client.clone()), json!({"metadata": {"name": name}})).await?;
    }
    for team in (0..TEAMS).map(Team::of) {
        let named = |name: &str| json!({"name": name});
        create::<ServiceAccount>(
            &Api::namespaced(client.clone(), GRADED),
            json!({"metadata": named(&team.account), "automountServiceAccountToken": false}),
        )
        .await?;
        create::<ConfigMap>(
            &Api::namespaced(client.clone(), GRADED),
            json!({"metadata": named(&team.config), "data": {"colour": "blue"}}),
        )
        .await?;
        create::<Role>(
            &Api::namespaced(client.clone(), GRADED),
            json!({"metadata": named(&team.role), "rules": [
                {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [team.config], "verbs": ["get"]},
            ]}),
        )
        .await?;
        create::<RoleBinding>(
            &Api::namespaced(client.clone(), GRADED),
            json!({
                "metadata": named(&team.role),
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": team.role},
                "subjects": [{"kind": "ServiceAccount", "name": team.account, "namespace": GRADED}],
            }),
        )
        .await?;
    }
    let pods: Api<Pod> = Api::namespaced(client.clone(), GRADED);
    let mut web = pod(WEB, &Team::of(0).account);
    web["spec"]["schedulerName"] = "default-scheduler".into();
    create(&pods, web).await?;
    let running = await_condition(pods, WEB, is_pod_running());
    tokio::time::timeout(Duration::from_secs(60), running).await??;
    Ok(())
}

/// Makes Pods until there are `to` of them, the running one counted. Every other one is in the graded Namespace.
pub(super) async fn grow(client: &Client, from: usize, to: usize) -> Outcome<()> {
    let numbers = from.max(1)..to.max(from.max(1));
    futures::stream::iter(numbers)
        .map(|number| async move {
            // Number 0 is the running Pod; the teams' Pods come first in the graded Namespace.
            let (namespace, index) =
                if number % 2 == 0 { (GRADED, number / 2 - 1) } else { (OTHER, number / 2) };
            let team = (1..TEAMS).map(Team::of).find(|team| namespace == GRADED && team.pod == made(index));
            let account = team.map_or("default".into(), |team| team.account);
            let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
            create(&pods, pod(&made(index), &account)).await?;
            let running = Patch::Merge(json!({"status": status(index)}));
            pods.patch_status(&made(index), &PatchParams::default(), &running).await?;
            Ok(())
        })
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await
}

async fn create<K>(api: &Api<K>, object: Value) -> Outcome<()>
where
    K: Clone + std::fmt::Debug + serde::Serialize + DeserializeOwned,
{
    api.create(&PostParams::default(), &serde_json::from_value(object)?).await?;
    Ok(())
}

fn made(index: usize) -> String {
    format!("app-{index}")
}

fn pod(name: &str, account: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"app": name, "tier": "web"}},
        "spec": {
            "schedulerName": "nobody",
            "serviceAccountName": account,
            "terminationGracePeriodSeconds": 1,
            "containers": [{
                "name": "app", "image": "satrain.local/lab:1", "command": ["web"],
                "env": [{"name": "PORT", "value": "8080"}],
                "ports": [{"name": "http", "containerPort": 8080}],
                "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}},
            }],
        },
    })
}

/// What a kubelet reports of a Pod that runs.
fn status(index: usize) -> Value {
    let at = "2026-01-01T00:00:00Z";
    let conditions = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|kind| json!({"type": kind, "status": "True", "lastTransitionTime": at}))
        .collect();
    let digest = format!("{index:064x}");
    json!({
        "phase": "Running",
        "startTime": at,
        "conditions": conditions,
        "containerStatuses": [{
            "name": "app", "image": "satrain.local/lab:1", "imageID": format!("sha256:{digest}"),
            "containerID": format!("containerd://{digest}"), "ready": true, "started": true, "restartCount": 0,
            "state": {"running": {"startedAt": at}},
        }],
    })
}
