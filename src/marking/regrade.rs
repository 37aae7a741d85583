//! Pure: a kept hand-in judged again by its scenario as it is now, and what that changes in a class.
//!
//! In: a mark, its recording, the scenario. Out: the new mark, or why only another play can tell. A recording never stands in for a lab that
//! would be set up otherwise now, nor for an answer that nobody asked for.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::job::Key;
use super::mark::{Mark, PlayedPart};
use crate::class::gradebook::{Gradebook, Standing};
use crate::grade::verdict::Outcome;
use crate::result::format::{CheckPart, ResultV1};
use crate::result::recording::Recording;
use crate::scenario::{Binding, BoundScenario, Loaded, bind};

/// What became of a hand-in that was judged again.
#[derive(Debug, Clone, PartialEq)]
pub enum Regraded {
    /// It has a mark by the scenario as it is now.
    Judged(Box<Judged>),
    /// Only another play can tell; the reasons.
    ToPlay(Vec<String>),
}

/// A mark by the scenario as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Its name by the scenario as it is now: a grade of the same script finds it there.
    pub key: Key,
    /// The mark.
    pub mark: Mark,
    /// The recording, for the scenario as it is now.
    pub recording: Recording,
    /// What changed; none: all verdicts and points are the same.
    pub checks: Vec<CheckChange>,
}

/// What changed in a check or guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckChange {
    /// The check or guard.
    pub check: String,
    /// What it came to; none: there was no such check.
    pub was: Option<Verdict>,
    /// What it comes to; none: there is no such check any more.
    pub now: Option<Verdict>,
    /// Why it comes to that.
    pub why: String,
}

/// A verdict with its points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// What a check came to.
    pub outcome: Outcome,
    /// What it earned.
    pub points: u32,
    /// What it is worth.
    pub max: u32,
}

impl From<&CheckPart> for Verdict {
    fn from(check: &CheckPart) -> Self {
        Self { outcome: check.verdict, points: check.points, max: check.max }
    }
}

/// Judges a hand-in again at `now`. `values` are those that it was played with, also of a cause; `script` names the new mark.
pub fn regrade(
    mark: &Mark,
    recording: Recording,
    script: Option<&str>,
    loaded: &Loaded,
    values: &BTreeMap<String, String>,
    now: Timestamp,
) -> Regraded {
    let to_play = |why: String| Regraded::ToPlay(vec![why]);
    let job = match bound(loaded, values.clone()) {
        Ok(bound) => bound,
        Err(why) => return to_play(format!("the parameters of the scenario have changed: {why}")),
    };
    if let Some(why) = set_up_otherwise(mark, &job) {
        return to_play(why);
    }
    // An attempt may have had Namespaces of its own.
    let mut recorded = values.clone();
    recorded.extend(recording.values().iter().map(|(name, value)| (name.clone(), value.clone())));
    let bound = match bound(loaded, recorded) {
        Ok(bound) => bound,
        Err(why) => return to_play(format!("the scenario does not take the values of the recording: {why}")),
    };
    let again = recording.judged_by(&bound);
    if !again.lacks.is_empty() {
        let told = again.lacks.into_iter().map(|lack| format!("`{}`: {}", lack.check, lack.why));
        return Regraded::ToPlay(told.collect());
    }
    let checks = changes(&mark.result, &again.result);
    let key = match (script, Key::parse(&mark.key)) {
        (Some(script), _) => Key::of(script, &job),
        (None, Some(key)) => key,
        (None, None) => return to_play("its mark has no name".into()),
    };
    let recording = recording.rebound(&bound);
    let mark = Mark {
        key: key.to_string(),
        result: again.result,
        played: mark.played.clone().or_else(|| script.map(|script| PlayedPart::new(script, &job))),
        judged_from: Some(mark.key.clone()),
        graded_at: now,
        ..mark.clone()
    };
    Regraded::Judged(Box::new(Judged { key, mark, recording, checks }))
}

fn bound(loaded: &Loaded, values: BTreeMap<String, String>) -> Result<BoundScenario, String> {
    let binding = Binding::from_values(&loaded.scenario, values).map_err(|e| e.one_line())?;
    bind(loaded, &binding).map_err(|e| e.one_line())
}

/// Why the lab would be another one today.
fn set_up_otherwise(mark: &Mark, job: &BoundScenario) -> Option<String> {
    if mark.result.scenario.digest == job.digest {
        return None;
    }
    match &mark.played {
        Some(played) if played.setup == job.setup_digest() => None,
        Some(_) => Some("the setup of the scenario has changed".into()),
        None => Some("the scenario has changed, and the mark does not say how its lab was set up".into()),
    }
}

/// What differs between two results: verdicts and points, in the order of the new one.
fn changes(was: &ResultV1, now: &ResultV1) -> Vec<CheckChange> {
    let find = |result: &ResultV1, id: &str| result.checks.iter().find(|c| c.id == id).map(Verdict::from);
    let mut found: Vec<CheckChange> = now
        .checks
        .iter()
        .filter(|check| find(was, &check.id) != Some(Verdict::from(*check)))
        .map(|check| CheckChange {
            check: check.id.clone(),
            was: find(was, &check.id),
            now: Some(check.into()),
            why: check.why.clone(),
        })
        .collect();
    let gone = was.checks.iter().filter(|check| find(now, &check.id).is_none());
    found.extend(gone.map(|check| CheckChange {
        check: check.id.clone(),
        was: Some(check.into()),
        now: None,
        why: "the scenario has no such check any more".into(),
    }));
    found
}

/// What judging a class again changes: `satrain.dev/regrade/v1`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Regrade {
    /// `satrain.dev/regrade/v1`.
    pub schema: String,
    /// The title of the class.
    pub title: String,
    /// How many hand-ins have a recording.
    pub hand_ins: usize,
    /// The hand-ins that change.
    pub changed: Vec<Change>,
    /// The hand-ins of which only another play can tell.
    pub to_play: Vec<ToPlay>,
    /// The learners that do not pass the class any more.
    pub lose_the_pass: Vec<String>,
    /// The learners that pass it now.
    pub now_pass: Vec<String>,
    /// How many hand-ins have a mark of another name, since their scenario has changed.
    pub renamed: usize,
    /// Whether the new marks were written.
    pub written: bool,
}

/// A hand-in that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Whose it is.
    pub learner: String,
    /// Its scenario.
    pub scenario: String,
    /// Its file.
    pub file: String,
    /// What it earned, in per cent, before lateness.
    pub was: u32,
    /// What it earns.
    pub now: u32,
    /// Its checks and guards that change.
    pub checks: Vec<CheckChange>,
}

/// A hand-in that is to be played again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ToPlay {
    /// Whose it is.
    pub learner: String,
    /// Its scenario.
    pub scenario: String,
    /// Its file.
    pub file: String,
    /// Why the recording does not say it.
    pub why: Vec<String>,
}

/// What became of a key: the new standing and what changed, or why it is to be played.
pub type Fates = BTreeMap<String, Result<(Standing, Vec<CheckChange>), Vec<String>>>;

impl Regrade {
    /// Version of the format.
    pub const SCHEMA: &'static str = "satrain.dev/regrade/v1";

    /// The JSON Schema, for whoever reads it.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }

    /// From a gradebook (`was`), the same with the new marks, and what became of each key of it.
    pub fn of(was: &Gradebook, now: &Gradebook, fates: &Fates) -> Self {
        let mut regrade = Self {
            schema: Self::SCHEMA.into(),
            title: was.title.clone(),
            hand_ins: 0,
            changed: Vec::new(),
            to_play: Vec::new(),
            lose_the_pass: Vec::new(),
            now_pass: Vec::new(),
            renamed: 0,
            written: false,
        };
        for row in &was.rows {
            for task in &row.tasks {
                for work in &task.work {
                    let Standing::Graded { key, percent, .. } = &work.standing else { continue };
                    let (learner, scenario, file) =
                        (row.learner.clone(), task.scenario.clone(), work.file.clone());
                    let fate = fates.get(key);
                    if let Some(Ok((Standing::Graded { key: new, .. }, _))) = fate
                        && new != key
                    {
                        regrade.renamed += 1;
                    }
                    match fate {
                        None => continue,
                        Some(Err(why)) => {
                            regrade.to_play.push(ToPlay { learner, scenario, file, why: why.clone() });
                        }
                        Some(Ok((Standing::Graded { percent: to, .. }, checks)))
                            if to != percent || !checks.is_empty() =>
                        {
                            let checks = checks.clone();
                            let change = Change { learner, scenario, file, was: *percent, now: *to, checks };
                            regrade.changed.push(change);
                        }
                        Some(Ok(_)) => {}
                    }
                    regrade.hand_ins += 1;
                }
            }
        }
        let passed = |book: &Gradebook, wanted: bool| -> BTreeSet<String> {
            let rows = book.rows.iter().filter(|row| row.passed == Some(wanted));
            rows.map(|row| row.learner.clone()).collect()
        };
        let both = |a: &BTreeSet<String>, b: &BTreeSet<String>| -> Vec<String> {
            a.intersection(b).cloned().collect()
        };
        regrade.lose_the_pass = both(&passed(was, true), &passed(now, false));
        regrade.now_pass = both(&passed(was, false), &passed(now, true));
        regrade
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::class::Counts;
    use crate::class::gradebook::{Late, Row, TaskMark, Work};
    use crate::marking::Seconds;
    use crate::marking::book::graded;
    use crate::scenario::Catalog;

    const SCRIPT: &str = "kubectl get pods";

    /// The scenario as it was when the recordings were made.
    fn loaded() -> Loaded {
        let mut loaded = Catalog::one(&[], "scenario-3").unwrap();
        let mut value = serde_json::to_value(&loaded.scenario).unwrap();
        assert!(value["checks"][5]["exec"].as_object_mut().unwrap().remove("audited").is_some());
        loaded.scenario = serde_json::from_value(value).unwrap();
        loaded.scenario.guards.retain(|guard| guard.id != "nothing-wider");
        loaded
    }

    fn values() -> BTreeMap<String, String> {
        bind(&loaded(), &Binding::defaults(&loaded().scenario)).unwrap().values
    }

    /// A real recording, and the mark that it would have had.
    fn kept(case: &str) -> (Mark, Recording) {
        let path = format!("tests/corpus/scenario-3/{case}.json");
        let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        let recording = Recording::read(&bytes).unwrap();
        let job = bound(&loaded(), values()).unwrap();
        // Other explanations than today's would be no change.
        let result = recording.result();
        let mark = Mark {
            schema: Mark::SCHEMA.into(),
            key: Key::of(SCRIPT, &job).to_string(),
            played: Some(PlayedPart::new(SCRIPT, &job)),
            judged_from: None,
            by_own_recording: false,
            result,
            ended: None,
            thrown_away: None,
            graded_at: Timestamp::UNIX_EPOCH,
            seconds: Seconds::default(),
        };
        (mark, recording)
    }

    fn again(case: &str, loaded: &Loaded) -> (Mark, Regraded) {
        let (mark, recording) = kept(case);
        let now = Timestamp::from_second(1000).unwrap();
        let regraded = regrade(&mark, recording, Some(SCRIPT), loaded, &values(), now);
        (mark, regraded)
    }

    fn judged(regraded: Regraded) -> Judged {
        match regraded {
            Regraded::Judged(judged) => *judged,
            Regraded::ToPlay(why) => panic!("{why:?}"),
        }
    }

    fn reasons(regraded: Regraded) -> Vec<String> {
        match regraded {
            Regraded::ToPlay(why) => why,
            Regraded::Judged(judged) => panic!("{:?}", judged.checks),
        }
    }

    /// The scenario with something in its JSON changed.
    fn changed(edit: impl Fn(&mut serde_json::Value)) -> Loaded {
        let mut loaded = loaded();
        let mut value = serde_json::to_value(&loaded.scenario).unwrap();
        edit(&mut value);
        loaded.scenario = serde_json::from_value(value).unwrap();
        loaded.digest = "changed".into();
        loaded
    }

    #[test]
    fn a_mark_that_cannot_have_come_of_a_grade_is_none() {
        let job = bound(&loaded(), values()).unwrap();
        let key = Key::of(SCRIPT, &job);
        for case in ["reference", "cluster-admin", "unsolved"] {
            let (mark, _) = kept(case);
            assert!(mark.is_sound(&key) && mark.is_of_lab(&job), "{case}");
        }
        let (good, _) = kept("cluster-admin");
        let edits: [fn(&mut Mark); 9] = [
            |mark| mark.key = "0".repeat(64),
            |mark| mark.schema = "satrain.dev/mark/v9".into(),
            |mark| mark.result.schema = "satrain.dev/result/v9".into(),
            |mark| mark.result.score.percent = 101,
            |mark| mark.result.score.passed = true,
            |mark| mark.result.score.points += 1,
            |mark| mark.result.score.complete = false,
            |mark| mark.result.checks[0].points = u32::MAX,
            |mark| {
                mark.result
                    .checks
                    .iter_mut()
                    .for_each(|check| (check.points, check.max) = (u32::MAX, u32::MAX))
            },
        ];
        for (number, edit) in edits.iter().enumerate() {
            let mut mark = good.clone();
            edit(&mut mark);
            assert!(!mark.is_sound(&key), "{number}");
        }
        let edits: [fn(&mut Mark); 4] = [
            |mark| mark.result.scenario.id = "scenario-2".into(),
            |mark| mark.result.checks.truncate(1),
            |mark| mark.result.checks[0].id = "another".into(),
            |mark| mark.result.checks.swap(0, 1),
        ];
        for (number, edit) in edits.iter().enumerate() {
            let mut mark = good.clone();
            edit(&mut mark);
            assert!(!mark.is_of_lab(&job), "{number}");
        }
    }

    #[test]
    fn a_scenario_that_has_not_changed_changes_nothing() {
        for case in ["reference", "cluster-admin", "second-binding", "bound-to-a-group", "unsolved"] {
            let (mark, regraded) = again(case, &loaded());
            let now = judged(regraded);
            assert_eq!(now.checks, [], "{case}");
            assert_eq!(now.key.as_str(), mark.key, "{case}");
            assert_eq!(now.mark.result.score, mark.result.score, "{case}");
        }
    }

    #[test]
    fn a_check_that_was_mended_changes_marks_and_their_names() {
        // Any right is enough now, and the check is worth less.
        let mended = changed(|scenario| {
            let check = &mut scenario["checks"][3];
            assert_eq!(check["id"], "nothing-more");
            check["points"] = 5.into();
            let access = check["access"].as_object_mut().unwrap();
            let exactly = access.remove("exactly").unwrap();
            access.insert("allowed".into(), exactly);
            scenario["checks"][0]["points"] = 30.into();
        });
        let (mark, regraded) = again("second-binding", &mended);
        let now = judged(regraded);
        let changed: Vec<&str> = now.checks.iter().map(|change| change.check.as_str()).collect();
        assert_eq!(changed, ["role", "nothing-more"]);
        let verdict = now.checks[1].now.unwrap();
        assert_eq!((verdict.outcome, verdict.points, verdict.max), (Outcome::Pass, 5, 5));
        assert_eq!((mark.result.score.percent, now.mark.result.score.percent), (75, 100));
        assert_eq!(now.mark.judged_from.as_deref(), Some(mark.key.as_str()));
        assert_ne!(now.mark.key, mark.key);
        assert_eq!(now.mark.graded_at.as_second(), 1000);
        assert_eq!(now.mark.result.finished, mark.result.finished, "when it was played does not move");
        assert_eq!(now.recording.result(), now.mark.result);
        assert_eq!(now.mark.played, mark.played);
    }

    #[test]
    fn what_the_recording_has_not_seen_is_to_be_played() {
        let asks = changed(|scenario| {
            scenario["checks"][2] = serde_json::json!({
                "id": "may-read", "points": 20, "requirement": "x",
                "resource": {"kind": "PersistentVolumeClaim", "namespace": "{{ namespace }}", "name": "x"},
            });
        });
        let why = reasons(again("reference", &asks).1);
        assert!(
            why[0].contains("`may-read`: it asks for the persistentvolumeclaims of Namespace"),
            "{why:?}"
        );
        let holds = changed(|scenario| scenario["checks"][2]["consistently"] = "30s".into());
        let why = reasons(again("reference", &holds).1);
        assert!(why.len() == 1 && why[0].contains("must hold for 30s"), "{why:?}");
        // What does not hold anyway needs no waiting.
        assert!(matches!(again("unsolved", &holds).1, Regraded::Judged(_)));
    }

    #[test]
    fn another_setup_or_other_parameters_are_to_be_played() {
        let setup = changed(|scenario| scenario["setup"]["run"] = "true".into());
        assert_eq!(reasons(again("reference", &setup).1), ["the setup of the scenario has changed"]);
        let more = changed(|scenario| scenario["params"]["more"] = serde_json::json!({"default": "x"}));
        assert!(reasons(again("reference", &more).1)[0].contains("`more` has no value"));
        // A mark of the first version says nothing about its setup; nothing has changed where the digest is the same.
        let (mut mark, recording) = kept("reference");
        mark.played = None;
        let same = |loaded: &Loaded, mark: &Mark| {
            regrade(mark, recording.clone(), Some(SCRIPT), loaded, &values(), Timestamp::UNIX_EPOCH)
        };
        mark.result.scenario.digest = loaded().digest;
        assert!(judged(same(&loaded(), &mark)).mark.played.is_some());
        let hint = changed(|scenario| scenario["hints"][0] = "x".into());
        assert!(reasons(same(&hint, &mark))[0].contains("does not say how its lab was set up"));
        assert!(matches!(again("reference", &hint).1, Regraded::Judged(_)), "a hint decides nothing");
    }

    #[test]
    fn a_class_is_told_what_changes() {
        let standing = |key: &str, percent| Standing::Graded { key: key.into(), percent, failed: Vec::new() };
        let row = |learner: &str, percent: u32| {
            let standing = standing(learner, percent);
            let file = format!("{learner}.sh");
            let submitted_at = Timestamp::from_second(5).ok();
            let work = Work { file, submitted_at, lateness: Late::default(), standing };
            let task = TaskMark { scenario: "s".into(), counts: Some(0), percent: None, work: vec![work] };
            Row { learner: learner.into(), name: None, percent: None, passed: None, tasks: vec![task] }
        };
        let book = Gradebook {
            schema: Gradebook::SCHEMA.into(),
            title: "T".into(),
            pass: 60,
            tasks: vec![("s".into(), 100)],
            rows: vec![row("anna", 70), row("ben", 50), row("cleo", 70), row("dora", 70)],
            left_out: Vec::new(),
        };
        let was = book.with(Counts::Last, |_| None);
        let fates: Fates = [
            ("anna".to_owned(), Ok((standing("new", 50), Vec::new()))),
            ("ben".to_owned(), Ok((standing("new", 60), Vec::new()))),
            ("cleo".to_owned(), Ok((standing("new", 70), Vec::new()))),
            ("dora".to_owned(), Err(vec!["why".to_owned()])),
        ]
        .into();
        let now = was.with(Counts::Last, |key| fates.get(key)?.as_ref().ok().map(|(s, _)| s.clone()));
        let told = Regrade::of(&was, &now, &fates);
        let changed: Vec<(&str, u32, u32)> =
            told.changed.iter().map(|change| (change.learner.as_str(), change.was, change.now)).collect();
        assert_eq!(changed, [("anna", 70, 50), ("ben", 50, 60)]);
        assert_eq!((told.hand_ins, told.to_play.len(), told.renamed), (4, 1, 3));
        assert_eq!((told.lose_the_pass, told.now_pass), (vec!["anna".to_owned()], vec!["ben".to_owned()]));
        assert_eq!(now.rows[0].tasks[0].work[0].submitted_at, was.rows[0].tasks[0].work[0].submitted_at);
        assert_eq!(now.rows[3], was.rows[3]);
    }

    #[test]
    fn a_gradebook_names_what_does_not_pass() {
        let (mark, _) = kept("cluster-admin");
        let Standing::Graded { percent, failed, .. } = graded(&mark) else { panic!() };
        assert_eq!((percent, failed.join(",").as_str()), (55, "role,binding,nothing-more"));
    }
}
