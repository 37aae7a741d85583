//! What the teaching rests on is on in the embedded cluster: asked of a real one, as the learner.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod lab_support;

use lab_support::{Lab, in_turn};

#[test]
fn the_security_features_that_are_taught_are_on() {
    let Some(lab) = Lab::start() else { return };
    in_turn(
        &lab,
        &[
            ("a requested token is for its audience only", audience),
            ("use of a legacy token is tracked", legacy_tracking),
            ("an unused legacy token is invalidated on demand", legacy_cleaning),
            ("Pod Security admission refuses", pod_security),
            ("a ValidatingAdmissionPolicy refuses", admission_policy),
            ("certificates for Pods and trust bundles are served", certificates),
            ("any tag of a known image starts, an unknown name is told at once", images),
        ],
    );
}

fn audience(lab: &Lab) {
    let said = lab.script(
        r#"
        token=$(kubectl create token default --audience=vault --duration=10m)
        review() {
          kubectl create -o jsonpath='{.status.authenticated} {.status.audiences} {.status.user.username}{"\n"}' -f - <<EOF
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "$token", "audiences": ["$1"]}}
        EOF
        }
        review vault
        review other
        kubectl --token="$token" get --raw /version >/dev/null 2>&1 && echo accepted || echo refused
        "#,
    );
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], r#"true ["vault"] system:serviceaccount:default:default"#, "{said}");
    assert!(!lines[1].starts_with("true"), "{said}");
}

fn legacy_tracking(lab: &Lab) {
    let said = lab.script(
        r#"
        kubectl apply -f - >/dev/null <<EOF
        {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/service-account-token",
         "metadata": {"name": "legacy", "namespace": "default", "annotations": {"kubernetes.io/service-account.name": "default"}}}
        EOF
        kubectl wait secret/legacy --for=jsonpath='{.data.token}' --timeout=30s >/dev/null
        token=$(kubectl get secret legacy -o jsonpath='{.data.token}' | base64 -d)
        server=$(kubectl config view --raw -o jsonpath='{.clusters[0].cluster.server}')
        ca=$(mktemp); kubectl config view --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' | base64 -d > "$ca"
        kubectl --kubeconfig=/dev/null --server="$server" --certificate-authority="$ca" --token="$token" auth whoami -o jsonpath='{.status.userInfo.username}{"\n"}'
        kubectl wait secret/legacy --for=jsonpath='{.metadata.labels.kubernetes\.io/legacy-token-last-used}' --timeout=30s
        kubectl get configmap -n kube-system kube-apiserver-legacy-service-account-token-tracking -o jsonpath='{.data.since}'
        "#,
    );
    assert!(said.starts_with("system:serviceaccount:default:default\n"), "{said}");
    assert!(said.contains("secret/legacy condition met"), "{said}");
    assert!(said.lines().last().is_some_and(|since| since.starts_with("20")), "{said}");
}

fn legacy_cleaning(lab: &Lab) {
    // The Secret of the step before, put into the past: listed by its account, last used years ago.
    let before = lab.script(
        r#"
        kubectl patch serviceaccount default --type=merge -p '{"secrets": [{"name": "legacy"}]}'
        kubectl label secret legacy --overwrite kubernetes.io/legacy-token-last-used=2025-01-01
        kubectl patch configmap -n kube-system kube-apiserver-legacy-service-account-token-tracking -p '{"data": {"since": "2025-01-01"}}'
        sleep 2
        kubectl get secret legacy -o jsonpath='{.metadata.labels}'
        "#,
    );
    assert!(!before.contains("invalid-since"), "{before}");
    let (code, said) = lab.code(&["cluster", "clean-tokens"]);
    assert_eq!(code, 0, "{said}");
    let labels = lab.kubectl("get secret legacy -o jsonpath='{.metadata.labels}'");
    assert!(labels.contains("kubernetes.io/legacy-token-invalid-since"), "{labels}");
}

fn pod_security(lab: &Lab) {
    let said = lab.script(
        r#"
        kubectl create namespace strict >/dev/null
        kubectl label namespace strict pod-security.kubernetes.io/enforce=restricted >/dev/null
        kubectl run plain -n strict --image=busybox 2>&1
        "#,
    );
    assert!(said.contains(r#"violates PodSecurity "restricted:latest""#), "{said}");
}

fn admission_policy(lab: &Lab) {
    let said = lab.script(
        r#"
        kubectl create namespace guarded >/dev/null
        kubectl apply -f - >/dev/null <<EOF
        {"apiVersion": "v1", "kind": "List", "items": [
          {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "no-automount"},
           "spec": {"matchConstraints": {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]},
                    "validations": [{"expression": "object.spec.?automountServiceAccountToken.orValue(true) == false", "message": "no tokens here"}]}},
          {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": "no-automount"},
           "spec": {"policyName": "no-automount", "validationActions": ["Deny"],
                    "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "guarded"}}}}}]}
        EOF
        for attempt in $(seq 50); do
          said=$(kubectl run plain -n guarded --image=busybox --dry-run=server 2>&1) || break
          sleep 0.2
        done
        echo "$said"
        kubectl run fine -n guarded --image=busybox --dry-run=server --overrides='{"spec": {"automountServiceAccountToken": false}}' 2>&1
        "#,
    );
    assert!(said.contains("no tokens here"), "{said}");
    assert!(said.contains("pod/fine created (server dry run)"), "{said}");
}

fn certificates(lab: &Lab) {
    let said = lab.script("kubectl api-resources --api-group=certificates.k8s.io -o name");
    assert!(said.contains("podcertificaterequests.certificates.k8s.io"), "{said}");
    assert!(said.contains("clustertrustbundles.certificates.k8s.io"), "{said}");
}

fn images(lab: &Lab) {
    let said = lab.script(
        r#"
        kubectl run web --image=nginx:1.29 --image-pull-policy=Always --overrides='{"spec": {"terminationGracePeriodSeconds": 1}}'
        kubectl wait pod/web --for=condition=Ready --timeout=60s
        kubectl run cache --image=redis
        kubectl wait pod/cache --for=jsonpath='{.status.containerStatuses[0].state.waiting.message}' --timeout=60s >/dev/null
        kubectl get pod cache -o jsonpath='{.status.containerStatuses[0].state.waiting.message}'
        kubectl delete pod web cache --now >/dev/null
        "#,
    );
    assert!(said.contains("pod/web condition met"), "{said}");
    assert!(said.contains(r#"image "redis" is not available"#) && said.contains("nginx"), "{said}");
}
