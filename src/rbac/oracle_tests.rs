//! The resolver against an oracle: a literal, naive reading of the authorizer's rules, asked for every request of
//! a small universe, over generated policies.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::{AccessAttributes, Grant, Policy, Right, Subject, What, diff};

const VERBS: [&str; 4] = ["get", "list", "create", "deletecollection"];
const GROUPS: [&str; 2] = ["", "apps"];
const RESOURCES: [&str; 4] = ["pods", "configmaps", "pods/log", "deployments/scale"];
const NAMES: [&str; 3] = ["", "a", "b"];
const NAMESPACES: [&str; 3] = ["", "n1", "n2"];
const URLS: [&str; 3] = ["/api", "/api/v1", "/healthz"];

/// Every request that can be made in the small universe.
fn universe() -> Vec<AccessAttributes> {
    let mut all = Vec::new();
    for verb in VERBS {
        for group in GROUPS {
            for combined in RESOURCES {
                for name in NAMES {
                    for namespace in NAMESPACES {
                        let (resource, subresource) = combined.split_once('/').unwrap_or((combined, ""));
                        // Requests for a whole collection carry no name (requestinfo.go).
                        if matches!(verb, "create" | "deletecollection")
                            && subresource.is_empty()
                            && !name.is_empty()
                        {
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
        }
        all.extend(URLS.iter().map(|path| AccessAttributes {
            verb: verb.into(),
            path: (*path).into(),
            ..AccessAttributes::default()
        }));
    }
    all
}

fn one_of(all: &'static [&'static str], least: usize) -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(all, least..=2)
}

fn rule() -> impl Strategy<Value = Value> {
    let resources = (
        one_of(&["get", "list", "create", "deletecollection", "*"], 1),
        one_of(&["", "apps", "*"], 1),
        one_of(&["pods", "configmaps", "pods/log", "*", "*/scale", "pods/*", "*/log"], 1),
        one_of(&["a", "b"], 0),
    )
        .prop_map(|(verbs, groups, resources, names)| {
            json!({"verbs": verbs, "apiGroups": groups, "resources": resources, "resourceNames": names})
        });
    let urls = (one_of(&["get", "*"], 1), one_of(&["/api", "/api/*", "*", "/healthz"], 1))
        .prop_map(|(verbs, urls)| json!({"verbs": verbs, "nonResourceURLs": urls}));
    prop_oneof![5 => resources, 1 => urls]
}

fn subject() -> impl Strategy<Value = Value> {
    select(vec![
        json!({"kind": "ServiceAccount", "name": "sa", "namespace": "n1"}),
        json!({"kind": "ServiceAccount", "name": "sa"}),
        json!({"kind": "ServiceAccount", "name": "sa", "namespace": "n2"}),
        json!({"kind": "User", "name": "system:serviceaccount:n1:sa"}),
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

fn objects() -> impl Strategy<Value = Objects> {
    let role = |namespaced: bool| {
        (select(vec!["r1", "r2"]), select(vec!["n1", "n2"]), prop::collection::vec(rule(), 1..3)).prop_map(
            move |(name, namespace, rules)| {
                let metadata = if namespaced {
                    json!({"name": name, "namespace": namespace})
                } else {
                    json!({"name": name})
                };
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
        )
            .prop_map(move |(kind, role, namespace, subjects)| {
                let metadata = if namespaced {
                    json!({"name": "b", "namespace": namespace})
                } else {
                    json!({"name": "b"})
                };
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
            let id = |r: &Value| r["metadata"].to_string();
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
                _ => name == "sa" && s["namespace"].as_str().unwrap_or(local) == "n1",
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
        if !asked.path.is_empty() {
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
    let what = if asked.path.is_empty() {
        let resource = if asked.subresource.is_empty() {
            asked.resource.clone()
        } else {
            format!("{}/{}", asked.resource, asked.subresource)
        };
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        What::Resource {
            group: asked.group.clone(),
            resource,
            name: some(&asked.name),
            namespace: some(&asked.namespace),
        }
    } else {
        What::Url(asked.path.clone())
    };
    let point = Right { verb: asked.verb.clone(), what };
    rights.iter().any(|right| right.covers(&point))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_resolver_allows_what_the_authorizer_allows(objects in objects()) {
        let grants = objects.policy().grants(&Subject::service_account("n1", "sa"));
        let rights: Vec<Right> = grants.iter().flat_map(Grant::rights).collect();
        for asked in universe() {
            let truth = oracle(&objects, &asked);
            prop_assert_eq!(grants.iter().any(|g| g.allows(&asked)), truth, "{:?}", asked);
            prop_assert_eq!(covered(&rights, &asked), truth, "by its single rights: {:?}", asked);
        }
    }

    #[test]
    fn no_surplus_and_nothing_missing_means_the_same_rights(mine in objects(), other in objects()) {
        let subject = Subject::service_account("n1", "sa");
        let grants = mine.policy().grants(&subject);
        let expected: Vec<Right> = other.policy().grants(&subject).iter().flat_map(Grant::rights).collect();
        let found = diff(&grants, &expected, &[]);
        for asked in universe() {
            let (has, should) = (oracle(&mine, &asked), covered(&expected, &asked));
            if found.surplus.is_empty() {
                prop_assert!(!has || should, "unnoticed surplus {:?}", asked);
            }
            if found.missing.is_empty() {
                prop_assert!(has || !should, "unnoticed lack {:?}", asked);
            }
        }
        for surplus in &found.surplus {
            let asked = surplus.right.request();
            prop_assert!(grants.iter().any(|g| g.allows(&asked)), "surplus that is not granted: {:?}", surplus);
            prop_assert!(!expected.iter().any(|known| known.covers(&surplus.right)));
        }
    }

    #[test]
    fn a_policy_compared_with_itself_has_no_difference(objects in objects()) {
        let grants = objects.policy().grants(&Subject::service_account("n1", "sa"));
        let rights: Vec<Right> = grants.iter().flat_map(Grant::rights).collect();
        prop_assert_eq!(diff(&grants, &rights, &[]), super::Diff::default());
    }
}
