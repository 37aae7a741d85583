//! How the well-known kinds are written, and which `apiVersion` they have: a cluster would only say that there is no such kind.
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

/// Other kinds of `v1` and `apps/v1`, which scenarios hardly need.
const RARE: [&str; 6] =
    ["Binding", "ComponentStatus", "ControllerRevision", "Endpoints", "Event", "PodTemplate"];

/// Versions that nobody adds a kind to: with [`RARE`], all of their kinds are known.
const CLOSED: [&str; 4] = ["v1", "apps/v1", "batch/v1", "rbac.authorization.k8s.io/v1"];

/// All well-known kinds.
pub(crate) fn known() -> impl Iterator<Item = &'static str> {
    KINDS.iter().flat_map(|(_, kinds)| *kinds).copied()
}

/// What is wrong with a kind or its `apiVersion`, as far as it is well known. Texts with parameters are not judged.
pub(crate) fn mistake(api_version: &str, kind: &str) -> Option<String> {
    if let Some(meant) = known().find(|known| kind.eq_ignore_ascii_case(known)).filter(|meant| *meant != kind)
    {
        return Some(format!("there is no kind `{kind}`: it is written `{meant}`"));
    }
    let Some((versions, _)) = KINDS.iter().find(|(_, kinds)| kinds.contains(&kind)) else {
        let is_none = CLOSED.contains(&api_version) && !kind.contains("{{") && !RARE.contains(&kind);
        return is_none.then(|| format!("`apiVersion: {api_version}` has no kind `{kind}`"));
    };
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
        for (version, kind) in [
            ("batch/v1", "CronJob"),
            ("example.com/v1", "Widget"),
            ("{{ v }}", "Pod"),
            ("v1", "{{ kind }}"),
            ("v1", "Event"),
        ] {
            assert_eq!(mistake(version, kind), None);
        }
    }

    #[test]
    fn a_kind_is_written_as_the_api_writes_it() {
        let said = |version: &str, kind: &str| mistake(version, kind).unwrap();
        assert_eq!(said("v1", "Configmap"), "there is no kind `Configmap`: it is written `ConfigMap`");
        assert_eq!(said("v1", "Widget"), "`apiVersion: v1` has no kind `Widget`");
    }
}
