//! The resolver against an oracle: a literal, naive reading of the authorizer's rules, asked for every request of
//! a small universe, over generated policies.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::{AccessAttributes, Diff, Grant, Policy, Right, Subject, What, diff, rights};

const VERBS: [&str; 9] =
    ["get", "list", "create", "deletecollection", "patch", "update", "impersonate", "escalate", "bind"];
const RESOURCES: [(&str, &str); 10] = [
    ("", "pods"),
    ("", "configmaps"),
    ("", "pods/log"),
    ("", "serviceaccounts/token"),
    ("", "nodes"),
    ("", "users"),
    ("apps", "deployments"),
    ("apps", "deployments/scale"),
    ("scheduling.k8s.io", "workloads"),
    ("scheduling.k8s.io", "priorityclasses"),
];
const NAMES: [&str; 3] = ["", "a", "b"];
const NAMESPACES: [&str; 3] = ["", "n1", "n2"];
const URLS: [&str; 7] = ["", "/", "/api", "/api/", "/api/v1", "/apix", "/healthz"];

/// Every request that can be made in the small universe.
fn universe() -> Vec<AccessAttributes> {
    let mut all = Vec::new();
    for verb in VERBS {
        for (group, combined) in RESOURCES {
            for name in NAMES {
                for namespace in NAMESPACES {
                    let (resource, subresource) = combined.split_once('/').unwrap_or((combined, ""));
                    // A request for a whole collection carries no name, and one for what is in no Namespace none
                    // (requestinfo.go).
                    let whole = verb == "deletecollection" && !name.is_empty();
                    let of_cluster =
                        ["nodes", "priorityclasses"].contains(&resource) && !namespace.is_empty();
                    if whole || of_cluster {
                        continue;
                    }
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
        all.extend(URLS.iter().map(|path| AccessAttributes {
            verb: verb.into(),
            path: (*path).into(),
            ..AccessAttributes::default()
        }));
    }
    all
}

/// Whether it is asked only after another one, `patch` or `update` of what does not exist, was allowed.
fn is_second_question(asked: &AccessAttributes) -> bool {
    asked.verb == "create" && !asked.name.is_empty() && asked.subresource.is_empty()
}

/// Whether the first of those is allowed.
fn may_change(objects: &Objects, asked: &AccessAttributes) -> bool {
    let change = |verb: &str| AccessAttributes { verb: verb.into(), ..asked.clone() };
    ["patch", "update"].into_iter().any(|verb| oracle(objects, &change(verb)))
}

fn one_of(all: &'static [&'static str], least: usize) -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(all, least..=2)
}

fn rule() -> impl Strategy<Value = Value> {
    let resources = (
        one_of(
            &[
                "get",
                "list",
                "create",
                "deletecollection",
                "patch",
                "update",
                "impersonate",
                "escalate",
                "bind",
                "GET",
                "*",
            ],
            1,
        ),
        one_of(&["", "apps", "scheduling.k8s.io", "*"], 1),
        one_of(
            &[
                "pods",
                "configmaps",
                "pods/log",
                "serviceaccounts/token",
                "nodes",
                "users",
                "deployments",
                "workloads",
                "priorityclasses",
                "*",
                "*/scale",
                "pods/*",
                "*/log",
                "*/*",
                "pods/",
                "Pods",
                "",
            ],
            1,
        ),
        one_of(&["", "a", "b", "*"], 0),
    )
        .prop_map(|(verbs, groups, resources, names)| {
            json!({"verbs": verbs, "apiGroups": groups, "resources": resources, "resourceNames": names})
        });
    let urls = (
        one_of(&["get", "*"], 1),
        one_of(&["", "/api", "/api/*", "/api*", "/api/**", "*", "**", "/*", "/healthz", "*/healthz"], 1),
    )
        .prop_map(|(verbs, urls)| json!({"verbs": verbs, "nonResourceURLs": urls}));
    prop_oneof![5 => resources, 1 => urls]
}

fn subject() -> impl Strategy<Value = Value> {
    select(vec![
        json!({"kind": "ServiceAccount", "name": "sa", "namespace": "n1"}),
        json!({"kind": "ServiceAccount", "name": "sa"}),
        json!({"kind": "ServiceAccount", "name": "sa", "namespace": "n2"}),
        json!({"kind": "User", "name": "system:serviceaccount:n1:sa"}),
        json!({"kind": "ServiceAccount", "name": "sa", "namespace": ""}),
        json!({"kind": "User", "name": "system:serviceaccount:n2:sa"}),
        json!({"kind": "User", "name": "system:serviceaccount:n1:sa:more"}),
        json!({"kind": "Group", "name": "system:serviceaccount:n1:sa"}),
        json!({"kind": "Group", "name": "system:masters"}),
        json!({"kind": "Group", "name": "system:unauthenticated"}),
        json!({"kind": "User", "name": "sa"}),
        json!({"kind": "Group", "name": "system:serviceaccounts"}),
        json!({"kind": "Group", "name": "system:serviceaccounts:n1"}),
        json!({"kind": "Group", "name": "system:serviceaccounts:n2"}),
        json!({"kind": "Group", "name": "system:authenticated"}),
    ])
}

#[derive(Debug, Clone)]
struct Objects {
    roles: Vec<Value>,
    cluster_roles: Vec<Value>,
    bindings: Vec<Value>,
    cluster_bindings: Vec<Value>,
}

impl Objects {
    fn policy(&self) -> Policy {
        Policy::read(&self.roles, &self.cluster_roles, &self.bindings, &self.cluster_bindings).unwrap()
    }
}

/// What is being deleted and waits for a finalizer still grants.
fn metadata(name: &str, namespace: Option<&str>, dying: bool) -> Value {
    let mut metadata = json!({"name": name});
    if let Some(namespace) = namespace {
        metadata["namespace"] = namespace.into();
    }
    if dying {
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        metadata["finalizers"] = json!(["example.com/later"]);
    }
    metadata
}

fn objects() -> impl Strategy<Value = Objects> {
    let role = |namespaced: bool| {
        let rules = prop::collection::vec(rule(), 1..3);
        (select(vec!["r1", "r2"]), select(vec!["n1", "n2"]), rules, any::<bool>()).prop_map(
            move |(name, namespace, rules, dying)| {
                let metadata = metadata(name, namespaced.then_some(namespace), dying);
                json!({"metadata": metadata, "rules": rules})
            },
        )
    };
    let binding = |namespaced: bool| {
        let kinds = if namespaced { vec!["Role", "ClusterRole"] } else { vec!["ClusterRole"] };
        (
            select(kinds),
            select(vec!["r1", "r2", "gone"]),
            select(vec!["n1", "n2"]),
            prop::collection::vec(subject(), 1..3),
            any::<bool>(),
        )
            .prop_map(move |(kind, role, namespace, subjects, dying)| {
                let metadata = metadata("b", namespaced.then_some(namespace), dying);
                json!({
                    "metadata": metadata, "subjects": subjects,
                    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
                })
            })
    };
    (
        prop::collection::vec(role(true), 0..3),
        prop::collection::vec(role(false), 0..3),
        prop::collection::vec(binding(true), 0..3),
        prop::collection::vec(binding(false), 0..2),
    )
        .prop_map(|(mut roles, mut cluster_roles, bindings, cluster_bindings)| {
            // One object a name, as in a cluster.
            let id = |r: &Value| format!("{}/{}", r["metadata"]["namespace"], r["metadata"]["name"]);
            roles.sort_by_key(id);
            roles.dedup_by_key(|r| id(r));
            cluster_roles.sort_by_key(id);
            cluster_roles.dedup_by_key(|r| id(r));
            Objects { roles, cluster_roles, bindings, cluster_bindings }
        })
}

/// The authorizer, read literally.
fn oracle(objects: &Objects, asked: &AccessAttributes) -> bool {
    let strings = |v: &Value| -> Vec<String> { serde_json::from_value(v.clone()).unwrap_or_default() };
    let bound = |binding: &Value, local: &str| {
        binding["subjects"].as_array().unwrap().iter().any(|s| {
            let name = s["name"].as_str().unwrap();
            match s["kind"].as_str().unwrap() {
                "User" => name == "system:serviceaccount:n1:sa",
                "Group" => ["system:serviceaccounts", "system:serviceaccounts:n1", "system:authenticated"]
                    .contains(&name),
                _ => {
                    let written = s["namespace"].as_str().filter(|ns| !ns.is_empty());
                    name == "sa" && written.unwrap_or(local) == "n1"
                }
            }
        })
    };
    let rules = |binding: &Value, namespace: Option<&str>| -> Vec<Value> {
        let name = &binding["roleRef"]["name"];
        let found = if binding["roleRef"]["kind"] == "Role" {
            objects
                .roles
                .iter()
                .find(|r| r["metadata"]["name"] == *name && r["metadata"]["namespace"].as_str() == namespace)
        } else {
            objects.cluster_roles.iter().find(|r| r["metadata"]["name"] == *name)
        };
        found.and_then(|r| r["rules"].as_array().cloned()).unwrap_or_default()
    };
    let allows = |rule: &Value| {
        let has = |key: &str, wanted: &str| strings(&rule[key]).iter().any(|x| x == "*" || x == wanted);
        if asked.resource.is_empty() {
            return has("verbs", &asked.verb)
                && strings(&rule["nonResourceURLs"]).iter().any(|u| {
                    u == "*"
                        || *u == asked.path
                        || (u.ends_with('*') && asked.path.starts_with(u.trim_end_matches('*')))
                });
        }
        let combined = if asked.subresource.is_empty() {
            asked.resource.clone()
        } else {
            format!("{}/{}", asked.resource, asked.subresource)
        };
        let resource = strings(&rule["resources"]).iter().any(|r| {
            r == "*"
                || *r == combined
                || (!asked.subresource.is_empty() && *r == format!("*/{}", asked.subresource))
        });
        let names = strings(&rule["resourceNames"]);
        has("verbs", &asked.verb)
            && has("apiGroups", &asked.group)
            && resource
            && (names.is_empty() || names.contains(&asked.name))
    };
    let cluster_wide =
        objects.cluster_bindings.iter().any(|b| bound(b, "") && rules(b, None).iter().any(allows));
    let here = objects.bindings.iter().any(|b| {
        let namespace = b["metadata"]["namespace"].as_str().unwrap();
        !asked.namespace.is_empty()
            && namespace == asked.namespace
            && bound(b, namespace)
            && rules(b, Some(namespace)).iter().any(allows)
    });
    cluster_wide || here
}

/// Whether one of these rights covers a request.
fn covered(rights: &[Right], asked: &AccessAttributes) -> bool {
    let what = if asked.resource.is_empty() {
        What::Url(asked.path.clone())
    } else {
        let resource = if asked.subresource.is_empty() {
            asked.resource.clone()
        } else {
            format!("{}/{}", asked.resource, asked.subresource)
        };
        What::Resource {
            group: asked.group.clone(),
            resource,
            name: Some(asked.name.clone()),
            namespace: (!asked.namespace.is_empty()).then(|| asked.namespace.clone()),
        }
    };
    let point = Right { verb: asked.verb.clone(), what };
    rights.iter().any(|right| right.covers(&point))
}

fn single(grants: &[Grant]) -> Vec<Right> {
    rights(grants).map(|(right, _)| right).collect()
}

fn granted(objects: &Objects) -> Vec<Grant> {
    objects.policy().grants(&Subject::service_account("n1", "sa")).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_resolver_allows_what_the_authorizer_allows(objects in objects()) {
        let grants = granted(&objects);
        let rights = single(&grants);
        for asked in universe() {
            let truth = oracle(&objects, &asked);
            prop_assert_eq!(grants.iter().any(|g| g.allows(&asked)), truth, "{:?}", asked);
            let of_use = truth && (!is_second_question(&asked) || may_change(&objects, &asked));
            let mine = covered(&rights, &asked);
            prop_assert!(mine || !of_use, "not among its single rights: {:?}", asked);
            prop_assert!(truth || !mine, "among its single rights: {:?}", asked);
        }
        for right in rights.iter().filter(|right| right.can_be_asked()) {
            prop_assert!(oracle(&objects, &right.request()), "a right that is denied: {}", right);
            prop_assert!(grants.iter().any(|g| g.covers(right)), "covered by no rule: {}", right);
        }
    }

    #[test]
    fn no_surplus_and_nothing_missing_means_the_same_rights(mine in objects(), other in objects()) {
        let (grants, expected) = (granted(&mine), single(&granted(&other)));
        let found = diff(&grants, &expected, &[]);
        for asked in universe() {
            let (has, should) = (oracle(&mine, &asked), covered(&expected, &asked));
            let of_use = has && (!is_second_question(&asked) || may_change(&mine, &asked));
            if found.surplus.is_empty() {
                prop_assert!(!of_use || should, "unnoticed surplus {:?}", asked);
            }
            if found.missing.is_empty() {
                prop_assert!(has || !should, "unnoticed lack {:?}", asked);
            }
        }
        for surplus in &found.surplus {
            let asked = surplus.right.request();
            let allowed = grants.iter().any(|g| g.allows(&asked));
            prop_assert!(allowed || !surplus.right.can_be_asked(), "surplus that is not granted: {:?}", surplus);
            prop_assert!(!expected.iter().any(|known| known.covers(&surplus.right)));
        }
    }

    #[test]
    fn what_is_denied_is_found_in_every_part(objects in objects(), forbidden in objects()) {
        let grants = granted(&objects);
        let rights = single(&grants);
        for denied in single(&granted(&forbidden)) {
            let parts: Vec<Grant> = grants.iter().filter_map(|grant| grant.within(&denied)).collect();
            for part in super::rights_beside(&parts, &grants).map(|(right, _)| right) {
                prop_assert!(rights.contains(&part), "{} is not granted", part);
            }
            let touched = rights.iter().any(|right| right.covers(&denied) || denied.covers(right));
            let found = super::rights_beside(&parts, &grants).next().is_some();
            prop_assert!(found || !touched, "{} is not found", denied);
        }
    }

    #[test]
    fn a_policy_compared_with_itself_has_no_difference(objects in objects()) {
        let grants = granted(&objects);
        let same = Diff { surplus: Vec::new(), missing: Vec::new(), whole: true };
        prop_assert_eq!(diff(&grants, &single(&grants), &[]), same);
    }
}

#[test]
fn a_short_rule_that_stands_for_more_than_memory_holds_is_compared() {
    let words = |n: usize| -> Vec<String> { (0..n).map(|i| format!("w{i}")).collect() };
    let wide = json!({"verbs": words(1001), "apiGroups": words(1001), "resources": words(1001)});
    let role = json!({"metadata": {"name": "r"}, "rules": [wide]});
    let binding = json!({
        "metadata": {"name": "b"}, "subjects": [{"kind": "Group", "name": "system:authenticated"}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r"},
    });
    let policy = Policy::read(&[], &[role], &[], &[binding]).unwrap();
    let grants = policy.grants(&Subject::service_account("n1", "sa")).unwrap();
    let wanted = |verb: &str| Right {
        verb: verb.into(),
        what: What::Resource { group: "w1000".into(), resource: "w1000".into(), name: None, namespace: None },
    };
    let found = diff(&grants, &[wanted("w7"), wanted("x")], &[]);
    assert!(!found.whole && found.surplus.len() > 1000);
    assert_eq!(found.missing, [wanted("x")]);
}

#[test]
fn rules_that_are_too_many_to_be_looked_at_are_said_to_be() {
    let names: Vec<String> = (0..1000).map(|i| format!("n{i}")).collect();
    let rule = json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "resourceNames": names});
    let role = json!({"metadata": {"name": "r"}, "rules": [rule]});
    let binding = |n: usize| {
        json!({
            "metadata": {"name": format!("b{n}")}, "subjects": [{"kind": "User", "name": "u"}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "r"},
        })
    };
    let bindings: Vec<Value> = (0..1001).map(binding).collect();
    let policy = Policy::read(&[], &[role], &[], &bindings).unwrap();
    let of = |user: &str| policy.grants(&Subject { user: user.into(), groups: Vec::new() });
    assert!(of("u").is_err());
    assert_eq!(of("somebody-else"), Ok(Vec::new()), "what others have does not matter");
}
