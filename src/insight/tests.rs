//! Insight into small made-up classes, and into real recordings.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use super::*;
use crate::class::gradebook::{Gradebook, Late, Row, Standing, TaskMark, Work};
use crate::grade::verdict::{Evidence, Fact, Outcome};
use crate::result::recording::{Recording, replay};
use crate::scenario::{Binding, Catalog, Loaded, bind, load};

/// A recorded grade of a case of the bank.
fn recorded(name: &str) -> ResultV1 {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/corpus/{name}.json"));
    replay(&std::fs::read(path).unwrap()).unwrap()
}

fn values(scenario: &Loaded) -> Values {
    bind(scenario, &Binding::defaults(&scenario.scenario)).unwrap().values
}

/// The result of a grade of `loaded` in which these checks and guards do not pass.
fn result(loaded: &Loaded, fails: &[&str]) -> ResultV1 {
    static REFERENCE: OnceLock<ResultV1> = OnceLock::new();
    let mut result = REFERENCE.get_or_init(|| recorded("scenario-3/reference")).clone();
    result.params = values(loaded);
    result.scenario.id.clone_from(&loaded.scenario.id);
    let template = result.checks[0].clone();
    result.checks = loaded
        .scenario
        .expectations()
        .map(|expected| {
            let failed = fails.contains(&expected.is.id.as_str());
            let mut check = template.clone();
            check.id.clone_from(&expected.is.id);
            check.guard = expected.guard;
            check.verdict = if failed { Outcome::Fail } else { Outcome::Pass };
            check.evidence = Vec::new();
            check.max = 10;
            check
        })
        .collect();
    result
}

fn say(result: &mut ResultV1, check: &str, at: &str, field: &str, seen: &str) {
    let evidence = Evidence::expected(Fact::Field, at, "x", seen).field(field);
    result.checks.iter_mut().find(|c| c.id == check).unwrap().evidence.push(evidence);
}

fn known(names: &[&str], by: By) -> Resemblance {
    Resemblance::Known { mistakes: names.iter().map(|name| (*name).to_owned()).collect(), by }
}

#[test]
fn each_mistake_of_the_bank_is_recognised_by_its_pattern() {
    let catalog = Catalog::builtin();
    for id in ["scenario-1", "scenario-2", "scenario-3"] {
        let loaded = catalog.get(id).unwrap();
        for mistake in &loaded.scenario.mistakes {
            let fails: Vec<&str> = mistake.fails.iter().map(String::as_str).collect();
            let found = resemblance(&result(loaded, &fails), &loaded.scenario, &values(loaded));
            let Resemblance::Known { mistakes, by: By::Pattern } = found else {
                panic!("{id} {}: {found:?}", mistake.name)
            };
            assert!(mistakes.contains(&mistake.name), "{id} {}: {mistakes:?}", mistake.name);
            for other in loaded.scenario.mistakes.iter().filter(|m| mistakes.contains(&m.name)) {
                let sorted =
                    |fails: &[String]| fails.iter().cloned().collect::<std::collections::BTreeSet<_>>();
                assert_eq!(sorted(&other.fails), sorted(&mistake.fails), "{id}");
            }
        }
    }
}

#[test]
fn real_recordings_are_recognised_and_evidence_decides_between_equal_patterns() {
    let catalog = Catalog::builtin();
    let mut by_evidence = 0;
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")).unwrap() {
        let folder = entry.unwrap();
        let id = folder.file_name().to_str().unwrap().to_owned();
        let Ok(loaded) = catalog.get(&id) else { continue };
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let case = file.path().file_stem().unwrap().to_str().unwrap().to_owned();
            let result = recorded(&format!("{id}/{case}"));
            let found = resemblance(&result, &loaded.scenario, &values(loaded));
            let is_mistake = loaded.scenario.mistakes.iter().any(|m| m.name == case);
            match &found {
                Resemblance::Known { mistakes, by } => {
                    assert!(is_mistake && mistakes.contains(&case), "{id}/{case}: {found:?}");
                    if *by == By::Evidence {
                        assert_eq!(mistakes, std::slice::from_ref(&case), "{id}");
                        by_evidence += 1;
                    }
                }
                // A mistake that meets nothing looks like no work at all.
                Resemblance::NothingMet => assert!(is_mistake || case == "unsolved", "{id}/{case}"),
                Resemblance::None => assert!(case.starts_with("reference"), "{id}/{case}: {found:?}"),
            }
        }
    }
    assert!(by_evidence > 0);
    let scenario = &catalog.get("scenario-3").unwrap();
    let found = resemblance(&recorded("scenario-3/cluster-admin"), &scenario.scenario, &values(scenario));
    assert_eq!(found, known(&["cluster-admin"], By::Evidence));
}

#[test]
fn a_likeness_that_is_not_sound_is_not_told() {
    let loaded = &scenario_3();
    let told = |result: &ResultV1| resemblance(result, &loaded.scenario, &values(loaded));
    // One check more than `cluster-admin` and `cluster-wide` fail.
    let mut near = result(loaded, &["role", "binding", "nothing-more", "app-reads"]);
    assert_eq!(told(&near), Resemblance::None);
    say(&mut near, "nothing-more", "ServiceAccount a/b", "every verb", "ClusterRole cluster-admin");
    assert_eq!(told(&near), known(&["cluster-admin"], By::Nearness));
    // A word of two mistakes with the same pattern decides nothing.
    let mut both = result(loaded, &["role", "nothing-more"]);
    let all = ["all-configmaps", "list-as-well", "wildcard-beside"];
    assert_eq!(told(&both), known(&all, By::Pattern));
    say(&mut both, "nothing-more", "ServiceAccount a/b", "list on configmaps", "allowed by Role");
    assert_eq!(told(&both), known(&["list-as-well"], By::Evidence));
    say(&mut both, "nothing-more", "ServiceAccount a/b", "every verb (*)", "allowed by Role");
    assert_eq!(told(&both), known(&all, By::Pattern));
    // Far from everything.
    assert_eq!(told(&result(loaded, &["may-read"])), Resemblance::None);
    assert_eq!(told(&result(loaded, &[])), Resemblance::None);
    let checks: Vec<&str> = loaded.scenario.checks.iter().map(|check| check.id.as_str()).collect();
    assert_eq!(told(&result(loaded, &checks)), Resemblance::NothingMet);
}

/// A class with one task: learners with the results, scripts and values of their hand-ins. The key of each is the learner's id.
struct Sample {
    book: Gradebook,
    results: BTreeMap<String, ResultV1>,
    scripts: BTreeMap<String, String>,
    variants: BTreeMap<String, BTreeMap<String, Values>>,
}

impl Sample {
    fn new(learners: Vec<(String, ResultV1, &str, Values)>) -> Self {
        let mut sample = Self {
            book: Gradebook {
                schema: Gradebook::SCHEMA.into(),
                title: "T".into(),
                pass: 67,
                tasks: vec![("scenario-3".into(), 100)],
                rows: Vec::new(),
                left_out: Vec::new(),
            },
            results: BTreeMap::new(),
            scripts: BTreeMap::new(),
            variants: BTreeMap::new(),
        };
        for (learner, result, script, values) in learners {
            let percent = result.score.percent;
            let standing = Standing::Graded { key: learner.clone(), percent, failed: Vec::new() };
            let file = format!("{learner}.sh");
            let work = Work { file, submitted_at: None, lateness: Late::default(), standing };
            let task = TaskMark {
                scenario: "scenario-3".into(),
                counts: Some(0),
                percent: Some(1),
                work: vec![work],
            };
            let tasks = vec![task];
            sample.book.rows.push(Row {
                learner: learner.clone(),
                name: None,
                percent: None,
                passed: None,
                tasks,
            });
            sample.results.insert(learner.clone(), result);
            if !script.is_empty() {
                sample.scripts.insert(learner.clone(), script.into());
            }
            sample.variants.insert(learner, [("scenario-3".to_owned(), values)].into());
        }
        sample
    }

    fn insight(&self) -> Insight {
        let loaded = scenario_3();
        insight(&Material {
            book: &self.book,
            results: &self.results,
            scripts: &self.scripts,
            scenarios: [("scenario-3", &loaded)].into(),
            variants: &self.variants,
        })
    }
}

fn scenario_3() -> Loaded {
    static LOADED: OnceLock<Loaded> = OnceLock::new();
    LOADED.get_or_init(|| Catalog::one(&[], "scenario-3").unwrap()).clone()
}

fn varied(changes: &[(&str, &str)]) -> Values {
    let mut all = values(&scenario_3());
    all.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    all
}

#[test]
fn unknown_mistakes_are_grouped_by_what_was_seen_and_not_by_names() {
    let loaded = scenario_3();
    let one = |namespace: &str, field: &str| {
        let mut one = result(&loaded, &["may-read"]);
        one.params = varied(&[("namespace", namespace)]);
        let at = format!("Role {namespace}/configmap-reader");
        say(&mut one, "may-read", &at, field, &format!("none in {namespace}"));
        one
    };
    let sample = Sample::new(vec![
        ("anna".into(), one("payments", ".rules[0].verbs"), "", varied(&[("namespace", "payments")])),
        ("ben".into(), one("fulfilment", ".rules[1].verbs"), "", varied(&[("namespace", "fulfilment")])),
        ("cleo".into(), one("payments", ".subjects"), "", varied(&[("namespace", "payments")])),
        ("dora".into(), result(&loaded, &[]), "", varied(&[])),
    ]);
    let insight = sample.insight();
    let task = &insight.tasks[0];
    assert_eq!((task.graded, task.perfect, task.known.len(), insight.without_script), (4, 1, 0, 4));
    let learners = |group: &Group| group.hand_ins.iter().map(|one| one.learner.clone()).collect::<Vec<_>>();
    assert_eq!(task.groups.iter().map(learners).collect::<Vec<_>>(), [vec!["anna", "ben"], vec!["cleo"]]);
    let seen = &task.groups[0].differences[0];
    assert_eq!(
        (seen.at.as_str(), seen.expected.as_deref(), seen.seen.as_str()),
        ("Role <namespace>/<role> .rules[0].verbs", Some("x"), "none in <namespace>")
    );
}

#[test]
fn a_value_of_somebody_elses_variant_is_named_with_both_places() {
    let loaded = scenario_3();
    let mine = varied(&[("namespace", "payments"), ("app", "banner-service")]);
    let other = varied(&[("namespace", "fulfilment"), ("role", "read-settings")]);
    let right = || result(&loaded, &[]);
    let sample = Sample::new(vec![
        // Another's Namespace in line 2; a default, an own value, a part of a word and a common word say nothing.
        (
            "anna".into(),
            right(),
            "kubectl get sa -n payments\nkubectl get role -n fulfilment # production read-settings-x view configmaps",
            mine.clone(),
        ),
        ("ben".into(), right(), "kubectl -n fulfilment get role read-settings", other.clone()),
        ("cleo".into(), right(), "true", other),
        ("dora".into(), right(), "kubectl -n payments", mine),
    ]);
    let contacts = sample.insight().contacts;
    assert_eq!(contacts.len(), 1, "{contacts:?}");
    let Contact { learner, values, .. } = &contacts[0];
    assert_eq!((learner.as_str(), values.len()), ("anna", 1));
    assert_eq!((values[0].value.as_str(), values[0].parameter.as_str()), ("fulfilment", "namespace"));
    assert_eq!(values[0].place.to_string(), "anna.sh:2");
    let owners: Vec<(&str, Option<String>)> = values[0]
        .owners
        .iter()
        .map(|o| (o.learner.as_str(), o.place.as_ref().map(ToString::to_string)))
        .collect();
    assert_eq!(owners, [("ben", Some("ben.sh:1".into())), ("cleo", None)]);
}

#[test]
fn items_have_a_correlation_only_where_there_is_one() {
    let loaded = scenario_3();
    let class = |n: usize| {
        let learner = |i: usize| {
            let fails: &[&str] = match i % 4 {
                0 => &[],
                1 => &["role", "binding", "may-read"],
                2 => &["role"],
                _ => &["binding", "may-read", "same-app"],
            };
            (format!("l{i:03}"), result(&loaded, fails), "", varied(&[]))
        };
        Sample::new((0..n).map(learner).collect()).insight()
    };
    let small = class(29);
    assert!(small.tasks[0].checks.iter().all(|item| item.n == 29 && item.correlation.is_none()));
    let large = class(40);
    let item = |id: &str| large.tasks[0].checks.iter().find(|item| item.id == id).unwrap();
    assert_eq!((item("role").met, item("app-runs-as").met), (0.5, 1.0));
    assert!(item("app-runs-as").correlation.is_none(), "all meet it");
    let found = item("binding").correlation.unwrap();
    assert!(found.low < found.r && found.r < found.high && found.n == 40 && found.r > 0.5, "{found:?}");
    assert!(item("same-app").guard && large.tasks[0].checks.last().unwrap().guard);
    let text = serde_json::to_string(&large).unwrap();
    assert!(!text.contains("null") && !text.contains("NaN"));
    assert_eq!(serde_json::from_str::<Insight>(&text).unwrap(), large);
    // A class of one task has nothing to compare it with.
    let task = large.tasks[0].task.as_ref().unwrap();
    assert!(task.n == 40 && task.correlation.is_none());
}

#[test]
fn a_class_without_hand_ins_says_nothing() {
    let empty = Sample::new(Vec::new()).insight();
    let task = &empty.tasks[0];
    assert!(task.graded == 0 && task.checks.is_empty() && task.task.is_none() && empty.contacts.is_empty());
}

#[test]
fn a_hand_in_becomes_a_mistake_that_the_scenario_takes() {
    let loaded = scenario_3();
    let wrong = result(&loaded, &["may-read", "role"]);
    let variant = varied(&[("namespace", "payments")]);
    let script =
        "#!/bin/bash\n  kubectl -n payments create role configmap-reader\n\n\tcat <<'X'\nkeep payments\nX\n";
    let text = mistake("mine", &loaded.scenario, &wrong, script, &variant).unwrap();
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("scenario-3");
    std::fs::create_dir(&folder).unwrap();
    let bank = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/scenario-3/scenario.yaml");
    let yaml = std::fs::read_to_string(bank).unwrap();
    std::fs::write(
        folder.join("scenario.yaml"),
        yaml.replace("\nmistakes:\n", &format!("\nmistakes:\n{text}")),
    )
    .unwrap();
    let with = load(&folder).unwrap();
    let first = &with.scenario.mistakes[0];
    assert_eq!((first.name.as_str(), first.fails.join(",").as_str()), ("mine", "may-read,role"));
    assert!(
        first
            .run
            .contains("  kubectl -n \"$NAMESPACE\" create role \"$ROLE\"\n\n\tcat <<'X'\nkeep payments\nX\n")
    );
    assert_eq!(with.scenario.mistakes.len(), loaded.scenario.mistakes.len() + 1);

    let refused = |name: &str, result: &ResultV1, script: &str| {
        mistake(name, &loaded.scenario, result, script, &variant).unwrap_err()
    };
    assert_eq!(refused("mine", &result(&loaded, &[]), "true"), NoMistake::Right);
    assert_eq!(refused("no-token", &wrong, "true"), NoMistake::Taken("no-token".into()));
    assert_eq!(refused("No", &wrong, "true"), NoMistake::Name("No".into()));
    assert_eq!(
        refused("mine", &wrong, "#!/usr/bin/python3\n"),
        NoMistake::NotBash("/usr/bin/python3".into())
    );
    assert_eq!(refused("mine", &wrong, "a\u{200b}b"), NoMistake::Hidden);
}

#[test]
fn each_recording_of_the_bank_is_judged_by_its_scenario_as_it_is_now() {
    let catalog = Catalog::builtin();
    let mut judged = 0;
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")).unwrap() {
        let folder = entry.unwrap();
        let id = folder.file_name().to_str().unwrap().to_owned();
        let Ok(loaded) = catalog.get(&id) else { continue };
        for file in std::fs::read_dir(folder.path()).unwrap().flatten() {
            let recording = Recording::read(&std::fs::read(file.path()).unwrap()).unwrap();
            let mut known = values(loaded);
            known.extend(recording.values().clone());
            let binding = Binding::from_values(&loaded.scenario, known).unwrap();
            let bound = bind(loaded, &binding).unwrap();
            let (was, again) = (recording.result(), recording.judged_by(&bound));
            let verdicts = |result: &ResultV1| {
                result.checks.iter().map(|c| (c.id.clone(), c.verdict)).collect::<Vec<_>>()
            };
            let name = file.path().display().to_string();
            if !again.lacks.is_empty() {
                // Recorded before the check asked for that.
                assert!(
                    again.lacks.iter().all(|lack| lack.why.starts_with("it asks for")),
                    "{name}: {:?}",
                    again.lacks
                );
                continue;
            }
            judged += 1;
            assert_eq!(verdicts(&again.result), verdicts(&was), "{name}");
            let rebound = recording.rebound(&bound);
            assert_eq!(rebound.result(), again.result);
        }
    }
    assert!(judged > 1, "{judged}");
}
