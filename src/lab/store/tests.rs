use super::record::{ClusterRef, ScenarioRef};
use super::*;
use crate::cluster::ProviderKind;

pub(in crate::lab) fn record(scenario: &str) -> AttemptRecord {
    AttemptRecord {
        schema: AttemptRecord::SCHEMA.into(),
        id: AttemptId::fresh(scenario),
        scenario: ScenarioRef { id: scenario.into(), digest: "d".into(), path: None },
        values: Default::default(),
        seed: None,
        cluster: ClusterRef {
            name: "default".into(),
            provider: ProviderKind::Embedded,
            version: "v1.37.2".into(),
            uid: "u".into(),
            context: None,
        },
        namespaces: vec!["production".into()],
        adopts: Vec::new(),
        phase: Phase::Ready,
        started: jiff::Timestamp::now(),
        hints: 0,
        solution_shown: false,
        before: None,
        exclusive: false,
        solution: None,
        seal: Default::default(),
    }
}

pub(in crate::lab) fn store() -> (tempfile::TempDir, Store) {
    let root = tempfile::tempdir().unwrap();
    let store = Store::new(root.path().join("attempts"));
    (root, store)
}

#[test]
fn files_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (_root, store) = store();
    let record = record("scenario-2");
    let dir = store.create(&record).unwrap();
    let mode = |p: PathBuf| fs::metadata(p).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(dir.path().join("attempt.json")), 0o600);
    assert_eq!(mode(dir.path().to_owned()), 0o700);
}

#[test]
fn what_is_to_be_found_out_is_not_read_by_chance() {
    let (_root, store) = store();
    let mut record = record("diagnose-401");
    record.values = [("cause".to_owned(), "expired-token".to_owned())].into();
    let dir = store.create(&record).unwrap();
    let file = dir.path().join("attempt.json");
    let text = fs::read_to_string(&file).unwrap();
    assert!(!["expired", "cause", "eyJ"].iter().any(|word| text.contains(word)), "{text}");
    assert_eq!(dir.record().unwrap().unwrap().values, record.values);
    // As earlier versions wrote them.
    let mut old: serde_json::Value = serde_json::from_str(&text).unwrap();
    old["values"] = serde_json::json!({"cause": "expired-token"});
    fs::write(&file, old.to_string()).unwrap();
    assert_eq!(dir.record().unwrap().unwrap().values, record.values);
    old["values"] = "no base64".into();
    fs::write(&file, old.to_string()).unwrap();
    let error = dir.record().unwrap_err().to_string();
    assert!(error.contains("values cannot be read") && error.contains("attempt.json"), "{error}");
}

#[test]
fn a_crash_before_the_record_leaves_a_folder_that_the_next_sweep_removes() {
    let (_root, store) = store();
    let kept = store.create(&record("scenario-2")).unwrap();
    fs::create_dir_all(store.root().join("scenario-2-broken/results")).unwrap();
    assert_eq!(store.all().unwrap().len(), 1);
    store.sweep().unwrap();
    assert!(kept.path().exists() && !store.root().join("scenario-2-broken").exists());
}

#[test]
fn only_ended_attempts_are_forgotten() {
    let (_root, store) = store();
    let open = store.create(&record("scenario-1")).unwrap();
    let ended = AttemptRecord { phase: Phase::Ended, ..record("scenario-2") };
    let gone = store.create(&ended).unwrap();
    store.forget_ended().unwrap();
    assert!(open.path().exists() && !gone.path().exists());
}

#[test]
fn a_half_written_result_is_not_a_result() {
    let (_root, store) = store();
    let dir = store.create(&record("scenario-2")).unwrap();
    dir.add_result(&1).unwrap();
    fs::write(dir.results().join(".satrain-abc"), b"{").unwrap();
    dir.add_result(&2).unwrap();
    assert_eq!(dir.all_results::<u32>().unwrap(), [1, 2]);
}

#[test]
fn commands_without_a_name_mean_the_current_attempt_else_the_newest() {
    let (_root, store) = store();
    assert!(matches!(store.find(None), Err(LabError::NoAttempt)));
    let (first, second) = (record("scenario-1"), record("scenario-2"));
    store.create(&first).unwrap();
    store.create(&second).unwrap();
    assert_eq!(store.find(None).unwrap().id, second.id);
    store.set_current(&first.id).unwrap();
    assert_eq!(store.find(None).unwrap().id, first.id);
    assert_eq!(store.find(Some("scenario-2")).unwrap().id, second.id);
    assert!(matches!(store.find(Some("scenario-9")), Err(LabError::NoSuchAttempt { .. })));
}

#[test]
fn an_ended_attempt_is_not_in_progress() {
    let (_root, store) = store();
    let mut ended = record("scenario-1");
    let dir = store.create(&ended).unwrap();
    ended.phase = Phase::Ended;
    dir.save_record(&ended).unwrap();
    assert!(store.in_progress().unwrap().is_empty());
    assert_eq!(store.all().unwrap().len(), 1);
}

#[test]
fn attempt_ids_differ_and_are_label_values() {
    let long = "x".repeat(80);
    let (a, b) = (AttemptId::fresh(&long), AttemptId::fresh(&long));
    assert_ne!(a, b);
    assert!(a.as_str().len() <= 63);
}

#[test]
fn one_lock_at_a_time() {
    let (_root, store) = store();
    let cancel = CancellationToken::new();
    let first = store.lock("satrain run", |_| panic!("nobody has it"), &cancel).unwrap();
    let other = store.clone();
    let (tell, told) = std::sync::mpsc::channel();
    let waiter = std::thread::spawn(move || {
        let busy = tell.clone();
        let _second =
            other.lock("satrain check", |_| busy.send("busy").unwrap(), &CancellationToken::new()).unwrap();
        tell.send("taken").unwrap();
    });
    assert_eq!(told.recv().unwrap(), "busy");
    drop(first);
    assert_eq!(told.recv().unwrap(), "taken");
    waiter.join().unwrap();
}

#[test]
fn a_record_of_an_unknown_provider_is_refused_and_says_so() {
    let (_root, store) = store();
    let dir = store.create(&record("scenario-2")).unwrap();
    let path = dir.path().join(RECORD);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(r#""provider": "embedded""#), "{text}");
    fs::write(&path, text.replace("embedded", "minikube")).unwrap();
    let error = store.find(None).unwrap_err().to_string();
    assert!(error.contains("no provider `minikube`") && error.contains("attempt.json"), "{error}");
}

#[test]
fn a_file_of_setups_that_is_another_is_no_ground_for_a_grade() {
    let (_root, store) = store();
    let dir = store.create(&record("scenario-2")).unwrap();
    assert!(dir.must_match(&dir.seal().unwrap(), "a").is_ok(), "an attempt of an earlier satrain");
    dir.write(names::BASELINE, &serde_json::json!({"a": 1})).unwrap();
    dir.write(names::SALT, &serde_json::json!("salt")).unwrap();
    let seal = dir.seal().unwrap();
    assert_eq!(seal.keys().collect::<Vec<_>>(), [names::BASELINE, names::SALT]);
    let altered = || match dir.must_match(&seal, "a") {
        Err(LabError::Altered { file, .. }) => file,
        other => panic!("{other:?}"),
    };
    assert!(dir.must_match(&seal, "a").is_ok());
    dir.write(names::BASELINE, &serde_json::json!({"a": 2})).unwrap();
    assert_eq!(altered(), names::BASELINE);
    dir.remove(names::BASELINE).unwrap();
    assert_eq!(altered(), names::BASELINE);
    dir.write(names::BASELINE, &serde_json::json!({"a": 1})).unwrap();
    assert!(dir.must_match(&seal, "a").is_ok());
    dir.write(names::VAULT, &serde_json::json!({})).unwrap();
    assert_eq!(altered(), names::VAULT);
}
