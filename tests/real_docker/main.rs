//! The same scenarios with every provider: embedded, an existing cluster, k3s' contract and kind in Docker.
//!
//! In Docker (SATRAIN_TEST_DOCKER, a DOCKER_HOST; `tests/docker/dockerd up` starts one) run: testcontainers' K3s type
//! with satrain's own node image, which keeps k3s' contract; and the real kind (SATRAIN_TEST_KIND, the program) with a
//! node image made of the distribution and Debian packages, by somebody who has no distribution: satrain makes the lab
//! images. k3s' and kind's own images are not tried here.
#![allow(clippy::unwrap_used, clippy::print_stdout, unreachable_pub, reason = "tests")]

#[path = "../lab_support/mod.rs"]
mod lab_support;
mod machine;
mod play;

use std::time::{Duration, Instant};

use lab_support::{Lab, in_turn};
use machine::{Machine, Player};
use play::{Played, Row, played, table};

#[test]
fn the_same_scenarios_with_every_provider() {
    let Some(machine) = Machine::find() else { return };
    in_turn(
        &machine,
        &[
            ("no image is made up", no_image),
            ("our own node image", node_image),
            ("killed while it starts, k3s", |m| killed_at_start(&m.k3s())),
            ("killed while it starts, kind", |m| killed_at_start(&m.kind())),
            ("the same verdicts everywhere", same_verdicts),
        ],
    );
}

/// What is not there is said, and nothing is left.
fn no_image(machine: &Machine) {
    let player = machine.player("k3s", &["--provider", "k3s", "--image", "satrain.local/node:none"]);
    let (code, said) = player.satrain(&["run", "scenario-2"]);
    assert!(code == 4 && said.contains("satrain cluster build-node-image"), "{code} {said}");
    let player = machine.player("k3s", &["--provider", "k3s", "--image", "registry.invalid/k3s:v1"]);
    let (code, said) = player.satrain(&["run", "scenario-2"]);
    assert!(
        code == 4 && said.contains("registry.invalid/k3s:v1") && said.contains("not available locally"),
        "{code} {said}"
    );
    let player = machine.player("kind", &["--provider", "kind", "--image", "registry.invalid/kind:v1"]);
    let (code, said) = player.satrain(&["run", "scenario-2"]);
    assert!(code == 4 && said.contains("`kind create cluster` failed"), "{code} {said}");
    // Nor is a Docker that does not answer.
    let out = player.command(&["run", "scenario-2"]).env("DOCKER_HOST", "unix:///none").output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.code() == Some(4) && said.contains("Docker does not answer"), "{said}");
    machine.nothing_is_left();
}

fn node_image(machine: &Machine) {
    let player = machine.k3s();
    let (code, said) = player.bare(&["cluster", "build-node-image"]);
    assert!(code == 0 && said.contains(machine.node_image()), "{code} {said}");
}

fn killed_at_start(player: &Player<'_>) {
    for milliseconds in [300, 1500, 4000] {
        let mut child = player.command(&["cluster", "up"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (code, said) = player.satrain(&["cluster", "up"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(player.machine().containers().len(), 1, "one container, whatever was killed");
    let (code, said) = player.bare(&["cluster", "down"]);
    assert_eq!(code, 0, "{said}");
    player.machine().nothing_is_left();
}

/// Three scenarios unsolved, solved and with a mistake: equal scores, verdicts and reasons; then the table.
fn same_verdicts(machine: &Machine) {
    let Some(owner) = Lab::start() else { return };
    let embedded = machine.player_of(owner.somebody_else(), "embedded", &["--provider", "embedded"]);
    let existing = machine.existing(&owner);
    let mut rows: Vec<Row> = Vec::new();
    let mut first: Option<Vec<Played>> = None;
    for player in [embedded, existing, machine.k3s(), machine.kind()] {
        let began = Instant::now();
        let started = match player.runs_already() {
            true => None,
            false => {
                let (code, said) = player.satrain(&["cluster", "up"]);
                assert_eq!(code, 0, "{}: {said}", player.name());
                Some(began.elapsed())
            }
        };
        let all = played(&player);
        match &first {
            None => first = Some(all.clone()),
            Some(first) => {
                for (here, there) in all.iter().zip(first) {
                    assert_eq!(here.outcome, there.outcome, "{}: {}", player.name(), here.what);
                }
                assert_eq!(all.len(), first.len());
            }
        }
        if player.is_in_docker() {
            in_docker(&player);
        }
        rows.push(Row::new(&player, started, &all));
        if started.is_some() {
            let (code, said) = player.bare(&["cluster", "down"]);
            assert_eq!(code, 0, "{said}");
        }
        machine.nothing_is_left();
        assert!(player.left_in_state().is_empty(), "{:?}", player.left_in_state());
    }
    println!("{}", table(&rows));
}

/// What only clusters in Docker have to prove.
fn in_docker(player: &Player<'_>) {
    let id = "scenario-3";
    let run = ["run", id, "--solution", "reference"];
    for milliseconds in [400, 1500] {
        let mut child = player.command(&run).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let result = player.json(&run);
    assert_eq!(result["score"]["percent"], 100, "{result:#}");
    // Another command finds it again, and says so.
    let (code, said) = player.bare(&["check", id]);
    assert_eq!(code, 0, "{said}");
    let status = player.json_bare(&["cluster", "status"]);
    assert_eq!(status["state"], "running", "{status:#}");

    let published = player.machine().docker(&["port", status["container"].as_str().unwrap()]);
    assert!(published.lines().count() == 1 && published.contains("127.0.0.1:"), "{published}");
    let (_, audit) = player.bare(&["cluster", "logs", "audit"]);
    assert!(audit.contains("\"satrain:learner\"") && audit.contains("\"satrain:grader\""), "{}", audit.len());
    assert!(!audit.contains("eyJ"), "a token is in the audit log");
    player.private_files();

    assert_eq!(player.bare(&["reset", id, "--end"]).0, 0);

    // What needs the audit log is played there too.
    let result = player.json(&["run", "shrink-permissions", "--solution", "reference"]);
    assert_eq!(result["score"]["percent"], 100, "{result:#}");
    assert_eq!(player.bare(&["reset", "shrink-permissions", "--end"]).0, 0);

    // One that does not answer for a while is waited for; another image is not taken for it.
    let container = status["container"].as_str().unwrap();
    player.machine().docker(&["pause", container]);
    let up = player.command(&["cluster", "up", "--output", "json"]).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(2));
    player.machine().docker(&["unpause", container]);
    let up = up.wait_with_output().unwrap();
    let again: serde_json::Value = serde_json::from_slice(&up.stdout).unwrap();
    assert_eq!(again["uid"], player.json_bare(&["cluster", "env"])["uid"]);
    let (code, said) = player.bare(&["cluster", "up", "--provider", player.kind(), "--image", "other:v1"]);
    assert!(code == 4 && said.contains("not other:v1"), "{code} {said}");

    // A cluster that was ended behind satrain's back is told, and made afresh.
    assert_eq!(player.satrain(&["run", id]).0, 1);
    player.machine().docker(&["kill", container]);
    let (code, said) = player.bare(&["check", id]);
    assert!(code == 4 && said.contains("gone"), "{code} {said}");
    let result = player.json(&["run", id, "--solution", "reference", "--fresh"]);
    assert_eq!(result["score"]["percent"], 100, "{result:#}");
    assert_eq!(player.bare(&["reset", id, "--end"]).0, 0);
}
