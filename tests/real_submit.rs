//! What a learner submits, and what an instructor makes of it: a recording, a script, another learner's and another class's bundle, a
//! damaged one, and all of it in an archive; on a real cluster.
#![allow(clippy::unwrap_used, reason = "tests")]

mod lab_support;

use std::fs;
use std::path::Path;

use lab_support::Lab;
use satrain::bundle;
use satrain::scenario::{Binding, Catalog, bind};
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A solution as a learner would write it, with the default values.
fn reference(scenario: &str) -> String {
    let loaded = Catalog::one(&[], scenario).unwrap();
    let bound = bind(&loaded, &Binding::defaults(&loaded.scenario)).unwrap();
    let variable = |name: &str| -> String {
        let letter =
            |c: char| if c.is_ascii_uppercase() { format!("_{c}") } else { c.to_ascii_uppercase().into() };
        name.chars().map(letter).collect()
    };
    let values: String =
        bound.values.iter().map(|(name, value)| format!("{}='{value}'\n", variable(name))).collect();
    format!("{values}{}\n{}", loaded.scenario.helpers, loaded.scenario.solutions[0].run)
}

/// What each learner handed in for a task, and what that earns.
fn standings(book: &Value, scenario: &str) -> Vec<String> {
    let rows = book["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let task = row["tasks"].as_array().unwrap().iter().find(|task| task["scenario"] == scenario).unwrap();
        let works = task["work"].as_array().unwrap().iter();
        works.map(Value::to_string).collect::<Vec<_>>().join("\n")
    })
    .collect()
}

fn archive(folder: &Path, to: &Path) {
    let mut zip = ZipWriter::new(fs::File::create(to).unwrap());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, &fs::read(&path).unwrap()).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn a_bundle_counts_for_its_learner_and_class_only() {
    let Some(lab) = Lab::start() else { return };
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name).display().to_string();
    let class = |name: &str, title: &str| -> String {
        fs::create_dir(home.path().join(name)).unwrap();
        let yaml = format!(
            "apiVersion: satrain.dev/class/v1\ntitle: {title}\nvariants: false\ntasks:\n  - scenario: scenario-1\n  - scenario: scenario-2\n"
        );
        fs::write(home.path().join(name).join("class.yaml"), yaml).unwrap();
        fs::write(home.path().join(name).join("roster.csv"), "id\nanna\nben\n").unwrap();
        let all = lab.json(&["class", "variant", &at(name), "anna"]);
        let command = all[0]["submit"].as_str().unwrap().to_owned();
        command.split_whitespace().nth(3).unwrap().to_owned()
    };
    let (here, other) = (class("here", "A"), class("other", "B"));
    assert_ne!(here, other);

    // Anna works on scenario-1 by hand, and plays a script for scenario-2.
    let (code, said) = lab.code(&["submit", "--class", &here, "--learner", "anna", "--out", &at("a")]);
    assert!(code == 2 && said.contains("nothing to hand in"), "{said}");
    lab.code(&["run", "scenario-1"]);
    fs::write(at("by-hand.sh"), reference("scenario-1")).unwrap();
    let out = lab.script(&format!("bash '{}'", at("by-hand.sh")));
    let (code, said) = lab.code(&["check"]);
    assert_eq!(code, 0, "{said}{out}");
    fs::write(at("my.sh"), reference("scenario-2")).unwrap();
    let (code, said) = lab.code(&["run", "scenario-2", "--solution", &at("my.sh")]);
    assert_eq!(code, 0, "{said}");
    fs::create_dir(at("in")).unwrap();
    let submit = |class: &str, file: &str| {
        let (code, said) = lab.code(&["submit", "--class", class, "--learner", "anna", "--out", &at(file)]);
        assert_eq!(code, 0, "{said}");
    };
    submit(&here, "in/anna.satrain");
    submit(&other, "in/anna (1).satrain");
    let bytes = fs::read(at("in/anna.satrain")).unwrap();
    fs::write(at("in/ben.satrain"), &bytes).unwrap();
    fs::write(at("in/ben-2.satrain"), &bytes[..bytes.len() / 2]).unwrap();
    let signed = bundle::unpack(bytes.as_slice()).unwrap();
    assert_eq!(signed.bundle.attempts.len(), 2);
    let [by_hand, by_script] = [&signed.bundle.attempts[0], &signed.bundle.attempts[1]];
    assert!(
        by_hand.script.is_none() && by_script.script.as_deref() == Some(reference("scenario-2").as_str())
    );
    assert!(
        by_hand.requests.iter().any(|request| request.path.contains("/api/v1/")),
        "{:?}",
        by_hand.requests
    );
    assert!(by_hand.requests.iter().all(|request| request.user == "satrain:learner"));
    // A file that is no earlier hand-in is not written over.
    fs::write(at("mine"), "mine").unwrap();
    let (code, said) = lab.code(&["submit", "--class", &here, "--learner", "anna", "--out", &at("mine")]);
    assert!(code == 2 && said.contains("exists already"), "{said}");
    assert_eq!(fs::read_to_string(at("mine")).unwrap(), "mine");
    lab.code(&["cluster", "down"]);

    archive(Path::new(&at("in")), Path::new(&at("in.zip")));
    let book = lab.json(&["grade", &at("here"), &at("in.zip")]);
    let one = standings(&book, "scenario-1");
    assert!(one[0].contains("(scenario-1, recording)") && one[0].contains("\"percent\":100"), "{one:?}");
    assert!(one[0].contains("is for the class"), "{one:?}");
    assert!(one[1].contains("is of the learner `anna`") && !one[1].contains("\"percent\":"), "{one:?}");
    let two = standings(&book, "scenario-2");
    assert!(two[0].contains("(scenario-2, script)") && two[0].contains("\"percent\":100"), "{two:?}");
    let left = book["leftOut"].to_string();
    assert!(left.contains("ben-2.satrain") && left.contains("truncated"), "{left}");
    // Again, from the folder: nothing is played, and the marks are the same.
    let again = lab.json(&["grade", &at("here"), &at("in")]);
    assert!(standings(&again, "scenario-1")[0].contains("\"percent\":100"), "{again}");
    let keys = |book: &Value| -> Vec<String> {
        let text = book.to_string();
        text.split("\"key\":\"").skip(1).map(|rest| rest[..64].to_owned()).collect()
    };
    assert!(keys(&again) == keys(&book) && keys(&book).len() == 2, "{again}\n{book}");
    let (code, said) = lab.code(&["grade", &at("here"), "--replay"]);
    assert!(code == 0 && said.contains("change"), "{said}");
}
