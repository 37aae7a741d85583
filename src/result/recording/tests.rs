//! A recording says what the grade said; a file that is none says why.

use serde_json::{Value, json};

use super::bounds::MAX_BYTES;
use super::{Head, Recording, RecordingError, replay};
use crate::grade::Steady;
use crate::grade::expectation::{Check, Guard};
use crate::grade::observation::{Observation, Observations, Observed, ProbeFailure};
use crate::grade::probe::Probe;
use crate::grade::verdict::Outcome;
use crate::result::provenance::Provenance;
use crate::result::provenance::{ClusterPart, ScenarioPart};

const NS: &str = "production";

fn about() -> Provenance {
    Provenance {
        attempt: "sample-bcdfgh".into(),
        scenario: ScenarioPart { id: "sample".into(), title: "A sample".into(), digest: "0".into() },
        params: [("namespace".to_owned(), NS.to_owned())].into(),
        cluster: ClusterPart { provider: "embedded".into(), version: "v1.37.2".into() },
        started: "2026-01-01T10:00:00Z".parse().unwrap(),
        hints: 1,
        solution_shown: false,
        solution: None,
    }
}

fn check(id: &str, line: u32, kind: Value) -> Check {
    let mut check = json!({"id": id, "points": 25, "requirement": format!("{id} is so.")});
    check.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
    let mut check: Check = serde_json::from_value(check).unwrap();
    check.line = line;
    check
}

fn guard(id: &str, line: u32, kind: Value) -> Guard {
    let mut guard = json!({"id": id, "requirement": format!("{id} stays so.")});
    guard.as_object_mut().unwrap().extend(kind.as_object().unwrap().clone());
    let mut guard: Guard = serde_json::from_value(guard).unwrap();
    guard.line = line;
    guard
}

fn object(kind: &str, name: &str, rest: Value) -> Value {
    let mut object = json!({
        "apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": NS, "uid": name},
    });
    object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    object
}

fn seen(probe: Probe, outcome: Result<Observation, ProbeFailure>) -> Observed {
    Observed { probe, at: "2026-01-01T10:05:00.123456789Z".parse().unwrap(), outcome }
}

fn list(kind: &str, namespace: Option<&str>, items: Vec<Value>) -> Observed {
    seen(Probe::list("v1", kind, namespace), Ok(Observation::Objects { items, version: "7".into() }))
}

/// One check of each outcome, a guard that holds, and an author's mistake with its line.
fn sample() -> Recording {
    let account = |name: &str| json!({"resource": {"kind": "ServiceAccount", "namespace": NS, "name": name}});
    let web = object("ServiceAccount", "web", json!({"ratio": 31.245270191439438, "limit": 0.1 + 0.2}));
    let namespace = json!({"kind": "Namespace", "metadata": {"name": NS}});
    let before = vec![
        list("Namespace", None, vec![namespace.clone()]),
        list("ServiceAccount", Some(NS), vec![web.clone()]),
    ];
    let after = vec![
        list("Namespace", None, vec![namespace]),
        list("ServiceAccount", Some(NS), vec![web.clone()]),
        list("ServiceAccount", None, vec![web]),
        seen(
            Probe::list("v1", "Secret", Some(NS)),
            Err(ProbeFailure { message: "the API said 403: no".into(), transient: false }),
        ),
        seen(
            Probe::File { path: "answers/a".into() },
            Ok(Observation::File { text: Some("\u{1b}[31mred\u{9b}2J\u{202e}".into()) }),
        ),
    ];
    let head = Head {
        about: about(),
        explanation: "Because.".into(),
        hints: 3,
        checks: vec![
            check("present", 10, account("web")),
            check("held", 11, json!({"consistently": "3s", "resource": account("web")["resource"]})),
            check("missing", 12, account("api")),
            check("unseen", 13, json!({"resource": {"kind": "Secret", "namespace": NS, "name": "s"}})),
            check(
                "author",
                14,
                json!({"resource": {
                "kind": "ServiceAccount", "namespace": NS, "name": "web", "cel": "object.nope == 1"}}),
            ),
            check(
                "exact",
                15,
                json!({"resource": {"kind": "ServiceAccount", "namespace": NS, "name": "web",
                "cel": "object.ratio == 31.245270191439438"}}),
            ),
            check("written", 16, json!({"answer": {"key": "a", "pattern": "blue"}})),
        ],
        guards: vec![guard(
            "kept",
            20,
            json!({"resource": {"kind": "ServiceAccount", "namespace": NS,
            "name": "web", "unchanged": ["ratio", "limit"], "recreated": false}}),
        )],
        steady: [("held", "2026-01-01T10:05:01Z")].into_iter().fold(
            Steady::default(),
            |mut steady, (id, at)| {
                steady.note(id, Outcome::Pass, at.parse().unwrap());
                steady
            },
        ),
        started: "2026-01-01T10:05:00.000000001Z".parse().unwrap(),
        judged: "2026-01-01T10:05:02Z".parse().unwrap(),
        finished: "2026-01-01T10:05:02.5Z".parse().unwrap(),
    };
    Recording { head, baseline: Observations::from(before), observations: Observations::from(after) }
}

fn text() -> String {
    String::from_utf8(sample().to_bytes().unwrap()).unwrap()
}

/// The sample with one member changed.
fn changed(pointer: &str, to: Value) -> Vec<u8> {
    let mut value: Value = serde_json::from_str(&text()).unwrap();
    *value.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = to;
    serde_json::to_vec(&value).unwrap()
}

fn refused(bytes: &[u8]) -> RecordingError {
    replay(bytes).expect_err("it must be refused")
}

#[test]
fn what_was_written_is_read_again_and_judged_the_same() {
    let recording = sample();
    let bytes = recording.to_bytes().unwrap();
    let again = Recording::read(&bytes).unwrap();
    assert_eq!(again, recording);
    assert_eq!(again.to_bytes().unwrap(), bytes);
    let result = replay(&bytes).unwrap();
    assert_eq!(result, recording.result());
    let verdicts: Vec<Outcome> = result.checks.iter().map(|c| c.verdict).collect();
    use Outcome::{Fail, NotYet, Pass, Unknown};
    assert_eq!(verdicts, [Pass, NotYet, Fail, Unknown, Unknown, Pass, Fail, Pass]);
    let mistake = &result.checks[4].evidence[0].at;
    assert!(mistake.contains("line 14"), "{mistake}");
}

#[test]
fn what_is_said_after_the_score_is_recorded_too() {
    let recording = sample();
    let after = recording.closing();
    assert_eq!((after.explanation, after.hints_left, after.coach), ("Because.", 2, true));
}

#[test]
fn each_object_is_written_once_however_many_lists_hold_it() {
    assert_eq!(
        text().matches("31.245270191439438,").count() + text().matches("31.245270191439438}").count(),
        1
    );
}

#[test]
fn a_text_of_a_recording_gives_a_terminal_no_orders() {
    let recording = sample();
    let mut report = Vec::new();
    let style = crate::report::style::Style::mono();
    crate::report::text::write(&mut report, &style, &recording.result(), recording.closing()).unwrap();
    let report = String::from_utf8(report).unwrap();
    let json = crate::printable::json(&recording.result()).unwrap();
    for shown in [report, json] {
        assert!(shown.contains("[31mred"), "{shown}");
        assert!(!shown.contains(crate::printable::is_hidden), "{shown}");
    }
}

#[test]
fn a_file_cut_off_anywhere_is_said_to_be_cut_off() {
    let text = text();
    for length in 1..text.trim_end().len() {
        let error = refused(&text.as_bytes()[..length]);
        let cut = matches!(error, RecordingError::Truncated { .. } | RecordingError::Empty);
        assert!(cut, "{length}: {error:?}");
    }
}

#[test]
fn another_version_and_something_else_are_told_apart() {
    for empty in ["", " \n"] {
        assert_eq!(refused(empty.as_bytes()), RecordingError::Empty);
    }
    let newer = refused(&changed("/schema", json!("satrain.dev/recording/v2")));
    assert_eq!(newer, RecordingError::OtherVersion { found: "satrain.dev/recording/v2".into() });
    for (text, what) in [
        (r#"{"schema": "satrain.dev/result/v1"}"#, "satrain.dev/result/v1"),
        (r#"{"schema": 1}"#, "JSON of another kind"),
        (r#"{"a": 1}"#, "JSON of another kind"),
        ("[1]", "not an object"),
        ("\"text\"", "not an object"),
        ("null", "not an object"),
    ] {
        let error = refused(text.as_bytes());
        assert!(matches!(&error, RecordingError::SomethingElse { what: w } if w.contains(what)), "{error:?}");
    }
    for text in ["apiVersion: satrain.dev/v1\n", "\u{7f}ELF", "{] }"] {
        assert!(matches!(refused(text.as_bytes()), RecordingError::NotJson { .. }), "{text}");
    }
}

#[test]
fn what_does_not_fit_together_is_malformed() {
    let twice = json!([serde_json::from_str::<Value>(&text()).unwrap()["observations"][0].clone()]);
    let twice = json!([twice[0], twice[0]]);
    for (pointer, to, why) in [
        ("/grade/checks/0/is/id", json!("missing"), "two checks have the id missing"),
        ("/grade/checks/1/is/consistently", json!("3 days"), "not a duration"),
        ("/grade/checks/0/is/resource", json!({"kind": "Pod", "nope": 1}), "unknown field"),
        ("/grade/finished", json!("yesterday"), "failed to parse"),
        ("/grade/about", json!({"nope": 1}), "unknown field"),
        ("/observations/0/objects", json!([99]), "there is no object 99"),
        ("/observations", twice, "answered twice"),
        ("/objects", json!({}), "expected a sequence"),
    ] {
        let error = refused(&changed(pointer, to)).to_string();
        assert!(error.starts_with("the recording cannot be parsed") && error.contains(why), "{error}");
    }
    let text = text();
    let file = text.find("\"text\":").unwrap();
    let end = file + text[file..].find('}').unwrap();
    let mut no_list = text.clone();
    // After the members of the answer and of what was observed.
    no_list.insert_str(end + 3, ",\"objects\":[0]");
    let error = refused(no_list.as_bytes()).to_string();
    assert!(error.contains("not a list has objects"), "{error}");
}

#[test]
fn an_error_gives_a_terminal_no_orders_either() {
    let field = json!({"kind": "Pod", "\u{1b}[2J\u{9b}": 1});
    for bytes in [
        changed("/grade/checks/0/is/resource", field),
        changed("/schema", json!("satrain.dev/recording/\u{1b}[2J")),
        changed("/grade/finished", json!("\u{1b}]0;title\u{7}".repeat(200))),
    ] {
        let error = refused(&bytes).to_string();
        assert!(!error.contains(crate::printable::is_hidden), "{error:?}");
        assert!(error.len() < 2000, "{}", error.len());
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_takes_memory() {
    let too_large = |bytes: &[u8]| matches!(refused(bytes), RecordingError::TooLarge { .. });
    assert!(too_large(&vec![b' '; MAX_BYTES + 1]));
    // A few bytes of text each, hundreds of bytes of memory.
    let mappings =
        format!("{{\"schema\":\"satrain.dev/recording/v1\",\"objects\":[{}{{}}]}}", "{},".repeat(3_000_000));
    assert!(too_large(mappings.as_bytes()));
    // One object, in a list very often.
    let mut value: Value = serde_json::from_str(&text()).unwrap();
    value["objects"][0] = json!({"a": vec![0; 10_000]});
    value["observations"][0]["objects"] = json!(vec![0; 100_000]);
    assert!(too_large(&serde_json::to_vec(&value).unwrap()));
    let many: Vec<Value> = (0..200)
        .map(|i| {
            json!({"line": 1, "is": {"id": format!("c{i}"), "points": 1, "requirement": "x",
            "answer": {"key": "a", "pattern": "b"}}})
        })
        .collect();
    assert!(too_large(&changed("/grade/checks", json!(many))));
    assert!(too_large(&changed("/grade/checks/0/is/points", json!(u32::MAX))));
}

#[test]
fn what_nests_too_deep_is_refused() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let file = text().replacen("\"objects\":[", &format!("\"objects\":[{deep},"), 1);
    assert!(matches!(refused(file.as_bytes()), RecordingError::NotJson { .. }));
}
