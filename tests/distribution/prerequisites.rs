//! What is missing is said all at once, with its cure, before anything is built.

use std::process::Command;

use satrain::distribution::{Error, Store, build};
use satrain::event::Events;
use satrain::host::{Family, OsRelease, SearchPath};
use tokio_util::sync::CancellationToken;

use crate::skip::skip;
use crate::support::{Machine, Recorder};

fn problems(machine: &Machine) -> String {
    match build(&machine.options(), &Events::silent(), &CancellationToken::new()) {
        Err(Error::Prerequisites(missing)) => missing.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_missing_is_named_at_once() {
    let machine = Machine::new();
    let mut options = machine.options();
    options.search_path = SearchPath::default();
    options.os = OsRelease { name: "Fedora".into(), family: Family::Fedora };
    let error = build(&options, &Events::silent(), &CancellationToken::new()).unwrap_err().to_string();
    for word in
        ["Go is not installed", "gcc is not installed", "pkg-config", "busybox", "dnf install -y golang gcc"]
    {
        assert!(error.contains(word), "{word}: {error}");
    }
}

#[test]
fn an_old_go_names_both_versions() {
    let machine = Machine::new();
    machine.set("go-version", "1.19.8");
    let text = problems(&machine);
    assert!(text.contains("Go 1.19.8 at") && text.contains("1.26.6 or newer is needed"), "{text}");
    machine.set("go-version", "1.24.1");
    assert!(problems(&machine).contains("GOTOOLCHAIN=auto"));
    machine.set("go-toolchain", "auto");
    build(&machine.options(), &Events::silent(), &CancellationToken::new()).unwrap();
}

#[test]
fn a_go_that_does_not_answer_is_no_missing_go() {
    let machine = Machine::new();
    machine.tool("go", "#!/bin/sh\necho 'go: cannot find GOROOT directory' >&2; exit 2\n");
    let text = problems(&machine);
    assert!(text.contains("Go does not work") && text.contains("cannot find GOROOT"), "{text}");
}

#[test]
fn missing_headers_and_a_missing_libc_are_told_apart() {
    let machine = Machine::new();
    machine.set("no-seccomp", "");
    let text = problems(&machine);
    assert!(text.contains("libseccomp") && text.contains("libseccomp-dev"), "{text}");
    machine.set("no-libc", "");
    let text = problems(&machine);
    assert!(text.contains("cannot find -lc") && !text.contains("seccomp.h"), "{text}");
}

#[test]
fn a_dynamic_busybox_is_none() {
    let machine = Machine::new();
    std::fs::copy("/bin/sh", machine.tools().join("busybox")).unwrap();
    assert!(problems(&machine).contains("no statically linked busybox"));
}

#[test]
fn modules_that_cannot_be_fetched_are_known_before_the_build() {
    let machine = Machine::new();
    std::fs::write(
        machine.sources().join("go.mod"),
        "module x\n\ngo 1.26.6\n\nrequire example.invalid/m v1.0.0\n",
    )
    .unwrap();
    let go = std::fs::read_to_string(machine.tools().join("go")).unwrap();
    machine.tool(
        "go",
        &go.replace(
            "\"list -m\")",
            "\"list -m\")\n  case \"$*\" in *example.invalid*) echo 'dial tcp: refused' >&2; exit 1;; esac",
        ),
    );
    let text = problems(&machine);
    assert!(text.contains("cannot reach the Go module proxy: dial tcp: refused"), "{text}");
}

#[test]
fn a_small_disk_is_noticed_before_the_build_and_a_full_one_during_it() {
    let machine = Machine::new();
    let small = machine.dir.path().join("small");
    std::fs::create_dir(&small).unwrap();
    if !mount(&small, "2m") {
        return skip("a tmpfs cannot be mounted here");
    }
    let _guard = Unmount(small.clone());
    let mut options = machine.options();
    options.store = Store::new(&small);
    let error = build(&options, &Events::silent(), &CancellationToken::new()).unwrap_err().to_string();
    assert!(error.contains("not enough disk space") && error.contains("XDG_CACHE_HOME"), "{error}");

    std::fs::create_dir(small.join("s")).unwrap();
    let large = satrain::distribution::Module::from_dir(&big_module(&machine)).unwrap();
    let error = large.write(&small.join("s")).unwrap_err();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
}

fn big_module(machine: &Machine) -> std::path::PathBuf {
    let dir = machine.dir.path().join("big");
    std::fs::create_dir(&dir).unwrap();
    std::fs::write(dir.join("big.go"), vec![b'/'; 4 << 20]).unwrap();
    dir
}

fn mount(dir: &std::path::Path, size: &str) -> bool {
    let mut command = Command::new("mount");
    command.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(dir);
    command.stderr(std::process::Stdio::null()).status().is_ok_and(|status| status.success())
}

struct Unmount(std::path::PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn debian_packages_are_installed_after_saying_so() {
    use satrain::distribution::install::apt_install;
    let machine = Machine::new();
    machine.tool("apt-cache", "#!/bin/sh\nexit 100\n");
    machine.tool("apt-get", "#!/bin/sh\necho \"$*\" >> \"$(dirname \"$0\")/../apt-calls\"\n");
    let recorder = Recorder::default();
    let path = SearchPath::parse(machine.tools().as_os_str());
    let cancel = CancellationToken::new();
    apt_install(&["gcc", "libseccomp-dev"], &[], &path, &recorder.events(), &cancel).unwrap();
    let calls = std::fs::read_to_string(machine.dir.path().join("apt-calls")).unwrap();
    assert_eq!(calls, "update\ninstall -y --no-install-recommends gcc libseccomp-dev\n");
    assert!(
        recorder.text().contains("running: apt-get install -y --no-install-recommends gcc libseccomp-dev")
    );

    machine.tool("apt-get", "#!/bin/sh\necho 'E: Unable to locate package gcc' >&2; exit 100\n");
    let error = apt_install(&["gcc"], &[], &path, &recorder.events(), &cancel).unwrap_err().to_string();
    assert!(error.contains("Unable to locate package gcc"), "{error}");
}
