//! What the learner has reached so far: best scores, and what is in progress.

use std::collections::BTreeMap;

use super::error::Result;
use crate::lab::store::Store;
use crate::lab::store::record::Phase;
use crate::result::format::ResultV1;

/// Of all attempts of this user.
#[derive(Debug, Default)]
pub struct Progress {
    /// The best score of each scenario, in per cent: the learner's own work only.
    pub best: BTreeMap<String, u32>,
    /// Scenarios with an attempt in progress that is not passed, the latest last.
    pub open: Vec<String>,
}

impl Progress {
    /// Reads it from the attempts' results.
    pub fn of(store: &Store) -> Result<Self> {
        let mut progress = Self::default();
        for record in store.all()? {
            let results = store.dir(&record.id).all_results::<ResultV1>()?;
            if record.phase != Phase::Ended && results.last().is_none_or(|last| !last.score.passed) {
                progress.open.push(record.scenario.id.clone());
            }
            for result in results {
                if result.is_own_work() && result.score.complete {
                    let score = progress.best.entry(record.scenario.id.clone()).or_default();
                    *score = (*score).max(result.score.percent);
                }
            }
        }
        Ok(progress)
    }
}
