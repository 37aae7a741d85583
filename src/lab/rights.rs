//! What labs must be allowed to do on a cluster that is not satrain's own: as a list to be asked, and as a ClusterRole.

use futures::{StreamExt, stream};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::Client;
use kube::api::{Api, PostParams};
use serde_json::{Value, json};

use super::error::{Result, api};

/// How many reviews are under way at a time.
const AT_ONCE: usize = 16;

/// One right, in all Namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right<'a> {
    /// What may be done.
    pub verb: &'a str,
    /// The API group; empty for the core.
    pub group: &'a str,
    /// The resource, in the plural.
    pub resource: &'a str,
    /// Its subresource; empty for none.
    pub subresource: &'a str,
}

const READ: &[&str] = &["get", "list", "watch"];
const ALL: &[&str] = &["get", "list", "watch", "create", "update", "patch", "delete"];
/// Giving rights that one does not hold oneself.
const GIVE: &[&str] = &["escalate", "bind"];
const ASK: &[&str] = &["create"];

/// What every lab needs: group, resource (with its subresource), verbs.
const LABS: &[(&str, &str, &[&str])] = &[
    ("", "namespaces", ALL),
    ("", "nodes", READ),
    ("", "pods", ALL),
    ("", "pods/log", &["get"]),
    ("", "pods/exec", &["get", "create"]),
    ("", "serviceaccounts", ALL),
    ("", "serviceaccounts/token", ASK),
    ("", "secrets", ALL),
    ("", "configmaps", ALL),
    ("apps", "deployments", ALL),
    ("apps", "replicasets", ALL),
    ("apps", "statefulsets", ALL),
    ("apps", "daemonsets", ALL),
    ("batch", "jobs", ALL),
    ("batch", "cronjobs", ALL),
    ("rbac.authorization.k8s.io", "roles", ALL),
    ("rbac.authorization.k8s.io", "roles", GIVE),
    ("rbac.authorization.k8s.io", "rolebindings", ALL),
    ("rbac.authorization.k8s.io", "clusterroles", READ),
    ("rbac.authorization.k8s.io", "clusterrolebindings", READ),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies", READ),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings", READ),
    ("admissionregistration.k8s.io", "mutatingadmissionpolicies", READ),
    ("admissionregistration.k8s.io", "mutatingadmissionpolicybindings", READ),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations", READ),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations", READ),
    ("authentication.k8s.io", "tokenreviews", ASK),
    ("authorization.k8s.io", "subjectaccessreviews", ASK),
];

/// What some labs need beyond that, whatever kinds they make: to try an object as a controller would create it.
const AS_CONTROLLERS: Right<'static> =
    Right { verb: "impersonate", group: "", resource: "serviceaccounts", subresource: "" };

/// What trying an object as Kubernetes' controllers needs.
pub fn as_controllers() -> Vec<Right<'static>> {
    vec![AS_CONTROLLERS]
}

/// What every lab needs.
pub fn of_labs() -> Vec<Right<'static>> {
    let rights = LABS.iter().flat_map(|(group, resource, verbs)| {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        verbs.iter().map(move |verb| Right { verb, group, resource, subresource })
    });
    rights.collect()
}

/// What making and removing objects of a kind needs beyond that.
pub fn of_kind<'a>(group: &'a str, resource: &'a str) -> Vec<Right<'a>> {
    let known = of_labs();
    let needed = ["get", "list", "create", "patch", "delete"];
    let rights = needed.into_iter().map(|verb| Right { verb, group, resource, subresource: "" });
    rights.filter(|right| !known.contains(right)).collect()
}

/// A ClusterRole that allows what labs need, whatever kinds they make, and no more.
pub fn cluster_role() -> Value {
    let rule = |group: &str, resource: &str, verbs: &[&str]| json!({"apiGroups": [group], "resources": [resource], "verbs": verbs});
    let Right { verb, group, resource, .. } = AS_CONTROLLERS;
    let rules = LABS.iter().map(|(group, resource, verbs)| rule(group, resource, verbs));
    let rules: Vec<Value> = rules.chain([rule(group, resource, &[verb])]).collect();
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "satrain-labs"},
        "rules": rules,
    })
}

impl std::fmt::Display for Right<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if !self.subresource.is_empty() {
            write!(f, "/{}", self.subresource)?;
        }
        if self.group.is_empty() { Ok(()) } else { write!(f, " of {}", self.group) }
    }
}

/// Those of `rights` that whoever holds the credentials does not have, in all Namespaces.
///
/// # Errors
/// If the cluster does not answer.
pub async fn missing<'a>(client: &Client, rights: &[Right<'a>]) -> Result<Vec<Right<'a>>> {
    let reviews: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    let asked = stream::iter(rights.iter().copied())
        .map(|right| {
            let reviews = reviews.clone();
            async move {
                let review = review(&right);
                let said = reviews
                    .create(&PostParams::default(), &review)
                    .await
                    .map_err(api(format!("asking whether you may {right}")))?;
                Ok((right, said.status.is_some_and(|s| s.allowed)))
            }
        })
        .buffered(AT_ONCE)
        .collect::<Vec<Result<(Right<'a>, bool)>>>()
        .await;
    let answers: Vec<(Right<'a>, bool)> = asked.into_iter().collect::<Result<_>>()?;
    Ok(answers.into_iter().filter(|(_, allowed)| !allowed).map(|(right, _)| right).collect())
}

fn review(right: &Right<'_>) -> SelfSubjectAccessReview {
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                verb: filled(right.verb),
                group: filled(right.group),
                resource: filled(right.resource),
                subresource: filled(right.subresource),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    }
}

/// Rights, those about the same thing together: `get, list pods`.
pub fn described(rights: &[Right<'_>]) -> Vec<String> {
    let mut lines: Vec<(Right<'_>, Vec<&str>)> = Vec::new();
    for right in rights {
        let thing = Right { verb: "", ..*right };
        match lines.iter_mut().find(|(known, _)| *known == thing) {
            Some((_, verbs)) => verbs.push(right.verb),
            None => lines.push((thing, vec![right.verb])),
        }
    }
    lines.into_iter().map(|(thing, verbs)| format!("{}{thing}", verbs.join(", "))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_about_the_same_thing_are_one_line() {
        let right = |verb, group, resource, subresource| Right { verb, group, resource, subresource };
        let rights = [
            right("get", "", "pods", ""),
            right("list", "", "pods", ""),
            right("create", "", "pods", "exec"),
            right("patch", "apps", "deployments", ""),
        ];
        assert_eq!(described(&rights), ["get, list pods", "create pods/exec", "patch deployments of apps"]);
    }

    #[test]
    fn what_every_lab_may_do_anyway_is_not_asked_for_a_kind() {
        assert!(of_kind("", "pods").is_empty());
        let verbs: Vec<&str> =
            of_kind("rbac.authorization.k8s.io", "clusterroles").iter().map(|r| r.verb).collect();
        assert_eq!(verbs, ["create", "patch", "delete"]);
    }

    #[test]
    fn the_cluster_role_allows_each_of_the_rights_and_names_no_wildcard() {
        let role = cluster_role();
        assert!(!role.to_string().contains('*'));
        for right in of_labs().into_iter().chain(as_controllers()) {
            let resource = match right.subresource {
                "" => right.resource.to_owned(),
                sub => format!("{}/{sub}", right.resource),
            };
            let has = |list: &Value, what: &str| list.as_array().unwrap().iter().any(|v| v == what);
            let allowed = role["rules"].as_array().unwrap().iter().any(|rule| {
                has(&rule["apiGroups"], right.group)
                    && has(&rule["resources"], &resource)
                    && has(&rule["verbs"], right.verb)
            });
            assert!(allowed, "{right}");
        }
    }
}
