//! One sitting: an attempt is begun or resumed, the learner takes a turn, and the attempt is graded and recorded.
//!
//! In: a cluster with a lab ([`crate::lab::cluster::LabCluster`]) and what somebody wants to play. Out: attempts, results, progress. Everything that
//! a command, an exam or a class does with an attempt goes through here. Never: the command line, a printer; the
//! terminal only through `lab::shell`.

pub mod begin;
pub mod error;
mod gives_way;
pub mod graded;
pub mod progress;
pub mod replay;
pub mod submit;
pub mod trust;
mod turn;
pub mod watching;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

use crate::event::Events;
use crate::fs::{Holder, Lock};
use crate::history::{History, Opened};
use crate::lab::store::Store;
use crate::lab::store::record::{AttemptId, AttemptRecord, Phase};
use crate::scenario::{self, Binding, BoundScenario, Catalog, Loaded};
use error::{Result, SessionError};

/// Where a sitting takes place.
#[derive(Clone)]
pub struct Setting {
    /// Where attempts and the history are kept.
    pub state: PathBuf,
    /// Folders with further scenarios.
    pub packs: Vec<PathBuf>,
    /// The attempt in whose shell this runs.
    pub inside: Option<String>,
    /// What this program was asked to do, for those who wait for it.
    pub doing: String,
    /// Where progress goes.
    pub events: Events,
    /// Ends a wait for another satrain.
    pub cancel: CancellationToken,
}

/// The learner's attempts, history and scenarios.
#[derive(Clone)]
pub struct Session {
    setting: Setting,
    changed: Arc<Mutex<Option<AttemptId>>>,
}

impl Session {
    /// A sitting in that setting.
    pub fn new(setting: Setting) -> Self {
        Self { setting, changed: Arc::default() }
    }

    /// Folders with further scenarios.
    pub fn packs(&self) -> Vec<PathBuf> {
        self.setting.packs.clone()
    }

    /// All scenarios.
    pub fn catalog(&self) -> Result<Catalog> {
        Ok(Catalog::new(&self.setting.packs)?)
    }

    /// The scenario that `name` means: an id of the catalog, or the path of a file or folder.
    pub fn scenario(&self, name: &str) -> Result<Loaded> {
        match looks_like_a_path(name) {
            true => Ok(scenario::load(Path::new(name))?),
            false => Ok(Catalog::one(&self.setting.packs, name)?),
        }
    }

    /// The scenario of an attempt, bound to its values.
    pub fn scenario_of(&self, record: &AttemptRecord) -> Result<BoundScenario> {
        let loaded = match &record.scenario.path {
            Some(path) => scenario::load(path)?,
            None => Catalog::one(&self.setting.packs, &record.scenario.id)?,
        };
        let binding = Binding::from_values(&loaded.scenario, record.values.clone())?;
        let bound = scenario::bind(&loaded, &binding)?;
        if bound.digest != record.scenario.digest {
            self.setting.events.warn(format!(
                "{} has changed since the attempt was set up; `satrain reset` sets up the new version",
                record.scenario.id
            ));
        }
        Ok(bound)
    }

    /// The learner's attempts.
    pub fn store(&self) -> Store {
        Store::new(self.setting.state.join("attempts"))
    }

    /// The attempt that `wanted` names (an attempt or a scenario), or the one in progress here. In the shell of an attempt
    /// that has ended, no other is meant.
    pub fn attempt(&self, wanted: Option<&str>) -> Result<AttemptRecord> {
        let store = self.store();
        let inside = match (wanted, self.setting.inside.as_deref()) {
            (None, Some(id)) => store.all()?.into_iter().find(|record| record.id.as_str() == id),
            _ => None,
        };
        match inside {
            Some(record) if record.phase == Phase::Ended => {
                Err(SessionError::ShellOfEnded { attempt: record.id.to_string() })
            }
            Some(record) => Ok(record),
            None => Ok(store.find(wanted)?),
        }
    }

    /// Changes what is written down about an attempt that is in progress: as it is now, and not as it was once read.
    pub fn amend(&self, id: &AttemptId, change: impl FnOnce(&mut AttemptRecord)) -> Result<AttemptRecord> {
        let store = self.store();
        let _lock = self.lock(&store)?;
        let mut record = store.find(Some(id.as_str()))?;
        change(&mut record);
        store.dir(id).save_record(&record)?;
        Ok(record)
    }

    /// The right to change attempts; waits for another satrain that has it.
    pub fn lock(&self, store: &Store) -> Result<Lock> {
        let busy = |holder: &Holder| {
            self.setting
                .events
                .note(format!("another satrain is at work in this state folder: {holder}; waiting for it"));
        };
        Ok(tokio::task::block_in_place(|| store.lock(&self.setting.doing, busy, &self.setting.cancel))?)
    }

    /// From here on, an interruption concerns attempt `id`.
    pub fn track(&self, id: &AttemptId) {
        if let Ok(mut changed) = self.changed.lock() {
            *changed = Some(id.clone());
        }
    }

    /// The attempt that this sitting changes, as it is written down.
    pub fn tracked(&self) -> Option<AttemptRecord> {
        let id = self.changed.lock().ok().and_then(|id| id.clone())?;
        self.store().dir(&id).record().ok().flatten()
    }

    /// The learner's history. A damaged one is set aside, and the events say so.
    pub fn history(&self) -> Result<History> {
        Ok(self.report_set_aside(History::open(&self.history_file())?))
    }

    /// The same, to look at: where there is none, none is made.
    pub fn history_read_only(&self) -> Result<History> {
        Ok(self.report_set_aside(History::open_read_only(&self.history_file())?))
    }

    fn history_file(&self) -> PathBuf {
        self.setting.state.join("history.sqlite")
    }

    fn report_set_aside(&self, opened: Opened) -> History {
        if let Some(aside) = opened.set_aside {
            self.setting.events.warn(format!(
                "the history was damaged; it was saved as {}, and a new one was started",
                aside.display()
            ));
        }
        opened.history
    }
}

fn looks_like_a_path(name: &str) -> bool {
    name.contains('/') || name.ends_with(".yaml") || name.ends_with(".yml") || name == "."
}

#[cfg(test)]
mod tests {
    use super::looks_like_a_path;

    #[test]
    fn an_id_is_no_path() {
        assert!(!looks_like_a_path("scenario-2"));
        assert!(looks_like_a_path("./scenario-2") && looks_like_a_path("x/scenario.yaml"));
    }
}
