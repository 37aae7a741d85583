//! What a learner hands in: of each scenario the newest attempt that was graded and is the learner's own work.
//!
//! In: the attempts on this machine, and scripts that the learner adds. Out: attempts as a bundle has them, without requests, and which
//! scenarios were left out, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use super::Session;
use super::error::Result;
use crate::bundle::Attempt;
use crate::lab::store::AttemptDir;
use crate::lab::store::record::AttemptRecord;
use crate::result::format::ResultV1;
use crate::result::recording::Recording;
use crate::scenario::Catalog;

/// What is there to hand in.
#[derive(Debug, Default)]
pub struct HandIn {
    /// The attempts, each with its record.
    pub attempts: Vec<(AttemptRecord, Attempt)>,
    /// The scenarios that are left out, and why.
    pub left_out: Vec<(String, &'static str)>,
}

impl Session {
    /// What there is of the scenarios `wanted`; none: of all that were played. `scripts` are the learner's, by scenario: they are handed
    /// in instead of what was played.
    pub fn hand_in(&self, wanted: &[String], scripts: &BTreeMap<String, String>) -> Result<HandIn> {
        let store = self.store();
        let catalog = self.catalog()?;
        // The newest comes last.
        let mut played: BTreeMap<String, Vec<AttemptRecord>> = BTreeMap::new();
        for record in store.all()? {
            played.entry(record.scenario.id.clone()).or_default().push(record);
        }
        let asked: BTreeSet<String> = match wanted.is_empty() {
            true => played.keys().cloned().collect(),
            false => wanted.iter().cloned().collect(),
        };
        let mut out = HandIn::default();
        for scenario in asked {
            let newest_first = played.remove(&scenario).unwrap_or_default().into_iter().rev();
            let mut why = "it was not played on this machine, or its attempts were removed";
            let mut found = None;
            for record in newest_first {
                match one(&catalog, &record, &store.dir(&record.id), scripts.get(&scenario))? {
                    Ok(attempt) => {
                        found = Some((record, attempt));
                        break;
                    }
                    Err(reason) => why = reason,
                }
            }
            match found {
                Some(pair) => out.attempts.push(pair),
                None => out.left_out.push((scenario, why)),
            }
        }
        Ok(out)
    }
}

/// An attempt as it is handed in, or why it is not.
fn one(
    catalog: &Catalog,
    record: &AttemptRecord,
    dir: &AttemptDir,
    given: Option<&String>,
) -> Result<std::result::Result<Attempt, &'static str>> {
    let Some(bytes) = dir.newest_recording()? else {
        return Ok(Err("it was not graded yet: run `satrain check`"));
    };
    let Ok(text) = String::from_utf8(bytes) else { return Ok(Err("its recording is damaged")) };
    let Ok(recording) = Recording::read(text.as_bytes()) else { return Ok(Err("its recording is damaged")) };
    let result = recording.result();
    let script = match given {
        Some(script) => Some(script.clone()),
        None if result.is_own_work() => None,
        None if is_of_the_bank(catalog, &result) || result.solution.is_none() => {
            return Ok(Err("a solution of the scenario was shown or played; play it again yourself"));
        }
        None => dir.played_script()?,
    };
    Ok(Ok(Attempt {
        scenario: record.scenario.id.clone(),
        digest: result.scenario.digest,
        values: result.params,
        finished_at: result.finished,
        percent: result.score.percent,
        recording: text,
        script,
        history: None,
        requests: Vec::new(),
    }))
}

/// Whether what was played is a solution or mistake of the scenario itself, and no file of the learner.
fn is_of_the_bank(catalog: &Catalog, result: &ResultV1) -> bool {
    let Some(played) = &result.solution else { return false };
    let Ok(loaded) = catalog.get(&result.scenario.id) else { return false };
    let scenario = &loaded.scenario;
    scenario.solutions.iter().any(|one| one.name == played.name)
        || scenario.mistakes.iter().any(|one| one.name == played.name)
}
