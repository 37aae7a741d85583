//! Which `apiVersion` the well-known kinds have: a cluster would only say that there is no such kind.
//!
//! Pure. Kinds that are not listed here are of no matter: an author may have any.

/// Kinds that every supported Kubernetes has in these versions, and in no other.
const KINDS: [(&[&str], &[&str]); 11] = [
    (
        &["v1"],
        &[
            "Pod",
            "Secret",
            "ConfigMap",
            "ServiceAccount",
            "Namespace",
            "Service",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "ResourceQuota",
            "LimitRange",
            "ReplicationController",
        ],
    ),
    (&["apps/v1"], &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"]),
    (&["batch/v1"], &["Job", "CronJob"]),
    (&["rbac.authorization.k8s.io/v1"], &["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"]),
    (&["networking.k8s.io/v1"], &["NetworkPolicy", "Ingress", "IngressClass"]),
    (&["policy/v1"], &["PodDisruptionBudget"]),
    (&["storage.k8s.io/v1"], &["StorageClass"]),
    (&["scheduling.k8s.io/v1"], &["PriorityClass"]),
    (&["apiextensions.k8s.io/v1"], &["CustomResourceDefinition"]),
    (
        &["admissionregistration.k8s.io/v1"],
        &["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"],
    ),
    (
        &["admissionregistration.k8s.io/v1", "admissionregistration.k8s.io/v1beta1"],
        &["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"],
    ),
];

/// What is wrong with the `apiVersion` of a well-known kind. Texts with parameters are not judged.
pub(crate) fn mistake(api_version: &str, kind: &str) -> Option<String> {
    let (versions, _) = KINDS.iter().find(|(_, kinds)| kinds.contains(&kind))?;
    if api_version.contains("{{") || versions.contains(&api_version) {
        return None;
    }
    let right = versions[0];
    Some(match api_version {
        "" => format!("a {kind} needs `apiVersion: {right}`"),
        _ => format!("a {kind} is of `apiVersion: {right}`, not of `{api_version}`"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_well_known_kind_has_one_version() {
        assert_eq!(
            mistake("apps/v1", "CronJob").as_deref(),
            Some("a CronJob is of `apiVersion: batch/v1`, not of `apps/v1`")
        );
        assert!(mistake("v1", "Role").is_some() && mistake("batch/v1beta1", "CronJob").is_some());
        for (version, kind) in [("batch/v1", "CronJob"), ("example.com/v1", "Widget"), ("{{ v }}", "Pod")] {
            assert_eq!(mistake(version, kind), None);
        }
    }
}
