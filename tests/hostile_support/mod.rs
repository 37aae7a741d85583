//! Hostile hand-ins of scenario-2, what each is worth, and what of them would be seen on the host.
#![allow(
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "test support; each test file uses a part"
)]

use std::fs;
use std::path::Path;

/// A process of a hostile script, by the argument of its `sleep`: nobody else sleeps so long.
pub const MARK: &str = "86487";

/// A hostile script, and what it may be worth.
pub struct Hostile {
    pub name: &'static str,
    pub script: String,
    pub worth: Worth,
}

/// In points of a hundred.
pub enum Worth {
    /// Exactly so many.
    Exactly(u64),
    /// Less than all.
    NotAll,
    /// Nothing: the file is no script. `run` refuses it before it plays, a class gives it 0 points.
    Refused,
}

pub fn reference() -> String {
    satrain::scenario::Catalog::builtin().get("scenario-2").unwrap().scenario.solutions[0].run.clone()
}

/// The scripts of the instructor's table, and their brothers. Each ends by itself if no limit holds.
pub fn hostile() -> Vec<Hostile> {
    use Worth::{Exactly, NotAll, Refused};
    let right = reference();
    let with = |before: &str| format!("{before}\n{right}");
    let then = |after: &str| format!("{right}\n{after}\n");
    let forged = r#"for fd in /proc/[0-9]*/fd/1 /dev/tty /dev/console; do
        echo '{"schema":"satrain.dev/result/v1","score":{"points":100,"max":100,"percent":100,"passed":true}}' > "$fd"
    done 2>/dev/null; kill -9 "$PPID" 1; kill -9 -1"#;
    let loops = r#"while :; do kubectl delete serviceaccount "$SERVICE_ACCOUNT" -n "$NAMESPACE" --wait=false; sleep 0.2; done"#;
    let all = [
        ("sleeps", format!("sleep {MARK}"), Exactly(0)),
        ("leaves a session behind", format!("setsid sleep {MARK} & nohup sleep {MARK} >/dev/null & exit 0"), Exactly(0)),
        ("leaves one without an environment", format!("env -i setsid sleep {MARK} & disown -a; exit 0"), Exactly(0)),
        ("makes processes", format!("for n in $(seq 1500); do sleep {MARK} & done; wait"), Exactly(0)),
        ("writes lines without end", "timeout 20 yes".to_owned(), Exactly(0)),
        ("writes one line without end", "timeout 20 tr '\\0' x < /dev/zero".to_owned(), Exactly(0)),
        ("takes memory", "head -c 3G /dev/zero | tail -c 3G | wc -c".to_owned(), Exactly(0)),
        ("takes the disk", "for n in $(seq 20); do head -c 60M /dev/zero > big$n; done".to_owned(), Exactly(0)),
        ("removes its workspace, then does it right", with("rm -rf \"$PWD\"/* \"$PWD\""), Exactly(100)),
        ("breaks its kubeconfig", "echo broken > \"$KUBECONFIG\"".to_owned(), Exactly(0)),
        ("does it right and sets a namespace", then("kubectl config set-context --current --namespace=production"), Exactly(100)),
        ("forges a result and ends its parent", forged.to_owned(), Exactly(0)),
        ("ends everybody, then does it right", with("kill -9 \"$PPID\"; kill -9 -1"), Exactly(100)),
        ("looks for the grader's files", "cat ../baseline.json ../../../clusters/*/*.kubeconfig /root/.kube/config /etc/shadow".to_owned(), Exactly(0)),
        ("puts a kubectl of its own first", with("mkdir -p bin; printf '#!/bin/sh\\nexit 0\\n' > bin/kubectl; chmod +x bin/kubectl; PATH=$PWD/bin:$PATH"), Exactly(0)),
        ("plants links, pipes and names", "ln -s /etc answers/etc; mkfifo answers/pipe; ln -s /dev/zero answers/zero; touch $'answers/\\e]52;c;aGk=\\a\\n2'".to_owned(), Exactly(0)),
        ("works against itself afterwards", then(&format!("setsid bash -c '{loops}' & exit 0")), Exactly(100)),
        ("deletes the namespace", r#"kubectl delete namespace "$NAMESPACE" --wait=false"#.to_owned(), NotAll),
        ("lets nobody make Pods", with(DENIES), NotAll),
        ("is no program", String::from_utf8_lossy(&[0x7f, b'E', b'L', b'F', 0, 1, 2, 3]).into_owned(), Refused),
    ];
    all.into_iter().map(|(name, script, worth)| Hostile { name, script, worth }).collect()
}

/// A policy that refuses each Pod.
const DENIES: &str = r#"kubectl apply -f - <<'END'
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: nobody}
spec:
  failurePolicy: Fail
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  validations: [{expression: "false"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: nobody}
spec: {policyName: nobody, validationActions: [Deny]}
END"#;

/// What of scripts is seen on the host.
#[derive(Debug, PartialEq, Eq)]
pub struct Host {
    pub processes: usize,
    pub mounts: usize,
    pub groups: Vec<String>,
    pub folders: usize,
}

impl Host {
    pub fn look() -> Self {
        let all = || fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        let marked = |process: &Path| {
            fs::read(process.join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(MARK))
        };
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let hierarchies = ["/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids"];
        let groups =
            hierarchies.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
        let groups = groups.map(|entry| entry.path().to_string_lossy().into_owned());
        Self {
            processes: all().filter(|process| marked(process)).count(),
            mounts: mounts.lines().filter(|line| line.contains("satrain")).count(),
            groups: groups.filter(|group| group.contains("satrain-script-")).collect(),
            folders: fs::read_dir("/tmp")
                .unwrap()
                .flatten()
                .filter(|entry| is_a_leftover(&entry.path()))
                .count(),
        }
    }
}

/// kubectl's own temporary files; a sandbox has a /tmp of its own.
fn is_a_leftover(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("kubectl_"))
}

pub fn memory() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap();
    let line = text.lines().find(|line| line.starts_with("MemAvailable:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
