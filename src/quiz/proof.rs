//! Proves the keys: what each experiment prints must be what the item says, and what no wrong answer says.

use std::time::Instant;

use futures::{StreamExt, stream};
use regex::Regex;
use serde::{Deserialize, Serialize};

use super::experiment::{observe, try_manifests};
use super::judge::{accepts, in_unit};
use super::model::{Choosable, Experiment, Fix, Item, Task};
use crate::event::{Event, Events};
use crate::lab::cluster::LabCluster;
use crate::lab::store::Store;

/// What the proof of an item came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemProof {
    /// The item.
    pub id: String,
    /// What does not hold; empty is good.
    pub problems: Vec<String>,
    /// What the experiment printed.
    pub output: Vec<String>,
    /// How long it took.
    pub seconds: f64,
}

/// Runs all experiments, `jobs` at a time.
pub async fn prove(
    store: &Store,
    lab: &LabCluster,
    items: &[&Item],
    jobs: usize,
    events: &Events,
) -> Vec<ItemProof> {
    let total = items.iter().filter(|item| item.experiment.is_some()).count() as u64;
    let mut done: Vec<(usize, ItemProof)> = Vec::new();
    let decided =
        items.iter().enumerate().filter_map(|(i, item)| Some((i, *item, item.experiment.as_ref()?)));
    let mut running = stream::iter(decided)
        .map(|(i, item, experiment)| async move {
            let clock = Instant::now();
            let (problems, output) = match item.task() {
                Some(Task::Fix(fix)) => (mended(store, lab, item, (fix, experiment)).await, Vec::new()),
                _ => match observe(store, lab, item, experiment).await {
                    Ok(output) => (differences(item, &output), output),
                    Err(problem) => (vec![problem], Vec::new()),
                },
            };
            (i, ItemProof { id: item.id.clone(), problems, output, seconds: clock.elapsed().as_secs_f64() })
        })
        .buffer_unordered(jobs.max(1));
    while let Some((i, proof)) = running.next().await {
        for problem in &proof.problems {
            events.warn(format!("{}: {problem}", proof.id));
        }
        let number = done.len() as u64 + 1;
        events.emit(Event::Progress { done: number, total, unit: "items", detail: proof.id.clone() });
        done.push((i, proof));
    }
    drop(running);
    done.sort_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, proof)| proof).collect()
}

/// The manifest to be mended must fail some check, the answer none, each wrong one some.
async fn mended(
    store: &Store,
    lab: &LabCluster,
    item: &Item,
    (fix, experiment): (&Fix, &Experiment),
) -> Vec<String> {
    let wrong = fix.wrong.iter().map(|w| w.manifest.as_str());
    let all: Vec<&str> = [fix.answer.as_str(), fix.manifest.as_str()].into_iter().chain(wrong).collect();
    let found = match try_manifests(store, lab, item, (fix, experiment), &all).await {
        Ok(found) => found,
        Err(problem) => return vec![problem],
    };
    let mut problems = Vec::new();
    for (i, checks) in found.into_iter().enumerate() {
        let bad: Vec<String> = checks.into_iter().flatten().collect();
        match (i, bad.is_empty()) {
            (0, false) => problems.push(format!("the answer is not right: {}", bad.join(" / "))),
            (1, true) => problems.push("the manifest to fix is already right".into()),
            (2.., true) => problems.push(format!("wrong manifest {} passes all checks", i - 1)),
            _ => {}
        }
    }
    problems
}

/// Pure: where an item and what its experiment printed differ.
pub fn differences(item: &Item, output: &[String]) -> Vec<String> {
    let text: String = output.iter().map(|line| format!("{line}\n")).collect();
    let found = |pattern: &str| Regex::new(&format!("(?m){pattern}")).is_ok_and(|r| r.is_match(&text));
    let captured = |pattern: &str| {
        let groups = Regex::new(&format!("(?m){pattern}")).ok()?;
        Some(groups.captures(&text)?.get(1)?.as_str().to_owned())
    };
    let mut problems = Vec::new();
    let shows = item.experiment.iter().flat_map(|e| &e.shows);
    problems.extend(shows.filter(|s| !found(s)).map(|s| format!("the output does not show `{s}`")));
    match item.task() {
        Some(Task::Single(options) | Task::Multiple(options) | Task::Predict(options)) => {
            problems.extend(options.iter().filter_map(|option| of_option(option, found)));
        }
        Some(Task::Ordering(steps)) => {
            let mut from = 0;
            for step in steps.iter().filter_map(|s| s.seen.as_ref()) {
                match Regex::new(&format!("(?m){step}"))
                    .ok()
                    .and_then(|r| r.find_at(&text, from).map(|m| m.end()))
                {
                    Some(end) => from = end,
                    None => problems.push(format!("the output does not show `{step}` where it belongs")),
                }
            }
        }
        Some(Task::Matching(matching)) => {
            let missing = matching.pairs.iter().filter_map(|p| p.seen.as_ref()).filter(|seen| !found(seen));
            problems.extend(missing.map(|seen| format!("the output does not show `{seen}`")));
        }
        Some(Task::Number(number)) => problems.extend(number.seen.as_ref().and_then(|seen| {
            let value = captured(seen).and_then(|found| in_unit(number, &found));
            match value {
                Some(value) if (value - number.value).abs() <= number.tolerance => None,
                Some(value) => Some(format!("the cluster says {value}, the key {}", number.value)),
                None => Some(format!("the output shows no number for `{seen}`")),
            }
        })),
        Some(Task::Short(short)) => {
            problems.extend(short.seen.as_ref().and_then(|seen| match captured(seen) {
                Some(found) if accepts(short, &found) => None,
                Some(found) => Some(format!("the cluster says {found:?}, which is not accepted")),
                None => Some(format!("the output does not show `{seen}`")),
            }))
        }
        Some(Task::Lines(_) | Task::Fix(_) | Task::Open(_)) | None => {}
    }
    if !problems.is_empty() && !output.is_empty() {
        problems.push(format!("it printed: {}", output.join(" / ")));
    }
    problems
}

fn of_option(option: &Choosable, found: impl Fn(&str) -> bool) -> Option<String> {
    let seen = option.seen.as_ref()?;
    match (option.right, found(seen)) {
        (true, false) => {
            Some(format!("{:?} is right, but the output does not show `{seen}`", option.text.trim()))
        }
        (false, true) => Some(format!("{:?} is wrong, but the output shows `{seen}`", option.text.trim())),
        _ => None,
    }
}
