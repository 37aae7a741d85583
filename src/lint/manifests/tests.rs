use crate::lint::tests::beside;

/// What is found in a Pod with this spec; its Namespace is the scenario's.
fn pod(spec: &str) -> Vec<String> {
    let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: \"{{ namespace }}\"}\n";
    ours(&format!("{head}spec: {{terminationGracePeriodSeconds: 0, {spec}}}\n"))
}

/// The findings in manifests that stand in a file.
fn ours(manifests: &str) -> Vec<String> {
    let found = beside(manifests).into_iter();
    found.filter_map(|f| f.split_once("pods.yaml:").map(|(_, f)| f.to_owned())).collect()
}

const CONTAINER: &str = "containers: [{name: c, image: nginx}]";

#[test]
fn a_pod_that_kubernetes_takes_has_no_findings() {
    assert_eq!(pod(CONTAINER), [] as [&str; 0]);
    let whole = "serviceAccountName: default, volumes: [{name: v, emptyDir: {sizeLimit: 1Mi}}], restartPolicy: Never, \
                 containers: [{name: c, image: nginx, imagePullPolicy: Never, ports: [{containerPort: 80}], \
                 env: [{name: A, value: '1'}], resources: {requests: {cpu: 10m, memory: 8}}, \
                 volumeMounts: [{name: v, mountPath: /v}, {name: v, mountPath: /w}]}]";
    assert_eq!(pod(whole), [] as [&str; 0]);
}

#[test]
fn a_pod_that_kubernetes_refuses_is_told_with_its_line() {
    let of = |container: &str| format!("containers: [{{name: c, image: nginx, {container}}}]");
    let cases = [
        ("containers: []".to_owned(), "4:1: Pod p has no container"),
        (of("env: [{name: A, value: 5}]"), "4:1: Pod p: `value` of spec.containers[0].env[0] is no text"),
        (of("args: [1]"), "4:1: Pod p: `args[0]` of spec.containers[0] is no text"),
        (of("comand: [x]"), "4:1: Pod p: `comand` of spec.containers[0] is no field that Kubernetes knows"),
        (
            of("ports: [{containerPort: 99999}]"),
            "4:1: Pod p: `containerPort` of spec.containers[0].ports[0] is not between 1 and 65535",
        ),
        (
            of("imagePullPolicy: always"),
            "4:1: Pod p: `imagePullPolicy` of spec.containers[0] is none of Always, IfNotPresent, Never",
        ),
        (
            of("resources: {requests: {cpu: 1x}}"),
            "4:1: Pod p: `cpu` of spec.containers[0].resources.requests is no quantity",
        ),
        (
            of("volumeMounts: [{name: v, mountPath: /v}]"),
            "4:1: Pod p: a mount names the volume `v`, which the Pod does not have",
        ),
        (
            format!(
                "volumes: [{{name: v, emptyDir: {{}}}}], {}",
                of("volumeMounts: [{name: v, mountPath: ''}]")
            ),
            "4:1: Pod p: the mount of `v` has no mountPath",
        ),
        (
            "containers: [{name: C_, image: nginx}]".to_owned(),
            "4:1: Pod p: Kubernetes does not take `C_` as the name of a container",
        ),
        (
            "containers: [{name: c, image: nginx}, {name: c, image: nginx}]".to_owned(),
            "4:1: Pod p: two containers are named `c`",
        ),
        (
            format!("serviceAccountName: swepper, {CONTAINER}"),
            "4:1: Pod p runs as ServiceAccount `swepper`, which no manifest makes in production",
        ),
    ];
    for (spec, expected) in cases {
        assert_eq!(pod(&spec), [expected], "{spec}");
    }
    let grace = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: production}\nspec:\n  \
                 terminationGracePeriodSeconds: -30\n  containers: [{name: c, image: nginx}]\n";
    assert_eq!(
        ours(&grace.replace("production", "'{{ namespace }}'")),
        ["5:3: Pod p does not have terminationGracePeriodSeconds 0 or 1"]
    );
}

#[test]
fn a_field_is_found_in_its_own_line() {
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: '{{ namespace }}'}\n---\n\
                apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  namespace: '{{ namespace }}'\n  labels:\n    \
                a: b c\nspec:\n  terminationGracePeriodSeconds: 0\n  containers:\n  - name: c\n    image: nginx\n    \
                env:\n    - name: A\n      value: true\n";
    assert_eq!(
        ours(text),
        [
            "11:5: Pod p: `b c` is not the value of a label",
            "19:7: Pod p: `value` of spec.containers[0].env[0] is no text",
        ]
    );
}

#[test]
fn an_account_may_be_made_by_the_manifests() {
    let account =
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web, namespace: '{{ namespace }}'}\n---\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: '{{ namespace }}'}\n\
               spec: {terminationGracePeriodSeconds: 0, serviceAccountName: web, containers: [{name: c, image: nginx}]}\n";
    assert_eq!(ours(&format!("{account}{pod}")), [] as [&str; 0]);
    assert_eq!(ours(pod).len(), 1);
}

#[test]
fn other_objects_that_kubernetes_refuses_are_found() {
    let named = |kind: &str, rest: &str| {
        let group = if kind.contains("Role") { "rbac.authorization.k8s.io/v1" } else { "v1" };
        ours(&format!(
            "apiVersion: {group}\nkind: {kind}\nmetadata: {{name: a, namespace: '{{{{ namespace }}}}'}}\n{rest}\n"
        ))
    };
    assert_eq!(
        named("ConfigMap", "dat: {next: hall}"),
        ["4:1: ConfigMap a: `dat` is no field that Kubernetes knows"]
    );
    assert_eq!(named("Secret", "data: {door: 12!4}"), ["4:1: Secret a: `door` of data is not base64"]);
    assert_eq!(
        named("Secret", "stringData: {do or: '1'}"),
        ["4:1: Secret a: Kubernetes does not take the key `do or` of stringData"]
    );
    assert_eq!(
        named("Serviceaccount", ""),
        ["2:1: Serviceaccount a: there is no kind `Serviceaccount`: it is written `ServiceAccount`"]
    );
    let rules = |rule: &str| named("Role", &format!("rules:\n- {rule}"));
    assert_eq!(rules("{apiGroups: [''], resources: [pods]}"), ["5:1: Role a: a rule has no `verbs`"]);
    assert_eq!(rules("{apiGroups: [''], verbs: [get]}"), ["5:1: Role a: a rule has no `resources`"]);
    assert_eq!(rules("{resources: [pods], verbs: [get]}"), ["5:1: Role a: a rule has no `apiGroups`"]);
    let urls = named("ClusterRole", "rules:\n- {nonResourceURLs: [/healthz], verbs: [get]}");
    assert_eq!(urls, [] as [&str; 0]);
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: kube-system}\n";
    assert_eq!(ours(namespace), ["3:1: Namespace kube-system is the cluster's own"]);
}

#[test]
fn a_controller_decides_which_pods_start_again() {
    let job = |policy: &str| {
        ours(&format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j, namespace: '{{{{ namespace }}}}'}}\n\
             spec: {{template: {{spec: {{terminationGracePeriodSeconds: 0, {policy}{CONTAINER}}}}}}}\n"
        ))
    };
    assert_eq!(job("restartPolicy: Never, "), [] as [&str; 0]);
    assert_eq!(job(""), ["4:1: Job j: the restartPolicy of a Job is `OnFailure` or `Never`"]);
}
