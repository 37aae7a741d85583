//! A made-up class: two tasks, one with a hidden check, nine learners, and what came of their hand-ins.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::{Release, Seen};
use crate::class::gradebook::{Gradebook, LeftOut, Standing, Work, row};
use crate::class::late::lateness;
use crate::class::{BoundClass, Learner, read};
use crate::marking::{Mark, Seconds};
use crate::scenario::{Binding, Catalog, bind};

const CLASS: &str = "apiVersion: satrain.dev/class/v1
title: \"Security, group B\"
tasks:
  - {scenario: scenario-2, weight: 60, hidden: [no-token]}
  - {scenario: scenario-3, weight: 40}
due: 2026-12-01 18:00 Europe/Berlin
late: {grace: 15m, perDay: 10, until: 7d}
feedback: {from: 2026-12-15 12:00 Europe/Berlin}
";

/// The bank, read once.
static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::builtin);

/// Before feedback is released.
pub(super) const BEFORE: &str = "2026-12-10T12:00:00Z";
/// After it.
pub(super) const AFTER: &str = "2026-12-16T12:00:00Z";

/// What is seen of a class, with all that it is made of.
pub(super) struct Made {
    pub(super) class: BoundClass,
    pub(super) book: Gradebook,
    pub(super) marks: BTreeMap<String, Mark>,
}

impl Made {
    /// Calls `f` with what pages are made of.
    pub(super) fn seen<T>(&self, f: impl FnOnce(&Seen<'_>) -> T) -> T {
        let marks: BTreeMap<String, &Mark> =
            self.marks.iter().map(|(key, mark)| (key.clone(), mark)).collect();
        f(&Seen { class: &self.class, book: &self.book, marks: &marks, zone: &TimeZone::UTC })
    }

    /// What may be seen at that moment.
    pub(super) fn release(&self, now: &str) -> Release<'_> {
        Release::of(&self.class, now.parse().unwrap())
    }

    /// The hand-ins of a learner for a task.
    pub(super) fn works(&mut self, learner: usize, task: usize) -> &mut Vec<Work> {
        &mut self.book.rows[learner].tasks[task].work
    }
}

/// The class of a text.
pub(super) fn class(text: &str) -> BoundClass {
    BoundClass::of(&read("class.yaml", text).unwrap(), &CATALOG).unwrap()
}

/// A class without feedback.
pub(super) fn without_feedback() -> BoundClass {
    let lines: Vec<&str> = CLASS.lines().filter(|line| !line.starts_with("feedback")).collect();
    class(&lines.join("\n"))
}

/// A mark of a scenario in which these checks are not met.
pub(crate) fn mark(key: &str, scenario: &str, failed: &[&str]) -> Mark {
    let loaded = CATALOG.get(scenario).unwrap();
    let bound = bind(loaded, &Binding::defaults(&loaded.scenario)).unwrap().scenario;
    let part = |id: &str, requirement: &str, max: u32, guard: bool| {
        let fails = failed.contains(&id);
        json!({
            "id": id, "requirement": requirement.trim(), "points": if fails { 0 } else { max }, "max": max,
            "verdict": if fails { "fail" } else { "pass" },
            "why": if fails { format!("Pod `myapp` in Namespace `production-1` is not as {id} asks.") } else { String::new() },
            "look": fails.then_some("`kubectl get pod myapp --namespace production-1 --output yaml`"),
            "evidence": if fails { json!([
                {"fact": "field", "at": "Pod production-1/myapp", "field": ".spec.serviceAccountName", "expected": "the-account-to-find", "seen": "default"},
                {"fact": "seen", "at": "ServiceAccount production-1/default", "seen": "a token is mounted at /var/run/secrets/kubernetes.io/serviceaccount/token"},
            ]) } else { json!([]) },
            "guard": guard,
        })
    };
    let mut checks: Vec<_> =
        bound.checks.iter().map(|c| part(&c.id, &c.requirement, c.points, false)).collect();
    checks.extend(bound.guards.iter().map(|g| part(&g.id, &g.requirement, 0, true)));
    let sum = |field: &str| checks.iter().filter_map(|c| c[field].as_u64()).sum::<u64>();
    let (points, max) = (sum("points"), sum("max"));
    let at = "2026-12-10T09:00:00Z";
    serde_json::from_value(json!({
        "schema": "satrain.dev/mark/v1", "key": key, "gradedAt": at,
        "seconds": {"setup": 1.3, "script": 0.8, "grade": 0.2, "removal": 0.4},
        "result": {
            "schema": "satrain.dev/result/v1", "attempt": "scenario-2-1",
            "scenario": {"id": scenario, "title": bound.title, "digest": "d"}, "params": {},
            "cluster": {"provider": "embedded", "version": "v1.37.2"},
            "score": {"points": points, "max": max, "percent": points * 100 / max.max(1), "passed": failed.is_empty(), "complete": true},
            "checks": checks, "started": at, "gradingStarted": at, "finished": at, "hints": 0,
            "solution": {"name": "hand-in"},
        },
    }))
    .unwrap()
}

/// One hand-in: what came of it, its file, and the hour of December 2026 in which it was handed in.
type Given<'a> = (&'a str, i64, Result<&'a [&'a str], (&'a str, bool)>);

/// A learner: id, name, and what they handed in for each task.
type Learned<'a> = (&'a str, Option<&'a str>, Vec<Given<'a>>, Vec<Given<'a>>);

const FINE: Given<'_> = ("solution.sh", 10, Ok(&[]));

/// The class.
pub(super) fn made() -> Made {
    let rows: [Learned<'_>; 9] = [
        ("anna", Some("Anna Müller"), vec![FINE], vec![FINE]),
        (
            "ben",
            Some("Ben"),
            vec![
                ("first.sh", 2, Ok(&["dedicated-sa", "pod-uses-sa", "no-token"])),
                ("second.sh", 40, Ok(&["pod-uses-sa", "no-token"])),
            ],
            vec![("ben_LATE_3.sh", 70, Ok(&["nothing-more"]))],
        ),
        (
            "0042",
            Some("Çelik, Deniz"),
            vec![("a.sh", 9, Ok(&["no-token"]))],
            vec![("b.sh", 9, Ok(&["role", "binding", "may-read", "app-reads"]))],
        ),
        ("dora", None, vec![("scenario-2.sh", 11, Ok(&["no-token", "same-app"]))], vec![]),
        (
            "emil",
            Some("Emil with a very long name that does not end, von und zu Hohenlohe-Schillingsfürst"),
            vec![("Assignment 3 final FINAL (really) - copy 2 of the submission of emil.sh", 300, Ok(&[]))],
            vec![FINE],
        ),
        (
            "f.g@school.example",
            Some("Fatima"),
            vec![("x.sh", 12, Err(("it is no text in UTF-8", true)))],
            vec![FINE],
        ),
        (
            "gus",
            Some("Gus"),
            vec![("gus.sh", 12, Err(("no cluster: kube-apiserver did not become ready in 60 s", false)))],
            vec![("gus.sh", 13, Ok(&["binding"]))],
        ),
        ("hana", Some("花子"), vec![], vec![]),
        ("ivo", Some("Ivo"), vec![("ivo.sh", 12, Ok(&[]))], vec![("ivo.sh", 12, Ok(&["app-reads"]))]),
    ];
    let class = class(CLASS);
    let mut marks = BTreeMap::new();
    let rows = rows.iter().map(|(id, name, first, second)| {
        let learner = Learner { id: (*id).to_owned(), name: name.map(str::to_owned), ..Learner::default() };
        let tasks = class.tasks.iter().zip([first, second]).map(|(task, given)| {
            let work = given.iter().map(|(file, hour, came)| {
                let start: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
                let at = start + std::time::Duration::from_secs(u64::try_from(*hour).unwrap() * 3600);
                let key = format!("{id}/{}/{file}", task.id());
                let standing = match came {
                    Ok(failed) => {
                        let one = mark(&key, task.id(), failed);
                        let percent = one.result.score.percent;
                        marks.insert(key.clone(), one);
                        Standing::Graded {
                            key,
                            percent,
                            failed: failed.iter().map(|id| (*id).to_owned()).collect(),
                        }
                    }
                    Err((why, true)) => Standing::Refused { why: (*why).to_owned() },
                    Err((why, false)) => Standing::Ungraded { why: (*why).to_owned() },
                };
                let lateness = task.due.as_ref().map(|due| lateness(due, &class.late, at)).unwrap();
                Work { file: (*file).to_owned(), submitted_at: Some(at), lateness: lateness.into(), standing }
            });
            (task.id().to_owned(), task.weight, work.collect())
        });
        row(&learner, tasks.collect(), class.counts, class.pass)
    });
    let book = Gradebook {
        schema: Gradebook::SCHEMA.into(),
        title: class.title.clone(),
        pass: class.pass,
        tasks: class.tasks.iter().map(|task| (task.id().to_owned(), task.weight)).collect(),
        rows: rows.collect(),
        left_out: vec![
            LeftOut {
                file: "hand-ins/unknown_12345.sh".into(),
                why: "no learner of the roster is named so".into(),
            },
            LeftOut { file: "hand-ins/.DS_Store".into(), why: "it is no script".into() },
        ],
    };
    let odd = marks.get_mut("ivo/scenario-2/ivo.sh").unwrap();
    odd.thrown_away = Some("Pod production-1/shell has hostPID".into());
    odd.ended = Some("ended with exit code 1".into());
    odd.seconds = Seconds { setup: 1.0, script: 12.5, grade: 0.25, removal: 0.5 };
    Made { class, book, marks }
}
