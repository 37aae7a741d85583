//! The cluster between attempts: what one of them left for all others is removed, or named, before the next is set up.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "tests")]

mod lab_support;

use lab_support::{Lab, in_turn};

/// All that attempts share, as text: two looks at a clean cluster are equal.
const STATE: &str = "for kind in clusterrolebindings clusterroles apiservices crds nodes namespaces priorityclasses runtimeclasses \
    flowschemas prioritylevelconfigurations validatingwebhookconfigurations mutatingwebhookconfigurations \
    validatingadmissionpolicies validatingadmissionpolicybindings; do
        kubectl get $kind -o jsonpath=\"{range .items[*]}$kind {.metadata.name} {.metadata.labels} {.rules} {.subjects} \
            {.roleRef} {.spec.service} {.spec.taints} {.spec.unschedulable} {.value}{'\\n'}{end}\"
    done
    kubectl get serviceaccount default -o jsonpath='{.automountServiceAccountToken}'
    kubectl get secrets -n kube-system -o name";

/// What somebody might leave, each in another way.
const LEFT: &str = r#"
    kubectl create clusterrolebinding left-kept --clusterrole=cluster-admin --group=system:authenticated
    kubectl patch clusterrolebinding left-kept -p '{"metadata": {"finalizers": ["example.com/kept"]}}'
    kubectl delete clusterrolebinding left-kept --wait=false
    kubectl create clusterrole left-more --verb='*' --resource=secrets
    kubectl label clusterrole left-more rbac.authorization.k8s.io/aggregate-to-view=true
    kubectl patch clusterrole system:basic-user --type=json -p '[{"op": "add", "path": "/rules/-", "value": {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}}]'
    kubectl patch clusterrolebinding system:discovery --type=json -p '[{"op": "add", "path": "/subjects/-", "value": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:unauthenticated"}}]'
    kubectl delete clusterrolebinding system:public-info-viewer
    kubectl create rolebinding left -n kube-system --clusterrole=admin --serviceaccount=default:default
    kubectl patch serviceaccount default -p '{"automountServiceAccountToken": false}'
    kubectl label namespace kube-system pod-security.kubernetes.io/enforce=restricted
    kubectl create priorityclass left --value=7
    kubectl label nodes --all left=here
    kubectl taint nodes --all example.com/left=here:NoSchedule
    kubectl cordon --selector kubernetes.io/os
    kubectl apply -f - <<YAML
{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "left", "namespace": "kube-system", "annotations": {"kubernetes.io/service-account.name": "clusterrole-aggregation-controller"}}, "type": "kubernetes.io/service-account-token"}
YAML
    kubectl apply -f - <<YAML
{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "lefts.example.com"}, "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Left", "plural": "lefts"}, "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]}}
YAML
    kubectl patch apiservice v1.scheduling.k8s.io --type=merge -p '{"spec": {"service": {"namespace": "default", "name": "nowhere"}, "insecureSkipTLSVerify": true}}'
    kubectl apply -f - <<YAML
{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "left"}, "webhooks": [{"name": "left.example.com", "clientConfig": {"url": "https://127.0.0.1:9/"}, "rules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}], "failurePolicy": "Fail", "sideEffects": "None", "admissionReviewVersions": ["v1"], "timeoutSeconds": 1}]}
YAML
"#;

const POISON: &str = "kubectl create clusterrolebinding everybody-is-root --clusterrole=cluster-admin --group=system:authenticated\n";

#[test]
fn what_an_attempt_leaves_for_all_is_gone_before_the_next() {
    let Some(lab) = Lab::start() else { return };
    in_turn(
        &lab,
        &[
            ("a solution that was played leaves a binding", a_played_solution_gives_way),
            ("an attempt in progress has changed what all share", an_attempt_in_progress_is_named),
            ("an attempt that ends leaves nothing", an_attempt_that_ends_leaves_nothing),
            ("what was done before any attempt", what_was_done_outside_is_removed),
        ],
    );
}

fn a_played_solution_gives_way(lab: &Lab) {
    let file = lab.state().join("poison.sh");
    std::fs::write(&file, POISON).unwrap();
    let (_, said) = lab.code(&["run", "secure-namespace", "--solution", file.to_str().unwrap()]);
    assert!(said.contains("Group system:authenticated has a new right"), "{said}");
    let (code, said) = lab.code(&["run", "scenario-3", "--solution", "reference"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("it has changed what all attempts share"), "{said}");
    assert!(lab.kubectl("get clusterrolebinding everybody-is-root").contains("NotFound"));
    lab.code(&["reset", "--end", "scenario-3"]);
}

fn an_attempt_in_progress_is_named(lab: &Lab) {
    let (_, said) = lab.code(&["run", "scenario-2"]);
    lab.script(POISON);
    let (code, refused) = lab.code(&["run", "scenario-3", "--solution", "reference"]);
    assert_ne!(code, 0, "{said}{refused}");
    let flat = refused.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
    assert!(flat.contains("everybody-is-root") && flat.contains("scenario-2-"), "{refused}");
    assert!(lab.kubectl("get namespaces").contains("production"), "the other goes on");
    lab.kubectl("delete clusterrolebinding everybody-is-root");
    // What concerns only the other's Namespace is its own affair.
    lab.kubectl(
        "create rolebinding own -n production --clusterrole=admin --serviceaccount=production:default",
    );
    let (code, said) = lab.code(&["run", "token-anatomy", "--seed", "3", "--solution", "reference"]);
    assert_eq!(code, 0, "{said}");
    lab.code(&["reset", "--end", "token-anatomy"]);
    lab.code(&["reset", "--end", "scenario-2"]);
}

fn an_attempt_that_ends_leaves_nothing(lab: &Lab) {
    let before = lab.script(STATE);
    lab.code(&["run", "scenario-2"]);
    println!("{}", lab.script(LEFT));
    let (_, graded) = lab.code(&["check", "scenario-2"]);
    assert!(graded.contains("became wider"), "{graded}");
    let (code, said) = lab.code(&["reset", "--end", "scenario-2"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(lab.script(STATE), before);
}

fn what_was_done_outside_is_removed(lab: &Lab) {
    let before = lab.script(STATE);
    println!("{}", lab.script(LEFT));
    let (code, said) = lab.code(&["run", "scenario-2", "--solution", "reference"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("put back what was left on the cluster"), "{said}");
    lab.code(&["reset", "--end", "scenario-2"]);
    assert_eq!(lab.script(STATE), before);
}
