//! Attempts on a real cluster: played, graded, reset exactly, killed at any moment. One cluster for all.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod lab_support;

use std::time::{Duration, Instant};

use lab_support::{Lab, in_turn};

#[test]
fn attempts_on_a_real_cluster() {
    let Some(lab) = Lab::start() else { return };
    in_turn(
        &lab,
        &[
            ("an unsolved lab earns nothing", unsolved),
            ("what setup wrote down cannot be changed unseen", altered),
            ("a solution earns everything", solved),
            ("a failing script is told and graded", failing_script),
            ("a script is run as it is written, and breaks its kubeconfig for itself only", own_kubeconfig),
            ("a kubeconfig that leads nowhere is no fault of the script", useless_kubeconfig),
            ("an API server that comes back is waited for", comes_back),
            ("an API server that goes away under a script is no fault of the script", goes_away),
            ("reset removes exactly what was made", reset),
            ("reset leaves other attempts alone", other_attempts),
            ("a finished attempt gives way", gives_way),
            ("a namespace of somebody else is left alone", foreign_namespace),
            ("killed at any moment", killed),
            ("nothing is left when the cluster goes", down),
        ],
    );
}

fn unsolved(lab: &Lab) {
    let (code, said) = lab.code(&["run", "scenario-2"]);
    assert_eq!(code, 1, "{said}");
    let (code, said) = lab.code(&["run", "scenario-2"]);
    assert!(code == 1 && said.contains("continuing attempt"), "{said}");
    let result = lab.json(&["check"]);
    assert_eq!(result["score"]["points"], 0);
    assert_eq!(lab.code(&["hint"]).0, 0);
    assert_eq!(lab.json(&["check"])["hints"], 1);
}

fn altered(lab: &Lab) {
    let is_baseline = |path: &std::path::Path| path.file_name().is_some_and(|name| name == "baseline.json");
    let (baseline, text) = lab.files().into_iter().find(|(path, _)| is_baseline(path)).unwrap();
    std::fs::write(&baseline, text.replacen("production", "elsewhere", 1)).unwrap();
    let (code, said) = lab.code(&["check"]);
    let said = said.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(code == 5 && said.contains("baseline.json is not what was written at setup"), "{code} {said}");
    std::fs::remove_file(&baseline).unwrap();
    assert_eq!(lab.code(&["check"]).0, 5);
    std::fs::write(&baseline, text).unwrap();
    assert_eq!(lab.code(&["check"]).0, 1);
}

fn solved(lab: &Lab) {
    let result = lab.json(&["run", "scenario-2", "--solution", "reference", "--seed", "3"]);
    assert_eq!(result["schema"], "satrain.dev/result/v1");
    assert_eq!(result["score"]["percent"], 100, "{result:#}");
    assert_eq!(result["solution"]["name"], "reference");
    let rows = lab.json(&["list"]);
    let row = rows.as_array().unwrap().iter().find(|r| r["id"] == "scenario-2").unwrap();
    assert_eq!(row["best"], 0, "what a solution earns is not the learner's");
    for (path, text) in lab.files() {
        let token = path.extension().is_some_and(|e| e == "json") && text.contains("\"eyJ");
        assert!(!token, "a token in {}", path.display());
    }
}

fn failing_script(lab: &Lab) {
    let script = lab.state().join("script.sh");
    std::fs::write(&script, "kubectl create token default -n \"$NAMESPACE\"\nexit 7\n").unwrap();
    let (code, said) = lab.code(&["run", "scenario-2", "--solution", script.to_str().unwrap()]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("ended with exit code 7"), "{said}");
    assert!(said.contains("<token ") && !said.contains("eyJ"), "a token is shown: {said}");
}

/// Writes a script, plays it in scenario-2 and gives exit code and words.
fn played(lab: &Lab, text: &str) -> (i32, String) {
    let script = lab.state().join("script.sh");
    std::fs::write(&script, text).unwrap();
    let (code, said) = lab.code(&["run", "scenario-2", "--fresh", "--solution", script.to_str().unwrap()]);
    (code, said.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn reference() -> String {
    satrain::scenario::Catalog::builtin().get("scenario-2").unwrap().scenario.solutions[0].run.clone()
}

fn own_kubeconfig(lab: &Lab) {
    let (code, said) = played(
        lab,
        "kubectl config set-context --current --namespace=production; echo broken > \"$KUBECONFIG\"",
    );
    assert_eq!(code, 1, "its own doing is graded: {said}");
    let right = format!("kubectl get serviceaccount nothing -n production\n{}", reference());
    let (code, said) = played(lab, &right);
    assert_eq!(code, 0, "a command that fails does not end it: {said}");
    let (code, said) = played(lab, &format!("#!/bin/bash -e\nfalse\n{}", reference()));
    assert!(code == 1 && said.contains("exit code 1"), "{said}");
    let (code, said) = played(lab, &reference().replace('\n', "\r\n"));
    assert!(code == 2 && said.contains("Windows line ends"), "{said}");
    let (code, said) = played(lab, "#!/does/not/exist\n");
    assert!(code == 5 && said.contains("`/does/not/exist`"), "{said}");
}

fn useless_kubeconfig(lab: &Lab) {
    let env = String::from_utf8(lab.run(&["cluster", "env"]).stdout).unwrap();
    let file = env
        .lines()
        .find_map(|line| line.strip_prefix("export KUBECONFIG="))
        .unwrap()
        .trim_matches('\'')
        .to_owned();
    let right = std::fs::read_to_string(&file).unwrap();
    let port: u16 = right
        .split("127.0.0.1:")
        .nth(1)
        .unwrap()
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap()
        .parse()
        .unwrap();
    for wrong in ["{".to_owned(), right.replace(&port.to_string(), "1")] {
        std::fs::write(&file, wrong).unwrap();
        let (code, said) = played(lab, &reference());
        std::fs::write(&file, &right).unwrap();
        assert!(code == 5 && said.contains("kubectl cannot reach the cluster"), "{code} {said}");
    }
    assert_eq!(played(lab, &reference()).0, 0);
}

fn api_server(lab: &Lab) -> nix::unistd::Pid {
    let status = lab.json(&["cluster", "status"]);
    let all = status["components"].as_array().unwrap_or_else(|| panic!("{status:#}"));
    let pid = all.iter().find(|c| c["name"] == "kube-apiserver").unwrap()["pid"].as_i64().unwrap();
    nix::unistd::Pid::from_raw(pid.try_into().unwrap())
}

fn comes_back(lab: &Lab) {
    nix::sys::signal::kill(api_server(lab), nix::sys::signal::Signal::SIGKILL).unwrap();
    // Its supervisor may know of its death by then, or not.
    let (code, said) = lab.code(&["check"]);
    assert_eq!(code, 0, "{said}");
}

fn goes_away(lab: &Lab) {
    // Nothing but the cluster is seen of a script that runs.
    let script = format!("kubectl create configmap begun -n default\nsleep 8\n{}", reference());
    let begun = || lab.kubectl("get configmap begun -n default -o name").contains("configmap/begun");
    std::thread::scope(|scope| {
        let play = scope.spawn(|| played(lab, &script));
        let until = Instant::now() + Duration::from_secs(60);
        while !begun() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        nix::sys::signal::kill(api_server(lab), nix::sys::signal::Signal::SIGKILL).unwrap();
        let (code, said) = play.join().unwrap();
        assert!(code == 5 && said.contains("away while the script was played"), "{code} {said}");
    });
    assert_eq!(played(lab, &reference()).0, 0);
    assert_eq!(lab.code(&["reset", "--end"]).0, 0);
}

fn reset(lab: &Lab) {
    assert_eq!(lab.code(&["run", "scenario-2", "--fresh"]).0, 1);
    for made in [
        "create clusterrole learner-made --verb=get --resource=pods",
        "create namespace learner-made",
        "create configmap learner-made -n default --from-literal=a=b",
        "create deployment learner-made -n production --image=nginx",
        "label namespace production pod-security.kubernetes.io/enforce=restricted",
        "patch serviceaccount default -n default -p {\\\"automountServiceAccountToken\\\":false}",
        "delete clusterrole edit",
    ] {
        let said = lab.kubectl(made);
        assert!(!said.contains("rror"), "{made}: {said}");
    }
    let began = Instant::now();
    let (code, said) = lab.code(&["reset"]);
    assert_eq!(code, 0, "{said}");
    println!("  reset took {:.1} s", began.elapsed().as_secs_f32());
    let left = lab.kubectl("get clusterrole,configmap,deployment -A -o name");
    assert!(!left.contains("learner-made"), "{left}");
    let namespace = lab.kubectl("get namespace learner-made");
    assert!(namespace.contains("Terminating") || namespace.contains("NotFound"), "{namespace}");
    assert!(!lab.kubectl("get namespace production -o yaml").contains("restricted"));
    assert!(!lab.kubectl("get sa default -n default -o yaml").contains("automount"));
    assert!(lab.kubectl("get clusterrole edit").contains("edit"));
    let (code, said) = lab.code(&["run", "scenario-2"]);
    assert!(code == 1 && said.contains("continuing"), "{said}");
}

fn other_attempts(lab: &Lab) {
    assert_eq!(lab.code(&["run", "scenario-1", "--seed", "7"]).0, 1);
    let found = lab
        .kubectl("get namespaces -l satrain.dev/scenario=scenario-1 -o jsonpath={.items[0].metadata.name}");
    let namespace = found.trim();
    lab.kubectl(&format!("create serviceaccount mine -n {namespace}"));
    lab.kubectl("create clusterrole mine --verb=get --resource=pods");
    assert_eq!(lab.code(&["run", "scenario-2", "--fresh"]).0, 1);
    let patch = "-p {\\\"automountServiceAccountToken\\\":false}";
    for account in ["mine", "default"] {
        lab.kubectl(&format!("patch serviceaccount {account} -n {namespace} {patch}"));
    }
    lab.kubectl("patch clusterrole mine -p {\\\"rules\\\":[]}");
    let (code, said) = lab.code(&["reset", "scenario-2"]);
    assert!(code == 0 && !said.contains("put back"), "{said}");
    for account in ["mine", "default"] {
        let now = lab.kubectl(&format!("get serviceaccount {account} -n {namespace} -o yaml"));
        assert!(now.contains("automountServiceAccountToken: false"), "{now}");
    }
    assert_eq!(lab.code(&["reset", "--end", "scenario-2"]).0, 0);
    assert!(lab.kubectl("get clusterrole mine").contains("mine"));
    lab.kubectl(&format!(
        "create rolebinding mine -n {namespace} --clusterrole=view --group=system:serviceaccounts"
    ));
    assert_eq!(lab.code(&["reset", "--end", "scenario-1"]).0, 0);
    let grants = lab.kubectl(&format!("get rolebindings -n {namespace}"));
    assert!(grants.contains("No resources found"), "what is granted ends with the attempt: {grants}");
    assert!(lab.kubectl("get clusterrole mine").contains("NotFound"), "its own reset removes it");
}

fn gives_way(lab: &Lab) {
    assert_eq!(lab.code(&["run", "scenario-1"]).0, 1);
    let (code, said) = lab.code(&["run", "scenario-2"]);
    assert!(code == 2 && said.contains("satrain reset --end scenario-1"), "unfinished work stays: {said}");
    assert_eq!(lab.code(&["run", "scenario-1", "--solution", "reference"]).0, 0);
    let (code, said) = lab.code(&["run", "scenario-2"]);
    assert!(code == 1 && said.contains("ending attempt scenario-1"), "{said}");
}

fn foreign_namespace(lab: &Lab) {
    let (code, said) = lab.code(&["reset", "--end"]);
    assert_eq!(code, 0, "{said}");
    lab.kubectl("wait --for=delete namespace/production --timeout=60s");
    lab.kubectl("create namespace production");
    lab.kubectl("create configmap precious -n production");
    let (code, said) = lab.code(&["run", "scenario-2"]);
    assert!(code == 4 && said.contains("was not created by satrain"), "{said}");
    assert!(lab.kubectl("get configmap precious -n production").contains("precious"));
    assert_eq!(lab.code(&["check"]).0, 2, "the refused attempt is not in progress");
    lab.kubectl("delete namespace production");
}

/// SATRAIN_KILLS says how often; 5 is enough for every day.
fn killed(lab: &Lab) {
    let kills: u64 = std::env::var("SATRAIN_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    let mut moment = u64::from(std::process::id());
    for round in 0..kills {
        // Any moment of the 4 s that a run takes; the sequence is printed with a failure.
        moment = moment.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let after = Duration::from_millis((moment >> 33) % 4000);
        let mut child = lab.command().args(["run", "scenario-2", "--solution", "reference"]).spawn().unwrap();
        std::thread::sleep(after);
        child.kill().unwrap();
        child.wait().unwrap();
        for (path, text) in lab.files() {
            if path.extension().is_some_and(|e| e == "json")
                && !path.to_string_lossy().contains("/workspace/")
            {
                let whole = serde_json::from_str::<serde_json::Value>(&text).is_ok();
                assert!(whole, "round {round}, killed after {after:?}: {} is broken", path.display());
            }
        }
        println!("  killed after {after:?}");
    }
    let result = lab.json(&["run", "scenario-2", "--solution", "reference"]);
    assert_eq!(result["score"]["percent"], 100, "{result:#}");
    let (code, said) = lab.code(&["reset", "--end"]);
    assert_eq!(code, 0, "{said}");
    let left = lab.kubectl("get namespaces,clusterroles,clusterrolebindings -l satrain.dev/managed=true");
    assert!(left.lines().all(|l| l.contains("Terminating") || !l.contains("namespace/")), "{left}");
    assert_eq!(lab.code(&["check"]).0, 2, "no attempt is in progress");
}

fn down(lab: &Lab) {
    assert_eq!(lab.code(&["run", "scenario-2"]).0, 1);
    assert_eq!(lab.code(&["cluster", "down"]).0, 0);
    let clusters = lab.state().join("clusters");
    let left: Vec<_> = std::fs::read_dir(clusters).unwrap().flatten().filter(|e| e.path().is_dir()).collect();
    assert!(left.is_empty(), "{left:?}");
    let state = lab.state().display().to_string();
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap();
    assert!(!mounts.contains(&state), "{mounts}");
    let (code, said) = lab.code(&["check"]);
    assert!(code == 2 || code == 4, "{said}");
    assert_eq!(lab.code(&["reset", "--end"]).0, 0, "an attempt without its cluster can be ended");
}
