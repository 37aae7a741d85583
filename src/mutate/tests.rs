use std::fmt::Write;
use std::sync::LazyLock;

use super::*;
use crate::scenario::Catalog;
use crate::scenario::model::Solution;

/// A scenario with two Namespaces, no `access` check, and one solution.
fn scenario(helpers: &str, run: &str) -> Scenario {
    let mut scenario = builtin("scenario-1");
    scenario.guards.clear();
    scenario.helpers = helpers.into();
    scenario.solutions = vec![Solution { name: "s".into(), about: String::new(), run: run.into() }];
    scenario
}

/// Loading the bank takes longer than what is tested here.
static BANK: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

fn builtin(id: &str) -> Scenario {
    let entry = BANK.entries().iter().find(|e| e.id == id).unwrap();
    entry.loaded.as_ref().unwrap().scenario.clone()
}

/// Each mutant of one operator: its id, and the lines that it takes out and puts in.
fn changes(operator: Operator, helpers: &str, run: &str) -> String {
    let scenario = scenario(helpers, run);
    let original = with_helpers(helpers, run);
    let mut shown = String::new();
    for mutant in mutants(&scenario).unwrap().iter().filter(|m| m.operator == operator) {
        let name = mutant.id.strip_prefix(&format!("s/{operator}/")).unwrap();
        writeln!(shown, "{name}").unwrap();
        let (old, new): (Vec<_>, Vec<_>) = (original.lines().collect(), mutant.script.lines().collect());
        let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
        let room = old.len().min(new.len()) - same;
        let tail = old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(a, b)| a == b).count();
        for line in &old[same..old.len() - tail] {
            writeln!(shown, "  -{line}").unwrap();
        }
        for line in &new[same..new.len() - tail] {
            writeln!(shown, "  +{line}").unwrap();
        }
    }
    shown
}

const FUNCTIONS: &str = r#"make() { kubectl create sa "$SERVICE_ACCOUNT" -n "$NAMESPACE"; }
both() {
  make
  kubectl annotate sa default a=b
}
unused() { kubectl delete sa default; }
patch='{"op": "add", "path": "/a", "value": true}'
never='{"op": "remove"}'
"#;

#[test]
fn statements_of_the_run_and_of_what_it_reaches_are_dropped_one_by_one() {
    let run = "both\nmake\nfor name in a b; do\n  kubectl get \"$name\" | grep x\n  kubectl delete \"$name\" || true\ndone\n\
               if kubectl get a; then kubectl get b; else kubectl get c; fi\n\
               until kubectl get d; do sleep 1; done\nTOKEN=$(kubectl create token default)\n\
               echo \"$TOKEN\" > answers/token\n";
    insta::assert_snapshot!(changes(Operator::DropCommand, FUNCTIONS, run));
}

#[test]
fn the_only_statement_of_a_function_that_is_called_once_is_dropped_once() {
    let drops = changes(Operator::DropCommand, FUNCTIONS, "make\n");
    assert_eq!(drops, "make\n  -make\n  +:\n");
}

#[test]
fn a_here_document_goes_with_its_command() {
    let run = "kubectl apply -f - <<EOF && kubectl get pods\na: b\nEOF\ncat > x <<'END'\nc: d\nEND\n";
    insta::assert_snapshot!(changes(Operator::DropCommand, "", run));
}

#[test]
fn rights_are_widened_on_the_command_line_and_in_rules() {
    let run = "kubectl create role r --verb=get,list --resource \"$APP\" --resource-name=a --resource-name b\n\
               kubectl apply -f - <<EOF\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: r\nrules:\n\
               - apiGroups:\n  - apps\n  resources: [pods]\n  verbs: ['*']\nEOF\n\
               kubectl patch role r --type=json -p \"[{\\\"value\\\": {\\\"verbs\\\": [\\\"get\\\"]}}]\"\n";
    insta::assert_snapshot!(changes(Operator::Widen, "", run));
}

#[test]
fn another_namespace_is_named_whatever_the_quotes() {
    let run = r#"kubectl get pods -n "$NAMESPACE"
kubectl get pods --namespace=$NAMESPACE
kubectl get pods --namespace default
kubectl get pods -n "$OTHER_NAMESPACE"
kubectl create rolebinding b --serviceaccount="$NAMESPACE:$SERVICE_ACCOUNT" --group system:serviceaccounts:x
kubectl patch rolebinding b -p '{"subjects": [{"namespace": "'"$NAMESPACE"'", "name": "a"}, {"namespace": "b"}]}'
kubectl apply -f - <<EOF
metadata: {name: x, namespace: $NAMESPACE}
EOF
kubectl apply -f - <<'EOF'
metadata: {name: x, namespace: "here"}
EOF
"#;
    insta::assert_snapshot!(changes(Operator::SwapNamespace, "", run));
}

#[test]
fn with_one_namespace_the_other_is_default() {
    let mut scenario = scenario("", "kubectl label a -n \"$NAMESPACE\"\nkubectl get b -n default\n");
    scenario.params.remove("otherNamespace");
    let all = mutants(&scenario).unwrap();
    let swapped: Vec<_> = all.iter().filter(|m| m.operator == Operator::SwapNamespace).collect();
    assert!(swapped[0].script.starts_with("kubectl label a -n \"default\"\n"));
    assert!(swapped[1].script.ends_with("kubectl get b -n \"${NAMESPACE}\"\n"));
    assert!(swapped[0].reaches_out, "others could see what it does there");
    assert!(!swapped[1].reaches_out, "it only looks");
}

#[test]
fn booleans_are_flipped_and_texts_are_not() {
    let run = "kubectl delete pod a --wait=false\nkubectl patch sa a -p '{\"x\": true, \"y\": \"true\"}'\n\
               kubectl patch sa a -p \"$patch, $patch\"\n\
               kubectl apply -f - <<EOF\nspec:\n  hostNetwork: false # why\n  text: 'false'\nEOF\n";
    insta::assert_snapshot!(changes(Operator::FlipBoolean, FUNCTIONS, run));
}

#[test]
fn every_entry_of_a_manifest_but_its_name_is_dropped() {
    let run = "kubectl apply -f - <<EOF\napiVersion: v1\nkind: Pod\nmetadata:\n  name: $APP\n  \
               labels: {app: ${APP}, tier: web}\nspec:\n  containers:\n  # the only one\n  - name: a\n    \
               command: [web]\n  volumes:\n  - name: x\n    emptyDir: {}\n  - name: y\n---\napiVersion: v1\n\
               kind: ServiceAccount\nmetadata:\n  name: b\n  annotations:\n    a: b\nEOF\n";
    insta::assert_snapshot!(changes(Operator::DropField, "", run));
}

#[test]
fn every_entry_of_a_patch_is_dropped_and_its_variables_stay() {
    let run = r#"kubectl patch --patch='{"a": {"b": "'"$APP"'", "c": [1, 2]}}' sa x
kubectl patch sa x --type=json -p '[
  {"op": "remove", "path": "/x"},
  '"$patch"']'
edit "$patch"', {"op": "test"}'
kubectl get pods -o jsonpath='{.items[0].metadata.name}'
kubectl apply -f - <<< "{\"kind\": \"${APP}\"}"
"#;
    insta::assert_snapshot!(changes(Operator::DropField, FUNCTIONS, run));
}

#[test]
fn without_access_checks_the_accounts_that_are_made_get_a_second_role() {
    let manifest =
        "kubectl apply -f - <<EOF\nkind: ServiceAccount\nmetadata: {name: m, namespace: $NAMESPACE}\nEOF\n";
    insta::assert_snapshot!(changes(Operator::SecondRole, FUNCTIONS, &format!("make\n{manifest}")));
}

#[test]
fn the_accounts_of_access_checks_get_a_second_role() {
    let all = mutants(&builtin("scenario-3")).unwrap();
    let ids: Vec<&str> = all
        .iter()
        .filter(|m| m.operator == Operator::SecondRole && m.id.starts_with("reference/"))
        .map(|m| m.id.as_str())
        .collect();
    let account = "reference/second-role/cluster-admin for ${SERVICE_ACCOUNT}";
    assert!(ids.contains(&account) && ids.contains(&"reference/second-role/view for default"), "{ids:?}");
}

#[test]
fn equal_names_are_numbered_and_equal_changes_are_one_mutant() {
    let drops = changes(Operator::DropCommand, "", "kubectl get a\nmake\nkubectl get a\n");
    let names: Vec<&str> = drops.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(names, ["kubectl get a", "make", "kubectl get a (2)"]);
    assert_eq!(changes(Operator::FlipBoolean, "", "kubectl get a --x=maybe\n"), "");
}

#[test]
fn what_is_no_bash_is_said_and_not_guessed() {
    let error = mutants(&scenario("", "kubectl get a\nif then fi (\n")).unwrap_err();
    assert_eq!((error.solution.as_str(), error.index), ("s", 0));
    assert!(error.to_string().contains("its bash cannot be parsed from `"), "{error}");
}

/// The bank's own solutions: every mutant is other bash than the original, with an id of its own.
#[test]
fn all_mutants_of_the_bank_are_bash_and_have_ids_of_their_own() {
    for entry in BANK.entries() {
        let scenario = &entry.loaded.as_ref().unwrap().scenario;
        let all = mutants(scenario).unwrap();
        assert!(!all.is_empty(), "{}", entry.id);
        assert_eq!(all, mutants(scenario).unwrap(), "they are the same each time");
        let ids: BTreeSet<&str> = all.iter().map(|m| m.id.as_str()).collect();
        assert_eq!(ids.len(), all.len());
        for mutant in &all {
            assert!(Script::parse(&mutant.script, 0).is_ok(), "{}:\n{}", mutant.id, mutant.script);
        }
    }
}

/// Packs are untrusted, and lint makes their mutants.
#[test]
fn what_is_too_much_is_refused() {
    let why = |run: &str| mutants(&scenario("", run)).unwrap_err().why;
    assert_eq!(why(&"echo a b c d e f g h\n".repeat(4000)), "it is longer than 64 KiB");
    assert_eq!(why(&"kubectl get a\n".repeat(1001)), "the solutions have more than 1000 together");
    let deep = format!("kubectl patch x -p '{{\"a\": {}true{}}}'\n", "[".repeat(9000), "]".repeat(9000));
    assert_eq!(mutants(&scenario("", &deep)).unwrap().len(), 1, "only the command itself is left out");
}

proptest::proptest! {
    #[test]
    fn any_text_has_mutants_or_a_reason_why_not(
        run in "([a-zä$\"'\\\\{}\\[\\]()|&;:,=<> -]|kubectl -n |<<EOF\n|\nEOF\n|\n|: true\n|\\{\"a\": |--verb=|\\$\\{A\\}){0,60}"
    ) {
        for mutant in mutants(&scenario("", &run)).unwrap_or_default() {
            proptest::prop_assert_ne!(&mutant.script, &run);
        }
    }
}
