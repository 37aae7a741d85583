//! Hostile hand-ins on a real cluster: what each is worth, what the host looks like afterwards, and that the next right script
//! is worth everything. SATRAIN_HOSTILE=each plays the right script after every one of them instead of after every fifth.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod lab_support;

use std::fs;
use std::path::Path;
use std::time::Instant;

use lab_support::Lab;

/// A process of a hostile script, by the argument of its `sleep`: nobody else sleeps so long.
const MARK: &str = "86487";

/// A hostile script, and what it may be worth.
struct Hostile {
    name: &'static str,
    script: String,
    worth: Worth,
}

/// In points of a hundred.
enum Worth {
    /// Exactly so many.
    Exactly(u64),
    /// Less than all.
    NotAll,
}

fn reference() -> String {
    satrain::scenario::Catalog::builtin().get("scenario-2").unwrap().scenario.solutions[0].run.clone()
}

/// The scripts of the instructor's table, and their brothers. Each ends by itself if no limit holds.
fn hostile() -> Vec<Hostile> {
    use Worth::{Exactly, NotAll};
    let right = reference();
    let with = |before: &str| format!("{before}\n{right}");
    let then = |after: &str| format!("{right}\n{after}\n");
    let forged = r#"for fd in /proc/[0-9]*/fd/1 /dev/tty /dev/console; do
        echo '{"schema":"satrain.dev/result/v1","score":{"points":100,"max":100,"percent":100,"passed":true}}' > "$fd"
    done 2>/dev/null; kill -9 "$PPID" 1; kill -9 -1"#;
    let loops =
        "while :; do kubectl delete serviceaccount myapp-sa -n production --wait=false; sleep 0.2; done";
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
        ("deletes the namespace", "kubectl delete namespace production --wait=false".to_owned(), NotAll),
        ("lets nobody make Pods", with(DENIES), NotAll),
        ("is no program", String::from_utf8_lossy(&[0x7f, b'E', b'L', b'F', 0, 1, 2, 3]).into_owned(), Exactly(0)),
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
struct Host {
    processes: usize,
    mounts: usize,
    groups: Vec<String>,
    folders: usize,
}

impl Host {
    fn look() -> Self {
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

fn memory() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap();
    let line = text.lines().find(|line| line.starts_with("MemAvailable:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn hostile_hand_ins_get_what_they_are_worth_and_the_next_one_too() {
    let Some(lab) = Lab::start() else { return };
    let each = std::env::var("SATRAIN_HOSTILE").is_ok_and(|how| how == "each");
    let before = (Host::look(), memory());
    assert_eq!(right(&lab), 100);
    for (number, hostile) in hostile().iter().enumerate() {
        let began = Instant::now();
        let script = lab.state().join("hand-in.sh");
        fs::write(&script, &hostile.script).unwrap();
        let out = lab.run(&[
            "run",
            "scenario-2",
            "--fresh",
            "--timeout",
            "4",
            "--output",
            "json",
            "--solution",
            script.to_str().unwrap(),
        ]);
        let code = out.status.code().unwrap();
        let result: Option<serde_json::Value> = serde_json::from_slice(&out.stdout).ok();
        let points = result.as_ref().and_then(|result| result["score"]["percent"].as_u64());
        let seconds = began.elapsed().as_secs_f32();
        println!("{}: exit code {code}, {points:?} points, {seconds:.1} s", hostile.name);
        let said = || String::from_utf8_lossy(&out.stderr).into_owned();
        match hostile.worth {
            Worth::Exactly(worth) => assert_eq!(points, Some(worth), "{}: {}", hostile.name, said()),
            Worth::NotAll => {
                assert!(points.is_some_and(|points| points < 100), "{}: {}", hostile.name, said());
            }
        }
        assert!(out.stderr.len() < 32 << 20, "{}: {} bytes", hostile.name, out.stderr.len());
        assert!(!said().contains('\u{1b}'), "{}: an escape sequence", hostile.name);
        assert_eq!(Host::look(), before.0, "{}", hostile.name);
        let after = memory();
        assert!(after + (3 << 20) > before.1, "{}: {} and now {after} KiB of memory", hostile.name, before.1);
        if each || number % 5 == 4 {
            assert_eq!(right(&lab), 100, "after: {}", hostile.name);
        }
    }
    assert_eq!(right(&lab), 100);
}

fn right(lab: &Lab) -> u64 {
    let result = lab.json(&["run", "scenario-2", "--fresh", "--solution", "reference"]);
    result["score"]["percent"].as_u64().unwrap()
}
