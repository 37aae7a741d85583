//! What is known beforehand about the API's own resources: which live in no Namespace, and which do not exist.

/// The built-in resources that live in no Namespace, by API group; `tests/real_rbac.rs` compares them with an API server.
///
/// `namespaces` is left out on purpose: a request for one Namespace carries its name as its namespace, so a
/// RoleBinding inside it does grant `get` on it (`apiserver/pkg/endpoints/request/requestinfo.go`). What is not listed
/// counts as namespaced, so that a right is told rather than overlooked.
const CLUSTER_SCOPED: [(&str, &[&str]); 16] = [
    ("", &["nodes", "persistentvolumes", "componentstatuses"]),
    (
        "admissionregistration.k8s.io",
        &[
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "validatingwebhookconfigurations",
        ],
    ),
    ("apiextensions.k8s.io", &["customresourcedefinitions"]),
    ("apiregistration.k8s.io", &["apiservices"]),
    ("authentication.k8s.io", &["selfsubjectreviews", "tokenreviews"]),
    (
        "authorization.k8s.io",
        &["selfsubjectaccessreviews", "selfsubjectrulesreviews", "subjectaccessreviews"],
    ),
    ("certificates.k8s.io", &["certificatesigningrequests", "clustertrustbundles"]),
    ("flowcontrol.apiserver.k8s.io", &["flowschemas", "prioritylevelconfigurations"]),
    ("internal.apiserver.k8s.io", &["storageversions"]),
    ("networking.k8s.io", &["ingressclasses", "ipaddresses", "servicecidrs"]),
    ("node.k8s.io", &["runtimeclasses"]),
    ("rbac.authorization.k8s.io", &["clusterroles", "clusterrolebindings"]),
    (
        "resource.k8s.io",
        &["deviceclasses", "devicetaintrules", "resourcepoolstatusrequests", "resourceslices"],
    ),
    ("scheduling.k8s.io", &["priorityclasses"]),
    (
        "storage.k8s.io",
        &["csidrivers", "csinodes", "storageclasses", "volumeattachments", "volumeattributesclasses"],
    ),
    ("storagemigration.k8s.io", &["storageversionmigrations"]),
];

/// All resources of the API groups that nobody can add to: the name of a CustomResourceDefinition's group has a dot.
/// `users` and `groups` are no objects, but what `impersonate` is asked for.
const CLOSED: [(&str, &[&str]); 5] = [
    (
        "",
        &[
            "bindings",
            "componentstatuses",
            "configmaps",
            "endpoints",
            "events",
            "groups",
            "limitranges",
            "namespaces",
            "nodes",
            "persistentvolumeclaims",
            "persistentvolumes",
            "pods",
            "podtemplates",
            "replicationcontrollers",
            "resourcequotas",
            "secrets",
            "serviceaccounts",
            "services",
            "users",
        ],
    ),
    ("apps", &["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"]),
    ("autoscaling", &["horizontalpodautoscalers"]),
    ("batch", &["cronjobs", "jobs"]),
    ("extensions", &[]),
];

/// Whether objects of this built-in resource live in no Namespace. A RoleBinding cannot grant them.
pub fn is_cluster_scoped(group: &str, resource: &str) -> bool {
    listed(&CLUSTER_SCOPED, group).is_some_and(|all| all.contains(&parent(resource)))
}

/// The same, whichever group it is of.
pub fn is_cluster_scoped_somewhere(resource: &str) -> bool {
    CLUSTER_SCOPED.iter().any(|(_, resources)| resources.contains(&parent(resource)))
}

/// Whether no API server has this resource, whatever is installed, though another group has it: `pods` of the group `apps`,
/// say. People write `apiGroups: ["", "apps"]` for Pods and Deployments.
pub fn is_nowhere(group: &str, resource: &str) -> bool {
    let parent = parent(resource);
    let elsewhere = || CLOSED.iter().any(|(_, resources)| resources.contains(&parent));
    listed(&CLOSED, group).is_some_and(|all| !all.contains(&parent)) && elsewhere()
}

/// All resources of an API group that nobody can add to; None: others may be there.
pub fn all_resources(group: &str) -> Option<&'static [&'static str]> {
    listed(&CLOSED, group)
}

fn listed(table: &'static [(&str, &[&str])], group: &str) -> Option<&'static [&'static str]> {
    table.iter().find(|(name, _)| *name == group).map(|(_, resources)| *resources)
}

fn parent(resource: &str) -> &str {
    resource.split('/').next().unwrap_or(resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_kinds_of_a_group_with_cluster_scoped_ones_are_namespaced() {
        assert!(is_cluster_scoped("scheduling.k8s.io", "priorityclasses"));
        for resource in ["workloads", "podgroups", "podgroups/status"] {
            assert!(!is_cluster_scoped("scheduling.k8s.io", resource), "{resource}");
        }
        assert!(!is_cluster_scoped("", "namespaces"));
        assert!(is_cluster_scoped("", "nodes/proxy"));
    }

    #[test]
    fn a_resource_of_another_group_is_nowhere() {
        assert!(is_nowhere("apps", "pods") && is_nowhere("", "deployments/scale"));
        assert!(is_nowhere("extensions", "deployments"));
        for (group, resource) in
            [("", "pods/log"), ("apps", "*"), ("", "*/scale"), ("example.com", "pods"), ("", "Pods")]
        {
            assert!(!is_nowhere(group, resource), "{group} {resource}");
        }
        assert!(!is_nowhere("", "users"), "may be impersonated");
    }
}
