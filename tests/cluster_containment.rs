//! What a Pod, whatever it is allowed, can see and do of the machine that its cluster runs on: from inside, with canaries
//! outside.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "tests")]

mod cluster_support;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use cluster_support::{Lab, kill_hard, lab, text, tree};
use satrain::cluster::{ClusterInfo, Provider};
use satrain::event::Events;

/// The first ID of a host that a cluster's users may have (src/cluster/embedded/users.rs).
const NOBODY: u32 = 0x7000_0000;

/// A Pod that is allowed everything.
const PRIVILEGED: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"spy"},"spec":{
    "terminationGracePeriodSeconds":0,"hostPID":true,"hostNetwork":true,"hostIPC":true,
    "containers":[{"name":"c","image":"curlimages/curl","command":["sleep","3600"],
        "securityContext":{"privileged":true,"runAsUser":0},
        "volumeMounts":[{"name":"h","mountPath":"/host"}]}],
    "volumes":[{"name":"h","hostPath":{"path":"/"}}]}}"#;

/// A Pod that only mounts its node's root, the usual exercise.
const ORDINARY: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"guest"},"spec":{
    "terminationGracePeriodSeconds":0,
    "containers":[{"name":"c","image":"busybox","command":["sleep","3600"],
        "volumeMounts":[{"name":"h","mountPath":"/host"}]}],
    "volumes":[{"name":"h","hostPath":{"path":"/"}}]}}"#;

/// A group of the host in a hierarchy of version 1; removed when dropped.
struct Group(PathBuf);

impl Group {
    fn make() -> Option<Self> {
        let group = PathBuf::from(format!("/sys/fs/cgroup/freezer/satrain-canary-{}", std::process::id()));
        fs::create_dir(&group).ok().map(|()| Self(group))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

struct Seen<'a> {
    lab: &'a Lab,
    info: ClusterInfo,
}

impl Seen<'_> {
    fn start(&self, pod: &str, name: &str) {
        let file = self.lab.root.path().join("pod.json");
        fs::write(&file, pod).unwrap();
        self.kubectl(&["apply", "-f", file.to_str().unwrap()]);
        self.kubectl(&["wait", "--for=condition=Ready", &format!("pod/{name}"), "--timeout=60s"]);
    }

    fn kubectl(&self, args: &[&str]) -> String {
        self.lab.api(&self.info.kubectl, &self.info.learner_kubeconfig, args)
    }

    /// What a script prints in a Pod, errors included.
    fn from(&self, pod: &str, script: &str) -> String {
        let script = format!("exec 2>&1\n{script}\ntrue");
        self.kubectl(&["exec", pod, "--", "sh", "-c", &script])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_is_allowed_everything_does_not_reach_the_host() {
    let Some(lab) = lab() else { return };
    let canary = lab.root.path().join("canary");
    fs::write(&canary, "of the host").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let group = Group::make();
    let cluster = lab.cluster();
    let seen = Seen { lab: &lab, info: cluster.up(&Events::silent()).await.unwrap() };
    seen.start(PRIVILEGED, "spy");
    let spy = |script: &str| seen.from("spy", script);

    // Who it is.
    let supervisor = lab.status().supervisor.unwrap();
    let of_cluster: Vec<i32> = tree(supervisor).into_iter().filter(|pid| *pid != supervisor).collect();
    assert!(of_cluster.len() > 9);
    for pid in of_cluster {
        let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) else { continue };
        let ids = status.lines().filter(|line| line.starts_with("Uid:") || line.starts_with("Gid:"));
        for id in ids.flat_map(|line| line.split_whitespace().skip(1)) {
            assert!(id.parse::<u32>().unwrap() >= NOBODY, "process {pid}: {status}");
        }
    }

    // Files.
    let path = canary.display();
    let found = spy(&format!("cat {path} /host{path} /proc/1/root{path}; find /host -xdev -name canary"));
    assert!(!found.contains("of the host"), "{found}");
    for attempt in [
        "mknod /tmp/disk b 254 0",
        "mknod /tmp/mem c 1 1",
        "nsenter -t 1 -m true",
        "cat /proc/1/environ",
        "ls /proc/1/fd/",
        "mount -o remount,rw,bind /host/usr && touch /host/usr/local/canary",
        "mount -o remount,rw,bind /host/dist/runc && touch /host/dist/runc/canary",
    ] {
        let said = spy(&format!("({attempt}) && echo REACHED"));
        assert!(!said.contains("REACHED"), "{attempt}: {said}");
    }
    assert!(!Path::new("/usr/local/canary").exists());

    // The kernel's settings that have no namespace.
    for setting in ["kernel/core_pattern", "vm/swappiness", "fs/inotify/max_user_instances"] {
        let before = fs::read_to_string(Path::new("/proc/sys").join(setting));
        // The very same value, so that a failure of this test changes nothing.
        let said = spy(&format!(
            "v=$(cat /proc/sys/{setting}) && echo \"$v\" > /proc/sys/{setting} && echo REACHED"
        ));
        assert!(before.is_ok() && !said.contains("REACHED"), "{setting}: {said}");
    }
    let said = spy(
        "(date -s '2020-01-01 00:00' 2>&1 | grep -q 'not permitted') || echo REACHED; cat /proc/sysrq-trigger; insmod /x.ko && echo REACHED",
    );
    assert!(!said.contains("REACHED"), "{said}");

    // Control groups: its cluster's own, and no limit of those.
    assert_eq!(spy("find /host/sys/fs/cgroup -name release_agent").trim(), "");
    let said = spy(
        "mkdir -p /tmp/c; mount -t cgroup -o freezer none /tmp/c; ls /tmp/c /host/sys/fs/cgroup /host/sys/fs/cgroup/freezer",
    );
    assert!(group.is_none() || !said.contains("satrain-canary"), "{said}");
    let said = spy("for f in memory/memory.limit_in_bytes memory.max pids/pids.max pids.max; do \
         [ ! -e /host/sys/fs/cgroup/$f ] || (echo 1000000 > /host/sys/fs/cgroup/$f) && echo REACHED $f; done");
    let none = said.lines().filter(|line| line.starts_with("REACHED")).filter(|line| {
        // Said of a file of the other version, which is not there.
        let file = line.trim_start_matches("REACHED ");
        Path::new("/sys/fs/cgroup").join(file).exists()
    });
    assert_eq!(none.count(), 0, "{said}");

    // Processes and addresses.
    let mine = std::process::id();
    assert!(
        !spy("cat /proc/[0-9]*/cmdline | tr '\\0' ' '").contains("cluster_containment"),
        "process {mine} is in sight"
    );
    let port = listener.local_addr().unwrap().port();
    let said = spy(&format!("curl -sS -m 3 http://127.0.0.1:{port}/ && echo REACHED"));
    assert!(!said.contains("REACHED"), "{said}");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody has knocked");
    assert_eq!(fs::read_to_string(&canary).unwrap(), "of the host");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_with_its_nodes_root_finds_nothing_of_the_grader_and_nothing_that_satrain_runs() {
    let Some(lab) = lab() else { return };
    let cluster = lab.cluster();
    let seen = Seen { lab: &lab, info: cluster.up(&Events::silent()).await.unwrap() };
    seen.start(ORDINARY, "guest");
    let guest = |script: &str| seen.from("guest", script);
    let listed =
        guest("ls /host/lab; ls -A /host/lab/pki /host/lab/etcd /host/lab/run /host/lab/log | grep -v :");
    assert!(listed.contains("config") && listed.contains("node"), "{listed}");
    let secrets = [
        "ca.key",
        "sa.key",
        "member",
        "checkpoints",
        "audit.log",
        "kubectl",
        "grader",
        "learner",
        "cluster.json",
    ];
    for secret in secrets {
        assert!(!listed.contains(secret), "{secret}: {listed}");
    }
    let grader = fs::read_to_string(&seen.info.grader_kubeconfig).unwrap();
    let key = grader.split("client-key-data").nth(1).unwrap().split('"').nth(2).unwrap();
    let found = guest(&format!("grep -rl '{}' /host/lab/node /host/lab/config /host/etc", &key[120..160]));
    assert_eq!(found.trim(), "");

    // What it plants where satrain once looked is not what satrain runs or believes.
    let planted = guest(
        "mkdir -p /host/lab/bin; printf '#!/bin/sh\\necho PLANTED' > /host/lab/bin/kubectl; chmod +x /host/lab/bin/kubectl
         for f in learner.kubeconfig grader.kubeconfig status.json cluster.json identity.json; do echo PLANTED > /host/lab/$f; done
         ln -sf /etc/shadow /host/lab/config/kubelet.yaml",
    );
    assert!(planted.contains("Permission denied"), "{planted}");
    guest("echo PLANTED > /host/lab/config/planted");
    let written = fs::read_to_string(lab.dir().join("lab/config/planted")).unwrap();
    assert_eq!(written.trim(), "PLANTED", "what is the cluster's it may write");
    for words in [["cluster", "status"], ["cluster", "env"], ["cluster", "list"]] {
        let out = lab.satrain(&words).output().unwrap();
        assert!(out.status.success() && !text(&out).contains("PLANTED"), "{words:?}: {}", text(&out));
    }
    let mut kubectl = lab.program(seen.info.kubectl.to_str().unwrap(), &["version"]);
    let version = kubectl.env("KUBECONFIG", &seen.info.learner_kubeconfig).output().unwrap();
    assert!(version.status.success() && !text(&version).contains("PLANTED"), "{}", text(&version));

    // Also when the cluster is brought back by who reads all of it anew.
    kill_hard(lab.status().supervisor.unwrap());
    let again = lab.satrain(&["cluster", "up"]).output().unwrap();
    assert!(again.status.success() && !text(&again).contains("PLANTED"), "{}", text(&again));
    assert_eq!(seen.kubectl(&["get", "pod", "guest", "-o", "name"]).trim(), "pod/guest");
    assert!(lab.satrain(&["cluster", "down"]).output().unwrap().status.success());
    assert!(!lab.dir().exists() && Path::new("/etc/shadow").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_makes_processes_without_end_costs_nobody_else() {
    let Some(lab) = lab() else { return };
    let cluster = lab.cluster();
    let seen = Seen { lab: &lab, info: cluster.up(&Events::silent()).await.unwrap() };
    seen.start(ORDINARY, "guest");
    // Bounded by itself, too: it stops at three thousand.
    let said = seen.from("guest", "(i=0; while [ $i -lt 3000 ]; do sleep 20 & i=$((i+1)); done; wait)");
    assert!(said.contains("can't fork"), "{}", &said[..said.len().min(300)]);
    let here = tree(lab.status().supervisor.unwrap()).len();
    assert!(here < 2300, "{here} processes");
    assert!(seen.kubectl(&["get", "pods"]).contains("guest"));
}

/// An editor, a build server and `flock` have files open that satrain inherits; a CI runner has credentials in its variables.
#[test]
fn what_the_caller_has_is_nowhere_in_the_cluster() {
    let Some(lab) = lab() else { return };
    let canary = lab.root.path().join("canary");
    fs::write(&canary, "of the host").unwrap();
    let up = format!(
        "export AWS_SECRET_ACCESS_KEY=key-of-the-caller; exec 77<>'{}' 78<'{}'; exec \"$0\" cluster up",
        canary.display(),
        lab.root.path().display()
    );
    let output = lab.program("bash", &["-c", &up, env!("CARGO_BIN_EXE_satrain")]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let opened = |process: &Path| -> Vec<PathBuf> {
        fs::read_dir(process.join("fd"))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|fd| fs::read_link(fd.path()).ok())
            .collect()
    };
    let mut looked = 0;
    for process in fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path()) {
        let line = fs::read(process.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let is_ours = ["supervise", "/opt/satrain/bin/"].iter().any(|word| line.contains(word));
        if is_ours {
            looked += 1;
            let open = opened(&process);
            assert!(!open.iter().any(|file| *file == canary || file == lab.root.path()), "{line}: {open:?}");
            let variables = fs::read(process.join("environ")).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&variables).contains("key-of-the-caller"), "{line}");
        }
    }
    assert!(looked >= 6, "{looked} processes of a cluster");
}
