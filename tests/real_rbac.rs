//! The RBAC resolver against the authorizer of a real API server, on a cluster of its own.
//!
//! Pairs of a policy and a request are drawn from the whole space of what the API stores and can be asked; each pair is
//! answered by the API server and by the resolver. `SATRAIN_RBAC_PAIRS` asks for more of them than 2,000, and
//! `SATRAIN_RBAC_SEED` for others. What cannot be drawn: see docs/decisions/rights-are-computed-then-confirmed.md.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may panic and talk"
)]

mod lab_support;

use futures::StreamExt;
use kube::Client;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::core::{ApiResource, GroupVersionKind};
use lab_support::Lab;
use satrain::grade::observation::Observation;
use satrain::grade::probe::{AccessAttributes, Probe, Subject};
use satrain::grade::{ClusterProber, Prober};
use satrain::rbac::{Grant, Policy, Right, What, diff, everyone, is_cluster_scoped, is_nowhere, rights};
use serde_json::{Value, json};

const GROUP: &str = "rbac.authorization.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io/v1";
const NAMESPACES: [&str; 2] = ["satrain-r1", "satrain-r2"];
const FINALIZER: &str = "satrain.dev/test";

/// How many requests each policy is asked about.
const PAIRS_A_POLICY: usize = 250;

/// A small generator of numbers: the same policies in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn one<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    fn some<'a>(&mut self, all: &[&'a str], least: usize) -> Vec<&'a str> {
        let count = least + self.below(3);
        (0..count).map(|_| self.one(all)).collect()
    }
}

const VERBS: [&str; 18] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "impersonate",
    "escalate",
    "bind",
    "use",
    "approve",
    "GET",
    "Create",
    "",
    "*",
    "*",
];
const GROUPS: [&str; 8] =
    ["", "", "apps", "batch", "scheduling.k8s.io", "rbac.authorization.k8s.io", "example.com", "*"];
const RESOURCES: [&str; 30] = [
    "pods",
    "pods",
    "pods/log",
    "pods/exec",
    "pods/*",
    "pods/",
    "Pods",
    "configmaps",
    "secrets",
    "serviceaccounts",
    "serviceaccounts/token",
    "nodes",
    "nodes/proxy",
    "namespaces",
    "users",
    "groups",
    "deployments",
    "deployments/scale",
    "jobs",
    "workloads",
    "podgroups",
    "podgroups/status",
    "priorityclasses",
    "roles",
    "clusterroles",
    "*",
    "*/scale",
    "*/log",
    "*/*",
    "*/",
];
const NAMES: [&str; 6] = ["", "a", "b", "a/b", "*", "A"];
const URLS: [&str; 20] = [
    "", "*", "**", "***", "/", "/*", "/x", "/x*", "/x**", "/x/", "/x/*", "/x/y", "/X", "*/x", "/*/y", "x",
    "/healthz", "/metrics", "/api", "/apis/*",
];

fn rule(dice: &mut Dice, urls: bool) -> Value {
    if urls && dice.below(3) == 0 {
        return json!({"verbs": dice.some(&VERBS, 1), "nonResourceURLs": dice.some(&URLS, 1)});
    }
    let mut rule = json!({
        "verbs": dice.some(&VERBS, 1),
        "apiGroups": dice.some(&GROUPS, 1),
        "resources": dice.some(&RESOURCES, 1),
    });
    if dice.below(2) == 0 {
        rule["resourceNames"] = json!(dice.some(&NAMES, 0));
    }
    rule
}

/// Every spelling of a subject, most of them of an account that is asked about.
fn subject(dice: &mut Dice, cluster: bool) -> Value {
    let namespace = NAMESPACES[dice.below(2)];
    let account = dice.one(&["sa1", "sa2"]);
    let user = |name: String| json!({"kind": "User", "apiGroup": GROUP, "name": name});
    let group = |name: String| json!({"kind": "Group", "apiGroup": GROUP, "name": name});
    match dice.below(13) {
        0 => group("system:serviceaccounts".into()),
        1 => group(format!("system:serviceaccounts:{namespace}")),
        2 => group("system:authenticated".into()),
        3 => group(dice.one(&["system:masters", "system:unauthenticated", "satrain:nobody"]).into()),
        4 => group(format!("system:serviceaccount:{namespace}:{account}")),
        5 | 6 => user(format!("system:serviceaccount:{namespace}:{account}")),
        7 => user(format!("{namespace}:{account}")),
        8 => user(format!("system:serviceaccount:{namespace}:{account}:x")),
        // Good in a RoleBinding only: an account of the binding's own Namespace.
        9 | 10 if !cluster => json!({"kind": "ServiceAccount", "name": account}),
        _ => json!({"kind": "ServiceAccount", "name": account, "namespace": namespace}),
    }
}

/// Six objects of each kind. Some bindings name a role that does not exist, some ClusterRoles are aggregated, and some
/// objects are being deleted and wait for a finalizer.
fn objects(dice: &mut Dice) -> Vec<Value> {
    let mut all = Vec::new();
    for kind in ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"] {
        for n in 0..6 {
            let cluster = kind.starts_with("Cluster");
            let mut metadata =
                json!({"name": format!("satrain-x{n}"), "labels": {"satrain-test-rbac": "yes"}});
            if !cluster {
                metadata["namespace"] = NAMESPACES[n % 2].into();
            }
            if dice.below(5) == 0 {
                metadata["finalizers"] = json!([FINALIZER]);
            }
            if kind == "ClusterRole" && dice.below(2) == 0 {
                metadata["labels"]["satrain-test-part"] = dice.one(&["one", "two"]).into();
            }
            let mut object = json!({"apiVersion": RBAC, "kind": kind, "metadata": metadata});
            if kind == "ClusterRole" && n == 5 {
                let labels = json!({"satrain-test-part": dice.one(&["one", "two", "none"])});
                object["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": labels}]});
            } else if kind.ends_with("Role") {
                object["rules"] = json!([rule(dice, cluster), rule(dice, cluster)]);
            } else {
                let role = if cluster || dice.below(2) == 0 { "ClusterRole" } else { "Role" };
                let name = format!("satrain-x{}", dice.below(8));
                object["roleRef"] = json!({"apiGroup": GROUP, "kind": role, "name": name});
                object["subjects"] = json!([subject(dice, cluster), subject(dice, cluster)]);
            }
            all.push(object);
        }
    }
    all
}

/// A request: of a resource, or (one in four) of a URL.
fn request(dice: &mut Dice) -> AccessAttributes {
    let verb = dice.one(&VERBS).to_owned();
    if dice.below(4) == 0 {
        return AccessAttributes { verb, path: dice.one(&URLS).into(), ..AccessAttributes::default() };
    }
    let (resource, subresource) = match dice.one(&RESOURCES) {
        // What ends with a slash is asked for as it is.
        whole if whole.ends_with('/') => (whole, ""),
        written => written.split_once('/').unwrap_or((written, "")),
    };
    AccessAttributes {
        verb,
        group: dice.one(&GROUPS).into(),
        resource: resource.into(),
        subresource: subresource.into(),
        name: dice.one(&NAMES).into(),
        namespace: dice.one(&["", "satrain-r1", "satrain-r2", "default"]).into(),
        path: String::new(),
    }
}

fn api(client: &Client, kind: &str, namespace: Option<&str>) -> Api<DynamicObject> {
    let group = if ["Namespace", "ConfigMap"].contains(&kind) { "" } else { GROUP };
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

/// Creates an object; one with a finalizer is being deleted then.
async fn place(client: &Client, object: Value) {
    let dying = object["metadata"].get("finalizers").is_some();
    let namespace = object["metadata"]["namespace"].as_str().map(str::to_owned);
    let kind = object["kind"].as_str().unwrap().to_owned();
    let created = create(client, object.clone()).await.unwrap_or_else(|e| panic!("{object}: {e}"));
    if dying {
        let api = api(client, &kind, namespace.as_deref());
        api.delete(created.metadata.name.as_deref().unwrap(), &DeleteParams::default()).await.unwrap();
    }
}

async fn clean(client: &Client) {
    let mine = ListParams::default().labels("satrain-test-rbac=yes");
    let everywhere = ["ClusterRole", "ClusterRoleBinding"].map(|kind| (kind, None));
    let places = NAMESPACES.iter().flat_map(|ns| ["Role", "RoleBinding"].map(|kind| (kind, Some(*ns))));
    for (kind, namespace) in everywhere.into_iter().chain(places) {
        let api = api(client, kind, namespace);
        api.delete_collection(&DeleteParams::default(), &mine).await.unwrap();
        for held in api.list(&mine).await.unwrap() {
            let free = json!({"metadata": {"finalizers": null}});
            let name = held.metadata.name.unwrap();
            let freed = api.patch(&name, &PatchParams::default(), &Patch::Merge(&free)).await;
            assert!(freed.is_ok() || api.get_opt(&name).await.unwrap().is_none(), "{freed:?}");
        }
    }
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

async fn allowed(ask: &ClusterProber, subject: &Subject, attributes: &AccessAttributes) -> bool {
    let probe = Probe::Access { subject: subject.clone(), attributes: attributes.clone() };
    match ask.ask(&probe).await.outcome {
        Ok(Observation::Access { allowed, .. }) => allowed,
        other => panic!("{attributes:?}: {other:?}"),
    }
}

/// Waits until the controller has aggregated, and the authorizer has seen all that is there: a last object of each kind
/// tells, since it sees each kind in order.
async fn settled(client: &Client, ask: &ClusterProber, round: usize) -> Policy {
    let marker = Subject { user: format!("satrain-marker-{round}"), groups: Vec::new() };
    let subjects = json!([{"kind": "User", "apiGroup": GROUP, "name": marker.user}]);
    for (role, binding, namespace) in
        [("Role", "RoleBinding", Some("satrain-r1")), ("ClusterRole", "ClusterRoleBinding", None)]
    {
        let mut metadata = json!({"name": "satrain-marker", "labels": {"satrain-test-rbac": "yes"}});
        if let Some(namespace) = namespace {
            metadata["namespace"] = namespace.into();
        }
        let resources = if namespace.is_some() { "pods" } else { "nodes" };
        let rules = json!([{"verbs": ["get"], "apiGroups": [""], "resources": [resources]}]);
        place(client, json!({"apiVersion": RBAC, "kind": role, "metadata": metadata, "rules": rules})).await;
        let role_ref = json!({"apiGroup": GROUP, "kind": role, "name": "satrain-marker"});
        place(
            client,
            json!({"apiVersion": RBAC, "kind": binding, "metadata": metadata, "roleRef": role_ref, "subjects": subjects}),
        )
        .await;
    }
    let get = |resource: &str, namespace: &str| AccessAttributes {
        verb: "get".into(),
        resource: resource.into(),
        namespace: namespace.into(),
        ..AccessAttributes::default()
    };
    for _ in 0..200 {
        let policy = policy(ask).await;
        let behind = NAMESPACES.iter().any(|namespace| {
            ["sa1", "sa2"].iter().any(|account| {
                policy.aggregation_behind(&Subject::service_account(namespace, account)).is_some()
            })
        });
        if !behind
            && allowed(ask, &marker, &get("pods", "satrain-r1")).await
            && allowed(ask, &marker, &get("nodes", "")).await
        {
            return policy;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the authorizer has not seen the objects of round {round}");
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_resolver_and_the_api_server_say_the_same() {
    let Some(lab) = Lab::start() else { return };
    let client = lab.grader().await;
    let workspace = tempfile::tempdir().unwrap();
    let ask = &ClusterProber::new(client.clone(), workspace.path());
    everybody_has_what_is_known_beforehand(ask).await;
    what_lives_in_no_namespace_is_known_beforehand(&client).await;
    for name in NAMESPACES {
        // It may be there from an earlier run.
        let _ = create(&client, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}))
            .await;
    }
    a_named_create_is_made_use_of_by_apply(&client).await;
    let (pairs, seed) = (number("SATRAIN_RBAC_PAIRS", 2_000), number("SATRAIN_RBAC_SEED", 1));
    let (mut compared, mut allowed_ones, mut told) = (0, 0, 0);
    for round in 0..pairs.div_ceil(PAIRS_A_POLICY) {
        clean(&client).await;
        let dice = &mut Dice((seed * 1_000_000 + round) as u64);
        for object in objects(dice) {
            place(&client, object).await;
        }
        let policy = settled(&client, ask, round).await;
        let accounts = NAMESPACES.iter().flat_map(|ns| ["sa1", "sa2"].map(|sa| (*ns, sa)));
        let subjects: Vec<Subject> = accounts.map(|(ns, sa)| Subject::service_account(ns, sa)).collect();
        let granted: Vec<Vec<Grant>> = subjects.iter().map(|s| policy.grants(s).unwrap()).collect();
        let mut asked: Vec<(usize, AccessAttributes)> = Vec::new();
        while asked.len() < PAIRS_A_POLICY {
            let who = dice.below(subjects.len());
            asked.push((who, request(dice)));
            // A request that is drawn is mostly denied: one of the rights, or a neighbour of it, is drawn as often.
            let own: Vec<Right> = rights(&granted[who]).map(|(right, _)| right).take(500).collect();
            let own: Vec<&Right> = own.iter().filter(|right| right.can_be_asked()).collect();
            if !own.is_empty() {
                let right = own[dice.below(own.len())];
                asked.push((who, neighbour(right.request(), dice)));
            }
        }
        let answers = asked.iter().map(|(who, attributes)| {
            let (subject, grants) = (&subjects[*who], &granted[*who]);
            async move { (subject, attributes, grants, allowed(ask, subject, attributes).await) }
        });
        let answers: Vec<_> = futures::stream::iter(answers).buffer_unordered(8).collect().await;
        for (subject, attributes, grants, allowed) in answers {
            let mine = grants.iter().any(|grant| grant.allows(attributes));
            assert_eq!(mine, allowed, "seed {seed}, round {round}, {subject:?}, {attributes:?}");
            compared += 1;
            allowed_ones += usize::from(allowed);
        }
        told += surplus_is_allowed(ask, &subjects, &granted).await;
    }
    clean(&client).await;
    eprintln!("{compared} pairs, {allowed_ones} allowed, {told} surplus rights confirmed");
    assert!(
        allowed_ones > compared / 20 && allowed_ones < compared / 20 * 19,
        "{allowed_ones} of {compared}"
    );
    assert!(told > 0);
}

/// The request, or one with another verb, name, Namespace or path.
fn neighbour(mut request: AccessAttributes, dice: &mut Dice) -> AccessAttributes {
    match dice.below(6) {
        0 => request.verb = dice.one(&VERBS).into(),
        1 if request.resource.is_empty() => request.path = dice.one(&URLS).into(),
        1 => request.name = dice.one(&NAMES).into(),
        2 if request.resource.is_empty() => request.path.push_str(dice.one(&["/", "y", "*"])),
        2 => request.namespace = dice.one(&["", "satrain-r1", "satrain-r2"]).into(),
        _ => {}
    }
    request
}

/// What the resolver calls surplus is allowed by the API server, as far as that can be asked.
async fn surplus_is_allowed(ask: &ClusterProber, subjects: &[Subject], granted: &[Vec<Grant>]) -> usize {
    let mut told = 0;
    for (subject, grants) in subjects.iter().zip(granted) {
        let found = diff(grants, &[], everyone());
        assert!(found.whole);
        for surplus in found.surplus.iter().filter(|s| s.right.can_be_asked()).take(10) {
            let asked = surplus.right.request();
            assert!(allowed(ask, subject, &asked).await, "{subject:?} {}", surplus.right);
            told += 1;
        }
    }
    told
}

/// On a new cluster everybody has what the resolver takes for built-in, and nothing else.
async fn everybody_has_what_is_known_beforehand(ask: &ClusterProber) {
    let policy = policy(ask).await;
    let grants = policy.grants(&Subject::any_service_account()).unwrap();
    let found = diff(&grants, everyone(), &[]);
    assert!(found.surplus.is_empty() && found.missing.is_empty(), "{found:#?}");
}

/// The API's own resources are where the resolver takes them to be.
async fn what_lives_in_no_namespace_is_known_beforehand(client: &Client) {
    let mut groups = vec![("", client.list_core_api_resources("v1").await.unwrap().resources)];
    let found = client.list_api_groups().await.unwrap();
    let versions = found.groups.iter().flat_map(|g| g.versions.iter().map(|v| (g.name.as_str(), v)));
    for (group, version) in versions {
        groups
            .push((group, client.list_api_group_resources(&version.group_version).await.unwrap().resources));
    }
    let mut seen = 0;
    for (group, resources) in groups {
        for resource in resources.iter().filter(|r| r.name.split('/').next() != Some("namespaces")) {
            let scoped = is_cluster_scoped(group, &resource.name);
            assert_eq!(scoped, !resource.namespaced, "{} of {group:?}", resource.name);
            assert!(!is_nowhere(group, &resource.name), "{} of {group:?}", resource.name);
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

/// `create` by name is a right where `patch` by this name is one, too, and else of no use.
async fn a_named_create_is_made_use_of_by_apply(client: &Client) {
    let namespace = NAMESPACES[0];
    let labels = json!({"satrain-test-rbac": "yes"});
    let subjects = json!([{"kind": "User", "apiGroup": GROUP, "name": "satrain-applier"}]);
    for (name, verbs) in [("satrain-applies", vec!["create", "patch"]), ("satrain-creates", vec!["create"])] {
        clean(client).await;
        let metadata = json!({"name": name, "namespace": namespace, "labels": labels});
        let rules = json!([{"verbs": verbs, "apiGroups": [""], "resources": ["configmaps"], "resourceNames": [name]}]);
        let role_ref = json!({"apiGroup": GROUP, "kind": "Role", "name": name});
        place(client, json!({"apiVersion": RBAC, "kind": "Role", "metadata": metadata, "rules": rules}))
            .await;
        place(
            client,
            json!({"apiVersion": RBAC, "kind": "RoleBinding", "metadata": metadata, "roleRef": role_ref, "subjects": subjects}),
        )
        .await;
        let config =
            |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
        let url = format!("/api/v1/namespaces/{namespace}/configmaps");
        let request = |method: &str, path: &str, kind: &str, body: Value| {
            let request = http::Request::builder().method(method).uri(path);
            let request = request.header("Impersonate-User", "satrain-applier").header("Content-Type", kind);
            request.body(serde_json::to_vec(&body).unwrap()).unwrap()
        };
        let apply = format!("{url}/{name}?fieldManager=satrain");
        let mut applied = false;
        for _ in 0..40 {
            let asked = request("PATCH", &apply, "application/apply-patch+yaml", config(name));
            applied = client.request::<Value>(asked).await.is_ok();
            if applied || verbs.len() == 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(applied, verbs.len() == 2, "{verbs:?}");
        let posted = request("POST", &url, "application/json", config(name));
        assert!(client.request::<Value>(posted).await.is_err(), "a name in the body is not looked at");
        let policy_of_one = Policy::read(
            &[json!({"metadata": metadata, "rules": rules})],
            &[],
            &[json!({"metadata": metadata, "roleRef": role_ref, "subjects": subjects})],
            &[],
        );
        let applier = Subject { user: "satrain-applier".into(), groups: Vec::new() };
        let grants = policy_of_one.unwrap().grants(&applier).unwrap();
        let creates = |right: &Right| right.verb == "create" && matches!(right.what, What::Resource { .. });
        assert_eq!(rights(&grants).any(|(right, _)| creates(&right)), applied, "{verbs:?}");
    }
    clean(client).await;
    let config_maps = api(client, "ConfigMap", Some(namespace));
    config_maps.delete("satrain-applies", &DeleteParams::default()).await.unwrap();
}
