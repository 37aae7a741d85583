//! Labs that survive: every process of a cluster is killed, and the next command brings the same cluster back with what
//! was made on it. What must not come back is refused, and `down` leaves nothing of either.
//!
//! SATRAIN_SURVIVE says in how many scenarios the cluster is killed in mid-lab (3, of ten).
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "tests")]
#![allow(clippy::duplicate_mod, reason = "both supports know how to skip a test")]

mod cluster_support;
mod lab_support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cluster_support::{Host, all_gone, groups, kill_hard, tree, within};
use lab_support::{Lab, in_turn};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use satrain::lab::attempt::Attempt;
use satrain::lab::store::Store;
use satrain::scenario::{Binding, Catalog, bind};
use serde_json::{Value, json};

/// Those whose checks replay captured tokens, look at Pods' own programs, or compare with the baseline come first.
const SCENARIOS: [&str; 10] = [
    "stolen-token",
    "projected-token",
    "one-sa-per-app",
    "scenario-1",
    "bound-token",
    "legacy-migration",
    "secure-namespace",
    "incident-response",
    "scenario-3",
    "diagnose-401",
];

#[test]
fn a_killed_cluster_comes_back() {
    let before = Host::look();
    let Some(lab) = Lab::start() else { return };
    in_turn(
        &lab,
        &[
            ("what the learner made is there again", made),
            ("after a reboot, with its port taken by another program", rebooted),
            ("an unfinished attempt keeps its points, and the next command is enough", unfinished),
            ("killed in mid-lab, the reference still earns everything", in_mid_lab),
            ("a checkpoint from before is brought back", checkpoint),
            ("told to end by a signal, it keeps its labs; `--fresh` starts anew", fresh),
            ("killed while it comes back, it comes back", killed_again),
            ("what another satrain made is refused", other_maker),
            ("what is damaged is refused", damaged),
        ],
    );
    nothing_is_left(&lab, &before);
}

fn status(lab: &Lab) -> Value {
    lab.json(&["cluster", "status"])
}

fn folder(lab: &Lab) -> PathBuf {
    lab.state().join("clusters/satrain")
}

fn record(lab: &Lab) -> Value {
    serde_json::from_slice(&fs::read(folder(lab).join("cluster.json")).unwrap()).unwrap()
}

fn group(lab: &Lab) -> String {
    format!("satrain-{}", record(lab)["id"].as_str().unwrap())
}

/// Kills every process of the cluster; gives its UID.
fn kill_all(lab: &Lab) -> String {
    let status = status(lab);
    let supervisor = i32::try_from(status["supervisor"].as_i64().unwrap()).unwrap();
    let processes = tree(supervisor);
    assert!(processes.len() > 8, "{processes:?}");
    for pid in &processes {
        // Each takes others with it.
        let _ = kill(Pid::from_raw(*pid), Signal::SIGKILL);
    }
    within(10, "every process is gone", || all_gone(&processes));
    // One that was just being started holds the cluster's lock a little longer.
    within(10, "the cluster is dead", || self::status(lab)["state"] == "dead");
    status["uid"].as_str().unwrap().to_owned()
}

/// What a command said that had to bring the cluster back, whatever its exit code.
fn brings_back(lab: &Lab, arguments: &[&str], uid: &str) -> (i32, String) {
    let (code, said) = lab.code(arguments);
    assert!(said.contains("bringing it back"), "{arguments:?}: {said}");
    let status = status(lab);
    assert_eq!((status["state"].as_str(), status["uid"].as_str()), (Some("running"), Some(uid)), "{said}");
    (code, said)
}

fn made(lab: &Lab) {
    lab.script(
        "kubectl create namespace exam
        kubectl create configmap notes -n exam --from-literal=a=b
        kubectl create deployment web -n exam --image=nginx --replicas=2
        kubectl apply -f - <<END
        {\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"once\", \"namespace\": \"exam\"}, \"spec\": {
          \"restartPolicy\": \"Never\", \"volumes\": [{\"name\": \"v\", \"emptyDir\": {}}], \"containers\": [{\"name\": \"c\",
          \"image\": \"busybox\", \"command\": [\"sleep\", \"3600\"], \"volumeMounts\": [{\"name\": \"v\", \"mountPath\": \"/v\"}]}]}}
        END
        kubectl wait -n exam pod --all --for=condition=Ready --timeout=60s
        kubectl exec -n exam once -- touch /v/mine
        kubectl run done -n exam --image=busybox --restart=Never -- true
        kubectl wait -n exam pod/done --for=jsonpath={.status.phase}=Succeeded --timeout=30s
        kubectl taint node satrain-node exam=on:PreferNoSchedule",
    );
    let uids =
        || lab.kubectl("get pods -n exam -o custom-columns=n:.metadata.name,u:.metadata.uid --no-headers");
    let keys = ["ca.key", "sa.key"].map(|key| fs::read(folder(lab).join("lab/pki").join(key)).unwrap());
    let (pods, token) = (uids(), lab.kubectl("create token default -n exam --duration=1h"));
    assert_eq!(pods.lines().count(), 4, "{pods}");
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token.trim()}});
    let whoami = || {
        let reviewed = "-o jsonpath={.status.user.username}";
        lab.script(&format!("kubectl create {reviewed} -f - <<END\n{review}\nEND"))
    };
    let audited =
        |what: &str| fs::read_to_string(folder(lab).join("lab/log/audit.log")).unwrap().contains(what);
    let server = lab.json(&["cluster", "env"])["api_server"].clone();

    let uid = kill_all(lab);
    let (code, said) = lab.code(&["cluster", "status"]);
    assert!(code == 4 && said.contains("dead") && said.contains("brings it back"), "{said}");
    brings_back(lab, &["cluster", "up"], &uid);

    assert_eq!(lab.json(&["cluster", "env"])["api_server"], server, "kubeconfigs in use elsewhere stay good");
    assert_eq!(uids(), pods, "Pods stay what they are");
    let ready = lab.kubectl("get pods -n exam -o jsonpath={.items[*].status.containerStatuses[*].ready}");
    assert_eq!(ready.matches("true").count(), 3, "and run when the command is done: {ready}");
    assert_eq!(
        lab.kubectl("get pod done -n exam -o jsonpath={.status.phase}"),
        "Succeeded",
        "what had ended is not begun again"
    );
    assert_eq!(lab.kubectl("exec -n exam once -- ls /v").trim(), "mine");
    assert_eq!(lab.kubectl("get configmap notes -n exam -o jsonpath={.data.a}"), "b");
    assert!(lab.kubectl("get node satrain-node -o jsonpath={.spec.taints}").contains("exam"));
    assert_eq!(whoami(), "system:serviceaccount:exam:default");
    assert_eq!(
        keys,
        ["ca.key", "sa.key"].map(|key| fs::read(folder(lab).join("lab/pki").join(key)).unwrap())
    );
    assert!(audited("/namespaces/exam/configmaps?"), "the audit log goes on");
    lab.kubectl("get configmap after-that -n exam");
    within(5, "and is written to", || audited("configmaps/after-that"));
    lab.script("kubectl delete namespace exam; kubectl taint node satrain-node exam-");
}

fn rebooted(lab: &Lab) {
    lab.kubectl("config set-context mine --cluster=satrain --user=satrain:learner --namespace=kube-system");
    let port = status(lab)["apiServer"].as_str().unwrap().rsplit(':').next().unwrap().parse::<u16>().unwrap();
    let uid = kill_all(lab);
    // What a reboot takes besides: control groups, and what sockets and FIFOs mean.
    for group in groups(&group(lab)) {
        remove_group(&group);
    }
    let taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    brings_back(lab, &["cluster", "up"], &uid);
    assert!(!status(lab)["apiServer"].as_str().unwrap().ends_with(&port.to_string()));
    assert!(
        lab.kubectl("get node satrain-node --context=mine").contains("Ready"),
        "the learner's own entries are there"
    );
    assert_eq!(lab.code(&["run", "scenario-2"]).0, 1, "the grader's address is the new one, too");
    drop(taken);
}

/// Groups can only be removed from the leaves up.
fn remove_group(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten().filter(|e| e.path().is_dir()) {
        remove_group(&entry.path());
    }
    let _ = fs::remove_dir(group);
}

fn unfinished(lab: &Lab) {
    let attempt = attempt(lab, "scenario-2");
    let mistake =
        attempt.bound.scenario.mistakes.iter().find(|mistake| mistake.name == "pod-says-true").unwrap();
    play(lab, &attempt, &mistake.run);
    let outcomes = |result: &Value| -> Vec<(Value, Value)> {
        let checks = result["checks"].as_array().unwrap();
        checks.iter().map(|check| (check["id"].clone(), check["outcome"].clone())).collect()
    };
    let before = lab.json(&["check", "scenario-2"]);
    let points = |result: &Value| result["score"]["points"].as_u64().unwrap();
    assert!(0 < points(&before) && points(&before) < before["score"]["max"].as_u64().unwrap(), "{before:#}");
    let uid = kill_all(lab);
    // Two commands at once: one of them brings it back, and the other waits for that.
    let other = lab.command().args(["check", "scenario-2", "--output", "json"]).spawn().unwrap();
    let after = lab.json(&["check", "scenario-2"]);
    let other = other.wait_with_output().unwrap();
    let other: Value = serde_json::from_slice(&other.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&other.stderr)));
    assert_eq!(other["score"], before["score"], "{other:#}");
    assert_eq!(status(lab)["uid"], json!(uid));
    assert_eq!(after["score"], before["score"], "{after:#}");
    assert_eq!(outcomes(&after), outcomes(&before));
    assert_eq!(after["attempt"], before["attempt"]);
    println!("    {} of {} points before and after", points(&before), before["score"]["max"]);
    assert_eq!(lab.code(&["reset", "--end", "scenario-2"]).0, 0);
}

fn in_mid_lab(lab: &Lab) {
    let count = std::env::var("SATRAIN_SURVIVE").map_or(3, |count| count.parse().unwrap());
    for scenario in SCENARIOS.iter().take(count) {
        let began = std::time::Instant::now();
        let (code, said) = lab.code(&["run", scenario]);
        assert_eq!(code, 1, "{scenario}: {said}");
        let attempt = attempt(lab, scenario);
        let captured = fs::read(attempt.dir.path().join("captured.json")).ok();
        let uid = kill_all(lab);
        brings_back(lab, &["check", scenario], &uid);
        assert_eq!(fs::read(attempt.dir.path().join("captured.json")).ok(), captured);
        let back = began.elapsed();
        play(lab, &attempt, &reference(&attempt));
        let result = lab.json(&["check", scenario]);
        assert_eq!(result["score"]["percent"], 100, "{scenario}: {result:#}");
        assert_eq!(lab.code(&["reset", "--end", scenario]).0, 0);
        println!(
            "    {scenario}: 100 % (set up and brought back {:.1} s, in all {:.1} s)",
            back.as_secs_f32(),
            began.elapsed().as_secs_f32()
        );
    }
}

fn attempt(lab: &Lab, scenario: &str) -> Attempt {
    let store = Store::new(lab.state().join("attempts"));
    let record = store.find(Some(scenario)).unwrap();
    let catalog = Catalog::builtin();
    let loaded = catalog.get(scenario).unwrap();
    let binding = Binding::from_values(&loaded.scenario, record.values.clone()).unwrap();
    let bound = bind(loaded, &binding).unwrap();
    Attempt::resume(&store, record, bound).unwrap()
}

fn reference(attempt: &Attempt) -> String {
    let solutions = &attempt.bound.scenario.solutions;
    solutions.iter().find(|solution| solution.name == "reference").unwrap().run.clone()
}

/// Plays a script as the learner in an attempt that is set up.
fn play(lab: &Lab, attempt: &Attempt, script: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ended = runtime.block_on(async {
        let cluster = lab.cluster().await;
        let said = std::sync::Arc::default();
        let ended = attempt
            .play_quietly(&cluster, script, Duration::from_secs(120), std::sync::Arc::clone(&said))
            .await;
        (ended.unwrap(), said.lock().unwrap().join("\n"))
    });
    assert!(ended.0.well(), "{}: {}", ended.0, ended.1);
}

fn checkpoint(lab: &Lab) {
    // Alone on the cluster, the attempt starts at a checkpoint.
    assert_eq!(lab.code(&["run", "scenario-2"]).0, 1);
    assert!(attempt(lab, "scenario-2").record.before.is_some());
    lab.script(
        "kubectl create clusterrole learner-made --verb=get --resource=pods; kubectl delete clusterrole edit",
    );
    let uid = kill_all(lab);
    let (code, said) = brings_back(lab, &["reset"], &uid);
    assert_eq!(code, 0, "{said}");
    assert!(lab.kubectl("get clusterrole learner-made").contains("NotFound"));
    assert!(lab.kubectl("get clusterrole edit").contains("edit"));
    assert_eq!(lab.json(&["check"])["score"]["points"], 0);
}

fn fresh(lab: &Lab) {
    let old = attempt(lab, "scenario-2").record.id;
    let status = status(lab);
    let supervisor = i32::try_from(status["supervisor"].as_i64().unwrap()).unwrap();
    let processes = tree(supervisor);
    kill(Pid::from_raw(supervisor), Signal::SIGTERM).unwrap();
    within(15, "it ends", || all_gone(&processes));
    assert!(groups(&group(lab)).is_empty(), "a supervisor that was told removes its control groups");
    let (code, said) = brings_back(lab, &["run", "scenario-2", "--fresh"], status["uid"].as_str().unwrap());
    assert!(code == 1 && said.contains("starting over"), "{said}");
    assert_ne!(attempt(lab, "scenario-2").record.id, old);
}

fn killed_again(lab: &Lab) {
    let uid = kill_all(lab);
    for millis in [5, 300, 1500] {
        let mut up = lab.command().args(["cluster", "up"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(millis));
        up.kill().unwrap();
        up.wait().unwrap();
        if let Some(pid) = status(lab)["supervisor"].as_i64().filter(|pid| *pid > 0) {
            let processes = tree(i32::try_from(pid).unwrap());
            kill_hard(i32::try_from(pid).unwrap());
            within(10, "everything is gone", || all_gone(&processes));
        }
    }
    brings_back(lab, &["check"], &uid);
}

fn other_maker(lab: &Lab) {
    kill_all(lab);
    let file = folder(lab).join("cluster.json");
    let good = fs::read(&file).unwrap();
    for (key, value) in [("satrain", "0.0.1"), ("source", "0123456789")] {
        let mut record = record(lab);
        record["maker"][key] = json!(value);
        fs::write(&file, record.to_string()).unwrap();
        for command in [&["cluster", "up"][..], &["check"], &["run", "scenario-2"]] {
            let (code, said) = lab.code(command);
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(code == 4 && said.contains("was made by satrain"), "{command:?}: {said}");
            assert!(said.contains("satrain cluster down --name satrain"), "{said}");
        }
    }
    fs::write(&file, good).unwrap();
}

fn damaged(lab: &Lab) {
    for what in ["lab/pki/sa.key", "lab/etcd/member", "learner.kubeconfig"] {
        let (file, aside) = (folder(lab).join(what), folder(lab).join("aside"));
        fs::rename(&file, &aside).unwrap();
        let (code, said) = lab.code(&["check"]);
        assert!(
            code == 4 && said.contains("cannot be brought back") && said.contains("is missing"),
            "{said}"
        );
        assert!(said.contains("satrain cluster down"), "{said}");
        fs::rename(&aside, &file).unwrap();
    }
}

fn nothing_is_left(lab: &Lab, before: &Host) {
    let group = group(lab);
    let (code, said) = lab.code(&["cluster", "down"]);
    assert_eq!(code, 0, "{said}");
    assert!(!folder(lab).exists() && groups(&group).is_empty());
    assert_eq!(&Host::look(), before);
    let (code, said) = lab.code(&["check"]);
    assert!(code != 0 && !said.contains("bringing it back"), "{said}");
    assert_eq!(lab.code(&["cluster", "up"]).0, 0, "the next one is a new one");
    assert!(lab.kubectl("get namespaces").lines().count() == 5, "{}", lab.kubectl("get namespaces"));
}
