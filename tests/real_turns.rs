//! Whose turn it is: an attempt that is being played is left alone by other satrains, and one whose setup failed is the
//! one that `satrain reset` means. One cluster for all.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod lab_support;

use std::fs;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use lab_support::{Lab, in_turn};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use satrain::scenario::Catalog;

#[test]
fn turns_on_a_real_cluster() {
    let Some(lab) = Lab::start() else { return };
    in_turn(
        &lab,
        &[
            ("a solution that is being played is left alone", played),
            ("what was ended or reset meanwhile is not graded", overtaken),
            ("whoever was killed plays no more", killed),
            ("an open shell keeps its attempt", shell),
            ("a signal ends a shell and keeps its attempt", signalled),
            ("a reset beside another attempt brings nothing of it back", beside_another),
            ("a solution that was shown stays marked after a reset", marked),
            ("a scenario of somebody else is played when it is allowed, and as it was then", trusted),
            ("a setup that failed is the one to be reset", failed_setup),
        ],
    );
}

/// Plays the reference solution of scenario-2, once a ConfigMap is deleted; returns when the script has begun and made it. Of
/// the host the script sees nothing.
fn play_slowly(lab: &Lab) -> Child {
    let script = lab.state().join("slow.sh");
    let reference = Catalog::builtin().get("scenario-2").unwrap().scenario.solutions[0].run.clone();
    let wait = "kubectl create configmap begun -n \"$NAMESPACE\"\n\
        while kubectl get configmap begun -n \"$NAMESPACE\" >/dev/null; do sleep 0.1; done";
    fs::write(&script, format!("{wait}\n{reference}\n")).unwrap();
    let run = ["run", "scenario-2", "--solution", script.to_str().unwrap()];
    let child = lab.command().args(run).spawn().unwrap();
    until("the script begins", || {
        lab.kubectl("get configmaps -n production -o name --ignore-not-found").contains("/begun")
    });
    child
}

fn finish(lab: &Lab, child: Child) -> (i32, String) {
    lab.kubectl("delete configmap begun -n production");
    ended(child)
}

fn ended(child: Child) -> (i32, String) {
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.code().unwrap_or(-1), said.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Exit code and words of a verb; lines are broken for the eye.
fn words(lab: &Lab, arguments: &[&str]) -> (i32, String) {
    let (code, said) = lab.code(arguments);
    (code, said.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn until(what: &str, reached: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !reached() {
        assert!(Instant::now() < end, "{what}: not within a minute");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// How many grades were kept.
fn results(lab: &Lab) -> usize {
    lab.files().iter().filter(|(path, _)| path.parent().is_some_and(|p| p.ends_with("results"))).count()
}

/// How many grades the history has.
fn rows(lab: &Lab) -> usize {
    let said = lab.run(&["history"]).stdout;
    String::from_utf8_lossy(&said).lines().filter(|line| line.contains("lab  ")).count()
}

fn played(lab: &Lab) {
    let (before, kept) = (rows(lab), results(lab));
    let first = play_slowly(lab);
    let process = format!("is being played by process {}", first.id());
    for other in [
        &["run", "scenario-3", "--solution", "reference"][..],
        &["run", "scenario-3"],
        &["run", "scenario-2", "--solution", "reference"],
        &["run", "scenario-2", "--fresh"],
        &["run", "scenario-2"],
        &["check"],
    ] {
        let (code, said) = words(lab, other);
        assert!(code == 2 && said.contains(&process), "{other:?}: {code} {said}");
    }
    assert_eq!((rows(lab), results(lab)), (before, kept), "nothing was graded yet");
    let (code, said) = finish(lab, first);
    assert!(code == 0 && said.contains("100"), "{code} {said}");
    assert_eq!((rows(lab), results(lab)), (before + 1, kept + 1));
    // Now it gives way.
    let (code, said) = lab.code(&["run", "scenario-3", "--solution", "reference"]);
    assert_eq!(code, 0, "{said}");
}

fn overtaken(lab: &Lab) {
    for (arguments, what) in [(&["reset"][..], "was reset while"), (&["reset", "--end"], "was ended while")] {
        let first = play_slowly(lab);
        let (before, kept) = (rows(lab), results(lab));
        let (code, said) = lab.code(arguments);
        assert_eq!(code, 0, "{said}");
        let (code, said) = ended(first);
        assert!(code == 5 && said.contains(what), "{code} {said}");
        assert_eq!((rows(lab), results(lab)), (before, kept), "{arguments:?}");
    }
}

fn killed(lab: &Lab) {
    let mut first = play_slowly(lab);
    first.kill().unwrap();
    first.wait().unwrap();
    let (code, said) = lab.code(&["run", "scenario-3", "--solution", "reference"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(lab.code(&["reset", "--end"]).0, 0);
}

/// A lab shell of scenario-2 on a terminal, what is typed there, and a file that it has just made.
fn open_shell(lab: &Lab) -> (Child, fs::File, std::thread::JoinHandle<String>) {
    let pty = nix::pty::openpty(None, None).unwrap();
    let end = |fd: &OwnedFd| fd.try_clone().unwrap();
    // A session of its own: who hangs up on a shell without job control hangs up on all that share its process group.
    let satrain = lab.command();
    let mut command = Command::new("setsid");
    command.arg("--ctty").arg(satrain.get_program());
    for (name, value) in satrain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.args(["run", "scenario-2", "--plain"]).env("HOME", lab.state());
    command.stdin(end(&pty.slave)).stdout(end(&pty.slave)).stderr(pty.slave);
    let child = command.spawn().unwrap();
    drop(command);
    let mut keys = fs::File::from(pty.master.try_clone().unwrap());
    let begun = lab.state().join("shell-begun");
    let _ = fs::remove_file(&begun);
    std::io::Write::write_all(
        &mut keys,
        format!("echo $$ > {0}.new; mv {0}.new {0}\n", begun.display()).as_bytes(),
    )
    .unwrap();
    // Somebody must read what it prints.
    let mut screen = fs::File::from(pty.master);
    let reader = std::thread::spawn(move || {
        let (mut said, mut block) = (Vec::new(), [0; 4096]);
        while let Ok(read @ 1..) = std::io::Read::read(&mut screen, &mut block) {
            said.extend_from_slice(&block[..read]);
        }
        String::from_utf8_lossy(&said).split_whitespace().collect::<Vec<_>>().join(" ")
    });
    until("the shell is open", || begun.exists());
    (child, keys, reader)
}

/// Its terminal is gone, or its machine is shut down: nothing is graded, nothing is lost, nothing goes on.
fn signalled(lab: &Lab) {
    for signal in [Signal::SIGTERM, Signal::SIGHUP] {
        let (child, mut keys, reader) = open_shell(lab);
        let bash = fs::read_to_string(lab.state().join("shell-begun")).unwrap();
        let bash = Path::new("/proc").join(bash.trim());
        std::io::Write::write_all(
            &mut keys,
            b"kubectl create serviceaccount kept -n $NAMESPACE\nsleep 1000\n",
        )
        .unwrap();
        until("it is at work", || lab.kubectl("get sa -n production -o name").contains("kept"));
        kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
        let began = Instant::now();
        assert_eq!(ended(child).0, 130, "{signal}");
        assert!(began.elapsed() < Duration::from_secs(10), "{signal}");
        drop(keys);
        let said = reader.join().unwrap();
        assert!(
            said.contains("stays in progress") && said.contains("satrain run scenario-2"),
            "{signal}: {said}"
        );
        until("the shell is gone", || !bash.exists());
        let (code, said) = words(lab, &["run", "scenario-2"]);
        assert!(code == 1 && said.contains("continuing attempt"), "{signal}: {said}");
        assert!(lab.kubectl("get sa -n production -o name").contains("kept"));
        assert_eq!(lab.code(&["reset"]).0, 0);
    }
    all_ended(lab);
}

fn shell(lab: &Lab) {
    let (child, mut keys, reader) = open_shell(lab);
    for other in [&["run", "scenario-2", "--solution", "reference"][..], &["run", "scenario-2", "--fresh"]] {
        let (code, said) = words(lab, other);
        assert!(code == 2 && said.contains(&format!("process {}", child.id())), "{other:?}: {code} {said}");
    }
    std::io::Write::write_all(
        &mut keys,
        b"sleep 1.1; kubectl create serviceaccount mine -n $NAMESPACE\nexit\n",
    )
    .unwrap();
    assert_eq!(ended(child).0, 1, "graded: nothing was done");
    drop(reader);
    let (code, said) = words(lab, &["run", "scenario-2", "--solution", "reference"]);
    assert!(code == 2 && said.contains("mine was changed"), "the learner's own work is kept: {code} {said}");
    let played = lab.json(&["run", "scenario-2", "--solution", "reference", "--fresh"]);
    let attempt = played["attempt"].as_str().unwrap();
    assert_eq!(lab.code(&["reset", "--end"]).0, 0);
    assert_eq!(lab.code(&["run", "scenario-3", "--solution", "reference"]).0, 0);
    let check = lab.command().arg("check").env("SATRAIN_LAB", attempt).output().unwrap();
    let said = String::from_utf8_lossy(&check.stderr).into_owned();
    assert!(check.status.code() == Some(2) && said.contains("has ended"), "no other is graded: {said}");
    assert_eq!(lab.code(&["reset", "--end"]).0, 0);
}

const BROKEN: &str = r#"apiVersion: satrain.dev/v1
id: broken
title: A setup that fails
topics: [rbac]
difficulty: easy
minutes: 5
params:
  namespace: {default: elsewhere, variants: [payments], kind: namespace}
setup:
  manifests: |
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: made, namespace: "{{ namespace }}"}
  run: |
    RUN
task: Do it.
checks:
  - id: sa
    points: 100
    requirement: A
    resource: {kind: ServiceAccount, namespace: "{{ namespace }}", name: web}
hints: [a, b, c]
explanation: Because.
solutions:
  - {name: reference, run: kubectl create sa web -n "$NAMESPACE"}
  - {name: other, run: kubectl create serviceaccount web -n "$NAMESPACE"}
mistakes: []
"#;

fn write(file: &Path, run: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, BROKEN.replace("RUN", run)).unwrap();
}

/// Ends all attempts, and waits for their Namespaces to end.
fn all_ended(lab: &Lab) {
    while lab.code(&["reset", "--end"]).0 == 0 {}
    until("the Namespaces end", || !lab.kubectl("get namespaces --no-headers").contains("Terminating"));
}

fn beside_another(lab: &Lab) {
    all_ended(lab);
    let namespaces = |lab: &Lab| lab.kubectl("get namespaces -o name");
    let before = namespaces(lab);
    assert_eq!(lab.code(&["run", "scenario-2", "--seed", "4"]).0, 1);
    assert_eq!(lab.code(&["run", "scenario-3"]).0, 1);
    for verb in
        [&["reset", "scenario-2"][..], &["reset", "--end", "scenario-3"], &["reset", "--end", "scenario-2"]]
    {
        let (code, said) = words(lab, verb);
        assert!(code == 0 && !said.contains("put back"), "{verb:?}: {code} {said}");
    }
    until("all is as it was", || namespaces(lab) == before);
}

fn marked(lab: &Lab) {
    assert_eq!(lab.code(&["run", "scenario-2"]).0, 1);
    assert_eq!(lab.code(&["solution", "--yes"]).0, 0);
    assert_eq!(lab.code(&["reset"]).0, 0);
    assert_eq!(lab.json(&["check"])["solutionShown"], true);
    all_ended(lab);
}

fn trusted(lab: &Lab) {
    let file = lab.state().join("pack/broken/scenario.yaml");
    let pack = file.to_str().unwrap();
    let refused = |verb: &[&str], script: &str| {
        let (code, said) = words(lab, verb);
        assert!(code == 2 && said.contains(script) && said.contains("--trust"), "{verb:?}: {code} {said}");
    };
    // A sandbox lets nothing out but what it does to the cluster.
    write(&file, "kubectl label namespace default ran=yes --overwrite");
    let ran = || lab.kubectl("get namespace default -o yaml").contains("ran: \"yes\"");
    let run = |more: &[&str]| words(lab, &[&["run", pack], more].concat());
    refused(&["run", pack], "ran");
    assert!(!ran() && !lab.kubectl("get namespaces -o name").contains("elsewhere"));
    let (code, said) = run(&["--trust"]);
    assert!(
        code == 1 && ran() && said.contains("in a sandbox") && said.contains("default ran=yes"),
        "it says what it does: {code} {said}"
    );
    let (code, said) = run(&["--fresh"]);
    assert!(code == 1 && !said.contains("default ran=yes"), "it is remembered: {code} {said}");
    write(&file, "kubectl label namespace default changed=yes --overwrite");
    refused(&["reset"], "changed");
    refused(&["run", pack, "--fresh"], "changed");
    assert!(!lab.kubectl("get namespace default -o yaml").contains("changed: \"yes\""));
    all_ended(lab);
}

fn failed_setup(lab: &Lab) {
    let file = lab.state().join("pack/broken/scenario.yaml");
    let broken = file.to_str().unwrap();
    assert_eq!(lab.code(&["run", "scenario-1"]).0, 1);
    lab.kubectl("create serviceaccount mywork -n production");
    let untouched =
        |lab: &Lab| assert!(lab.kubectl("get sa mywork -n production -o name").contains("mywork"));
    for end in [&["reset", "--trust"][..], &["reset", "--end"]] {
        write(&file, "exit 3");
        let (code, said) = words(lab, &["run", broken, "--fresh", "--trust"]);
        assert!(code == 4 && said.contains("ended with exit code 3"), "{code} {said}");
        assert!(
            said.contains("satrain reset broken-") && said.contains("satrain reset --end broken-"),
            "{said}"
        );
        let left = |lab: &Lab| lab.kubectl("get configmaps -A -o name").contains("/made");
        until("what it made is removed", || !left(lab));
        untouched(lab);
        let (code, said) = words(lab, &["reset"]);
        assert!(code == 4 && said.contains("satrain reset broken-"), "it fails again: {code} {said}");
        untouched(lab);
        write(&file, "'true'");
        let (code, said) = lab.code(end);
        assert_eq!(code, 0, "{said}");
        untouched(lab);
    }
    // It was ended, so the other one is meant again.
    let check = lab.json(&["check"]);
    assert_eq!(check["scenario"]["id"], "scenario-1", "{check:#}");
    // A refusal leaves nothing to be reset.
    let (code, said) = words(lab, &["run", "scenario-2"]);
    assert!(code == 2 && said.contains("satrain reset --end scenario-1"), "{code} {said}");
    assert_eq!(lab.json(&["check"])["scenario"]["id"], "scenario-1");
    // What is said of a cluster is said of the right one.
    write(&file, "exit 3");
    assert_eq!(lab.code(&["run", broken]).0, 4);
    assert_eq!(lab.code(&["cluster", "down"]).0, 0);
    let (code, said) = words(lab, &["reset", "--end"]);
    assert!(code == 0 && said.contains("the cluster of attempt broken-"), "{code} {said}");
}
