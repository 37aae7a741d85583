//! Pure: how far a case reaches, told by the text of its script and manifests: whether it must run alone, and whether
//! it only reads.

use std::sync::LazyLock;

use regex::Regex;

use super::plan::Case;
use crate::scenario::model::Scenario;

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

fn reaches_beyond(text: &str) -> bool {
    let Some((wide, role)) = WIDE.as_ref().zip(ROLE_REFERENCE.as_ref()) else { return true };
    wide.is_match(&role.replace_all(text, ""))
}

/// Whether a case must run alone: what it does could be seen by others, or clash with them.
pub(super) fn needs_the_cluster(case: &Case, scenario: &Scenario, manifests: &str) -> bool {
    if scenario.proof.together && !scenario.exclusive {
        match case {
            Case::Unsolved { .. } | Case::Solution { .. } => return false,
            Case::Mistake { name } => {
                return scenario.mistakes.iter().any(|m| m.name == *name && m.alone);
            }
            Case::Variation(variation) => return variation.wide,
            // What a mutant reaches is not the author's word, and reset is looked at by itself.
            Case::Reset | Case::Mutant(_) => {}
        }
    }
    // Every setup makes its Namespaces; they are isolated.
    let own = manifests.replace("kind: Namespace", "");
    let hidden = match case {
        Case::Mutant(mutant) => mutant.reaches_out,
        Case::Variation(variation) => variation.wide,
        _ => false,
    };
    let script = whole_script(case, scenario);
    scenario.exclusive
        || hidden
        || reaches_beyond(&own)
        || reaches_beyond(&scenario.setup.run)
        || script.is_some_and(|script| reaches_beyond(&script))
}

/// What a case plays: a script may call any of the helpers.
fn whole_script(case: &Case, scenario: &Scenario) -> Option<String> {
    case.script(scenario).map(|script| format!("{}\n{script}", scenario.helpers))
}

/// What changes nothing on the cluster, as commands of kubectl.
static READS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let verbs = "get|describe|explain|logs|events|version|api-resources|api-versions|auth +can-i|auth +whoami|config +view";
    Regex::new(&format!(r"\bkubectl +({verbs})\b")).ok()
});

/// What may change the cluster, or might start something that does.
static CLIENTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(kubectl|curl|wget|nc|ssh|openssl|python3?|perl|satrain|bash|sh|eval|source|exec)\b|\./")
        .ok()
});

/// Whether a case leaves the cluster as its setup made it. What is not plain to see is taken for a change.
pub(super) fn only_reads(case: &Case, scenario: &Scenario) -> bool {
    match (case, whole_script(case, scenario)) {
        (Case::Reset | Case::Variation(_), _) => false,
        (Case::Mutant(mutant), _) if mutant.reaches_out => false,
        (_, None) => true,
        (_, Some(script)) => reads(&script),
    }
}

fn reads(script: &str) -> bool {
    let Some((reads, clients)) = READS.as_ref().zip(CLIENTS.as_ref()) else { return false };
    !clients.is_match(&reads.replace_all(script, ""))
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

    #[test]
    fn a_script_only_reads_when_all_that_it_runs_is_known_to() {
        assert!(reads("kubectl get pods -A | grep x > answers/a\nkubectl auth can-i --list --as=x"));
        for script in [
            "kubectl get pods; kubectl delete pod x",
            "kubectl -n a get pods",
            "k=kubectl; $k apply -f x",
            "kubectl auth reconcile -f x",
            "kubectl exec x -- cat token",
            "curl -X DELETE https://api",
            "bash ci/job.sh",
            "./job",
        ] {
            assert!(!reads(script), "{script}");
        }
    }
}
