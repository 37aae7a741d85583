//! The RBAC resolver against the authorizer of a real API server, on a cluster of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may panic and talk"
)]

mod lab_support;

use futures::StreamExt;
use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use lab_support::Lab;
use satrain::grade::observation::Observation;
use satrain::grade::probe::{AccessAttributes, Probe, Subject};
use satrain::grade::{ClusterProber, Prober};
use satrain::rbac::Policy;
use serde_json::{Value, json};

const GROUP: &str = "rbac.authorization.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io/v1";
const NAMESPACES: [&str; 2] = ["satrain-r1", "satrain-r2"];

/// A small generator of numbers: the same policies in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn some<'a>(&mut self, all: &[&'a str], least: usize) -> Vec<&'a str> {
        let count = least + self.below(2);
        (0..count).map(|_| all[self.below(all.len())]).collect()
    }
}

fn rule(dice: &mut Dice, urls: bool) -> Value {
    if urls && dice.below(4) == 0 {
        return json!({"verbs": dice.some(&["get", "*"], 1), "nonResourceURLs": dice.some(&["/x", "/x/*", "*"], 1)});
    }
    json!({
        "verbs": dice.some(&["get", "list", "create", "deletecollection", "impersonate", "*"], 1),
        "apiGroups": dice.some(&["", "apps", "*"], 1),
        "resources": dice.some(&["pods", "configmaps", "pods/log", "*", "*/scale", "pods/*", "nodes"], 1),
        "resourceNames": dice.some(&["a", "b"], 0),
    })
}

fn subject(dice: &mut Dice) -> Value {
    let namespace = NAMESPACES[dice.below(2)];
    match dice.below(4) {
        0 => {
            json!({"kind": "Group", "apiGroup": GROUP, "name": format!("system:serviceaccounts:{namespace}")})
        }
        1 => {
            json!({"kind": "User", "apiGroup": GROUP, "name": format!("system:serviceaccount:{namespace}:sa1")})
        }
        n => json!({"kind": "ServiceAccount", "name": format!("sa{}", (n & 1) + 1), "namespace": namespace}),
    }
}

/// Five objects of each kind; some bindings name a role that does not exist.
fn objects(dice: &mut Dice) -> Vec<Value> {
    let mut all = Vec::new();
    for kind in ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"] {
        for n in 0..5 {
            let cluster = kind.starts_with("Cluster");
            let mut metadata =
                json!({"name": format!("satrain-x{n}"), "labels": {"satrain-test-rbac": "yes"}});
            if !cluster {
                metadata["namespace"] = NAMESPACES[n % 2].into();
            }
            let mut object = json!({"apiVersion": RBAC, "kind": kind, "metadata": metadata});
            if kind.ends_with("Role") {
                object["rules"] = json!([rule(dice, cluster), rule(dice, cluster)]);
            } else {
                let role = if cluster || dice.below(2) == 0 { "ClusterRole" } else { "Role" };
                let name = format!("satrain-x{}", dice.below(7));
                object["roleRef"] = json!({"apiGroup": GROUP, "kind": role, "name": name});
                object["subjects"] = json!([subject(dice), subject(dice)]);
            }
            all.push(object);
        }
    }
    all
}

fn api(client: &Client, kind: &str, namespace: Option<&str>) -> Api<DynamicObject> {
    let group = if kind == "Namespace" { "" } else { GROUP };
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind));
    match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    }
}

async fn create(client: &Client, object: Value) -> Result<DynamicObject, kube::Error> {
    let namespace = object["metadata"]["namespace"].as_str().map(str::to_owned);
    let api = api(client, object["kind"].as_str().unwrap(), namespace.as_deref());
    api.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await
}

async fn clean(client: &Client) {
    let mine = ListParams::default().labels("satrain-test-rbac=yes");
    for kind in ["ClusterRole", "ClusterRoleBinding"] {
        api(client, kind, None).delete_collection(&DeleteParams::default(), &mine).await.unwrap();
    }
    for namespace in NAMESPACES {
        for kind in ["Role", "RoleBinding"] {
            api(client, kind, Some(namespace))
                .delete_collection(&DeleteParams::default(), &mine)
                .await
                .unwrap();
        }
    }
}

fn requests() -> Vec<AccessAttributes> {
    let mut all = Vec::new();
    for verb in ["get", "list", "create", "deletecollection", "watch", "*"] {
        for (group, resource, subresource) in [
            ("", "pods", ""),
            ("", "pods", "log"),
            ("", "configmaps", ""),
            ("apps", "deployments", "scale"),
            ("", "nodes", ""),
            ("*", "*", ""),
        ] {
            for name in ["", "a", "c"] {
                for namespace in ["", "satrain-r1", "satrain-r2", "default"] {
                    all.push(AccessAttributes {
                        verb: verb.into(),
                        group: group.into(),
                        resource: resource.into(),
                        subresource: subresource.into(),
                        name: name.into(),
                        namespace: namespace.into(),
                        path: String::new(),
                    });
                }
            }
        }
        for path in ["/x", "/x/y", "/xy", "/healthz", "/api/v1"] {
            all.push(AccessAttributes {
                verb: verb.into(),
                path: path.into(),
                ..AccessAttributes::default()
            });
        }
    }
    all
}

async fn list(ask: &ClusterProber, kind: &str) -> Vec<Value> {
    match ask.ask(&Probe::list(RBAC, kind, None)).await.outcome.unwrap() {
        Observation::Objects { items, .. } => items,
        other => panic!("{other:?}"),
    }
}

async fn policy(ask: &ClusterProber) -> Policy {
    let (roles, cluster_roles) = (list(ask, "Role").await, list(ask, "ClusterRole").await);
    let (bindings, cluster_bindings) =
        (list(ask, "RoleBinding").await, list(ask, "ClusterRoleBinding").await);
    Policy::read(&roles, &cluster_roles, &bindings, &cluster_bindings).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_resolver_and_the_api_server_say_the_same() {
    let Some(lab) = Lab::start() else { return };
    let client = lab.grader().await;
    let workspace = tempfile::tempdir().unwrap();
    let ask = &ClusterProber::new(client.clone(), workspace.path());
    for name in NAMESPACES {
        // It may be there from an earlier run.
        let _ = create(&client, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
            .await;
    }
    let (mut compared, mut allowed_ones) = (0, 0);
    for seed in 1..=3 {
        clean(&client).await;
        for object in objects(&mut Dice(seed)) {
            create(&client, object).await.unwrap();
        }
        // The authorizer's caches follow a moment later.
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let policy = policy(ask).await;
        for (namespace, name) in [("satrain-r1", "sa1"), ("satrain-r2", "sa2")] {
            let subject = Subject::service_account(namespace, name);
            let grants = policy.grants(&subject);
            let probes = requests()
                .into_iter()
                .map(|attributes| Probe::Access { subject: subject.clone(), attributes })
                .map(|probe| async move { ask.ask(&probe).await });
            let answers: Vec<_> = futures::stream::iter(probes).buffer_unordered(8).collect().await;
            for answer in answers {
                let Probe::Access { attributes, .. } = &answer.probe else { unreachable!() };
                let Ok(Observation::Access { allowed, .. }) = answer.outcome else { panic!("{answer:?}") };
                let mine = grants.iter().any(|grant| grant.allows(attributes));
                assert_eq!(mine, allowed, "seed {seed}, {subject:?}, {attributes:?}");
                compared += 1;
                allowed_ones += usize::from(allowed);
            }
        }
    }
    clean(&client).await;
    assert!(
        compared > 1000 && allowed_ones > 50 && allowed_ones < compared - 50,
        "{allowed_ones} of {compared}"
    );
}
