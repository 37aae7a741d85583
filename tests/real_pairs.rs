//! Two commands at once, many times: whatever meets, no attempt gets the grade of another or of half a script, and nothing
//! that is written is broken.
//!
//! SATRAIN_PAIRS says how many pairs (12), SATRAIN_PAIRS_SEED with which draw they begin; a failure names both.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "tests")]

mod lab_support;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use lab_support::Lab;
use serde_json::Value;

/// What may meet.
const COMMANDS: [&[&str]; 11] = [
    &["run", "scenario-2", "--solution", "reference"],
    &["run", "scenario-2", "--fresh", "--solution", "reference"],
    &["run", "scenario-2", "--fresh", "--solution", "default-patched"],
    &["run", "scenario-3", "--solution", "reference"],
    &["run", "scenario-3", "--fresh"],
    &["run", "scenario-2"],
    &["check"],
    &["reset"],
    &["reset", "--end"],
    &["hint"],
    &["solution", "--yes"],
];

/// How commands may end: passed, not passed, refused, overtaken.
const ENDS: [i32; 4] = [0, 1, 2, 5];

#[test]
fn pairs_of_commands_on_a_real_cluster() {
    let Some(lab) = Lab::start() else { return };
    let number = |name: &str, default| std::env::var(name).map_or(default, |n| n.parse().unwrap());
    let (pairs, seed) = (number("SATRAIN_PAIRS", 12), number("SATRAIN_PAIRS_SEED", 1));
    let mut draw = Draw(seed);
    let mut seen = BTreeSet::new();
    let mut grades = 0;
    for pair in 0..pairs {
        let (first, second) = (draw.command(), draw.command());
        let pause = Duration::from_millis(draw.below(2500));
        let what = format!("pair {pair} of seed {seed}: {first:?}, {pause:?} later {second:?}");
        let one = lab.command().args(&first).spawn().unwrap();
        std::thread::sleep(pause);
        let other = lab.command().args(&second).spawn().unwrap();
        for child in [one, other] {
            let out = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            assert!(ENDS.contains(&out.status.code().unwrap_or(-1)), "{what}: {:?} {said}", out.status);
        }
        for (path, text) in lab.files() {
            let Some(result) = result_of(&path, &text, &what) else { continue };
            if seen.insert(path.clone()) {
                grades += 1;
                must_be_its_own(&result, &path, &what);
            }
        }
    }
    println!("{pairs} pairs, {grades} grades");
    assert!(grades > pairs / 4, "hardly anything was graded");
}

/// The result in a file; every other file of JSON is at least whole.
fn result_of(path: &Path, text: &str, what: &str) -> Option<Value> {
    let ours =
        path.extension().is_some_and(|e| e == "json") && !path.to_string_lossy().contains("/workspace/");
    let value: Option<Value> = ours
        .then(|| serde_json::from_str(text).unwrap_or_else(|e| panic!("{what}: {}: {e}", path.display())));
    value.filter(|_| path.parent().is_some_and(|folder| folder.ends_with("results")))
}

/// A grade is of its attempt, and of the whole of what was played there.
fn must_be_its_own(result: &Value, path: &Path, what: &str) {
    let attempt = path.parent().unwrap().parent().unwrap().file_name().unwrap().to_str().unwrap();
    assert_eq!(result["attempt"], attempt, "{what}");
    assert!(attempt.starts_with(result["scenario"]["id"].as_str().unwrap()), "{what}: {attempt}");
    assert_eq!(result["score"]["complete"], true, "{what}: {result:#}");
    let percent = result["score"]["percent"].as_u64().unwrap();
    match result["solution"]["name"].as_str() {
        Some("reference") => assert_eq!(percent, 100, "{what}: {result:#}"),
        Some(_) => assert!(percent < 100, "{what}: {result:#}"),
        None => assert_eq!(percent, 0, "{what}: nobody did anything: {result:#}"),
    }
}

/// Numbers that look drawn; equal for equal seeds.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn command(&mut self) -> Vec<&'static str> {
        COMMANDS[usize::try_from(self.below(COMMANDS.len() as u64)).unwrap()].to_vec()
    }
}
