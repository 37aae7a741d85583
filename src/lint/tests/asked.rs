//! What a scenario asks and names must be possible.

use super::*;

/// The messages for the sample with something in the place of its first check's kind.
fn with_check(kind: &str) -> Vec<String> {
    messages(&minimal().replacen(
        "resource: {kind: ServiceAccount, namespace: \"{{ namespace }}\", name: web}",
        kind,
        1,
    ))
}

#[test]
fn a_check_asks_something_that_can_be_so() {
    let right = "{verbs: [get], resources: [pods]}";
    let access = |lists: &str| format!("access: {{serviceAccount: web, namespace: a{lists}}}");
    let cases = [
        (access(""), "an `access` check needs `allowed`, `denied` or `exactly`"),
        (access(", allowed: []"), "an `access` check needs `allowed`, `denied` or `exactly`"),
        (
            access(", denied: [{verbs: [], resources: [pods]}]"),
            "a right of `denied` is none: it needs `verbs`, and `resources` or `urls`",
        ),
        (
            access(", exactly: [{verbs: [get]}]"),
            "a right of `exactly` is none: it needs `verbs`, and `resources` or `urls`",
        ),
        (
            access(&format!(", allowed: [{right}], denied: [{right}]")),
            "\"get on pods in Namespace a\" must be denied and allowed: no answer passes",
        ),
        ("exec: {workload: pod/a, namespace: a, command: []}".into(), "`command` names no program"),
        (
            "exec: {workload: pod/a, namespace: a, command: [x], exitCode: 300}".into(),
            "no program ends with `exitCode: 300`: it is from 0 to 255",
        ),
        (
            "exec: {workload: pod/a, namespace: a, command: [x], stdout: '.*'}".into(),
            "the regular expression `.*` matches whatever is written",
        ),
        (
            "workload: {workload: pod/a, namespace: a, atLeast: 0}".into(),
            "with `atLeast: 0` alone nothing is asked: no Pod at all is enough",
        ),
        (
            "workload: {workload: pods, namespace: a, selector: 'a=b,,c'}".into(),
            "`selector: a=b,,c`: `` is not the key of a label; write `a=b`, `a!=b`, `a` or `!a`",
        ),
        ("answer: {key: x, pattern: '.*'}".into(), "the regular expression `.*` matches whatever is written"),
        (
            "answer: {key: x, pattern: a, computed: {kind: Pod, value: object.metadata.name}}".into(),
            "`computed` and `pattern` exclude each other: one of them says what is right",
        ),
        ("answer: {key: ../../x, pattern: a}".into(), "`../../x` leaves the workspace"),
        ("answer: {key: /etc/passwd, pattern: a}".into(), "`/etc/passwd` leaves the workspace"),
        ("token: {from: {file: ../x}}".into(), "`../x` leaves the workspace"),
        (
            "admission: {namespace: a, object: {apiVersion: v1, kind: Pod}, expect: refused, control: {apiVersion: v1, kind: Service}}".into(),
            "`control` is of kind Service and `object` of kind Pod: it says nothing about the reason",
        ),
        (
            "resource: {kind: ConfigMap, namespace: a, name: b, unchanged: [data..next]}".into(),
            "`data..next` in `unchanged` is no path of a field, as `metadata.labels` is",
        ),
        (
            "resource: {kind: ConfigMap, namespace: a, name: b, unchanged: ['']}".into(),
            "`` in `unchanged` is no path of a field, as `metadata.labels` is",
        ),
        (
            "resource: {kind: Configmap, namespace: a, name: b}".into(),
            "there is no kind `Configmap`: it is written `ConfigMap`",
        ),
        (
            "resource: {kind: ConfigMap, namespace: a, name: b, atLeast: 3}".into(),
            "`atLeast` counts objects, and `name` names one: leave one of them out",
        ),
        ("request: {with: nobody, path: /api, status: 999}".into(), "`status: 999` is no status of HTTP"),
    ];
    for (kind, expected) in cases {
        assert_eq!(with_check(&kind), [format!("Error 36: {expected}")], "{kind}");
    }
}

#[test]
fn names_that_are_most_likely_misspelt_are_warned_of() {
    let access = |right: &str| {
        with_check(&format!("access: {{serviceAccount: web, namespace: a, allowed: [{right}]}}"))
    };
    assert_eq!(access("{verbs: ['*', get], resources: ['*', pods/log, users]}"), [] as [&str; 0]);
    assert_eq!(access("{verbs: [gett], resources: [pods]}"), ["Warning 36: Kubernetes has no verb `gett`"]);
    assert_eq!(
        access("{verbs: [get], resources: [configmap]}"),
        ["Warning 36: the core group has no resource `configmap`"]
    );
    let after = messages(&minimal().replacen("minutes: 5", "minutes: 5\nafter: [scenario-1, nosuch]", 1));
    assert_eq!(
        after,
        ["Warning 7: there is no scenario `nosuch`, neither in this pack nor of satrain's own"]
    );
    let compared = |value: &str| {
        messages(&minimal().replacen(
            "task: Do it.",
            &format!("task: 'Do it{{% if role == \"{value}\" %}} soon{{% endif %}}.'"),
            1,
        ))
    };
    assert_eq!(compared("reader"), [] as [&str; 0]);
    assert_eq!(compared("raeder"), ["Warning 30: `role` is never `raeder`"]);
}

#[test]
fn setup_can_wait_for_what_it_names() {
    let ready = |entry: &str| messages(&minimal().replacen("\"{{ namespace }}/pod/{{ pod }}\"", entry, 1));
    assert_eq!(ready("'pods/{{ pod }}'"), [] as [&str; 0]);
    assert_eq!(ready("nosuch"), ["Error 24: setup cannot wait for `nosuch`"]);
    assert_eq!(ready("a/pod/b/c"), ["Error 24: setup cannot wait for `a/pod/b/c`"]);
    assert_eq!(
        ready("a/Foo/myapp"),
        ["Warning 24: setup waits for `a/Foo/myapp`, and no well-known kind is called `Foo`"]
    );
    let never = messages(&minimal().replacen("  ready: [", "  readyWithin: 0s\n  ready: [", 1));
    assert_eq!(never, ["Error 24: setup has no time to become ready"]);
}

#[test]
fn a_script_does_something() {
    let found = messages(&minimal().replacen("fails: [sa], run: 'true'", "fails: [sa], run: '# nothing'", 1));
    assert_eq!(found, ["Error 61: the script is empty"]);
}

#[test]
fn no_lab_is_in_a_namespace_of_the_cluster() {
    for own in ["kube-system", "default"] {
        let found = messages(&minimal().replacen("variants: [payments]", &format!("variants: [{own}]"), 1));
        assert_eq!(found, [format!("Error 8: the Namespace `{own}` is the cluster's own")]);
    }
}

#[test]
fn cel_is_judged_by_its_patterns_and_an_unknown_name_is_found_once() {
    let cel = |text: &str| messages(&minimal().replacen("has(object.metadata)", &format!("\"{text}\""), 1));
    assert_eq!(
        cel("objekt.data.next == 'hall'"),
        ["Error 43: the CEL expression names `objekt`, which is not there; known here: `object`, `baseline`"]
    );
    let found = cel("object.metadata.name.matches('([')");
    assert!(
        matches!(found.as_slice(), [one] if one.starts_with("Error 43: `matches(\"([\")` has no value: the regular expression is invalid")),
        "{found:?}"
    );
}
