//! Exams as somebody sits them without a screen: begun, worked on from host to host, killed, ended by hand and by the clock.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "tests")]
#![allow(clippy::duplicate_mod, reason = "both supports know how to skip a test")]

mod cluster_support;
mod lab_support;

use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use cluster_support::{Host, all_gone, tree, within};
use lab_support::{Lab, in_turn};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use satrain::exam::{self, BoundPaper};
use satrain::quiz::Bank;
use satrain::scenario::{Catalog, as_variables};
use serde_json::{Value, json};

const PAPER: &str = "apiVersion: satrain.dev/paper/v1
title: Tokens
minutes: 30
tasks:
  - scenario: scenario-2
    weight: 40
  - scenario: bound-token
    weight: 40
    seed: 5
  - question: automount-field
    weight: 20
";

/// Ends within the test.
const SHORT: &str = "apiVersion: satrain.dev/paper/v1
title: A minute
minutes: 1
tasks:
  - scenario: bound-token
    weight: 90
  - question: automount-field
    weight: 10
";

#[test]
fn an_exam_is_sat_from_its_beginning_to_its_end() {
    let before = Host::look();
    let Some(lab) = Lab::idle() else { return };
    in_turn(
        &lab,
        &[
            ("nothing is under way", nothing),
            ("begun, and what would help is closed", begun),
            ("flags, notes and answers, killed at any moment", saved),
            ("hosts", hosts),
            ("killed with its cluster, it comes back", killed),
            ("a full disk", disk_full),
            ("solved, its cluster dies, and it is ended once", solved),
            ("given up", given_up),
            ("the deadline passes while nobody is there", deadline),
        ],
    );
    let left: Vec<_> =
        fs::read_dir(lab.state().join("clusters")).unwrap().flatten().map(|e| e.file_name()).collect();
    assert!(left.iter().all(|name| name.to_string_lossy().ends_with(".lock")), "{left:?}");
    assert_eq!(Host::look(), before);
}

fn start(lab: &Lab, text: &str, more: &[&str]) -> (i32, String) {
    let file = lab.state().join("paper.yaml");
    fs::create_dir_all(lab.state()).unwrap();
    fs::write(&file, text).unwrap();
    lab.code(&[&["exam", "start", "--paper", file.to_str().unwrap()], more].concat())
}

fn paper(text: &str) -> BoundPaper {
    let read = exam::read("paper.yaml", text).unwrap();
    BoundPaper::of(&read, &Catalog::builtin(), &Bank::builtin().unwrap()).unwrap()
}

fn folder(lab: &Lab) -> PathBuf {
    let mut all: Vec<PathBuf> = fs::read_dir(lab.state().join("exams"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    all.sort();
    all.pop().unwrap()
}

/// Runs a script on the host of a task.
fn on_host(lab: &Lab, task: usize, script: &str) -> (i32, String) {
    lab.code(&["exam", "host", &task.to_string(), "--", script])
}

/// Plays the reference solution on the host of a task.
fn solve(lab: &Lab, text: &str, task: usize) {
    let paper = paper(text);
    let bound = &paper.tasks[task - 1].lab().unwrap().bound;
    // A candidate knows no parameters but those of the text.
    let variables = as_variables(&bound.values);
    let known: String = variables.iter().map(|(name, value)| format!("{name}='{value}'\n")).collect();
    let file = lab.state().join("solution.sh");
    fs::write(&file, known + &bound.scenario.solutions[0].run).unwrap();
    let (code, said) = on_host(lab, task, &format!("bash -euo pipefail {}", file.display()));
    assert_eq!(code, 0, "{said}");
}

fn nothing(lab: &Lab) {
    for verb in
        [&["exam", "time"][..], &["exam", "task", "1"], &["exam", "finish", "--yes"], &["exam", "host", "1"]]
    {
        let (code, said) = lab.code(verb);
        assert!(code == 2 && said.contains("no exam is under way"), "{verb:?}: {said}");
    }
    assert_eq!(lab.json(&["exam"])["exam"], Value::Null);
}

fn begun(lab: &Lab) {
    let (code, said) = start(lab, PAPER, &["--extra-time", "10%", "--reason", "second language"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("sa-01") && said.contains("sa-02") && !said.contains("sa-03"), "{said}");
    let status = lab.json(&["exam"]);
    assert_eq!(status["lasts"], 33 * 60);
    assert!(status["left"].as_u64().unwrap() > 32 * 60, "{status}");
    for verb in [
        &["check"][..],
        &["hint"],
        &["solution", "scenario-2"],
        &["run", "scenario-1"],
        &["quiz"],
        &["prove"],
        &["exam", "prove", "--draw", "1"],
        &["task"],
        &["next"],
    ] {
        let (code, said) = lab.code(verb);
        assert!(code == 2 && said.contains("is closed"), "{verb:?}: {said}");
    }
    let (code, said) = lab.code(&["exam", "start"]);
    assert!(code == 2 && said.contains("is under way"), "{said}");
    for (verb, what) in [(&["exam", "pause"][..], "be paused"), (&["exam", "check", "1"], "be checked")] {
        let (code, said) = lab.code(verb);
        assert!(code == 2 && said.contains(&format!("only a practice exam can {what}")), "{said}");
    }
    let (code, said) = lab.code(&["cluster", "down", "--name", "satrain-exam"]);
    assert!(code == 2 && said.contains("belongs to exam"), "{said}");
    let private = |path: PathBuf| {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(&path).unwrap().permissions().mode() & 0o077
    };
    for file in ["journal.jsonl", "paper.yaml", "hosts/sa-01/kubeconfig"] {
        assert_eq!(private(folder(lab).join(file)), 0, "{file}");
    }
}

fn saved(lab: &Lab) {
    let task = lab.code(&["exam", "task", "3"]).1;
    assert!(task.contains("satrain exam answer 3"), "{task}");
    assert!(lab.code(&["exam", "answer", "1", "b"]).1.contains("is done on host sa-01"));
    assert!(lab.code(&["exam", "flag", "4"]).1.contains("this exam has tasks 1 to 3"));
    // Notes are refused as a whole, and never cut.
    let (code, said) = lab.code(&["exam", "note", &"x".repeat(8001)]);
    assert!(code == 2 && said.contains("at most 8000 characters"), "{said}");
    assert_eq!(lab.json(&["exam", "note"])["notes"], "");
    // What was said to be saved is there, and nothing is half there, whenever the program is killed.
    for n in 0..20u64 {
        let note = format!("note {n}");
        let mut child = lab.command().args(["exam", "note", &note]).spawn().unwrap();
        sleep(Duration::from_millis(n * 12));
        let _ = child.kill();
        let out = child.wait_with_output().unwrap();
        let was_saved = String::from_utf8_lossy(&out.stdout).contains("saved");
        let notes = lab.json(&["exam", "note"])["notes"].as_str().unwrap().to_owned();
        assert!(!was_saved || notes.lines().any(|line| line == note), "{n}: {notes}");
    }
    let notes = lab.json(&["exam", "note"])["notes"].as_str().unwrap().to_owned();
    assert!(notes.lines().all(|line| line.starts_with("note ")), "{notes}");
    // Two terminals at once lose nothing.
    let flags: Vec<_> =
        (1..=3).map(|n| lab.command().args(["exam", "flag", &n.to_string()]).spawn().unwrap()).collect();
    flags.into_iter().for_each(|mut child| assert!(child.wait().unwrap().success()));
    let status = lab.json(&["exam"]);
    assert!(status["tasks"].as_array().unwrap().iter().all(|task| task["flagged"] == true), "{status}");
    // A torn line is normal.
    let journal = folder(lab).join("journal.jsonl");
    let whole = fs::read(&journal).unwrap();
    fs::write(&journal, [&whole[..], br#"{"at":"2026-"#].concat()).unwrap();
    assert_eq!(lab.code(&["exam", "flag", "2", "--off"]).0, 0);
    assert_eq!(lab.json(&["exam"])["tasks"][1]["flagged"], false);
}

fn hosts(lab: &Lab) {
    let (code, said) =
        on_host(lab, 1, "kubectl auth whoami -o jsonpath={.status.userInfo.username}; echo; pwd; echo $HOME");
    assert_eq!(code, 0, "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0] == "satrain:sa-01" && lines[1] == lines[2], "{said}");
    let (_, known) = on_host(lab, 1, "env");
    assert!(known.lines().any(|line| line.starts_with("NAMESPACE=")) && !known.contains("CAUSE="), "{known}");
    assert!(on_host(lab, 1, "ssh sa-02 true").1.contains("this is sa-01"));
    assert_eq!(on_host(lab, 1, "exit 7").0, 7);
    assert_eq!(lab.code(&["exam", "host", "sa-01"]), (0, String::new()), "nothing was on its standard input");
    assert!(on_host(lab, 3, "true").1.contains("is a question"));
    // Work on the wrong host: it is the other task's user that the log knows.
    let namespace = &paper(PAPER).tasks[1].lab().unwrap().bound.namespaces()[0];
    let (code, said) = on_host(lab, 1, &format!("kubectl create configmap stray -n {namespace}"));
    assert_eq!(code, 0, "{said}");
    let status = lab.json(&["exam"]);
    assert_eq!(
        (status["tasks"][0]["touched"].clone(), status["tasks"][1]["touched"].clone()),
        (json!(true), json!(false))
    );
}

/// Kills the cluster with all of its parts.
fn kill_cluster(lab: &Lab) {
    let status = lab.json(&["cluster", "status", "--name", "satrain-exam"]);
    let processes = tree(i32::try_from(status["supervisor"].as_i64().unwrap()).unwrap());
    for pid in &processes {
        let _ = kill(Pid::from_raw(*pid), Signal::SIGKILL);
    }
    within(10, "every process is gone", || all_gone(&processes));
}

/// `SATRAIN_KILLS=20` is the long form.
fn killed(lab: &Lab) {
    let left = |lab: &Lab| lab.json(&["exam", "time"])["left"].as_i64().unwrap();
    let kills = std::env::var("SATRAIN_KILLS").map_or(2, |n| n.parse().unwrap());
    for n in 1..=kills {
        let (began, first, told) = (Instant::now(), left(lab), Instant::now());
        // Somebody is at work when it happens, and it happens at another moment each time.
        let script = "for i in $(seq 100); do kubectl create configmap work-$RANDOM-$i; done";
        let mut work = lab.command().args(["exam", "host", "1", "--", script]).spawn().unwrap();
        let note = format!("kill {n}");
        sleep(Duration::from_millis(u64::from(std::process::id()) * 37 * n % 2500));
        assert_eq!(lab.code(&["exam", "note", &note]).0, 0);
        kill_cluster(lab);
        work.kill().unwrap();
        work.wait().unwrap();
        let (code, said) = on_host(lab, 2, "kubectl get pods -A --no-headers");
        assert!(code == 0 && said.contains("Running"), "{said}");
        // The clock was read somewhere between the beginning and the end of each command, and tells whole seconds.
        let (least, by_clock, most) = (told.elapsed(), first - left(lab), began.elapsed());
        let [least, most] = [least, most].map(|time| i64::try_from(time.as_secs()).unwrap());
        assert!(
            (least - 1..=most + 2).contains(&by_clock),
            "{by_clock} s by the clock, {least}-{most} s in truth"
        );
        let notes = lab.json(&["exam", "note"])["notes"].as_str().unwrap().to_owned();
        assert!(notes.lines().any(|line| line == note), "{notes}");
    }
    let more = lab.code(&["exam", "extra", "5", "--reason", "the power failed"]).1;
    assert!(more.contains("5 min more"), "{more}");
    assert_eq!(lab.json(&["exam", "time"])["lasts"], 38 * 60);
}

/// On a disk of its own, which is full for a while: in a mount namespace, so that nothing stays behind.
fn disk_full(lab: &Lab) {
    let script = r#"
        set -eu
        kept=$(mktemp -d)
        cp -a "$FOLDER/." "$kept"
        mount -t tmpfs -o size=4m tmpfs "$FOLDER"
        cp -a "$kept/." "$FOLDER"
        rm -r "$kept"
        dd if=/dev/zero of="$FOLDER/filler" bs=4096 2>/dev/null || true
        # The journal's last block has room for some more lines.
        told=0
        for n in $(seq 200); do
            code=0
            said=$(satrain exam note "note $n of a full disk" 2>&1) || code=$?
            if [ $code != 0 ]; then told=1; printf '%s
' "$said"; break; fi
        done
        [ $told = 1 ]
        rm "$FOLDER/filler"
        satrain exam note "there is room again"
        echo "refused: $n"
        satrain exam note -o json
    "#;
    let folder = folder(lab);
    let mut command = std::process::Command::new("unshare");
    let program = lab.command().get_program().to_owned();
    let path = PathBuf::from(&program).parent().unwrap().to_owned();
    command.args(["--mount", "--propagation", "private", "bash", "-c", script]);
    command.env("PATH", format!("{}:{}", path.display(), std::env::var("PATH").unwrap()));
    command.env("SATRAIN_STATE", lab.state()).env("FOLDER", &folder);
    let out = command.output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{said}{}", String::from_utf8_lossy(&out.stderr));
    let (told, json) = said.split_once("refused: ").unwrap();
    assert!(told.contains("The disk is full, and nothing was saved"), "{told}");
    let (refused, json) = json.split_once('\n').unwrap();
    let refused: usize = refused.parse().unwrap();
    let notes = serde_json::from_str::<Value>(json).unwrap()["notes"].as_str().unwrap().to_owned();
    let ours: Vec<&str> = notes.lines().filter(|line| line.ends_with("of a full disk")).collect();
    assert_eq!(ours.len(), refused - 1, "what was said to be saved is there, and nothing else: {notes}");
    assert!(notes.ends_with("there is room again"), "{notes}");
    // Nothing of it was on the disk that was not full.
    assert!(!lab.json(&["exam", "note"])["notes"].as_str().unwrap().contains("full disk"));
}

fn solved(lab: &Lab) {
    for task in [1, 2] {
        solve(lab, PAPER, task);
    }
    let bank = Bank::builtin().unwrap();
    let item = bank.items().find(|(_, item)| item.id == "automount-field").unwrap().1;
    let right = satrain::quiz::key::right(item).unwrap();
    let shown = satrain::quiz::session::shown(item, None);
    let typed = satrain::quiz::answer::typed(&item.task().unwrap(), &shown, &right);
    assert_eq!(lab.code(&["exam", "answer", "3", &typed]).0, 0);
    assert!(lab.code(&["exam", "finish"]).1.contains("Add `--yes`"));
    // The cluster dies, and two terminals end the exam at once.
    kill_cluster(lab);
    let finish = || lab.command().args(["exam", "finish", "--yes", "-o", "json"]).output().unwrap();
    let results = std::thread::scope(|scope| {
        [scope.spawn(finish), scope.spawn(finish)].map(|thread| thread.join().unwrap())
    });
    let [result, other] = results.map(|out| {
        serde_json::from_slice::<Value>(&out.stdout)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&out.stderr)))
    });
    assert_eq!(result, other);
    assert_eq!(
        result["score"],
        json!({"earned": 10000, "of": 10000, "percent": 100, "passed": true, "complete": true}),
        "{result:#}"
    );
    assert_eq!(result["endedBy"], "candidate");
    let reasons: Vec<&str> =
        result["extra"].as_array().unwrap().iter().map(|e| e["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons, ["second language", "the power failed"]);
    // Finishing twice is the same result, and nothing can be changed any more.
    assert_eq!(lab.json(&["exam", "finish"]), result);
    assert_eq!(lab.json(&["exam", "review"]), result);
    assert!(lab.code(&["exam", "answer", "3", "a"]).1.contains("no exam is under way"));
    assert_eq!(lab.json(&["exam", "list"])[0]["percent"], 100);
    let text = fs::read_to_string(folder(lab).join("result.json")).unwrap();
    assert!(!text.contains("eyJ"), "no token is in a result");
}

fn given_up(lab: &Lab) {
    assert_eq!(start(lab, SHORT, &[]).0, 0);
    let (code, said) = lab.code(&["exam", "abandon", "--yes", "--reason", "lunch"]);
    assert!(code == 0 && said.contains("given up"), "{said}");
    assert!(lab.json(&["exam", "list"])[1]["how"].as_str().unwrap().contains("given up"));
    assert!(lab.code(&["exam", "time"]).1.contains("no exam is under way"));
}

fn deadline(lab: &Lab) {
    assert_eq!(start(lab, SHORT, &[]).0, 0);
    let began = Instant::now();
    solve(lab, SHORT, 1);
    let host = folder(lab).join("hosts/sa-01/kubeconfig");
    let kubectl = lab.distribution().join("bin/kubectl");
    let namespace = paper(SHORT).tasks[0].lab().unwrap().bound.namespaces()[0].clone();
    sleep(Duration::from_secs(64).saturating_sub(began.elapsed()));
    // Somebody goes on in the dark.
    let late = std::process::Command::new(kubectl)
        .arg("--kubeconfig")
        .arg(host)
        .args(["create", "configmap", "late", "-n", &namespace])
        .output()
        .unwrap();
    assert!(late.status.success(), "{}", String::from_utf8_lossy(&late.stderr));
    assert!(lab.code(&["exam", "answer", "2", "a"]).1.contains("has ended"));
    assert!(on_host(lab, 1, "true").1.contains("has ended"));
    let result = lab.json(&["exam"]);
    assert_eq!((result["endedBy"].as_str(), result["used"].as_u64()), (Some("deadline"), Some(60)));
    assert_eq!(result["tasks"][0]["status"]["is"], "changed-late", "{result:#}");
    assert_eq!(result["tasks"][0]["earned"], 0);
    assert_eq!(result["score"]["percent"], 0);
}
