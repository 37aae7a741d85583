//! Runs the experiment of an item on a cluster: an attempt like any other, in Namespaces of its own.
//!
//! In: an item and a place to play. Out: what its commands printed, tokens removed. Never: anything that stays behind.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::model::{Experiment, Fix, FixCheck, Item};
use crate::grade::CheckResult;
use crate::grade::checks::CheckKind;
use crate::grade::checks::admission::{AdmissionSpec, By};
use crate::grade::expectation::{Check, Expectation};
use crate::grade::verdict::Outcome;
use crate::lab::attempt::{Attempt, StartOptions};
use crate::lab::cluster::LabCluster;
use crate::lab::store::Store;
use crate::lab::store::record::AttemptId;
use crate::scenario::{BoundScenario, Origin, Playground, rendered};

/// What templates of experiments may use: two Namespaces.
pub(super) const PARAMS: [&str; 2] = ["namespace", "other"];
/// How long the commands may take.
const LIMIT: Duration = Duration::from_secs(60);
/// The text of an item about lines, for its experiment.
const TEXT: &str = "text.txt";

/// Runs it and removes what it made. Out: the lines that were printed.
///
/// # Errors
/// In a sentence, when something could not be set up or removed.
pub async fn observe(
    store: &Store,
    lab: &LabCluster,
    item: &Item,
    experiment: &Experiment,
) -> Result<Vec<String>, String> {
    let attempt = begin(store, lab, item, experiment).await?;
    let said = Arc::new(Mutex::new(Vec::new()));
    // One stream: two would be read in any order.
    let script = format!("exec 2>&1\nset -euo pipefail\n{}", experiment.run);
    let played = attempt.play_quietly(lab, &script, LIMIT, said.clone()).await;
    end(store, lab, attempt).await?;
    let ended = played.map_err(|e| e.to_string())?;
    let lines = said.lock().map(|lines| lines.clone()).unwrap_or_default();
    if ended.well() { Ok(lines) } else { Err(format!("its commands {ended}: {}", lines.join(" / "))) }
}

/// Asks the API server about mended manifests. Out: for each manifest and each check what is wrong, if something is.
///
/// # Errors
/// In a sentence, when a manifest is no object, or something could not be set up, asked or removed.
pub async fn try_manifests(
    store: &Store,
    lab: &LabCluster,
    item: &Item,
    (fix, experiment): (&Fix, &Experiment),
    manifests: &[&str],
) -> Result<Vec<Vec<Option<String>>>, String> {
    let objects: Vec<Value> = manifests.iter().map(|text| object(text)).collect::<Result<_, _>>()?;
    let mut attempt = begin(store, lab, item, experiment).await?;
    let mut found = Vec::new();
    for object in objects {
        attempt.bound.scenario.checks =
            fix.checks.iter().map(|c| check(fix, c, &object, &attempt.bound)).collect();
        let grade = attempt.grade_at_once(lab, LIMIT).await;
        let wrong = |result: &CheckResult| match result.verdict.outcome {
            Outcome::Pass => Ok(None),
            Outcome::Unknown => Err(result.verdict.why.clone()),
            _ => Ok(Some(result.verdict.why.clone())),
        };
        found.push(grade.results.iter().map(wrong).collect::<Result<Vec<_>, _>>());
    }
    end(store, lab, attempt).await?;
    found.into_iter().collect()
}

/// The one object of a manifest.
pub(super) fn object(text: &str) -> Result<Value, String> {
    let value: Value = serde_saphyr::from_str(text).map_err(|e| format!("this is not a manifest: {e}"))?;
    let has = |key: &str| value.get(key).is_some_and(Value::is_string);
    if has("apiVersion") && has("kind") {
        Ok(value)
    } else {
        Err("an object needs `apiVersion` and `kind`".into())
    }
}

fn check(fix: &Fix, check: &FixCheck, object: &Value, bound: &BoundScenario) -> Check {
    let namespace = fix.namespace.as_ref().and_then(|n| rendered(n, &bound.values).ok());
    let expectation = Expectation {
        id: "manifest".into(),
        requirement: check.requirement.clone(),
        within: None,
        consistently: None,
        kind: CheckKind::Admission(AdmissionSpec {
            namespace,
            object: object.clone(),
            variants: BTreeMap::new(),
            by: By::default(),
            no_other_exception: false,
            expect: check.expect,
            message: check.message.clone(),
            token: check.token,
            r#match: check.r#match.clone(),
            control: None,
        }),
        line: 0,
    };
    Check { expectation, points: 1, requires: Vec::new() }
}

async fn begin(
    store: &Store,
    lab: &LabCluster,
    item: &Item,
    experiment: &Experiment,
) -> Result<Attempt, String> {
    let id = AttemptId::fresh("quiz");
    let bound = bound(item, experiment, &id)?;
    let how = StartOptions { id: Some(id), solution: Some(item.id.clone()), ..StartOptions::default() };
    Attempt::begin(store, lab, bound, how).await.map_err(|e| e.to_string())
}

async fn end(store: &Store, lab: &LabCluster, mut attempt: Attempt) -> Result<(), String> {
    attempt.end(store, lab).await.map(drop).map_err(|e| format!("it could not be removed: {e}"))
}

/// The experiment as something to play.
fn bound(item: &Item, experiment: &Experiment, id: &AttemptId) -> Result<BoundScenario, String> {
    let named = |name: &str| (name.to_owned(), format!("{name}-{}", id.suffix()));
    let values: BTreeMap<String, String> = [named("namespace"), named("other")].into();
    let mut manifests = String::new();
    for namespace in values.values() {
        manifests
            .push_str(&format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {namespace}}}\n"));
    }
    if !experiment.manifests.trim().is_empty() {
        manifests.push_str("---\n");
        manifests.push_str(&rendered(&experiment.manifests, &values)?);
    }
    let mut ready: Vec<String> =
        experiment.ready.iter().map(|r| rendered(r, &values)).collect::<Result<_, _>>()?;
    // A controller makes it, sooner or later; questions are about what is there when it has.
    ready.extend(values.values().map(|namespace| format!("{namespace}/serviceaccount/default")));
    let mut files = BTreeMap::new();
    if let Some(lines) = &item.lines {
        files.insert(TEXT.to_owned(), lines.text.clone());
    }
    Ok(Playground {
        id: "quiz".into(),
        title: item.id.clone(),
        difficulty: item.difficulty,
        namespaces: values,
        manifests,
        ready,
        files,
        origin: Origin::Builtin("quizzes".into()),
    }
    .into())
}
