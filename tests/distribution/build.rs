//! Building: what is visible when, whatever happens on the way.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use satrain::distribution::{Distribution, Error, LocateOptions, Origin, build, ensure, locate, recipe};
use satrain::event::{Event, Events};
use tokio_util::sync::CancellationToken;

use crate::support::{Machine, Recorder, tiny_distribution, wait_for};

fn quiet(machine: &Machine) -> Result<satrain::distribution::Built, Error> {
    build(&machine.options(), &Events::silent(), &CancellationToken::new())
}

/// satrain itself, as another process.
fn satrain(machine: &Machine) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_satrain"));
    command.args(["distribution", "build", "--no-install", "--sources"]).arg(machine.sources());
    command.env("XDG_CACHE_HOME", machine.cache().join("xdg"));
    command.env("PATH", format!("{}:/usr/bin:/bin", machine.tools().display()));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn alive(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z")
}

#[test]
fn what_is_built_is_complete_and_found_again() {
    let machine = Machine::new();
    let recorder = Recorder::default();
    let built = build(&machine.options(), &recorder.events(), &CancellationToken::new()).unwrap();
    let distribution = built.distribution;
    assert!(!built.up_to_date);
    assert_eq!(distribution.manifest.kubernetes, "v1.37.2");
    assert_eq!(distribution.manifest.images, ["nginx:1"]);
    assert_eq!(distribution.manifest.go, "1.26.8");
    assert_eq!(names(&distribution.kubectl_dir()), ["kubectl"]);
    for name in [
        "kube-apiserver",
        "kubelet",
        "etcd",
        "containerd",
        "containerd-shim-runc-v2",
        "pod-sandbox",
        "satrain-cni",
    ] {
        assert!(distribution.bin(name).exists(), "{name}");
    }
    let store = machine.options().store;
    assert_eq!(store.find(&distribution.manifest.source), Some(distribution.clone()));
    assert!(quiet(&machine).unwrap().up_to_date);
    assert_eq!(names(store.root()).iter().filter(|name| name.starts_with(".staging")).count(), 0);
    let progress = recorder.all().into_iter().filter(|event| matches!(event, Event::Progress { .. })).count();
    assert!(progress >= 2 * recipe::COMPILES.len(), "{}", recorder.text());
}

#[test]
fn another_source_or_another_go_is_built_anew() {
    let machine = Machine::new();
    let first = quiet(&machine).unwrap().distribution;
    machine.set("go-version", "1.27.0");
    let second = quiet(&machine).unwrap();
    assert!(!second.up_to_date && second.distribution.dir != first.dir);
    fs::write(machine.sources().join("new.go"), "package x").unwrap();
    assert!(!quiet(&machine).unwrap().up_to_date);
}

#[test]
fn a_distribution_that_lost_a_file_is_replaced() {
    let machine = Machine::new();
    let distribution = quiet(&machine).unwrap().distribution;
    fs::write(distribution.bin("runc"), "").unwrap();
    assert!(Distribution::open(&distribution.dir).unwrap_err().to_string().contains("bin/runc has 0 bytes"));
    assert!(!quiet(&machine).unwrap().up_to_date);
    Distribution::open(&distribution.dir).unwrap();
}

#[test]
fn a_compile_error_shows_its_lines_and_the_log() {
    let machine = Machine::new();
    machine.set("broken", "# x/cmd\ncmd/main.go:3:1: syntax error\n");
    let error = quiet(&machine).unwrap_err();
    assert!(matches!(error, Error::Compile { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("main.go:3:1: syntax error") && text.contains("build.log"), "{text}");
    let log = fs::read_to_string(machine.options().store.log()).unwrap();
    assert!(log.contains("syntax error"));
    assert!(matches!(locate(&locations(&machine)), Err(Error::NotFound)));
    machine.unset("broken");
    quiet(&machine).unwrap();
}

#[test]
fn a_full_disk_and_a_dead_network_are_told_apart_from_errors_in_the_code() {
    let machine = Machine::new();
    machine.set("broken", "compile: writing output: write $WORK/b1/_pkg_.a: no space left on device\n");
    assert!(matches!(quiet(&machine).unwrap_err(), Error::DiskFull { .. }));
    machine.set("broken", "go: x@v1: Get \"https://proxy/x\": dial tcp: lookup proxy: no such host\n");
    assert!(matches!(quiet(&machine).unwrap_err(), Error::Network { .. }));
    machine.set("broken", "x: /usr/lib/go/compile: signal: killed\n");
    assert!(matches!(quiet(&machine).unwrap_err(), Error::OutOfMemory { .. }));
}

#[test]
fn cancelling_ends_the_compiler_and_leaves_no_staging() {
    let machine = Machine::new();
    machine.set("slow", "");
    let cancel = CancellationToken::new();
    let compiler = machine.dir.path().join("compiler");
    let result = std::thread::scope(|scope| {
        let build = scope.spawn(|| build(&machine.options(), &Events::silent(), &cancel));
        wait_for("the compiler's start", || {
            fs::read_to_string(&compiler).is_ok_and(|pid| pid.ends_with('\n'))
        });
        cancel.cancel();
        build.join().unwrap()
    });
    assert!(matches!(result, Err(Error::Cancelled)));
    let pid = fs::read_to_string(&compiler).unwrap().trim().parse().unwrap();
    wait_for("the compiler's end", || !alive(pid));
    assert_eq!(names(machine.options().store.root()), [".lock", "build.log"]);
}

#[test]
fn after_kill_9_nothing_half_done_is_used_and_the_next_build_sweeps() {
    let machine = Machine::new();
    machine.set("slow", "");
    let root = machine.cache().join("xdg/satrain/distributions");
    let compiler = machine.dir.path().join("compiler");
    let mut first = satrain(&machine);
    wait_for("the compiler's start", || fs::read_to_string(&compiler).is_ok_and(|pid| pid.ends_with('\n')));
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(names(&root).iter().any(|name| name.starts_with(".staging-")));
    assert!(names(&root).iter().all(|name| name.starts_with('.') || name == "build.log"));
    // The fake compiler is a grandchild; go itself is gone with satrain.
    let go = fs::read_to_string(machine.dir.path().join("go-calls")).unwrap();
    let go: i32 = go.lines().last().unwrap().split(' ').next().unwrap().parse().unwrap();
    wait_for("go's end", || !alive(go));
    let orphan: i32 = fs::read_to_string(&compiler).unwrap().trim().parse().unwrap();
    let _ = kill(Pid::from_raw(orphan), Signal::SIGKILL);

    machine.unset("slow");
    let second = satrain(&machine).wait_with_output().unwrap();
    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stderr));
    let dir = String::from_utf8(second.stdout).unwrap();
    Distribution::open(Path::new(dir.trim())).unwrap();
    assert!(!names(&root).iter().any(|name| name.starts_with(".staging-")));
}

#[test]
fn of_two_builders_one_waits_and_finds_it_built() {
    let machine = Machine::new();
    machine.set("slow", "");
    let first = satrain(&machine);
    let compiler = machine.dir.path().join("compiler");
    wait_for("the compiler's start", || fs::read_to_string(&compiler).is_ok_and(|pid| pid.ends_with('\n')));
    let second = satrain(&machine);
    std::thread::sleep(std::time::Duration::from_millis(700));
    machine.unset("slow");
    let pid: i32 = fs::read_to_string(&compiler).unwrap().trim().parse().unwrap();
    kill(Pid::from_raw(pid), Signal::SIGTERM).unwrap();
    let id = first.id();
    let (first, second) = (first.wait_with_output().unwrap(), second.wait_with_output().unwrap());
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(
        second.status.success()
            && said.contains(&format!("process {id} (building the distribution) is using the distribution")),
        "{said}"
    );
    assert!(said.contains("already built"), "{said}");
    assert_eq!(first.stdout, second.stdout);
    assert_eq!(machine.builds(), recipe::COMPILES.len());
}

fn locations(machine: &Machine) -> LocateOptions {
    let options = machine.options();
    LocateOptions {
        explicit: None,
        beside: Some(machine.dir.path().join("distribution")),
        store: options.store,
        source: recipe::source_digest(&options.module),
    }
}

#[test]
fn explicit_comes_before_beside_before_the_store() {
    let machine = Machine::new();
    let built = quiet(&machine).unwrap().distribution;
    let mut options = locations(&machine);
    assert_eq!(locate(&options).unwrap(), (built, Origin::Store));
    tiny_distribution(options.beside.as_ref().unwrap());
    assert_eq!(locate(&options).unwrap().1, Origin::Beside);
    options.explicit = Some(machine.dir.path().join("mine"));
    let error = locate(&options).unwrap_err().to_string();
    assert!(error.contains("mine is not a usable distribution"), "{error}");
    tiny_distribution(options.explicit.as_ref().unwrap());
    assert_eq!(locate(&options).unwrap().1, Origin::Explicit);
}

#[test]
fn a_distribution_for_another_machine_is_refused() {
    let machine = Machine::new();
    let dir = machine.dir.path().join("other");
    tiny_distribution(&dir);
    let manifest = fs::read_to_string(dir.join("manifest.json")).unwrap();
    fs::write(dir.join("manifest.json"), manifest.replace(recipe::go_arch(), "vax")).unwrap();
    assert!(Distribution::open(&dir).unwrap_err().to_string().contains("it is for vax"));
}

fn anyway() -> Result<(), Error> {
    Ok(())
}

#[test]
fn ensure_builds_only_where_nothing_is_found() {
    let machine = Machine::new();
    let (options, cancel) = (locations(&machine), CancellationToken::new());
    let refused = || Err(Error::NotFound);
    ensure(&options, &machine.options(), refused, &Events::silent(), &cancel).unwrap_err();
    assert_eq!(machine.builds(), 0, "what is not worth it is not built");
    ensure(&options, &machine.options(), anyway, &Events::silent(), &cancel).unwrap();
    assert_eq!(machine.builds(), recipe::COMPILES.len());
    ensure(&options, &machine.options(), anyway, &Events::silent(), &cancel).unwrap();
    assert_eq!(machine.builds(), recipe::COMPILES.len());
    let wrong = LocateOptions { explicit: Some("/nowhere".into()), ..options };
    assert!(matches!(
        ensure(&wrong, &machine.options(), anyway, &Events::silent(), &cancel),
        Err(Error::NotADistribution { .. })
    ));
}
