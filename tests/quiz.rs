//! `satrain quiz`, `history` and `stats` as a user types them: no cluster is needed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use assert_cmd::Command;
use satrain::history::{ExamRow, History};
use satrain::quiz::model::{Item, Task};
use satrain::quiz::{Bank, answer, named, session};
use serde_json::Value;

fn satrain(state: &Path) -> Command {
    let mut command = Command::cargo_bin("satrain").unwrap();
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", state);
    command.env("SATRAIN_STATE", state.join("state"));
    command
}

/// What is typed for the right answer.
fn right(item: &Item, seed: Option<u64>) -> String {
    let shown = session::shown(item, seed);
    let at = |i: usize| answer::letter(shown.iter().position(|s| *s == i).unwrap()).to_string();
    match item.task().unwrap() {
        Task::Single(options) | Task::Predict(options) | Task::Multiple(options) => {
            (0..options.len()).filter(|i| options[*i].right).map(at).collect()
        }
        Task::Ordering(steps) => (0..steps.len()).map(at).collect(),
        Task::Matching(m) => (0..m.pairs.len()).map(|i| format!("{}{} ", i + 1, at(i))).collect(),
        Task::Number(number) => number.value.to_string(),
        Task::Short(short) => short.accept[0].clone(),
        Task::Lines(lines) => lines.right.iter().map(|l| format!("{l} ")).collect(),
        Task::Open(_) => "my words\na b".into(),
        Task::Fix(fix) => fix.answer.clone(),
    }
}

/// What a session with this seed asks.
fn drawn(bank: &Bank, seed: u64, count: usize) -> Vec<&Item> {
    let mut all = named(bank, &[]).unwrap();
    all.retain(|(_, item)| !matches!(item.task(), Some(Task::Fix(_))));
    session::draw(&all, seed, count).into_iter().map(|(_, item)| item).collect()
}

#[test]
fn every_right_answer_is_right_and_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let bank = Bank::builtin().unwrap();
    let items = drawn(&bank, 11, 200);
    let typed: String = items.iter().map(|item| format!("{}\n", right(item, Some(11)))).collect();
    let run = satrain(home.path()).args(["quiz", "--seed", "11", "-n", "200"]).write_stdin(typed).assert();
    let said = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    run.code(0);
    let graded = items.iter().filter(|i| !matches!(i.task(), Some(Task::Open(_)))).count();
    assert!(said.contains(&format!("{graded} of {graded} right")) && !said.contains("Wrong."), "{said}");
    assert!(said.contains("Seen on Kubernetes v1."), "nothing recorded was shown");
    let history = satrain(home.path())
        .args(["history", "-n", "1000", "-o", "json"])
        .assert()
        .code(0)
        .get_output()
        .stdout
        .clone();
    let history: Value = serde_json::from_slice(&history).unwrap();
    assert_eq!(history["rows"].as_array().unwrap().len(), items.len());
    says(&satrain(home.path()).args(["quiz", "--due"]).assert().code(0), "No questions are due.");
}

/// Asserts that stdout holds `part`.
fn says(assert: &assert_cmd::assert::Assert, part: &str) {
    let said = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(said.contains(part), "{said}");
}

#[test]
fn a_killed_session_goes_on_where_it_was() {
    let home = tempfile::tempdir().unwrap();
    let bank = Bank::builtin().unwrap();
    let items = drawn(&bank, 5, 3);
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("satrain"))
        .args(["quiz", "--seed", "5", "-n", "3"])
        .env("SATRAIN_STATE", home.path().join("state"))
        .env("HOME", home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{}", right(items[0], Some(5))).unwrap();
    input.flush().unwrap();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("Question 2") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut output, &mut line).unwrap() > 0, "it ended");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let rest: String = items[1..].iter().map(|item| format!("{}\n", right(item, Some(5)))).collect();
    let run = satrain(home.path()).arg("quiz").write_stdin(rest).assert().code(0);
    let said = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert!(said.contains("Continuing the session") && !said.contains("Question 1 of"), "{said}");
    let rows = satrain(home.path()).args(["history", "--csv"]).assert().get_output().stdout.clone();
    assert_eq!(String::from_utf8(rows).unwrap().lines().count(), 1 + 3);
    // It is finished: the next one is another.
    says(&satrain(home.path()).arg("quiz").write_stdin("quit\n").assert().code(1), "10 questions, seed");
}

#[test]
fn answers_come_from_a_file_too() {
    let home = tempfile::tempdir().unwrap();
    let bank = Bank::builtin().unwrap();
    let all = named(&bank, &[]).unwrap();
    let graded = |task: Task<'_>| !matches!(task, Task::Fix(_) | Task::Open(_));
    let some: Vec<&Item> =
        all.iter().map(|(_, i)| *i).filter(|i| graded(i.task().unwrap())).take(12).collect();
    let answers: serde_json::Map<String, Value> =
        some.iter().map(|i| (i.id.clone(), right(i, None).into())).collect();
    let file = home.path().join("answers.yaml");
    let run = |text: &str, code: i32| {
        fs::write(&file, text).unwrap();
        let mut command = satrain(home.path());
        command.args(["quiz", "-o", "json", "--answers", file.to_str().unwrap()]);
        command.assert().code(code).get_output().clone()
    };
    let result: Value =
        serde_json::from_slice(&run(&Value::from(answers.clone()).to_string(), 0).stdout).unwrap();
    assert_eq!(
        (result["score"]["points"].as_u64(), result["score"]["percent"].as_u64()),
        (Some(12), Some(100))
    );
    let first = some[0].id.as_str();
    let said = run(&format!("{first}: zz\n"), 2);
    assert!(String::from_utf8_lossy(&said.stderr).contains(first));
    assert!(String::from_utf8_lossy(&run("nothing: a\n", 2).stderr).contains("no such question"));
    assert!(String::from_utf8_lossy(&run("- a\n", 2).stderr).contains("Write `ID: ANSWER`"));
}

#[test]
fn what_was_exported_for_moodle_is_asked_again() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("all.gift");
    let written =
        satrain(home.path()).args(["quiz", "--export", "gift"]).assert().code(0).get_output().stdout.clone();
    fs::write(&file, &written).unwrap();
    let from = ["quiz", "--from", file.to_str().unwrap(), "--export", "gift"];
    assert_eq!(satrain(home.path()).args(from).assert().code(0).get_output().stdout, written);
    fs::write(&file, "Fine {T}\n\n::x::Never closed {=a\n").unwrap();
    let said = satrain(home.path()).args(from).assert().code(2).get_output().stderr.clone();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("all.gift:3:1: the answers of this question are not closed"), "{said}");
    for nothing in ["", "// a comment\n", "$CATEGORY: x\n\nOnly words.\n"] {
        fs::write(&file, nothing).unwrap();
        let said = satrain(home.path()).args(from).assert().code(2).get_output().stderr.clone();
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains("all.gift has no question"), "{said}");
    }
}

#[test]
fn a_pipe_gets_the_bytes_of_a_question_as_they_are() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("a.gift");
    fs::write(&file, "::a::q\u{202e}\tx\u{1b}[31m {=x ~y}\n").unwrap();
    let from = ["quiz", "--from", file.to_str().unwrap(), "--export", "gift"];
    let out = satrain(home.path()).args(from).assert().code(0).get_output().stdout.clone();
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("q\u{202e}\tx\u{1b}[31m"), "{text:?}");
}

#[test]
fn a_file_for_moodle_cannot_command_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("a.gift");
    let hidden = "\u{1b}]52;c;aGk=\u{7}";
    let comment = "{\"title\":\"t\\u001b]52;c;aGk=\\u0007\",\"item\":{\"difficulty\":\"easy\",\"parts\":[],\"single\":{\"options\":[{\"right\":true},{}]}}}";
    fs::write(&file, format!("$CATEGORY: a{hidden}\n// satrain: {comment}\n::b{hidden}:: q {{=x ~y}}\n"))
        .unwrap();
    let from = ["quiz", "--from", file.to_str().unwrap()];
    let answers = home.path().join("answers");
    fs::write(&answers, "\"b\\e]52;c;aGk=\\a\": a\n").unwrap();
    let marked = ["--answers", answers.to_str().unwrap()];
    for more in [&["--list"][..], &["-n", "1"], &marked, &["--export", "markdown"], &["--export", "html"]] {
        let mut command = satrain(home.path());
        let out = command.args(from).args(more).write_stdin("b\n").output().unwrap();
        let said = [out.stdout, out.stderr].concat();
        assert!(
            String::from_utf8_lossy(&said).contains("52;c;aGk"),
            "{more:?}: {}",
            String::from_utf8_lossy(&said)
        );
        assert!(!said.contains(&0x1b) && !said.contains(&7), "{more:?}");
    }
    for verb in [&["stats"][..], &["history"]] {
        let said = satrain(home.path()).args(verb).output().unwrap().stdout;
        assert!(said.len() > 20 && !said.contains(&0x1b) && !said.contains(&7), "{verb:?}");
    }
}

#[test]
fn a_program_that_answers_nonsense_is_not_asked_for_ever() {
    let home = tempfile::tempdir().unwrap();
    let bank = Bank::builtin().unwrap();
    let letters = |item: &&Item| matches!(item.task(), Some(Task::Single(_)));
    let (_, item) = named(&bank, &[]).unwrap().into_iter().find(|(_, item)| letters(item)).unwrap();
    let one = ["quiz", "--new", &item.id];
    for (typed, says) in [
        (b"?!\n".repeat(99), "3 answers to one question could not be read"),
        (b"\xff\n".repeat(99), "3 answers to one question could not be read"),
        (vec![0; 1 << 20], "a line of the input is longer than 64 KiB"),
    ] {
        let out = satrain(home.path()).args(one).write_stdin(typed).assert().code(2).get_output().clone();
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(said.contains(says), "{said}");
    }
    let run = satrain(home.path()).arg("quiz").write_stdin("\u{e9}?!\nskip\n").assert().code(1);
    says(&run, "Continuing the session");
}

#[test]
fn a_quiz_whose_input_never_ends_ends_with_the_first_signal() {
    let home = tempfile::tempdir().unwrap();
    // With so little room in its output, it is still at work when the signal comes.
    let (mut output, mut full) = std::io::pipe().unwrap();
    full.write_all(&[b'\n'; 60_000]).unwrap();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("satrain"))
        .args(["quiz", "-n", "500"])
        .env("SATRAIN_STATE", home.path())
        .stdin(Stdio::piped())
        .stdout(full)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    std::thread::spawn(move || while input.write_all(b"skip\n").is_ok() {});
    while !home.path().join("history.sqlite").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(500));
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    std::io::copy(&mut output, &mut std::io::sink()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_history_is_exported_and_forgotten_for_programs_too() {
    let home = tempfile::tempdir().unwrap();
    let json = |arguments: &[&str]| -> Value {
        let out = satrain(home.path()).current_dir(home.path()).args(arguments).args(["-o", "json"]).assert();
        serde_json::from_slice(&out.code(0).get_output().stdout).unwrap()
    };
    assert_eq!(json(&["history", "export", "a.json"]), serde_json::json!({"file": "a.json", "rows": 0}));
    assert_eq!(
        json(&["history", "forget", "--yes"]),
        serde_json::json!({"deleted": {"grades": 0, "answers": 0, "exams": 0}})
    );
    let mut export = satrain(home.path());
    export.current_dir(home.path()).args(["history", "export", "\u{1b}[31mred\nhelp: x"]);
    says(&export.assert().code(0), "0 rows written to \\u{1b}[31mred\\nhelp: x.\n");
}

#[test]
fn a_history_of_a_newer_satrain_leaves_no_half_an_answer() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("state/history.sqlite");
    drop(History::open(&file).unwrap());
    let newer = rusqlite::Connection::open(&file).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    satrain(home.path()).arg("next").assert().code(5).stdout("");
}

#[test]
fn forgetting_must_be_meant() {
    let home = tempfile::tempdir().unwrap();
    satrain(home.path()).args(["quiz", "-n", "1"]).write_stdin("skip\n").assert().code(1);
    satrain(home.path()).args(["history", "forget"]).assert().code(2);
    satrain(home.path()).args(["history", "forget", "--yes"]).assert().code(0);
    let copy = home.path().join("copy.json");
    satrain(home.path()).args(["history", "export", copy.to_str().unwrap()]).assert().code(0);
    satrain(home.path()).args(["history", "export", copy.to_str().unwrap()]).assert().code(2);
    fs::write(home.path().join("state/history.sqlite"), "no database ".repeat(99)).unwrap();
    let stats = satrain(home.path()).arg("stats").assert().code(0);
    assert!(String::from_utf8_lossy(&stats.get_output().stderr).contains("it was saved as"));
}

#[test]
fn exams_are_in_the_history_and_in_the_statistics() {
    let home = tempfile::tempdir().unwrap();
    let history = History::open(&home.path().join("state/history.sqlite")).unwrap().history;
    let first = ExamRow {
        exam: "2026-11-28-1".into(),
        title: "Tokens, and rights".into(),
        at: "2026-11-28T11:00:00Z".into(),
        percent: Some(58),
        pass: 67,
        passed: Some(false),
        complete: true,
        practice: true,
        tasks: 6,
        used: 3600,
        seconds: 3600,
    };
    let second = ExamRow {
        exam: "2026-11-29-1".into(),
        at: "2026-11-29T11:00:00Z".into(),
        percent: Some(83),
        passed: Some(true),
        practice: false,
        used: 2985,
        ..first.clone()
    };
    for exam in [&first, &second] {
        history.add_exam(exam).unwrap();
    }
    let run = |arguments: &[&str]| satrain(home.path()).args(arguments).assert().code(0);
    says(&run(&["history"]), "exam 2026-11-29-1  (passed, 50/60 min)");
    says(&run(&["stats"]), "58 %  not passed, 60/60 min, practice");
    says(&run(&["history", "--csv"]), "exam,2026-11-28T11:00:00Z,2026-11-28-1,,,58,100,60.00,,,,,true");
    says(&run(&["stats", "--csv"]), "practice,2026-11-28-1,1,58,,,60.00,,");
    says(&run(&["stats", "-o", "json"]), "\"exam\": \"2026-11-29-1\"");
    says(&run(&["history", "-o", "json"]), "\"kind\": \"exam\"");
    says(&run(&["history", "forget", "--before", "2026-11-29", "--yes"]), " and 1 exam. ");
}
