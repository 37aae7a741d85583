//! Grades of a real cluster are recorded, judged again byte for byte, and hold nothing secret.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod lab_support;

use std::path::{Path, PathBuf};
use std::process::Output;

use lab_support::{Lab, in_turn};

/// A lab full of tokens and keys.
const SCENARIO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/testdata/secrets-everywhere");

#[test]
fn recorded_grades_of_a_real_cluster() {
    let Some(lab) = Lab::start() else { return };
    in_turn(
        &lab,
        &[
            ("a failing grade and a passing one", failing_and_passing),
            ("one that is not yet so", not_yet),
            ("one of a program that is not there, through a script that fails", no_program),
            ("no token and no key is kept", nothing_secret),
        ],
    );
}

/// The newest attempt of a scenario.
fn folder(lab: &Lab, scenario: &str) -> PathBuf {
    let all = std::fs::read_dir(lab.state().join("attempts")).unwrap().flatten();
    let mine = all.filter(|e| e.file_name().to_string_lossy().starts_with(&format!("{scenario}-")));
    mine.max_by_key(|e| e.metadata().unwrap().created().unwrap()).unwrap().path()
}

/// Asserts that the newest grade is said again by its recording, byte for byte, with the same exit code.
fn same_again(lab: &Lab, scenario: &str, printed: &Output, json: bool) {
    let folder = folder(lab, scenario);
    let newest = |kind: &str| {
        let files = std::fs::read_dir(folder.join(kind)).unwrap().flatten();
        files.map(|e| e.path()).max().unwrap()
    };
    let (result, recording) = (newest("results"), newest("recordings"));
    assert_eq!(result.file_name(), recording.file_name());
    let replayed = |more: &[&str]| {
        let mut command = lab.command();
        // Neither its state nor its distribution: the file is enough.
        command.env("SATRAIN_STATE", "/nonexistent/state").env("SATRAIN_DISTRIBUTION", "/nonexistent");
        command.args(["check", "--replay"]).arg(&recording).args(more).output().unwrap()
    };
    let again = replayed(&["--output", "json"]);
    assert_eq!(again.stdout, std::fs::read(result).unwrap(), "the kept result");
    assert_eq!(again.status.code(), printed.status.code());
    let shown = if json { again } else { replayed(&[]) };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    // `run` prints the task before.
    let (said, before) = (text(&shown.stdout), text(&printed.stdout));
    assert!(!said.is_empty() && before.ends_with(&said), "{before}\n--- replayed:\n{said}");
    assert!(!json || before == said);
    println!("  {} {}", said.len(), std::fs::metadata(&recording).unwrap().len());
}

fn failing_and_passing(lab: &Lab) {
    let text = lab.run(&["run", "scenario-2"]);
    assert_eq!(text.status.code(), Some(1));
    same_again(lab, "scenario-2", &text, false);
    assert_eq!(lab.code(&["hint"]).0, 0);
    same_again(lab, "scenario-2", &lab.run(&["check"]), false);
    same_again(lab, "scenario-2", &lab.run(&["check", "--output", "json"]), true);
    let played = lab.run(&["run", "scenario-2", "--solution", "reference", "--output", "json"]);
    assert_eq!(played.status.code(), Some(0));
    same_again(lab, "scenario-2", &played, true);
    same_again(lab, "scenario-2", &lab.run(&["check"]), false);
}

fn not_yet(lab: &Lab) {
    lab.kubectl("patch pod myapp -n production --type=merge -p '{\"metadata\":{\"finalizers\":[\"satrain.dev/test\"]}}'");
    lab.kubectl("delete pod myapp -n production --wait=false");
    let said = lab.run(&["check", "--output", "json"]);
    assert!(String::from_utf8_lossy(&said.stdout).contains("\"not-yet\""), "{said:?}");
    same_again(lab, "scenario-2", &said, true);
    lab.kubectl("patch pod myapp -n production --type=merge -p '{\"metadata\":{\"finalizers\":null}}'");
}

fn no_program(lab: &Lab) {
    let played = lab.run(&["run", SCENARIO, "--solution", "reference", "--trust"]);
    assert_eq!(played.status.code(), Some(1), "{played:?}");
    same_again(lab, "secrets-everywhere", &played, false);
    let checked = lab.run(&["check", "secrets-everywhere", "--output", "json"]);
    assert_eq!(checked.status.code(), Some(1), "{checked:?}");
    same_again(lab, "secrets-everywhere", &checked, true);
}

fn nothing_secret(lab: &Lab) {
    // What the learner's side of the lab knows, to be looked for: it is the only way to know a piece of a signature.
    let legacy = lab.kubectl("get secret legacy -n vaulted -o jsonpath='{.data.token}'");
    let token = lab.script("kubectl get secret legacy -n vaulted -o jsonpath='{.data.token}' | base64 -d");
    let bound =
        lab.kubectl("exec leaky -n vaulted -- cat /var/run/secrets/kubernetes.io/serviceaccount/token");
    let pasted =
        std::fs::read_to_string(folder(lab, "secrets-everywhere").join("workspace/answers/token")).unwrap();
    let key = lab.script("kubectl get secret key -n vaulted -o jsonpath='{.data.key}' | base64 -d");
    assert!(
        token.starts_with("eyJ") && bound.starts_with("eyJ") && key.contains("PRIVATE KEY"),
        "{token} {bound} {key}"
    );
    let body: String = key.lines().filter(|l| !l.starts_with("-----")).collect();
    let pasted: String = pasted.chars().filter(|c| !c.is_whitespace()).collect();
    let secrets = [
        ("the header and payload of", "a legacy token", token.rsplit_once('.').unwrap().0.to_owned()),
        ("a signature of", "a legacy token", token.rsplit('.').next().unwrap().to_owned()),
        ("base64 of", "a legacy token", legacy.clone()),
        ("a signature of", "a bound token", bound.rsplit('.').next().unwrap().to_owned()),
        ("a signature of", "a pasted token", pasted.rsplit('.').next().unwrap().to_owned()),
        ("the body of", "a private key", body),
        ("the value of", "a password", "correct-horse-battery".into()),
    ];
    let kept: Vec<(PathBuf, String)> = lab.files().into_iter().filter(|(path, _)| is_kept(path)).collect();
    assert!(kept.iter().any(|(p, _)| p.parent().unwrap().ends_with("recordings")));
    assert!(kept.iter().any(|(_, text)| text.contains("<token sub=")), "no token was ever seen");
    assert!(kept.iter().any(|(_, text)| text.contains("<private key sha256:")), "no key was ever seen");
    for (path, text) in &kept {
        for sign in ["eyJ", "ZXlK", "PRIVATE KEY", "LS0tLS1CRUdJTi"] {
            assert!(!text.contains(sign), "{sign} in {}", path.display());
        }
        for (part, of, secret) in &secrets {
            let letters: Vec<char> = secret.chars().collect();
            // The header of a token is public, its payload is shown as claims: whole they must not be there.
            let piece = if part.starts_with("the header") { letters.len() } else { 12 };
            let found = letters.windows(piece).any(|w| text.contains(&w.iter().collect::<String>()));
            assert!(!found, "{part} {of} in {}", path.display());
        }
    }
}

/// What a grade leaves: not the learner's own workspace, and not the scenario's script.
fn is_kept(path: &Path) -> bool {
    let text = path.to_string_lossy();
    path.extension().is_some_and(|e| e == "json") && !text.contains("/workspace/")
}
