//! What the learner has reached so far: best scores, what is in progress, and what is next.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::Result;
use crate::lab::store::Store;
use crate::lab::store::record::{AttemptRecord, Phase};
use crate::result::format::ResultV1;
use crate::scenario::Entry;
use crate::scenario::path::{self, Reason};

/// Of all attempts of this user.
#[derive(Debug, Default)]
pub struct Progress {
    /// The best score of each scenario, in per cent: the learner's own work only.
    pub best: BTreeMap<String, u32>,
    /// Attempts in progress that are not passed, the latest last.
    pub open: Vec<Open>,
}

/// An attempt in progress.
#[derive(Debug, Clone)]
pub struct Open {
    /// What is written down about it.
    pub record: AttemptRecord,
    /// What its last grade came to, in per cent.
    pub percent: Option<u32>,
}

/// The scenario to play next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Next {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Expected minutes.
    pub minutes: u32,
    /// Why it is proposed.
    pub reason: Reason,
    /// The best score so far, in per cent.
    pub best: Option<u32>,
    /// What should come before it.
    #[serde(skip)]
    pub after: Vec<String>,
}

impl Progress {
    /// Reads it from the attempts' results.
    pub fn of(store: &Store) -> Result<Self> {
        let mut progress = Self::default();
        for record in store.all()? {
            let results = store.dir(&record.id).all_results::<ResultV1>()?;
            for result in results.iter().filter(|result| result.is_own_work() && result.score.complete) {
                let score = progress.best.entry(record.scenario.id.clone()).or_default();
                *score = (*score).max(result.score.percent);
            }
            let last = results.last().map(|last| &last.score);
            if record.phase != Phase::Ended && last.is_none_or(|last| !last.passed) {
                let percent = last.map(|last| last.percent);
                progress.open.push(Open { record, percent });
            }
        }
        Ok(progress)
    }

    /// The scenarios with an attempt in progress that is not passed, the latest last.
    pub fn open_scenarios(&self) -> Vec<String> {
        self.open.iter().map(|open| open.record.scenario.id.clone()).collect()
    }

    /// What to play next of these; None: all is passed.
    pub fn next(&self, entries: &[Entry]) -> Option<Next> {
        let (scenario, reason) = path::next(entries, &self.best, &self.open_scenarios())?;
        Some(Next {
            id: scenario.id.clone(),
            title: scenario.title.clone(),
            minutes: scenario.minutes,
            reason,
            best: self.best.get(&scenario.id).copied(),
            after: scenario.after.clone(),
        })
    }
}

impl Next {
    /// Why it is proposed, in a few words.
    pub fn why(&self) -> String {
        match self.reason {
            Reason::InProgress => "it is in progress".into(),
            Reason::NotPassed => format!("your best score is {} %", self.best.unwrap_or_default()),
            Reason::New if self.after.is_empty() => "it is new to you".into(),
            Reason::New => format!("it follows {}", self.after.join(", ")),
        }
    }
}
