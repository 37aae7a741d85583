//! A graded class without a cluster: judged again after its scenario was mended, told, and turned into a mistake.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use jiff::Timestamp;
use satrain::class::{BoundClass, ClassFolder, Lateness};
use satrain::marking::{Kept, Key, Mark, Marks, Outcomes, PlayedPart, Scope, Seconds, Work, gradebook};
use satrain::result::recording::{Recording, replay};
use satrain::scenario::{Binding, Catalog, bind};
use serde_json::{Value, json};

/// How many learners the class has.
const LEARNERS: usize = 4;
const BANK: &str = "enforce-automount";
const OURS: &str = "enforce-again";

struct Place {
    home: tempfile::TempDir,
}

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes the pack: a scenario of the bank under another name, with something changed. JSON is YAML, too.
    fn pack(&self, edit: impl Fn(&mut Value)) -> Catalog {
        let loaded = Catalog::one(&[], BANK).unwrap();
        let mut scenario = serde_json::to_value(&loaded.scenario).unwrap();
        scenario["id"] = OURS.into();
        edit(&mut scenario);
        let folder = self.path("pack").join(OURS);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("scenario.yaml"), scenario.to_string()).unwrap();
        Catalog::new(&[self.path("pack")]).unwrap()
    }

    /// The class, as `class new` and an editor would have made it.
    fn class(&self, catalog: &Catalog) -> (ClassFolder, BoundClass) {
        let folder = self.path("class");
        fs::create_dir(&folder).unwrap();
        let yaml = format!(
            "apiVersion: satrain.dev/class/v1\ntitle: Again\npass: 20\nvariants: false\ntasks:\n  - scenario: {OURS}\n"
        );
        fs::write(folder.join("class.yaml"), yaml).unwrap();
        let roster: String = (0..LEARNERS).map(|i| format!("learner-{i:02}\n")).collect();
        fs::write(folder.join("roster.csv"), format!("id\n{roster}")).unwrap();
        let class = ClassFolder::open(&folder).unwrap();
        let bound = class.bound(catalog).unwrap();
        (class, bound)
    }

    fn satrain(&self, args: &[&str], code: i32) -> String {
        let mut command = Command::cargo_bin("satrain").unwrap();
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.home.path());
        command.env("SATRAIN_DISTRIBUTION", self.path("none")).env("SATRAIN_STATE", self.path("state"));
        command.arg("--scenarios").arg(self.path("pack")).args(args);
        let out = command.assert().code(code).get_output().clone();
        String::from_utf8([out.stdout, out.stderr].concat()).unwrap()
    }
}

/// A message as one line, without its frame.
fn flat(told: &str) -> String {
    told.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Keeps a mark for each learner, from real recordings.
fn graded(class: &ClassFolder, bound: &BoundClass) {
    let marks = Marks::new(class.results());
    let _lock = marks.lock(None, "a test").unwrap().unwrap();
    let loaded = &bound.tasks[0].loaded;
    let lab = bind(loaded, &Binding::defaults(&loaded.scenario)).unwrap();
    let (mut works, mut outcomes): (Vec<Work>, Outcomes) = (Vec::new(), BTreeMap::new());
    for (i, learner) in class.roster().learners().iter().enumerate() {
        let case = if i % 2 == 0 { "audit-only" } else { "unsolved" };
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/corpus/{BANK}/{case}.json"));
        let text = fs::read_to_string(file).unwrap();
        let bytes = text.replace(&format!("\"id\":\"{BANK}\""), &format!("\"id\":\"{OURS}\"")).into_bytes();
        let result = replay(&bytes).unwrap();
        assert_eq!(result.scenario.id, OURS);
        let script = format!("# {i}\nkubectl -n production label pod myapp x=y\n");
        let key = Key::of(&script, &lab);
        let mark = Mark {
            schema: Mark::SCHEMA.into(),
            key: key.to_string(),
            result,
            played: Some(PlayedPart::new(&script, &lab)),
            judged_from: None,
            by_own_recording: false,
            ended: None,
            thrown_away: None,
            graded_at: Timestamp::UNIX_EPOCH,
            seconds: Seconds::default(),
        };
        let kept =
            Kept { mark: mark.clone(), recording: bytes, transcript: "said".into(), script: Some(script) };
        marks.keep(&key, &kept).unwrap();
        outcomes.insert(key.clone(), Ok(mark));
        works.push(Work {
            learner: learner.id.clone(),
            scenario: OURS.into(),
            file: format!("{}.sh", learner.id),
            submitted: Timestamp::from_second(7).ok(),
            lateness: Lateness::OnTime,
            job: Ok(key),
        });
    }
    let scope = Scope { learners: &BTreeSet::new(), task: None, earlier: None };
    let book = gradebook(bound, class.roster(), &works, &outcomes, Vec::new(), scope);
    fs::write(class.results().join("gradebook.json"), serde_json::to_vec(&book).unwrap()).unwrap();
}

#[test]
fn a_class_is_judged_again_and_nothing_is_written_unless_asked() {
    let place = Place { home: tempfile::tempdir().unwrap() };
    let (class, bound) = place.class(&place.pack(|_| {}));
    graded(&class, &bound);
    let dir = place.path("class");
    let dir = dir.to_str().unwrap();
    let again = |more: &[&str], code: i32| -> Value {
        let args = [&["grade", dir, "--replay", "--output", "json"], more].concat();
        serde_json::from_str(&place.satrain(&args, code)).unwrap()
    };
    let read = |name: &str| fs::read_to_string(class.results().join(name)).unwrap();

    let same = again(&[], 0);
    assert_eq!(
        (&same["handIns"], &same["changed"], &same["toPlay"]),
        (&json!(LEARNERS), &json!([]), &json!([]))
    );

    // A check is mended: what it asks now was seen while the recordings were made.
    place.pack(|scenario| {
        let check = &mut scenario["checks"][0];
        check
            .as_object_mut()
            .unwrap()
            .retain(|key, _| ["id", "points", "requirement"].contains(&key.as_str()));
        check["resource"] = json!({"kind": "Pod", "namespace": "{{ namespace }}", "name": "{{ app }}"});
    });
    let before = read("gradebook.json");
    let changed = again(&[], 0);
    assert_eq!(changed["changed"].as_array().unwrap().len(), LEARNERS, "{changed}");
    let first = &changed["changed"][0];
    assert_eq!((&first["was"], &first["now"]), (&json!(0), &json!(20)));
    assert_eq!(first["checks"][0]["now"]["outcome"], "pass");
    assert_eq!(changed["nowPass"].as_array().unwrap().len(), LEARNERS);
    assert_eq!(read("gradebook.json"), before, "nothing is written");
    let told = place.satrain(&["grade", dir, "--replay"], 0);
    assert!(told.contains("4 of 4 hand-ins change, nobody loses the pass"), "{told}");
    assert!(
        told.contains("learner-00 · enforce-again: 0 % → 20 %") && told.contains("--replay --write"),
        "{told}"
    );

    assert_eq!(again(&["--write"], 0)["written"], true);
    let after: Value = serde_json::from_str(&read("gradebook.json")).unwrap();
    let work = &after["rows"][0]["tasks"][0]["work"][0];
    assert_eq!((&work["percent"], &work["submittedAt"]), (&json!(20), &json!("1970-01-01T00:00:07Z")));
    let key = work["key"].as_str().unwrap().to_owned();
    assert!(!before.contains(&key), "a grade of the same script finds the new mark");
    let mark: Mark = serde_json::from_str(&read(&format!("marks/{key}.json"))).unwrap();
    assert!(before.contains(mark.judged_from.as_ref().unwrap()) && mark.graded_at > Timestamp::UNIX_EPOCH);
    assert_eq!(read(&format!("transcripts/{key}.txt")), "said");
    let recording = Recording::read(read(&format!("recordings/{key}.json")).as_bytes()).unwrap();
    assert_eq!(recording.result(), mark.result, "and the recording is one of the new mark");
    assert_eq!(again(&[], 0)["changed"], json!([]));
    assert!(read("insight.json").contains("satrain.dev/insight/v1"));

    // What was not seen, and another setup, is for another play.
    place.pack(|scenario| scenario["setup"]["run"] = "true".into());
    let played = again(&[], 5);
    assert_eq!(played["toPlay"].as_array().unwrap().len(), LEARNERS);
    assert_eq!(played["toPlay"][0]["why"], json!(["the setup of the scenario has changed"]));
    assert_eq!(again(&["--write"], 5)["changed"], json!([]));
    assert_eq!(after, serde_json::from_str::<Value>(&read("gradebook.json")).unwrap());
}

#[test]
fn a_class_is_told_and_a_hand_in_becomes_a_mistake() {
    let place = Place { home: tempfile::tempdir().unwrap() };
    let (class, bound) = place.class(&place.pack(|_| {}));
    let dir = place.path("class");
    let dir = dir.to_str().unwrap();
    let refused = |args: &[&str]| flat(&place.satrain(args, 2));
    let none = refused(&["class", "report", dir]);
    assert!(none.contains("no gradebook yet") && none.contains("satrain grade"), "{none}");
    graded(&class, &bound);
    let told = place.satrain(&["class", "report", dir], 0);
    assert!(told.contains("enforce-again: 4 graded, 0 perfect"), "{told}");
    assert!(told.contains("silent-refused") && told.contains("r with the rest"), "{told}");
    let insight: Value =
        serde_json::from_str(&place.satrain(&["class", "report", dir, "--output", "json"], 0)).unwrap();
    let task = &insight["tasks"][0];
    let listed = |list: &Value| {
        list.as_array().unwrap().iter().map(|one| one["handIns"].as_array().unwrap().len()).sum::<usize>()
    };
    let nothing = task["nothingMet"].as_array().unwrap().len();
    assert_eq!(listed(&task["known"]) + listed(&task["groups"]) + nothing, LEARNERS);
    assert_eq!(insight["contacts"], json!([]));

    let book: Value =
        serde_json::from_str(&fs::read_to_string(class.results().join("gradebook.json")).unwrap()).unwrap();
    let key = &book["rows"][0]["tasks"][0]["work"][0]["key"].as_str().unwrap()[..12];
    let yaml = place.satrain(&["class", "mistake", dir, key, "--name", "labelled"], 0);
    assert!(yaml.starts_with("  - name: labelled\n"), "{yaml}");
    assert!(yaml.contains("      kubectl -n \"$NAMESPACE\" label pod \"$APP\" x=y\n"), "{yaml}");
    assert!(refused(&["class", "mistake", dir, "000000000000"]).contains("no hand-in of this class"));
    assert!(refused(&["class", "mistake", dir, "0"]).contains("at least 6"));
    assert!(refused(&["grade", dir]).contains("HAND-INS"));
    assert!(refused(&["grade", dir, "x", "--replay"]).contains("cannot be used with"));
}
