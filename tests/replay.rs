//! Recorded grades of real attempts, judged again: a judge that changes any verdict is seen here.
//!
//! `tests/corpus/rebuild` records them anew.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use satrain::grade::verdict::{Evidence, Outcome};
use satrain::report::disclosure::{Disclosure, Level};
use satrain::report::style::Style;
use satrain::report::text;
use satrain::result::closing::Closing;
use satrain::result::format::{CheckPart, ResultV1};
use satrain::result::recording::{Recording, replay};
use serde_json::{Value, json};

/// Every recording of the corpus: `scenario/case`, and its file.
fn corpus() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut found = Vec::new();
    for scenario in fs::read_dir(root).unwrap().flatten().filter(|e| e.path().is_dir()) {
        for file in fs::read_dir(scenario.path()).unwrap().flatten() {
            let path = file.path();
            let case = path.file_stem().unwrap().to_str().unwrap().to_owned();
            found.push((format!("{}/{case}", scenario.file_name().to_str().unwrap()), path));
        }
    }
    found.sort();
    assert!(found.len() >= 12, "the corpus is not there");
    found
}

fn file(name: &str) -> PathBuf {
    corpus().into_iter().find(|(n, _)| n == name).unwrap().1
}

fn satrain(state: &Path) -> Command {
    let mut command = Command::cargo_bin("satrain").unwrap();
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", state);
    command.env("SATRAIN_DISTRIBUTION", state.join("none")).env("SATRAIN_STATE", state.join("state"));
    command
}

fn rows(result: &ResultV1) -> String {
    let mut text = String::new();
    for check in &result.checks {
        let points = if check.guard { "guard".into() } else { format!("{}/{}", check.points, check.max) };
        let voided = check.voided_by.as_ref().map(|g| format!(" (voided by {g})")).unwrap_or_default();
        let verdict = serde_json::to_value(check.verdict).unwrap();
        writeln!(text, "  {:<8} {points:>6}  {}{voided}", verdict.as_str().unwrap(), check.id).unwrap();
    }
    text
}

#[test]
fn every_verdict_of_the_corpus_is_as_it_was() {
    let mut table = String::new();
    for (name, path) in corpus() {
        let result = replay(&fs::read(path).unwrap()).unwrap_or_else(|e| panic!("{name}: {e}"));
        writeln!(table, "{name}: {} of {}", result.score.points, result.score.max).unwrap();
        table += &rows(&result);
    }
    insta::assert_snapshot!("verdicts", table);
}

#[test]
fn every_recording_of_the_corpus_is_written_as_it_was_read() {
    for (name, path) in corpus() {
        let bytes = fs::read(path).unwrap();
        assert!(Recording::read(&bytes).unwrap().to_bytes().unwrap() == bytes, "{name}");
    }
}

#[test]
fn the_corpus_holds_no_token_and_no_key() {
    for (name, path) in corpus() {
        let text = fs::read_to_string(path).unwrap();
        for sign in ["eyJ", "ZXlK", "PRIVATE KEY", "LS0tLS1CRUdJTi"] {
            assert!(!text.contains(sign), "{name} holds {sign}");
        }
    }
}

#[test]
fn a_check_that_was_changed_by_hand_is_seen() {
    // That the corpus can fail: the token's volume taken away, and the verdict turns.
    let text = fs::read_to_string(file("scenario-1/unsolved")).unwrap();
    let before = replay(text.as_bytes()).unwrap();
    let verdict =
        |result: &ResultV1| result.checks.iter().find(|c| c.id == "pods-without-token").unwrap().verdict;
    assert_eq!(verdict(&before), Outcome::Fail);
    let mut changed: serde_json::Value = serde_json::from_str(&text).unwrap();
    without_tokens(&mut changed);
    let after = replay(changed.to_string().as_bytes()).unwrap();
    assert_eq!(verdict(&after), Outcome::Pass);
}

/// Puts an empty source in the place of each token of a projected volume.
fn without_tokens(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            if fields.remove("serviceAccountToken").is_some() {
                fields.insert("downwardAPI".into(), serde_json::json!({}));
            }
            fields.values_mut().for_each(without_tokens);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_tokens),
        _ => {}
    }
}

#[test]
fn replay_needs_no_cluster_and_writes_nothing() {
    let home = tempfile::tempdir().unwrap();
    for (name, code) in [("scenario-1/unsolved", 1), ("scenario-1/reference", 0)] {
        let path = file(name);
        let expected = replay(&fs::read(&path).unwrap()).unwrap();
        let replayed = |input: &str, more: &[&str]| {
            let mut command = satrain(home.path());
            command.args(["check", "--replay", input]).args(more);
            command.write_stdin(fs::read(&path).unwrap());
            command.assert().code(code).stderr("").get_output().stdout.clone()
        };
        let by_name = replayed(path.to_str().unwrap(), &["--output", "json"]);
        assert_eq!(serde_json::from_slice::<ResultV1>(&by_name).unwrap(), expected);
        assert_eq!(replayed("-", &["--output", "json"]), by_name);
        let report = String::from_utf8(replayed("-", &[])).unwrap();
        assert!(report.contains(&expected.scenario.title) && report.contains("points"), "{report}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_replayed_is_2_and_says_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let cut = fs::read(file("scenario-1/unsolved")).unwrap();
    let bad = home.path().join("bad.json");
    for (bytes, says) in [
        (&cut[..cut.len() / 2], "is truncated"),
        (b"{\"schema\": \"satrain.dev/recording/v9\"}", "satrain.dev/recording/v9"),
        (b"{\"schema\": \"satrain.dev/result/v1\"}", "not a recording"),
        (b"hello", "not JSON"),
        (b"", "empty"),
    ] {
        fs::write(&bad, bytes).unwrap();
        let out = satrain(home.path())
            .args(["check", "--replay"])
            .arg(&bad)
            .assert()
            .code(2)
            .stdout("")
            .get_output()
            .clone();
        let said = String::from_utf8(out.stderr).unwrap();
        assert!(said.contains(says) && said.contains("help:"), "{said}");
    }
    let pipe = home.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    for wrong in [home.path().join("nowhere"), home.path().to_owned(), pipe, "/dev/zero".into()] {
        satrain(home.path()).args(["check", "--replay"]).arg(wrong).assert().code(2).stdout("");
    }
    satrain(home.path()).args(["check", "scenario-1", "--replay", "-"]).assert().code(2).stdout("");
}

/// Places of a document, as JSON pointers.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| places(item, format!("{at}/{i}"), found));
        }
        Value::Object(fields) => fields.iter().for_each(|(key, field)| {
            let key = key.replace('~', "~0").replace('/', "~1");
            places(field, format!("{at}/{key}"), found);
        }),
        _ => {}
    }
    found.push(at);
}

#[test]
fn a_recording_of_somebody_else_is_a_result_or_an_error() {
    // Any value in any place, drawn by a fixed row of numbers: never a panic, and always an end.
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e308),
        json!(""),
        json!("*"),
        json!("\u{1b}[2J\u{202e}"),
        json!("9999-12-31T23:59:59Z"),
        json!("-009999-01-01T00:00:00Z"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"": null}),
        json!("x".repeat(5000)),
        json!(["*", "*"]),
        json!("a.b.c.d".repeat(50)),
        json!("((((((((("),
        json!([0, 0, 0]),
    ];
    let mut number: u64 = 7;
    let mut draw = move |below: usize| {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(number >> 33).unwrap() % below
    };
    for (name, path) in corpus().iter().filter(|(n, _)| n.ends_with("reference") || n.ends_with("unsolved")) {
        let whole: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let mut all = Vec::new();
        places(&whole, String::new(), &mut all);
        // Half of them where judging is steered, half anywhere.
        let grade: Vec<String> = all.iter().filter(|p| p.starts_with("/grade")).cloned().collect();
        for round in 0..80 {
            let mut broken = whole.clone();
            for _ in 0..1 + draw(3) {
                let pointer = if round % 2 == 0 { &grade[draw(grade.len())] } else { &all[draw(all.len())] };
                if let Some(place) = broken.pointer_mut(pointer) {
                    *place = odd[draw(odd.len())].clone();
                }
            }
            let bytes = serde_json::to_vec(&broken).unwrap();
            if let Ok(result) = replay(&bytes) {
                assert!(result.score.points <= 1_000_000, "{name}");
            }
        }
    }
}

/// A recorded grade as if a learner had asked for it, who saw so many hints: its result, and its report.
fn learners(name: &str, hints: fn(u64) -> u64, explain: bool) -> (ResultV1, String) {
    let mut whole: Value = serde_json::from_slice(&fs::read(file(name)).unwrap()).unwrap();
    let all = whole["grade"]["hints"].as_u64().unwrap();
    let about = whole["grade"]["about"].as_object_mut().unwrap();
    about.insert("hints".into(), hints(all).into());
    about.remove("solution");
    let recording = Recording::read(&serde_json::to_vec(&whole).unwrap()).unwrap();
    let (result, mut out) = (recording.result(), Vec::new());
    text::write(&mut out, &Style::mono(), &result, Closing { explain, ..recording.closing() }).unwrap();
    (result, String::from_utf8(out).unwrap())
}

#[test]
fn an_unsolved_scenario_is_reported_to_a_learner() {
    for id in ["scenario-1", "scenario-2", "scenario-3"] {
        let name = format!("{id}/unsolved");
        let (_, plain) = learners(&name, |_| 0, false);
        let (_, explained) = learners(&name, |_| 0, true);
        let (_, after_hints) = learners(&name, |all| all, false);
        insta::assert_snapshot!(format!("{id}_plain"), plain);
        insta::assert_snapshot!(format!("{id}_explained"), explained);
        insta::assert_snapshot!(format!("{id}_after_the_last_hint"), after_hints);
    }
}

/// Whether `text` says `part` as a whole, wherever lines were broken.
fn says(text: &str, part: &str) -> bool {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (text, part) = (flat(text), flat(part));
    let within = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(&part).any(|(at, found)| {
        !within(text[..at].chars().next_back()) && !within(text[at + found.len()..].chars().next())
    })
}

/// What the grader says of any scenario alike: it gives nothing away.
const OWN_WORDS: [&str; 8] =
    ["present", "absent", "gone", "allowed", "denied", "no such right", "no token", "a token"];

#[test]
fn what_a_learner_reads_does_not_give_the_solution_away() {
    let mut hidden = 0;
    for (name, _) in corpus() {
        let (result, plain) = learners(&name, |_| 0, false);
        let (_, explained) = learners(&name, |_| 0, true);
        let known: Vec<&str> = result.checks.iter().map(|check| check.requirement.as_str()).collect();
        let known = known.join(" ");
        let failed = |check: &&CheckPart| check.verdict != Outcome::Pass;
        let evidence: Vec<&Evidence> =
            result.checks.iter().filter(failed).flat_map(|c| &c.evidence).collect();
        for piece in evidence {
            let shown = Disclosure::Careful.shows(piece.fact);
            let expected = piece.expected.as_deref().filter(|e| shown < Level::All && !OWN_WORDS.contains(e));
            let field = piece.field.as_deref().filter(|_| shown < Level::Place);
            for secret in expected.into_iter().chain(field).filter(|secret| !says(&known, secret)) {
                hidden += 1;
                assert!(!says(&plain, secret), "{name} gives {secret:?} away:\n{plain}");
            }
        }
        assert_eq!(plain == explained, result.score.passed, "{name}");
    }
    assert!(hidden > 20, "there was nothing to hide: {hidden}");
}

#[test]
fn everything_is_told_on_request() {
    let home = tempfile::tempdir().unwrap();
    // As a learner's: for whoever plays a script, everything is told anyway.
    let text = std::fs::read_to_string(file("scenario-1/unsolved")).unwrap();
    let learners = text.replacen(",\"solution\":{\"name\":\"unsolved\"}", "", 1);
    assert_ne!(learners, text);
    let path = home.path().join("recording.json");
    std::fs::write(&path, learners).unwrap();
    let report = |more: &[&str]| {
        let mut command = satrain(home.path());
        command.args(["check", "--replay", path.to_str().unwrap()]).args(more);
        String::from_utf8(command.assert().code(1).get_output().stdout.clone()).unwrap()
    };
    let (plain, explained) = (report(&[]), report(&["--explain"]));
    assert!(!plain.contains("expected  ") && plain.contains("--explain"), "{plain}");
    for told in ["expected  no token", "expected  admitted", "expected  present"] {
        assert!(explained.contains(told), "{told}: {explained}");
    }
    // Data for programs is whole, whoever reads it.
    assert_eq!(report(&["--output", "json"]), report(&["--output", "json", "--explain"]));
}
