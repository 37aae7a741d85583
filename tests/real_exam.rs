//! The proof of a paper on a real cluster: tasks stand beside each other, one that disturbs its neighbours is found, and one that
//! needs the cluster is played on its own.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod skip;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

const PAPERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/testdata/papers");

fn satrain(state: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_satrain"));
    command.args(["--quiet", "--scenarios", PAPERS]).args(arguments);
    let out = command.env("SATRAIN_STATE", state).env_remove("SATRAIN_LAB").output().unwrap();
    (out.status.code().unwrap_or(-1), String::from_utf8(out.stdout).unwrap())
}

#[test]
fn a_task_that_disturbs_its_neighbours_is_found_and_one_that_needs_the_cluster_is_alone() {
    let state = tempfile::tempdir().unwrap();
    if !nix::unistd::geteuid().is_root() {
        return skip::skip("a real cluster needs root here");
    }
    if satrain(state.path(), &["distribution", "path"]).0 != 0 {
        return skip::skip("there is no distribution; `satrain distribution build` makes one");
    }
    let (paper, junit) = (format!("{PAPERS}/loud.yaml"), state.path().join("junit.xml"));
    let arguments =
        ["exam", "prove", &paper, "--trust", "--output", "json", "--junit", junit.to_str().unwrap()];
    let (code, said) = satrain(state.path(), &arguments);
    assert_eq!(code, 1, "{said}");
    let proof: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&proof["holds"], &proof["left"]), (&false.into(), &Value::Array(Vec::new())), "{said}");
    let paper = &proof["papers"][0];
    let alone =
        paper["tasks"].as_array().unwrap().iter().map(|task| task["alone"] == true).collect::<Vec<_>>();
    assert_eq!(alone, [false, false, true, false]);
    let rounds = paper["rounds"].as_array().unwrap();
    let grades: Vec<String> =
        rounds.iter().map(|round| format!("{} {}", round["solved"], round["percent"])).collect();
    assert_eq!(
        grades,
        [
            "null [0,0,null,0]",
            "1 [100,0,null,0]",
            // Their guard sees rights that nobody asked for.
            "2 [0,100,null,0]",
            "4 [0,100,null,0]",
            "null [null,null,0,null]",
            "3 [null,null,100,null]",
        ],
        "{said}"
    );
    let problems = |round: usize| rounds[round]["problems"].to_string();
    assert_eq!((problems(0), problems(1)), ("[]".into(), "[]".into()), "{said}");
    for words in [
        "no task could be set up",
        "task 1 (quiet): `nothing-wider`",
        "task 4 (quiet): guard `nothing-wider`",
    ] {
        assert!(problems(2).contains(words), "{words}: {}", problems(2));
    }
    assert_eq!((problems(4), problems(5)), ("[]".into(), "[]".into()), "{said}");
    assert!(std::fs::read_to_string(junit).unwrap().contains(r#"failures="2""#));
}
