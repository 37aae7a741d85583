//! Answers to a quiz that the learners of a class handed in: right, wrong, none, and files that are no answers.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

use satrain::quiz::model::Task;
use satrain::quiz::{Bank, answer, key, named, session};
use serde_json::Value;

fn satrain(home: &Path, arguments: &[&str]) -> (i32, Value, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_satrain"));
    command.env("SATRAIN_STATE", home.join("state")).args(arguments).args(["--output", "json"]);
    let out = command.current_dir(home).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    (out.status.code().unwrap(), serde_json::from_slice(&out.stdout).unwrap_or_default(), said)
}

/// The right answers to all questions of a topic that satrain marks itself.
fn right(topic: &str) -> Vec<(String, String)> {
    let bank = Bank::builtin().unwrap();
    let items = named(&bank, &[topic.to_owned()]).unwrap();
    let answers = items.iter().filter_map(|(_, item)| {
        let task = item.task()?;
        let counts = !matches!(task, Task::Open(_) | Task::Fix(_));
        let typed =
            counts.then(|| answer::typed(&task, &session::shown(item, None), &key::right(item).unwrap()));
        Some((item.id.clone(), typed?))
    });
    answers.collect()
}

fn file(answers: &[(String, String)]) -> String {
    answers.iter().map(|(id, text)| format!("{id}: {}\n", serde_json::to_string(text).unwrap())).collect()
}

#[test]
fn answers_are_marked_with_the_roster() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let topic = Bank::builtin().unwrap().items().next().unwrap().0.topic.clone();
    let yaml =
        "apiVersion: satrain.dev/class/v1\ntitle: A\nvariants: false\ntasks:\n  - scenario: scenario-1\n";
    fs::create_dir_all(home.join("class")).unwrap();
    fs::write(home.join("class/class.yaml"), yaml).unwrap();
    fs::write(home.join("class/roster.csv"), "id\nanna\nben\ncleo\ndora\n").unwrap();
    let all = right(&topic);
    assert!(all.len() > 2);
    fs::create_dir(home.join("in")).unwrap();
    fs::write(home.join("in/anna.yaml"), file(&all)).unwrap();
    let mut some = all[1..].to_vec();
    some.push(("no-such-question".into(), "a".into()));
    fs::write(home.join("in/ben.yaml"), file(&some)).unwrap();
    fs::write(home.join("in/cleo.yaml"), "- this is\n- no file of answers\n").unwrap();
    fs::write(home.join("in/zoe.yaml"), file(&all)).unwrap();

    let (code, book, said) = satrain(home, &["class", "quiz", "class", &topic, "in", "--csv", "marks.csv"]);
    assert_eq!(code, 0, "{said}");
    let percent = |learner: &str| {
        let rows = book["rows"].as_array().unwrap();
        rows.iter().find(|row| row["learner"] == learner).unwrap()["percent"].as_u64().unwrap()
    };
    assert_eq!((percent("anna"), percent("cleo"), percent("dora")), (100, 0, 0), "{book}");
    assert!(percent("ben") < 100 && percent("ben") > 0, "{book}");
    let left = book["leftOut"].to_string();
    assert!(left.contains("no-such-question") && left.contains("zoe.yaml"), "{left}");
    assert!(book.to_string().contains("ID: ANSWER"), "{book}");
    assert!(fs::read_to_string(home.join("marks.csv")).unwrap().contains("anna"));
    let kept = fs::read_to_string(home.join(format!("class/results/quiz-{topic}.json"))).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), book);

    let (code, _, said) = satrain(home, &["class", "quiz", "class", "tokenz", "in"]);
    assert!(code == 2 && said.contains("no quiz topic"), "{code} {said}");
    fs::create_dir(home.join("empty")).unwrap();
    let (code, _, said) = satrain(home, &["class", "quiz", "class", &topic, "empty"]);
    assert!(code == 2 && said.contains("LEARNER.yaml"), "{said}");
}
