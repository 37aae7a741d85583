mod asked;

use super::*;
use crate::scenario::testing::{load_str, minimal};
use crate::scenario::{Catalog, for_learners};

fn messages(text: &str) -> Vec<String> {
    let loaded = load_str(text).unwrap_or_else(|e| panic!("{}", e.one_line()));
    lint(&loaded).into_iter().map(|f| format!("{:?} {}: {}", f.severity, f.error.line(), f.error)).collect()
}

#[test]
fn the_embedded_scenarios_have_no_findings() {
    for entry in Catalog::builtin().entries() {
        let loaded = entry.loaded.as_ref().unwrap_or_else(|e| panic!("{}", e.one_line()));
        let found: Vec<String> = lint(loaded).iter().map(|f| f.error.one_line()).collect();
        assert_eq!(found, [] as [&str; 0]);
    }
}

#[test]
fn a_good_scenario_has_no_findings() {
    assert_eq!(messages(&minimal()), [] as [&str; 0]);
}

/// What a change of a good scenario is found to break.
#[test]
fn each_rule_finds_its_break() {
    let cases = [
        ("points: 60", "points: 50", "Error 31: the points add up to 90, not to 100"),
        ("points: 60", "points: 0", "Error 33: the check `sa` is worth nothing"),
        ("name: reference", "name: first", "Error 57: the first solution is not named `reference`"),
        ("requirement: B", "requirement: ' '", "Error 39: the requirement is empty"),
        ("requirement: B", "requirement: a", "Error 39: the same requirement appears twice"),
        ("explanation: Because.", "explanation: ''", "Error 55: there is no explanation"),
        ("task: Do it.", "task: ' '", "Error 30: the task is empty"),
        ("topics: [rbac]", "topics: []", "Error 4: there is no topic"),
        ("hints: [a, b, c]", "hints: [a, b]", "Error 54: 2 hints, at least 3 are required"),
        ("hints: [a, b, c]", "hints: [a, '', c]", "Error 54: the hint is empty"),
        ("  - {name: m5, fails: [guard], run: 'true'}\n", "", "Error 45: no mistake fails the guard `guard`"),
        ("  - {name: m4, fails: [sa], run: 'true'}\n", "", "Error 60: 4 mistakes, at least 5 are required"),
        ("  - {name: other, run: echo \"$ROLE\"}\n", "", "Warning 56: there is only one solution"),
        ("echo \"$ROLE\"", "echo \"$ROLES\"", "Error 10: the parameter `role` is never used"),
        (
            "variants: [payments]",
            "variants: [production]",
            "Error 8: the parameter `namespace` has no variants",
        ),
        (
            "resource: {kind: ServiceAccount, namespace: \"{{ namespace }}\", name: web}",
            "admission: {object: {apiVersion: v1, kind: Pod}, expect: refused}",
            "Error 36: this `admission` needs a `control` object that is admitted",
        ),
        (
            "resource: {kind: ServiceAccount, namespace: \"{{ namespace }}\", name: web}",
            "request: {with: nobody, path: api, status: 403}",
            "Error 36: `path: api` does not begin with /",
        ),
        ("variants: [reader]", "variants: [app]", "Error 10: `role` and `pod` can both become `app`"),
        (
            "terminationGracePeriodSeconds: 1",
            "terminationGracePeriodSeconds: 30",
            "Error 19: Pod myapp does not have terminationGracePeriodSeconds 0 or 1",
        ),
        (
            "image: satrain.local/lab:1",
            "image: mysql:8",
            "Error 22: Pod myapp uses the image `mysql:8`, which a lab without internet access cannot pull",
        ),
        (
            "namespace: {{ namespace }}\n    spec",
            "namespace: kube-system\n    spec",
            "Error 17: Pod myapp is in Namespace kube-system, which is not a parameter of kind namespace",
        ),
        ("      namespace: {{ namespace }}\n    spec", "    spec", "Error 14: Pod myapp has no namespace"),
        ("kind: Pod", "kind: ''", "Error 14: an object of the manifests has no kind"),
        ("kind: Pod", "kind: 'Pod", "Error 14: the manifests are not valid YAML: unclosed quote"),
        (
            "  manifests: |",
            "  run: grep x \"$SATRAIN_AUDIT_LOG\"\n  manifests: |",
            "Error 12: the script reads the audit log, but the scenario does not say so",
        ),
        (
            "cel: has(object.metadata)",
            "cel: has(objct.metadata)",
            "Error 43: the CEL expression names `objct`, which is not there; known here: `object`, `baseline`",
        ),
        (
            "resource: {kind: ServiceAccount, namespace: \"{{ namespace }}\", name: web}",
            "tokenMount: {workload: cronjobs/x, namespace: \"{{ namespace }}\", expect: none}",
            "Error 36: `cronjobs` is not a workload kind; known here: pod, deployment, statefulset, daemonset, replicaset, job, cronjob",
        ),
        (
            "resource: {kind: ServiceAccount, namespace: \"{{ namespace }}\", name: web}",
            "tokenMount: {workload: pods, containers: [sidecat], namespace: \"{{ namespace }}\", expect: none}",
            "Warning 36: no manifest and no script names a container `sidecat`",
        ),
        (
            "resource: {kind: ServiceAccount, namespace: \"{{ namespace }}\", name: web}",
            "workload: {workload: cronjob/x, namespace: \"{{ namespace }}\", serviceAccount: a, alone: true}",
            "Error 36: `alone` says nothing about a CronJob, which is judged by its template",
        ),
        (
            "resource: {kind: ServiceAccount, namespace: \"{{ namespace }}\", name: web}",
            "workload: {workload: pods, selector: app nightly-report, namespace: \"{{ namespace }}\"}",
            "Error 36: `selector: app nightly-report`: `app nightly-report` is not the key of a label",
        ),
        (
            "resource: {kind: ServiceAccount, namespace: \"{{ namespace }}\", name: web}",
            "resource: {kind: Role, namespace: \"{{ namespace }}\", name: web}",
            "Error 36: a Role is of `apiVersion: rbac.authorization.k8s.io/v1`, not of `v1`",
        ),
        (
            "kind: Pod",
            "kind: CronJob",
            "Error 14: CronJob myapp: a CronJob is of `apiVersion: batch/v1`, not of `v1`",
        ),
        ("cel: has(object.metadata)", "cel: has(object.", "Error 43: the CEL expression is invalid"),
        ("stdout: ok", "stdout: (ok", "Error 51: the regular expression is invalid"),
        (
            "cel: has(object.metadata)",
            "cel: object.automountServiceAccountToken == false",
            "Warning 43: the CEL expression reads `object.automountServiceAccountToken` and never asks `has(",
        ),
        (
            "resource: {kind: ServiceAccount, namespace: \"{{ namespace }}\", name: web}",
            "token: {from: {mounted: {workload: pod/myapp, namespace: \"{{ namespace }}\", container: sidecat}}}",
            "Warning 36: no manifest and no script names a container `sidecat`",
        ),
        (
            "fails: [sa], run: 'true'",
            "fails: [sa], run: 'echo \"{{ role }}\"'",
            "Error 61: `{{ role }}` in a script stays as it is: scripts are not rendered",
        ),
        (
            "fails: [sa], run: 'true'",
            "fails: [sa], run: 'if then $ROLE fi ('",
            "Error 61: the script is no bash from",
        ),
        ("fails: [sa], run: 'true'", "fails: [sa], run: 'echo \"a'", "Error 61: the script is no bash from"),
        (
            "pod/{{ pod }}\"]",
            "deployment/wep\"]",
            "Warning 24: setup waits for `production/deployment/wep`, and no manifest and no script names `wep`",
        ),
    ];
    let mut wrong = Vec::new();
    for (good, bad, expected) in cases {
        let text = minimal();
        assert!(text.contains(good), "the sample has no `{good}`");
        let found = messages(&text.replacen(good, bad, 1));
        if !found.iter().any(|m| m.starts_with(expected)) {
            wrong.push((bad, expected, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The scenario with its manifests in a file beside it.
pub(super) fn beside(manifests: &str) -> Vec<String> {
    let text = minimal();
    let (before, after) = (text.find("  manifests: |").unwrap(), text.find("  ready: [").unwrap());
    let text = format!("{}  manifests: {{file: pods.yaml}}\n{}", &text[..before], &text[after..]);
    let texts = [("scenario.yaml".to_owned(), text), ("pods.yaml".to_owned(), manifests.to_owned())];
    let loaded = crate::scenario::load_texts("sample", &texts.into()).unwrap();
    lint(&loaded).into_iter().map(|f| f.error.one_line()).collect()
}

#[test]
fn the_line_of_an_object_is_told_where_its_manifests_are() {
    let pod = |name: &str, image: &str| {
        format!(
            "# A Pod.\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: \"{{{{ namespace }}}}\"}}\n\
             spec:\n  terminationGracePeriodSeconds: 1\n  containers:\n  - name: app\n    image: {image}\n"
        )
    };
    let all = [pod("{{ pod }}", "nginx"), pod("b", "mysql:8"), pod("c", "mysql:8")].concat();
    let found = beside(&all);
    assert!(found[0].contains("pods.yaml:20:5: Pod b uses the image `mysql:8`"), "{found:?}");
    assert!(found[1].contains("pods.yaml:30:5: Pod c uses the image `mysql:8`"), "{found:?}");
    let twice = [pod("{{ pod }}", "nginx"), pod("{{ pod }}", "nginx")].concat();
    assert!(beside(&twice)[0].contains("pods.yaml:14:1: Pod myapp appears twice"), "{:?}", beside(&twice));
    let broken = all.replacen("spec:\n", "spec: {\n", 1);
    assert!(beside(&broken)[0].contains("pods.yaml:"), "{:?}", beside(&broken));
}

/// A loop gives manifests other lines than their template has, and a branch is there for some values only.
#[test]
fn statements_of_the_template_hide_no_line_and_no_branch() {
    let pod = |name: &str, image: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: \"{{{{ namespace }}}}\"}}\n\
             spec:\n  terminationGracePeriodSeconds: 1\n  containers:\n  - name: app\n    image: {image}\n"
        )
    };
    let good = pod("{{ pod }}", "nginx");
    let loops = format!("{good}{{% for n in range(2) %}}\n{}{{% endfor %}}\n", pod("x-{{ n }}", "mysql:8"));
    let found = beside(&loops);
    assert!(found[0].contains("pods.yaml:19:5: Pod x-0 uses the image `mysql:8`"), "{found:?}");
    assert!(found[1].contains("pods.yaml:19:5: Pod x-1 uses the image `mysql:8`"), "{found:?}");
    let branch = |text: &str| format!("{good}{{% if role == \"reader\" %}}\n{text}{{% endif %}}\n");
    assert!(!beside(&branch(&pod("x", "nginx"))).iter().any(|f| f.contains("pods.yaml")));
    let found = beside(&branch(&pod("x", "mysql:8")));
    assert!(found[0].contains("pods.yaml:19:5: Pod x uses the image `mysql:8`"), "{found:?}");
    let found = beside(&branch("---\nkind: [broken\n"));
    assert!(found[0].contains("pods.yaml:1") && found[0].contains("not valid YAML"), "{found:?}");
    assert_eq!(found.iter().filter(|f| f.contains("not valid YAML")).count(), 1, "{found:?}");
}

#[test]
fn what_the_api_server_would_refuse_is_found_without_it() {
    let object = |text: &str| beside(&format!("apiVersion: v1\n{text}"));
    let cases = [
        ("kind: ConfigMap\nmetadata: {name: 12, namespace: production}\n", ":3:1: metadata.name is no text"),
        ("kind: 5\nmetadata: {name: a, namespace: production}\n", ":2:1: kind is no text"),
        ("kind: List\nitems: []\n", ":2:1: the manifests hold a List"),
        (
            "kind: ConfigMap\nmetadata:\n  name: Web_1 x\n  namespace: production\n",
            ":4:3: ConfigMap Web_1 x: Kubernetes does not take this name",
        ),
        (
            "kind: ConfigMap\nmetadata: {name: a, namespace: production}\ndata:\n  next: 5\n",
            ":5:3: ConfigMap a: `next` of data is no text",
        ),
        (
            "kind: RoleBinding\nmetadata: {name: a, namespace: production}\nsubjects:\n- kind: ServiceAccount\n  name: web\n",
            ":6:3: RoleBinding a: its subject, the ServiceAccount `web`, has no namespace",
        ),
        (
            "kind: Deployment\nmetadata: {name: a, namespace: production}\nspec:\n  selector: {matchLabels: {a: b}}\n  template: {metadata: {labels: {a: c}}}\n",
            ":5:3: Deployment a selects Pods by `a`",
        ),
        (
            "kind: Pod\nmetadata: {name: a, namespace: production}\nspec:\n  terminationGracePeriodSeconds: 0\n  containers:\n  - name: app\n    imge: nginx\n",
            ":7:3: Pod a: its container `app` has no image",
        ),
        (
            "kind: ConfigMap\nmetadata: {name: a, namespace: production}\ndata: {}\ndata: {}\n",
            ":5:1: the manifests are not valid YAML: the key `data` appears twice",
        ),
    ];
    for (text, expected) in cases {
        let found = object(text);
        let is = format!("pods.yaml{expected}");
        assert!(found.iter().any(|f| f.contains(&is)), "{expected}: {found:#?}");
    }
    assert!(beside("- a\n")[0].contains("a document of the manifests is no object"));
}

#[test]
fn cel_that_reads_nothing_says_nothing() {
    let found = messages(&minimal().replacen("has(object.metadata)", "has(object.metadata) && || true", 1));
    assert!(found.iter().any(|m| m.starts_with("Error 43: the CEL expression is invalid")), "{found:?}");
    for constant in ["5", "true", "\"object.metadata.name\""] {
        let found = messages(&minimal().replacen("has(object.metadata)", &format!("'{constant}'"), 1));
        assert!(found.iter().any(|m| m.contains("reads nothing")), "{constant}: {found:?}");
    }
}

#[test]
fn a_copy_for_learners_says_that_nothing_proves_it() {
    let copy = for_learners(&load_str(&minimal()).unwrap()).unwrap();
    let found = messages(&copy);
    assert!(
        matches!(found.as_slice(), [one] if one.starts_with("Warning") && one.contains("a copy for learners")),
        "{found:#?}"
    );
}

#[test]
fn without_mistakes_it_is_said_once_that_there_are_none() {
    let text = minimal();
    let (before, _) = text.split_once("\nmistakes:").unwrap();
    let found = messages(&format!("{before}\nmistakes: []\n"));
    assert_eq!(found.iter().filter(|m| m.contains("mistake")).count(), 1, "{found:#?}");
}

#[test]
fn deep_expressions_are_refused_before_the_parser_recurses() {
    for bomb in ["(".repeat(4000), "!".repeat(4000), "[".repeat(4000), "x".repeat(5000)] {
        let found = messages(&minimal().replacen("has(object.metadata)", &format!("\"{bomb}\""), 1));
        assert!(found.iter().any(|m| m.contains("the expression is")), "{found:#?}");
    }
}

#[test]
fn an_equivalent_is_about_a_mutant_that_exists() {
    let listed = |entries: &str| {
        messages(&minimal().replacen("\nmistakes:", &format!("\nequivalents:\n{entries}mistakes:"), 1))
    };
    let known = "  - {mutant: 'reference/drop-command/echo*', reason: a}\n";
    assert_eq!(listed(known), [] as [&str; 0]);
    assert_eq!(
        listed("  - {mutant: reference/drop-command/ehco, reason: a}\n"),
        ["Error 61: no mutant is called `reference/drop-command/ehco`"]
    );
    assert_eq!(listed(&known.repeat(2)), ["Error 62: the same mutants are listed twice"]);
}

#[test]
fn bash_that_cannot_be_taken_apart_is_found_at_its_solution() {
    let found = messages(&minimal().replacen("run: echo \"$ROLE\"", "run: 'if then $ROLE fi ('", 1));
    assert!(
        matches!(found.as_slice(), [one] if one.starts_with("Error 58: cannot create mutants of `other`")),
        "{found:?}"
    );
}

#[test]
fn an_exception_is_about_a_variation_and_has_a_reason() {
    let with = |entry: &str| {
        let proof = format!("\nproof: {{exceptions: {{{entry}}}}}\nmistakes:");
        messages(&minimal().replacen("\nmistakes:", &proof, 1))
    };
    assert_eq!(with("container-renamed: The task gives the container its name."), [] as [&str; 0]);
    assert!(
        with("container-named: The task gives the container its name.")[0]
            .ends_with("there is no variation `container-named`")
    );
    assert!(with("container-renamed: so it is")[0].ends_with("`container-renamed` has no reason"));
}
