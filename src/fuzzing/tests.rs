//! The kept inputs of every target, played again without a fuzzer.

use std::fs;
use std::path::{Path, PathBuf};

/// A target by its name: that of its file in `fuzz/targets` and of its folder in `fuzz/seeds`.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 14] = [
    ("bundle", super::bundle),
    ("cel", super::cel),
    ("class", super::class),
    ("fields", super::fields),
    ("gift", super::gift),
    ("judge", super::judge),
    ("jwt", super::jwt),
    ("mutate", super::mutate),
    ("packed", super::packed),
    ("paper", super::paper),
    ("quiz", super::quiz),
    ("replay", super::replay),
    ("scenario", super::scenario),
    ("template", super::template),
];

fn names(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(folder);
    let names = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut names: Vec<String> = names.map(|p| p.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn inputs(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    all
}

#[test]
fn every_target_has_a_binary_and_kept_inputs() {
    let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names("targets"), known);
    assert_eq!(names("seeds"), known);
    for (name, _) in TARGETS {
        assert!(inputs(name).len() >= 3, "{name}");
    }
}

#[test]
fn no_kept_input_breaks_a_promise() {
    for (name, target) in TARGETS {
        for input in inputs(name) {
            let bytes = fs::read(&input).unwrap();
            let ended = std::panic::catch_unwind(|| target(&bytes));
            assert!(ended.is_ok(), "{} breaks the target {name}", input.display());
        }
    }
}
