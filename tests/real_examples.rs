//! The example pack does what its README says: it lints without a cluster, can be played, and is proven on one.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod skip;

use std::path::Path;
use std::process::Command;

const PACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/minimal-pack");

/// Runs a command of the example's README; its exit code, and what it printed.
fn satrain(state: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_satrain"));
    command.args(["--scenarios", PACK]).args(arguments).env("SATRAIN_STATE", state).env_remove("SATRAIN_LAB");
    let out = command.output().unwrap();
    let said = [out.stdout, out.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (out.status.code().unwrap_or(-1), said.concat())
}

#[test]
fn the_example_pack_is_clean_and_listed() {
    let state = tempfile::tempdir().unwrap();
    let (code, said) = satrain(state.path(), &["lint", "read-one-config"]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = satrain(state.path(), &["list"]);
    assert!(code == 0 && said.contains("read-one-config"), "{said}");
    let (code, said) = satrain(state.path(), &["task", "read-one-config"]);
    assert!(code == 0 && said.contains("sweeper"), "{said}");
}

#[test]
fn the_example_pack_is_proven() {
    let state = tempfile::tempdir().unwrap();
    if !nix::unistd::geteuid().is_root() {
        return skip::skip("a real cluster needs root here");
    }
    if satrain(state.path(), &["distribution", "path"]).0 != 0 {
        return skip::skip("there is no distribution; `satrain distribution build` makes one");
    }
    let (code, said) = satrain(state.path(), &["prove", "read-one-config"]);
    assert!(code == 2 && said.contains("`--trust`"), "{said}");
    let (code, said) = satrain(state.path(), &["prove", "read-one-config", "--trust"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("11 cases"), "every case is played: {said}");
}
