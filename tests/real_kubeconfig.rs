//! A cluster that somebody else runs: adopted by its context, played with the user's own rights, left as it was.
//!
//! The cluster is an embedded one; the tests know it by a kubeconfig only, in a state folder of their own.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod lab_support;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use lab_support::{Lab, in_turn};
use satrain::scenario::Catalog;
use serde_json::{Value, json};

struct Class {
    /// Who runs the cluster.
    owner: Lab,
    /// Who plays on it.
    learner: Lab,
    uid: String,
}

#[test]
fn an_existing_cluster() {
    let Some(owner) = Lab::start() else { return };
    let class = Class::of(owner);
    let before = class.objects();
    in_turn(
        &class,
        &[
            ("nothing is touched before it was adopted", refused),
            ("adopting asks for the cluster's UID", adopted),
            ("three scenarios, unsolved, solved and with a mistake", played),
            ("killed, and played again", killed),
            ("a script reaches this cluster and no other", one_context),
            ("what somebody else makes meanwhile stays", shared),
            ("what the cluster lacks is said before setup", lacking),
            ("without cluster-admin", restricted),
            ("released", released),
        ],
    );
    let until = Instant::now() + Duration::from_secs(60);
    while class.objects() != before {
        let now = class.objects();
        let other: Vec<&String> = now.symmetric_difference(&before).collect();
        assert!(Instant::now() < until, "left behind, or gone: {other:?}");
        std::thread::sleep(Duration::from_millis(500));
    }
}

impl Class {
    fn of(owner: Lab) -> Self {
        let learner = owner.somebody_else();
        let class = Self { owner, learner, uid: String::new() };
        let admin: Value = serde_json::from_slice(&std::fs::read(class.admin()).unwrap()).unwrap();
        class.write_kubeconfig(&admin["users"][0]["user"], "class");
        let uid = class.owners("get namespace kube-system -o jsonpath={.metadata.uid}");
        Self { uid: uid.trim().to_owned(), ..class }
    }

    fn admin(&self) -> PathBuf {
        let cluster = self.owner.json(&["cluster", "env"]);
        cluster["grader_kubeconfig"].as_str().unwrap().into()
    }

    /// The learner's kubeconfig: the current context leads elsewhere.
    fn write_kubeconfig(&self, user: &Value, context: &str) {
        let admin: Value = serde_json::from_slice(&std::fs::read(self.admin()).unwrap()).unwrap();
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "elsewhere",
            "clusters": [
                {"name": "a", "cluster": admin["clusters"][0]["cluster"]},
                {"name": "b", "cluster": {"server": "https://127.0.0.1:1"}},
            ],
            "users": [{"name": "me", "user": user}],
            "contexts": [
                {"name": context, "context": {"cluster": "a", "user": "me"}},
                {"name": "elsewhere", "context": {"cluster": "b", "user": "me"}},
            ],
        });
        std::fs::create_dir_all(self.learner.state()).unwrap();
        std::fs::write(self.kubeconfig(), config.to_string()).unwrap();
    }

    fn kubeconfig(&self) -> PathBuf {
        self.learner.state().join("kubeconfig")
    }

    /// A verb of the learner's satrain.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.learner.command();
        command.args(arguments).env("KUBECONFIG", self.kubeconfig()).env("PATH", self.path());
        command
    }

    /// Its exit code, and what it printed.
    fn satrain(&self, arguments: &[&str]) -> (i32, String) {
        let out = self.command(arguments).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        (out.status.code().unwrap_or(-1), said)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let out = self.command(&[arguments, &["--output", "json"]].concat()).output().unwrap();
        serde_json::from_slice(&out.stdout)
            .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {}", String::from_utf8_lossy(&out.stderr)))
    }

    /// With a kubectl, as a user of an existing cluster has one.
    fn path(&self) -> String {
        let kubectl = self.learner.distribution().join("path");
        format!("{}:{}", kubectl.display(), std::env::var("PATH").unwrap())
    }

    /// kubectl as the cluster's owner; its output.
    fn owners(&self, arguments: &str) -> String {
        let script = format!("export KUBECONFIG={}; kubectl {arguments}", self.admin().display());
        let out = Command::new("bash").args(["-c", &script]).env("PATH", self.path()).output();
        let out = out.unwrap();
        assert!(out.status.success(), "{arguments}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// Every object that a lab might leave.
    fn objects(&self) -> BTreeSet<String> {
        let kinds = "namespaces,clusterroles,clusterrolebindings,validatingadmissionpolicies,pods,secrets,\
                     serviceaccounts,roles,rolebindings,configmaps";
        let columns = "custom-columns=K:.kind,NS:.metadata.namespace,N:.metadata.name";
        let all = self.owners(&format!("get {kinds} -A -o {columns} --no-headers --ignore-not-found"));
        // The control plane makes its own objects when it first needs them.
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        all.lines()
            .map(words)
            .filter(|l| !l.contains(" kube-") && !l.ends_with(" kube-root-ca.crt"))
            .collect()
    }
}

fn refused(class: &Class) {
    let before = class.objects();
    let (code, said) = class.satrain(&["run", "scenario-2", "--context", "class"]);
    assert!(code == 4 && said.contains("has not been adopted"), "{code} {said}");
    let (code, said) = class.satrain(&["run", "scenario-2", "--provider", "kubeconfig"]);
    assert!(code == 4 && said.contains("class, elsewhere"), "{code} {said}");
    let (code, said) = class.satrain(&["cluster", "adopt", "--context", "none"]);
    assert!(code == 4 && said.contains("has no context `none`"), "{code} {said}");
    assert_eq!(class.objects(), before);
}

fn adopted(class: &Class) {
    let (code, said) = class.satrain(&["cluster", "adopt", "--context", "class"]);
    assert!(code == 2 && said.contains(&format!("--yes {}", class.uid)), "{code} {said}");
    assert!(said.contains("everything that every lab needs"), "{said}");
    let (code, said) = class.satrain(&["cluster", "adopt", "--context", "class", "--yes", "yes"]);
    assert!(code == 2 && said.contains("nothing was adopted"), "{code} {said}");
    assert_eq!(class.satrain(&["run", "scenario-2", "--context", "class"]).0, 4);

    class.owners("create namespace shop-prod");
    let (_, said) = class.satrain(&["cluster", "adopt", "--context", "class"]);
    class.owners("delete namespace shop-prod --wait=false");
    assert!(said.contains("looks like a shared cluster") && said.contains("shop-prod"), "{said}");

    let (code, said) = class.satrain(&["cluster", "adopt", "--context", "class", "--yes", &class.uid]);
    assert!(code == 0 && said.contains("Adopted."), "{code} {said}");
    let record = class.learner.state().join("adopted").join(format!("{}.json", class.uid));
    assert_eq!(std::fs::metadata(record).unwrap().permissions().mode() & 0o777, 0o600);
    let (code, said) = class.satrain(&["cluster", "adopt", "--context", "class"]);
    assert!(code == 0 && said.contains("Already adopted"), "{code} {said}");
    let (_, said) = class.satrain(&["cluster", "list"]);
    assert!(said.contains("class") && said.contains("adopted"), "{said}");
}

fn played(class: &Class) {
    let catalog = Catalog::builtin();
    for id in ["scenario-1", "scenario-2", "scenario-3"] {
        let unsolved = class.json(&["run", id, "--context", "class"]);
        assert_eq!(unsolved["score"]["percent"], 0, "{id}: {unsolved:#}");
        let solved = class.json(&["run", id, "--context", "class", "--solution", "reference"]);
        assert_eq!(solved["score"]["percent"], 100, "{id}: {solved:#}");
        let mistake = &catalog.get(id).unwrap().scenario.mistakes[0];
        let wrong = class.json(&["run", id, "--context", "class", "--solution", &mistake.name]);
        let failing = |list: &str| -> Vec<String> {
            let all = wrong[list].as_array().into_iter().flatten();
            all.filter(|c| c["verdict"] == "fail").map(|c| c["id"].as_str().unwrap().to_owned()).collect()
        };
        let failed: BTreeSet<String> = [failing("checks"), failing("guards")].concat().into_iter().collect();
        assert_eq!(failed, mistake.fails.iter().cloned().collect(), "{id} {}: {wrong:#}", mistake.name);
        let (code, said) = class.satrain(&["reset", id, "--end"]);
        assert_eq!(code, 0, "{said}");
    }
}

fn killed(class: &Class) {
    for milliseconds in [300, 900, 1800] {
        let run = ["run", "scenario-3", "--context", "class", "--solution", "reference"];
        let mut child = class.command(&run).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let result = class.json(&["run", "scenario-3", "--context", "class", "--solution", "reference"]);
    assert_eq!(result["score"]["percent"], 100, "{result:#}");
    assert_eq!(class.satrain(&["reset", "--end"]).0, 0);
}

fn one_context(class: &Class) {
    let script = class.learner.state().join("contexts.sh");
    std::fs::write(
        &script,
        "[ \"$(kubectl config get-contexts -o name)\" = class ] && kubectl get ns kube-system\n",
    )
    .unwrap();
    let script = script.to_str().unwrap();
    let result = class.json(&["run", "scenario-2", "--context", "class", "--solution", script]);
    assert!(result["solution"]["failed"].is_null(), "{result:#}");
    let kubeconfig = class.learner.state().join("adopted").join(format!("{}.kubeconfig", class.uid));
    assert_eq!(std::fs::metadata(&kubeconfig).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!std::fs::read_to_string(kubeconfig).unwrap().contains("elsewhere"));
    assert_eq!(class.satrain(&["reset", "--end"]).0, 0);
}

fn shared(class: &Class) {
    let (code, said) = class.satrain(&["run", "scenario-2", "--context", "class"]);
    assert_eq!(code, 1, "{said}");
    class.owners("create configmap theirs -n default");
    class.owners("create namespace theirs");
    for end in [&["reset"][..], &["reset", "--end"][..]] {
        assert_eq!(class.satrain(end).0, 0);
        class.owners("get configmap theirs -n default");
        class.owners("get namespace theirs");
    }
    class.owners("delete configmap theirs -n default");
    class.owners("delete namespace theirs --wait=false");
}

fn lacking(class: &Class) {
    let before = class.objects();
    let (code, said) = class.satrain(&["run", "shrink-permissions", "--context", "class"]);
    assert!(
        code == 4 && said.contains("an audit log") && said.contains("Nothing was created"),
        "{code} {said}"
    );
    assert_eq!(class.objects(), before);
    let rows = class.json(&["list", "--context", "class"]);
    let unavailable: Vec<&Value> =
        rows.as_array().unwrap().iter().filter(|r| r.get("lacking").is_some()).map(|r| &r["id"]).collect();
    assert_eq!(unavailable, ["shrink-permissions"]);
    let (code, said) = class.satrain(&["prove", "scenario-1", "--context", "class"]);
    assert!(code == 2 && said.contains("an exclusive cluster"), "{code} {said}");
}

/// An instructor who may do what `satrain cluster adopt --role` says, and no more.
fn restricted(class: &Class) {
    class.owners("create serviceaccount instructor -n kube-system");
    let token = class.owners("create token instructor -n kube-system --duration 1h");
    class.write_kubeconfig(&json!({"token": token.trim()}), "class");
    class.owners(
        "create clusterrolebinding instructor --clusterrole=view --serviceaccount=kube-system:instructor",
    );
    let (code, said) = class.satrain(&["run", "scenario-2", "--context", "class"]);
    assert!(code == 4 && said.contains("the right to create") && said.contains("--role"), "{code} {said}");

    let (code, role) = class.satrain(&["cluster", "adopt", "--role"]);
    assert_eq!(code, 0, "{role}");
    let file = class.learner.state().join("role.yaml");
    std::fs::write(&file, role).unwrap();
    class.owners(&format!("apply -f {}", file.display()));
    class.owners("create clusterrolebinding instructor-labs --clusterrole=satrain-labs --serviceaccount=kube-system:instructor");
    for id in ["scenario-1", "scenario-2", "scenario-3"] {
        let solved = class.json(&["run", id, "--context", "class", "--solution", "reference"]);
        assert_eq!(solved["score"]["percent"], 100, "{id}: {solved:#}");
        let (code, said) = class.satrain(&["reset", id, "--end"]);
        assert_eq!(code, 0, "{said}");
    }
    let (code, said) = class.satrain(&["run", "projected-token", "--context", "class"]);
    assert!(code == 4 && said.contains("clusterrole"), "{code} {said}");
    class.owners("delete clusterrolebinding instructor instructor-labs");
    class.owners("delete clusterrole satrain-labs");
    class.owners("delete serviceaccount instructor -n kube-system");
    let admin: Value = serde_json::from_slice(&std::fs::read(class.admin()).unwrap()).unwrap();
    class.write_kubeconfig(&admin["users"][0]["user"], "class");
}

fn released(class: &Class) {
    assert_eq!(class.satrain(&["run", "scenario-2", "--context", "class"]).0, 1);
    let (code, said) = class.satrain(&["cluster", "unadopt", "--context", "class"]);
    assert!(code == 2 && said.contains("is in progress"), "{code} {said}");
    assert_eq!(class.satrain(&["reset", "--end"]).0, 0);
    let (code, said) = class.satrain(&["cluster", "release", "--context", "class"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(std::fs::read_dir(class.learner.state().join("adopted")).unwrap().count(), 0);
    assert_eq!(class.satrain(&["run", "scenario-2", "--context", "class"]).0, 4);
}
