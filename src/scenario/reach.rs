//! Pure: whether a text of a scenario, a script or manifests, reaches beyond the Namespaces of its attempt.
//!
//! In: the text as it will be played. Out: whether others on the cluster could see what it does, or clash with it. What is not
//! plain to see is taken for reaching out.

use std::sync::LazyLock;

use regex::Regex;

/// What reaches beyond an attempt's own namespaces, in scripts and manifests.
static WIDE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)cluster-?role|admission-?polic|admission-?webhook|customresourcedefinition|\bcrd\b|(-n|--namespace)[= ]+(default|kube-)|namespace: +(default|kube-)|create +(ns|namespace)\b|kind: +Namespace|certificatesigningrequest|\bcsr\b|(validating|mutating)webhook|api-?service|flow-?schema|prioritylevel|priority-?class|runtime-?class|(storage|ingress|device|attributes)-?class|csi-?driver|trust-?bundle|kind: +Node|\b(un)?cordon\b|\bdrain\b|\btaint\b|\bnodes?\b.*[a-z]=|label +(ns|namespaces?)\b",
    )
    .ok()
});

/// The role that a binding names: a RoleBinding to a ClusterRole gives rights in its namespace only, and what makes
/// ClusterRoleBindings says so itself.
static ROLE_REFERENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let (option, inline) = (r"--clusterrole[= ]\S+", r"roleRef: *\{[^}]*\}");
    let block = r"roleRef: *\n(?:[ \t]+(?:apiGroup|kind|name):.*\n?){1,3}";
    Regex::new(&format!("{option}|{inline}|{block}")).ok()
});

/// Whether others on the cluster could see what a script or manifest does.
pub(crate) fn reaches_beyond(text: &str) -> bool {
    let Some((wide, role)) = WIDE.as_ref().zip(ROLE_REFERENCE.as_ref()) else { return true };
    wide.is_match(&role.replace_all(text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_role_needs_the_cluster_and_a_role_does_not() {
        let wide = reaches_beyond;
        assert!(wide("kubectl create clusterrole x --verb=get --resource=pods"));
        assert!(!wide(
            "kubectl create rolebinding x -n \"$NAMESPACE\" --clusterrole=view --serviceaccount=a:b"
        ));
        assert!(wide("kubectl create clusterrolebinding x --clusterrole=view"));
        assert!(wide("kubectl -n default patch sa default"));
        assert!(wide("kubectl create ns other"));
        assert!(wide("kind: StorageClass") && wide("kind: ClusterTrustBundle") && wide("kind: Node"));
        assert!(wide("kubectl taint nodes --all a=b:NoSchedule") && wide("kubectl label node a x=y"));
        assert!(wide("kubectl create priorityclass a --value=1") && wide("kubectl label ns kube-public a=b"));
        assert!(!wide("kubectl get nodes") && !wide("spec: {serviceAccountName: a}"));
        assert!(!wide("kubectl create role x -n \"$NAMESPACE\" --verb=get --resource=pods"));
        assert!(!wide("kubectl create rolebinding x -n \"$NAMESPACE\" --clusterrole=view"));
        assert!(!wide("kubectl patch sa default -n \"$NAMESPACE\""));
        let role =
            "kind: RoleBinding\nroleRef:\n  apiGroup: g\n  kind: ClusterRole\n  name: view\nsubjects: []\n";
        assert!(!wide(role) && wide(&role.replace("RoleBinding", "ClusterRoleBinding")));
        assert!(!wide("kind: RoleBinding\nroleRef: {apiGroup: g, kind: ClusterRole, name: view}\n"));
    }
}
