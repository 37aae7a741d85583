//! A fake cluster: holds objects, authorizes by its own RBAC objects, and changes by a timetable.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use super::support::{NS, namespace};
use crate::grade::expectation::{Check, Guard};
use crate::grade::observation::{Observation, Observations, Observed, ProbeFailure};
use crate::grade::probe::Probe;
use crate::grade::verdict::{Outcome, Verdict};
use crate::grade::{Baseline, Grade, GradeRequest, Prober};
use crate::rbac::Policy;

type ScheduledChange = (Duration, Box<dyn FnOnce(&mut Vec<Value>) + Send>);

/// What it holds, and what will become of it.
pub(super) struct Fake {
    begun: Instant,
    objects: Mutex<Vec<Value>>,
    timetable: Mutex<Vec<ScheduledChange>>,
    /// Answers that come instead of the real ones.
    pub(super) scripted: BTreeMap<Probe, Result<Observation, ProbeFailure>>,
    /// The answer to any program.
    pub(super) exec: Result<Observation, ProbeFailure>,
    /// The workspace's files.
    pub(super) files: BTreeMap<String, String>,
    /// How long lists of these kinds take to be answered; they show what is there then.
    pub(super) slow: BTreeMap<&'static str, Duration>,
    /// Every probe that was asked.
    pub(super) asked: Mutex<Vec<Probe>>,
}

impl Fake {
    /// A cluster with the Namespace and these objects.
    pub(super) fn of(objects: impl IntoIterator<Item = Value>) -> Self {
        let mut all = vec![namespace(NS)];
        all.extend(objects);
        Self {
            begun: Instant::now(),
            objects: Mutex::new(all),
            timetable: Mutex::default(),
            scripted: BTreeMap::new(),
            exec: Ok(Observation::Exec {
                code: 0,
                stdout: "ok\n".into(),
                stderr: String::new(),
                cut: false,
                audit: None,
            }),
            files: BTreeMap::new(),
            slow: BTreeMap::new(),
            asked: Mutex::default(),
        }
    }

    /// Changes its objects some time after its making.
    pub(super) fn then(self, after: f32, change: impl FnOnce(&mut Vec<Value>) + Send + 'static) -> Self {
        self.timetable.lock().unwrap().push((Duration::from_secs_f32(after), Box::new(change)));
        self
    }

    /// Grades one check.
    pub(super) async fn grade(&self, check: Check) -> Grade {
        self.grade_with(&[check], &[], Baseline::Taking).await
    }

    /// Grades one check some time after setup, of which nothing is known.
    pub(super) async fn grade_later(&self, check: Check) -> Grade {
        self.grade_after(&Observations::default(), check).await
    }

    /// Grades one check against a baseline.
    pub(super) async fn grade_after(&self, baseline: &Observations, check: Check) -> Grade {
        self.grade_with(&[check], &[], Baseline::Taken(baseline)).await
    }

    pub(super) async fn grade_with(
        &self,
        checks: &[Check],
        guards: &[Guard],
        baseline: Baseline<'_>,
    ) -> Grade {
        crate::grade::grade(self, &GradeRequest { checks, guards, baseline }).await
    }

    /// What is seen of it for one check: a baseline.
    pub(super) async fn baseline(&self, check: &Check) -> Observations {
        crate::grade::baseline(self, std::slice::from_ref(check), &[]).await.unwrap()
    }

    fn list(&self, probe: &Probe) -> Observation {
        let (Probe::List { resource, namespace } | Probe::Shared { resource, namespace, .. }) = probe else {
            unreachable!()
        };
        let text = |o: &Value, path: &str| o.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let wanted = |o: &&Value| {
            text(o, "/kind").as_ref() == Some(&resource.kind)
                && (namespace.is_none() || text(o, "/metadata/namespace") == *namespace)
        };
        let items = self.objects.lock().unwrap().iter().filter(wanted).cloned().collect();
        Observation::Objects { items, version: "1".into() }
    }

    fn allowed(&self, probe: &Probe) -> Observation {
        let Probe::Access { subject, attributes } = probe else { unreachable!() };
        let objects = self.objects.lock().unwrap();
        let of =
            |kind: &str| -> Vec<Value> { objects.iter().filter(|o| o["kind"] == kind).cloned().collect() };
        let policy =
            Policy::read(&of("Role"), &of("ClusterRole"), &of("RoleBinding"), &of("ClusterRoleBinding"))
                .unwrap();
        let allowed =
            policy.grants(subject).is_ok_and(|all| all.iter().any(|grant| grant.allows(attributes)));
        Observation::Access { allowed, reason: String::new() }
    }

    fn catch_up(&self) {
        let elapsed = self.begun.elapsed();
        let mut timetable = self.timetable.lock().unwrap();
        let (due, later) = std::mem::take(&mut *timetable).into_iter().partition(|(at, _)| *at <= elapsed);
        *timetable = later;
        for (_, change) in due as Vec<ScheduledChange> {
            change(&mut self.objects.lock().unwrap());
        }
    }
}

impl Prober for Fake {
    async fn ask(&self, probe: &Probe) -> Observed {
        if let Probe::List { resource, .. } = probe
            && let Some(wait) = self.slow.get(resource.kind.as_str())
        {
            tokio::time::sleep(*wait).await;
        }
        self.catch_up();
        self.asked.lock().unwrap().push(probe.clone());
        let outcome = match (self.scripted.get(probe), probe) {
            (Some(scripted), _) => scripted.clone(),
            (None, Probe::List { .. } | Probe::Shared { .. }) => Ok(self.list(probe)),
            (None, Probe::Access { .. }) => Ok(self.allowed(probe)),
            (None, Probe::Exec { .. }) => self.exec.clone(),
            (None, Probe::File { path }) => Ok(Observation::File { text: self.files.get(path).cloned() }),
            (None, probe) => {
                Err(ProbeFailure { message: format!("{probe}: not scripted"), transient: false })
            }
        };
        Observed { probe: probe.clone(), at: Timestamp::UNIX_EPOCH, outcome }
    }

    async fn changed(&self, _: &Observations, _: Duration, at_most: Duration) {
        let elapsed = self.begun.elapsed();
        let next = self.timetable.lock().unwrap().iter().map(|(at, _)| at.saturating_sub(elapsed)).min();
        tokio::time::sleep(next.unwrap_or(at_most).min(at_most)).await;
    }
}

/// The verdict of the only check.
pub(super) fn verdict(grade: &Grade) -> &Verdict {
    &grade.results[0].verdict
}

/// Asserts the outcome of the only check, and that its sentence or evidence says `part`.
#[track_caller]
pub(super) fn expect(grade: &Grade, outcome: Outcome, part: &str) {
    let verdict = verdict(grade);
    assert_eq!(verdict.outcome, outcome, "{verdict:#?}");
    let said = verdict.in_full();
    assert!(said.contains(part), "{said:?} does not say {part:?}");
}
