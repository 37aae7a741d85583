//! What can go wrong with a real cluster, and that each ends in a clear error or a clean recovery.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod cluster_support;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use cluster_support::{Host, Lab, all_gone, groups, kill_hard, lab, text, tree, within};
use satrain::cluster::embedded::{ComponentState, State};
use satrain::cluster::{ClusterError, Embedded, Provider};
use satrain::distribution::Distribution;
use satrain::event::Events;

fn silent() -> Events {
    Events::silent()
}

/// The supervisor's process ID, as soon as it runs.
fn supervisor(lab: &Lab) -> i32 {
    let mut found = None;
    within(15, "the supervisor runs", || {
        found = lab
            .cluster()
            .status()
            .ok()
            .flatten()
            .filter(|s| s.state == State::Starting)
            .and_then(|s| s.supervisor);
        found.is_some_and(|pid| pid > 0)
    });
    found.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_supervisor_ends_everything_and_up_brings_it_back_on_the_same_port() {
    let Some(lab) = lab() else { return };
    let before = Host::look();
    let cluster = lab.cluster();
    let info = cluster.up(&silent()).await.unwrap();
    let (pid, group) = (lab.status().supervisor.unwrap(), lab.group());
    let processes = tree(pid);
    kill_hard(pid);
    within(10, "every process is gone", || all_gone(&processes));
    assert_eq!(Host::look(), before);

    let status = lab.status();
    assert_eq!(status.state, State::Dead);
    assert!(status.reason.unwrap().contains("was killed"));
    assert!(cluster.find().await.unwrap().is_none());
    let listed = text(&lab.satrain(&["cluster", "list"]).output().unwrap());
    assert!(listed.contains("dead"), "{listed}");

    let again = cluster.up(&silent()).await.unwrap();
    assert_eq!(again.api_server, info.api_server, "kubeconfigs in use elsewhere stay good");
    assert_eq!(again.uid, info.uid);
    cluster.down(&silent()).await.unwrap();
    assert!(groups(&group).is_empty(), "the cluster's control groups are removed");
    assert_eq!(Host::look(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_init_process_ends_the_supervisor_too() {
    let Some(lab) = lab() else { return };
    lab.cluster().up(&silent()).await.unwrap();
    let (pid, group) = (lab.status().supervisor.unwrap(), lab.group());
    let processes = tree(pid);
    let init = *processes.iter().find(|p| **p != pid && parent(**p) == pid).unwrap();
    kill_hard(init);
    within(10, "everything is gone", || all_gone(&processes));
    within(10, "its control groups are gone", || groups(&group).is_empty());
    assert!(lab.status().reason.unwrap().contains("init process ended"));
    lab.cluster().down(&silent()).await.unwrap();
    assert!(!lab.dir().exists());
}

fn parent(pid: i32) -> i32 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().find_map(|l| l.strip_prefix("PPid:")).and_then(|p| p.trim().parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_is_killed_is_started_again() {
    let Some(lab) = lab() else { return };
    let cluster = lab.cluster();
    let info = cluster.up(&silent()).await.unwrap();
    for name in ["kube-apiserver", "containerd", "kubelet"] {
        let component = |s: &satrain::cluster::embedded::ClusterStatus| {
            s.components.iter().find(|c| c.name == name).cloned().unwrap()
        };
        kill_hard(component(&lab.status()).pid.unwrap());
        within(15, name, || {
            let now = component(&lab.status());
            now.restarts == 1 && now.state == ComponentState::Running
        });
        assert!(component(&lab.status()).last_exit.unwrap().contains("SIGKILL"));
    }
    let client = info.grader_client().await.unwrap();
    within(30, "the API answers again", || {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(client.apiserver_version()).is_ok()
        })
    });
    // Others that were cut off from the API may be on their way back too.
    within(30, "the cluster is well again", || lab.status().state == State::Running);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_dies_again_and_again_makes_the_cluster_degraded() {
    let Some(lab) = lab() else { return };
    lab.cluster().up(&silent()).await.unwrap();
    let scheduler = || lab.status().components.into_iter().find(|c| c.name == "kube-scheduler").unwrap();
    for round in 1..=4 {
        within(15, "the scheduler runs", || scheduler().pid.is_some());
        kill_hard(scheduler().pid.unwrap());
        within(15, "its death is seen", || scheduler().restarts == round);
    }
    let status = lab.status();
    assert_eq!(status.state, State::Degraded);
    assert!(status.reason.unwrap().contains("kube-scheduler died 4 times"));
    within(30, "it is tried again all the same", || lab.status().state == State::Running);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_up_that_is_killed_half_way_leaves_a_start_that_the_next_one_joins() {
    let Some(lab) = lab() else { return };
    let mut up = lab.start();
    let pid = supervisor(&lab);
    up.kill().unwrap();
    up.wait().unwrap();
    lab.cluster().up(&silent()).await.unwrap();
    assert_eq!(lab.status().supervisor, Some(pid), "the same supervisor went on");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_up_killed_at_any_early_moment_is_recovered_from() {
    let Some(lab) = lab() else { return };
    for micros in [200, 1000, 2000, 3000, 5000, 8000, 20_000] {
        let mut up = lab.start();
        std::thread::sleep(Duration::from_micros(micros));
        up.kill().unwrap();
        up.wait().unwrap();
        let down = lab.satrain(&["cluster", "down"]).output().unwrap();
        assert!(down.status.success(), "after {micros} µs: {}", text(&down));
        assert!(!lab.dir().exists(), "after {micros} µs");
    }
    lab.cluster().up(&silent()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_killed_during_the_start_is_reported_and_recovered_from() {
    let Some(lab) = lab() else { return };
    let up = lab.satrain(&["cluster", "up"]).stderr(std::process::Stdio::piped()).spawn().unwrap();
    kill_hard(supervisor(&lab));
    let output = up.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output).contains("ended while the cluster was starting"), "{}", text(&output));
    let group = lab.group();
    assert!(!lab.cluster().is_kept(), "one that was never ready has nothing to keep");
    lab.cluster().up(&silent()).await.unwrap();
    assert_ne!(lab.group(), group, "it is another one");
    assert!(groups(&group).is_empty(), "and nothing is left of the first");
}

#[test]
fn down_interrupts_a_start() {
    let Some(lab) = lab() else { return };
    let mut up = lab.start();
    let processes = tree(supervisor(&lab));
    let begun = Instant::now();
    let down = lab.satrain(&["cluster", "down"]).output().unwrap();
    assert!(down.status.success() && begun.elapsed() < Duration::from_secs(10), "{}", text(&down));
    assert_eq!(up.wait().unwrap().code(), Some(4), "the `up` that waited gives up");
    assert!(all_gone(&processes) && !lab.dir().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_whose_folder_was_deleted_ends_by_itself() {
    let Some(lab) = lab() else { return };
    lab.cluster().up(&silent()).await.unwrap();
    let (processes, group) = (tree(lab.status().supervisor.unwrap()), lab.group());
    std::fs::remove_file(lab.dir().join("cluster.json")).unwrap();
    within(20, "everything is gone", || all_gone(&processes) && groups(&group).is_empty());
    std::fs::remove_dir_all(lab.dir()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_an_error_only_if_it_was_asked_for() {
    let Some(lab) = lab() else { return };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = lab.options();
    options.port = Some(taken.local_addr().unwrap().port());
    let error = Embedded::new(options).unwrap().up(&silent()).await.unwrap_err();
    assert!(matches!(error, ClusterError::PortTaken { .. }), "{error}");
    assert_eq!(lab.status().state, State::Dead);
    // The same cluster without the wish comes up, and cleans what the failed start left.
    lab.cluster().up(&silent()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_ours_is_left_alone() {
    let Some(lab) = lab() else { return };
    std::fs::create_dir_all(lab.dir()).unwrap();
    std::fs::write(lab.dir().join("thesis.txt"), "precious").unwrap();
    for result in [lab.cluster().up(&silent()).await.map(drop), lab.cluster().down(&silent()).await] {
        assert!(matches!(result, Err(ClusterError::NameTaken { .. })), "{result:?}");
    }
    assert_eq!(std::fs::read_to_string(lab.dir().join("thesis.txt")).unwrap(), "precious");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_that_cannot_start_is_named_with_its_last_words_and_its_log() {
    let Some(lab) = lab() else { return };
    let broken = lab.root.path().join("broken");
    std::fs::create_dir_all(broken.join("bin")).unwrap();
    for file in [
        "images",
        "bin/satrain-kube",
        "bin/containerd-shim-runc-v2",
        "bin/pod-sandbox",
        "bin/satrain-cni",
        "bin/runc",
    ] {
        symlink(lab.distribution.join(file), broken.join(file)).unwrap();
    }
    let node = broken.join("bin/satrain-node");
    std::fs::write(&node, "#!/bin/sh\necho \"the disk of $0 is on fire\" >&2\nexit 3\n").unwrap();
    std::fs::set_permissions(&node, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut options = lab.options();
    let manifest = options.distribution.unwrap().manifest;
    options.distribution = Some(Distribution { dir: broken, manifest });
    let begun = Instant::now();
    let error = Embedded::new(options).unwrap().up(&silent()).await.unwrap_err();
    let said = error.to_string();
    assert!(matches!(&error, ClusterError::ComponentFailed { log, .. } if log.exists()), "{said}");
    assert!(said.contains("exit status 3") && said.contains("is on fire"), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert_eq!(lab.status().state, State::Dead, "a failed start leaves nothing running");
    assert!(lab.cluster().logs().contains(&"containerd".to_owned()), "but its logs");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_distribution_nothing_is_started() {
    let Some(lab) = lab() else { return };
    let mut options = lab.options();
    options.distribution = None;
    let error = Embedded::new(options).unwrap().up(&silent()).await.unwrap_err();
    assert!(matches!(error, ClusterError::NoDistribution { .. }), "{error}");
    assert!(!lab.dir().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_folder_with_a_very_long_path_is_no_trouble() {
    let Some(lab) = lab() else { return };
    let mut options = lab.options();
    options.paths.state = lab.root.path().join("d".repeat(100)).join("e".repeat(100));
    let cluster = Embedded::new(options).unwrap();
    cluster.up(&silent()).await.unwrap();
    cluster.down(&silent()).await.unwrap();
}

#[test]
fn too_little_disk_is_said_before_anything_starts() {
    let Some(lab) = lab() else { return };
    std::fs::create_dir_all(lab.state()).unwrap();
    let output = lab.up_after("mount -t tmpfs -o size=50m tmpfs \"$SATRAIN_STATE\"");
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output).contains("MB free; a cluster needs 300 MB"), "{}", text(&output));
}

#[test]
fn a_machine_without_control_groups_is_told_so() {
    let Some(lab) = lab() else { return };
    let output = lab.up_after("umount -R /sys/fs/cgroup");
    assert!(text(&output).contains("no control groups to run in: nothing is mounted"), "{}", text(&output));
    assert_eq!(output.status.code(), Some(4));
}

#[test]
fn a_kernel_that_refuses_namespaces_is_told_so() {
    let Some(lab) = lab() else { return };
    let satrain = env!("CARGO_BIN_EXE_satrain");
    // Without CAP_SYS_ADMIN alone it runs: in its own user namespace it has that.
    let without = "--bounding-set=-sys_admin,-setuid,-setgid";
    let output = lab.program("setpriv", &[without, satrain, "cluster", "up"]).output().unwrap();
    assert!(text(&output).contains("the kernel refused a user namespace"), "{}", text(&output));
    assert_eq!(output.status.code(), Some(4));
}

#[test]
fn an_ordinary_user_learns_everything_that_is_missing_for_a_rootless_cluster() {
    let Some(lab) = lab() else { return };
    std::fs::set_permissions(lab.root.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let satrain = lab.root.path().join("satrain");
    std::fs::copy(env!("CARGO_BIN_EXE_satrain"), &satrain).unwrap();
    let user = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let command = [satrain.to_str().unwrap(), "cluster", "up", "--no-sudo"];
    let mut command = lab.program("setpriv", &[&user[..], &command[..]].concat());
    let output = command.env("SATRAIN_DISTRIBUTION", lab.public_distribution()).output().unwrap();
    let said = text(&output);
    if Path::new("/sys/fs/cgroup/cgroup.controllers").exists() {
        cluster_support::skip::cannot_be_caused("this machine may have all that a rootless cluster needs");
        return;
    }
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("control groups are version 1") && said.contains("`sudo`"), "{said}");
}

#[test]
fn another_containerd_on_the_host_is_neither_used_nor_touched() {
    let Some(lab) = lab() else { return };
    let script = "set -e; mount -t tmpfs tmpfs /run; mkdir -p /run/containerd/s; echo theirs > /run/containerd/containerd.sock; \
         \"$SATRAIN\" cluster up; find /run/containerd; cat /run/containerd/containerd.sock; \"$SATRAIN\" cluster down";
    let output = lab
        .program("unshare", &["--mount", "--propagation", "private", "sh", "-c", script])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.ends_with("/run/containerd\n/run/containerd/containerd.sock\n/run/containerd/s\ntheirs\n"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_file_that_nobody_holds_is_no_obstacle_and_a_held_one_is_waited_for() {
    let Some(lab) = lab() else { return };
    std::fs::create_dir_all(lab.paths().clusters()).unwrap();
    let lock = std::fs::File::create(lab.paths().clusters().join("satrain.lock")).unwrap();
    lock.lock().unwrap();
    let released = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        drop(lock);
    });
    let begun = Instant::now();
    lab.cluster().up(&silent()).await.unwrap();
    assert!(begun.elapsed() > Duration::from_millis(700));
    released.join().unwrap();
}

/// `sudo` as far as satrain needs it: hands its command line to this (root) test, which runs it.
const SUDO: &str =
    "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$0.asked\"\nread answer < \"$0.answer\"\nexit \"$answer\"\n";

#[test]
fn for_an_ordinary_user_only_the_supervisor_runs_as_root_and_the_files_are_the_users() {
    let Some(lab) = lab() else { return };
    if Path::new("/sys/fs/cgroup/cgroup.controllers").exists() {
        cluster_support::skip::cannot_be_caused("this machine may have all that a rootless cluster needs");
        return;
    }
    let root = lab.root.path();
    let open = |path: &Path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    open(root);
    let (satrain, bin) = (root.join("satrain"), root.join("bin"));
    std::fs::copy(env!("CARGO_BIN_EXE_satrain"), &satrain).unwrap();
    std::fs::create_dir(&bin).unwrap();
    let sudo = bin.join("sudo");
    std::fs::write(&sudo, SUDO).unwrap();
    open(&sudo);
    for fifo in ["sudo.asked", "sudo.answer"] {
        nix::unistd::mkfifo(&bin.join(fifo), nix::sys::stat::Mode::from_bits_truncate(0o666)).unwrap();
        open(&bin.join(fifo));
    }
    let asked = std::thread::spawn({
        let bin = bin.clone();
        move || {
            let text = std::fs::read_to_string(bin.join("sudo.asked")).unwrap();
            let words: Vec<&str> = text.lines().skip_while(|w| *w != "--").skip(1).collect();
            let status = std::process::Command::new(words[0]).args(&words[1..]).status().unwrap();
            std::fs::write(bin.join("sudo.answer"), format!("{}\n", status.code().unwrap())).unwrap();
            words.get(1).map(|w| (*w).to_owned())
        }
    });
    let distribution = lab.public_distribution();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let as_user = |args: &[&str]| {
        let user = ["--reuid=65534", "--regid=65534", "--clear-groups", satrain.to_str().unwrap()];
        lab.program("setpriv", &[&user[..], args].concat())
            .env("SATRAIN_DISTRIBUTION", &distribution)
            .env("PATH", &path)
            .env("HOME", root)
            .output()
            .unwrap()
    };
    let up = as_user(&["cluster", "up"]);
    assert!(up.status.success(), "{}", text(&up));
    assert_eq!(asked.join().unwrap().as_deref(), Some("supervise"), "nothing else runs as root");
    let status = as_user(&["cluster", "status"]);
    assert!(status.status.success(), "{}", text(&status));
    let nodes = as_user(&["cluster", "env"]);
    assert!(text(&nodes).contains("KUBECONFIG"), "{}", text(&nodes));
    for file in ["learner.kubeconfig", "grader.kubeconfig", "status.json", "lab/log/kubelet.log"] {
        use std::os::unix::fs::MetadataExt;
        assert_eq!(std::fs::metadata(lab.dir().join(file)).unwrap().uid(), 65534, "{file}");
    }
    // Ending it needs no root any more: the supervisor does it.
    let down = as_user(&["cluster", "down"]);
    assert!(down.status.success(), "{}", text(&down));
    assert!(!lab.dir().exists());
}
