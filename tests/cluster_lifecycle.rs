//! A real cluster from nothing to nothing.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod cluster_support;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use cluster_support::{Host, all_gone, groups, kill_hard, lab, text, tree, within};
use satrain::cluster::Provider;
use satrain::cluster::embedded::State;
use satrain::event::Events;
use serde_json::Value;

const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"caller"},"spec":{
    "terminationGracePeriodSeconds":0,
    "securityContext":{"runAsNonRoot":true,"runAsUser":1234,"fsGroup":2345,"seccompProfile":{"type":"RuntimeDefault"}},
    "containers":[{"name":"c","image":"curlimages/curl","command":["sleep","3600"],
        "securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}},
        "resources":{"limits":{"memory":"64Mi","cpu":"500m"}}}]}}"#;

fn pod(lab: &cluster_support::Lab, info: &satrain::cluster::ClusterInfo, json: &str, name: &str) {
    let file = lab.root.path().join("pod.json");
    std::fs::write(&file, json).unwrap();
    let learner = |args: &[&str]| lab.api(&info.kubectl, &info.learner_kubeconfig, args);
    learner(&["apply", "-f", file.to_str().unwrap()]);
    learner(&["wait", "--for=condition=Ready", &format!("pod/{name}"), "--timeout=20s"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_serves_pods_and_leaves_nothing_on_the_host() {
    let Some(lab) = lab() else { return };
    let before = Host::look();
    let cluster = lab.cluster();
    let info = cluster.up(&Events::silent()).await.unwrap();
    assert!(info.version.starts_with("v1."), "{}", info.version);
    assert_eq!(cluster.find().await.unwrap().as_ref(), Some(&info));

    // A second `up` finds it running.
    let begun = Instant::now();
    assert_eq!(cluster.up(&Events::silent()).await.unwrap().uid, info.uid);
    assert!(begun.elapsed() < Duration::from_secs(1));

    pod(&lab, &info, POD, "caller");
    let learner = |args: &[&str]| lab.api(&info.kubectl, &info.learner_kubeconfig, args);
    let answer = learner(&[
        "exec",
        "caller",
        "--",
        "sh",
        "-c",
        "cd /var/run/secrets/kubernetes.io/serviceaccount; \
         curl -sS --cacert ca.crt -H \"Authorization: Bearer $(cat token)\" https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/version",
    ]);
    assert!(answer.contains("gitVersion"), "TLS to the API from a Pod: {answer}");
    assert!(
        learner(&["auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"])
            .ends_with("satrain:learner")
    );
    let grader = lab.api(&info.kubectl, &info.grader_kubeconfig, &["auth", "whoami", "-o", "json"]);
    assert!(grader.contains("satrain:grader") && grader.contains("system:masters"), "{grader}");
    let binding = learner(&["get", "clusterrolebinding", "-l", "satrain.dev/managed=true", "-o", "name"]);
    assert!(binding.contains("satrain:learner"), "{binding}");

    let status = lab.status();
    assert_eq!(status.state, State::Running, "{status:?}");
    assert_eq!(status.components.len(), 7);
    assert!(status.components.iter().all(|c| c.pid.is_some() && c.restarts == 0), "{status:?}");
    assert!(status.memory_bytes.unwrap() > 100_000_000);
    secrets_are_private(&lab.dir());
    the_audit_log_tells_learner_from_grader(info.capabilities.audit_log.as_deref().unwrap());

    let (group, processes) = (lab.group(), tree(status.supervisor.unwrap()));
    assert!(processes.len() > 9 && !groups(&group).is_empty());
    let begun = Instant::now();
    cluster.down(&Events::silent()).await.unwrap();
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "down took {took:?}");
    assert!(all_gone(&processes));
    assert!(groups(&group).is_empty());
    assert!(!lab.dir().exists());
    assert_eq!(Host::look(), before);
    cluster.down(&Events::silent()).await.unwrap(); // nothing to end is no error
}

fn secrets_are_private(dir: &Path) {
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(dir), 0o700);
    let mut secrets = vec![dir.join("learner.kubeconfig"), dir.join("grader.kubeconfig")];
    for folder in ["lab/pki", "lab/node"] {
        let files = std::fs::read_dir(dir.join(folder)).unwrap().flatten().map(|e| e.path());
        secrets.extend(files.filter(|f| f.extension().is_some_and(|e| e == "key" || e == "kubeconfig")));
    }
    assert!(secrets.len() >= 10);
    for secret in &secrets {
        assert_eq!(mode(secret), 0o600, "{}", secret.display());
    }
    let logs = ["log", "lab/log"].map(|folder| std::fs::read_dir(dir.join(folder)).unwrap());
    for log in logs.into_iter().flatten().flatten() {
        let text = String::from_utf8_lossy(&std::fs::read(log.path()).unwrap()).into_owned();
        assert!(!text.contains("PRIVATE KEY") && !text.contains("client-key-data"), "{:?}", log.path());
        assert_eq!(mode(&log.path()), 0o600);
    }
}

fn the_audit_log_tells_learner_from_grader(log: &Path) {
    let text = std::fs::read_to_string(log).unwrap();
    let users: std::collections::BTreeSet<String> = text
        .lines()
        .filter_map(|l| serde_json::from_str::<Value>(l).ok())
        .filter_map(|e| Some(e["user"]["username"].as_str()?.to_owned()))
        .collect();
    assert!(users.contains("satrain:learner") && users.contains("satrain:grader"), "{users:?}");
    assert!(users.contains("system:serviceaccount:default:default"), "{users:?}");
    assert!(!users.contains("satrain:supervisor"), "{users:?}");
    assert!(text.contains("authentication.kubernetes.io/credential-id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_privileged_pod_sees_the_labs_root_and_not_the_hosts() {
    let Some(lab) = lab() else { return };
    let info = lab.cluster().up(&Events::silent()).await.unwrap();
    let json = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"spy"},"spec":{
        "terminationGracePeriodSeconds":0,"hostPID":true,"hostNetwork":true,
        "containers":[{"name":"c","image":"busybox","command":["sleep","3600"],"securityContext":{"privileged":true},
            "volumeMounts":[{"name":"h","mountPath":"/host"}]}],
        "volumes":[{"name":"h","hostPath":{"path":"/"}}]}}"#;
    pod(&lab, &info, json, "spy");
    let sees = |script: &str| {
        lab.api(&info.kubectl, &info.learner_kubeconfig, &["exec", "spy", "--", "sh", "-c", script])
    };
    assert!(sees("cat /host/etc/os-release").contains("ID=satrain"));
    assert!(sees("ls /host").lines().all(|l| l != "home"), "no folder of the host's users");
    assert!(sees("touch /host/usr/x 2>&1 || true").contains("Read-only"));
    assert_eq!(
        sees("cat /host/proc/1/cmdline").matches("supervise").count(),
        1,
        "process 1 is the cluster's own"
    );
    assert!(sees("ls /sys/class/net; ip -o link").contains("satr0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_may_have_user_namespaces_of_their_own() {
    let Some(lab) = lab() else { return };
    let info = lab.cluster().up(&Events::silent()).await.unwrap();
    let json = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"own"},"spec":{"hostUsers":false,
        "terminationGracePeriodSeconds":0,"containers":[{"name":"c","image":"busybox","command":["sleep","3600"]}]}}"#;
    pod(&lab, &info, json, "own");
    let map =
        lab.api(&info.kubectl, &info.learner_kubeconfig, &["exec", "own", "--", "cat", "/proc/self/uid_map"]);
    assert!(!map.trim().starts_with("0          0 "), "{map}");
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_of_a_pod_share_its_sandbox_and_that_gives_them_nothing() {
    let Some(lab) = lab() else { return };
    let info = lab.cluster().up(&Events::silent()).await.unwrap();
    // The sandbox's process is in sight of a container that may look into any.
    let json = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"two"},"spec":{
        "terminationGracePeriodSeconds":0,"shareProcessNamespace":true,"hostname":"both",
        "securityContext":{"sysctls":[{"name":"net.ipv4.ip_local_port_range","value":"20000 20100"}]},
        "containers":[
            {"name":"one","image":"busybox","command":["sleep","3600"],
                "securityContext":{"capabilities":{"add":["SYS_PTRACE","SYS_ADMIN"]}}},
            {"name":"other","image":"nginx","securityContext":{"runAsUser":1000}}]}}"#;
    pod(&lab, &info, json, "two");
    let sees = |script: &str| {
        let in_one = ["exec", "two", "-c", "one", "--", "sh", "-c", script];
        lab.api(&info.kubectl, &info.learner_kubeconfig, &in_one)
    };
    assert_eq!(sees("cat /proc/1/comm").trim(), "pause");
    assert_eq!(sees("ls /proc/1/root/ /proc/1/cwd/ | grep -v :; ls -A /proc/1/fd").trim(), "");
    assert_eq!(sees("hostname; cat /etc/hostname").trim(), "both\nboth");
    assert_eq!(sees("cat /proc/sys/net/ipv4/ip_local_port_range").trim(), "20000\t20100");
    assert_eq!(
        sees("nc -w 2 127.0.0.1 80 < /dev/null && echo open").trim(),
        "open",
        "an ordinary user's low port"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_whose_shim_is_killed_runs_again() {
    let Some(lab) = lab() else { return };
    let info = lab.cluster().up(&Events::silent()).await.unwrap();
    pod(&lab, &info, POD, "caller");
    let learner = |args: &[&str]| lab.api(&info.kubectl, &info.learner_kubeconfig, args);
    let supervisor = lab.status().supervisor.unwrap();
    let called = |name: &str| -> Vec<i32> {
        let comm = |pid: i32| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        tree(supervisor).into_iter().filter(|pid| comm(*pid).starts_with(name)).collect()
    };
    let sandbox = called("pause");
    let shims = called("containerd-shim");
    assert_eq!((sandbox.len(), shims.len()), (1, 1), "{sandbox:?} {shims:?}");
    kill_hard(shims[0]);
    learner(&[
        "wait",
        "--for=jsonpath={.status.containerStatuses[0].restartCount}=1",
        "pod/caller",
        "--timeout=30s",
    ]);
    learner(&["wait", "--for=condition=Ready", "pod/caller", "--timeout=30s"]);
    assert_eq!(called("pause").len(), 1, "the old one is gone");
    assert_ne!(called("pause"), sandbox);
    learner(&["delete", "pod", "caller", "--timeout=20s"]);
    within(20, "the sandbox goes with its Pod", || {
        called("pause").is_empty() && called("containerd-shim").is_empty()
    });
}

#[test]
fn two_clusters_run_side_by_side_and_the_command_shows_both() {
    let Some(lab) = lab() else { return };
    for name in ["one", "two"] {
        let output = lab.satrain(&["cluster", "up", "--name", name, "--timings"]).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        assert!(text(&output).contains("node Ready"));
    }
    let output = lab.satrain(&["cluster", "list", "--output", "json"]).output().unwrap();
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(all.as_array().unwrap().iter().filter(|c| c["state"] == "running").count(), 2, "{all}");
    assert_ne!(all[0]["apiServer"], all[1]["apiServer"]);

    let env = lab.satrain(&["cluster", "env", "--name", "one"]).output().unwrap().stdout;
    let env = String::from_utf8(env).unwrap();
    let shell = format!("{env} kubectl get nodes -o name");
    assert_eq!(text(&lab.program("bash", &["-c", &shell]).output().unwrap()).trim(), "node/satrain-node");
    assert!(
        lab.paths().clusters().join("one/kubectl-cache").is_dir(),
        "kubectl leaves nothing in the user's home"
    );
    let status = text(&lab.satrain(&["cluster", "status", "--name", "two"]).output().unwrap());
    assert!(status.contains("Cluster two: running") && status.contains("kube-apiserver"), "{status}");
    let log = text(&lab.satrain(&["cluster", "logs", "images", "--name", "two"]).output().unwrap());
    assert!(log.contains("imported"), "{log}");
    let wrong = text(&lab.satrain(&["cluster", "logs", "nonsense", "--name", "two"]).output().unwrap());
    assert!(wrong.contains("available: audit, containerd"), "{wrong}");

    let output = lab.satrain(&["cluster", "down", "--name", "one"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    within(2, "one is gone", || !lab.paths().clusters().join("one").exists());
    let kept = |name: &str| lab.paths().state.join(format!("fingerprints/embedded-{name}.json")).exists();
    assert!(!kept("one") && kept("two"), "what is known of a cluster ends with it");
    let status = lab.satrain(&["cluster", "status", "--name", "two"]).output().unwrap();
    assert!(status.status.success(), "the other goes on: {}", text(&status));
}
