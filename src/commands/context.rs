//! What every command needs, read once from the command line and the environment.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

use super::environment::Environment;
use crate::error::{Failure, Result};
use crate::event::Events;
use crate::history::{History, Opened};
use crate::lab::store::Store;
use crate::lab::store::lock::Lock;
use crate::lab::store::record::{AttemptId, AttemptRecord};
use crate::paths::Paths;
use crate::report::style::Style;
use crate::scenario::{self, Binding, BoundScenario, Catalog, Loaded};

/// The surroundings of a command.
pub struct Context {
    /// The user's folders.
    pub paths: Paths,
    /// What the distribution commands read.
    pub environment: Environment,
    /// Where progress goes.
    pub events: Events,
    /// How text looks.
    pub style: Style,
    /// Whether results are JSON.
    pub json: bool,
    /// Folders with further scenarios.
    pub packs: Vec<PathBuf>,
    /// The attempt whose shell this runs in (`SATRAIN_LAB`).
    pub lab: Option<String>,
    /// The caller's PATH.
    pub path: OsString,
    /// Cancelled on Ctrl-C.
    pub cancel: CancellationToken,
    /// Whether Ctrl-C is somebody else's at the moment.
    pub interrupts_held: Arc<AtomicBool>,
    /// The attempt that this command changes, once that is known.
    pub at_work: Arc<Mutex<Option<AttemptId>>>,
}

/// While it lives, Ctrl-C is not ours.
#[derive(Debug)]
pub struct HeldInterrupts(Arc<AtomicBool>);

impl Drop for HeldInterrupts {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl Context {
    /// All scenarios.
    pub fn catalog(&self) -> Result<Catalog> {
        Ok(Catalog::new(&self.packs)?)
    }

    /// The scenario that `name` means: an id of the catalog, or the path of a file or folder.
    pub fn scenario(&self, name: &str) -> Result<Loaded> {
        match looks_like_a_path(name) {
            true => Ok(scenario::load(Path::new(name))?),
            false => Ok(self.catalog()?.get(name)?.clone()),
        }
    }

    /// The scenario of an attempt, bound to its values.
    pub fn scenario_of(&self, record: &AttemptRecord) -> Result<BoundScenario> {
        let loaded = match &record.scenario.path {
            Some(path) => scenario::load(path)?,
            None => self.catalog()?.get(&record.scenario.id)?.clone(),
        };
        let binding = Binding::from_values(&loaded.scenario, record.values.clone())?;
        let bound = scenario::bind(&loaded, &binding)?;
        if bound.digest != record.scenario.digest {
            self.events.warn(format!(
                "{} has changed since the attempt was set up; `satrain reset` sets up the new form",
                record.scenario.id
            ));
        }
        Ok(bound)
    }

    /// The learner's attempts.
    pub fn store(&self) -> Store {
        Store::new(self.paths.state.join("attempts"))
    }

    /// The learner's history. A damaged one is set aside, and that is said.
    pub fn history(&self) -> Result<History> {
        self.told(History::open(&self.history_file())?)
    }

    /// The same, to look at: where there is none, none is made.
    pub fn past(&self) -> Result<History> {
        self.told(History::open_read_only(&self.history_file())?)
    }

    fn history_file(&self) -> PathBuf {
        self.paths.state.join("history.sqlite")
    }

    fn told(&self, opened: Opened) -> Result<History> {
        if let Some(aside) = opened.set_aside {
            self.events.warn(format!(
                "the history was damaged; it is kept as {}, and a new one has begun",
                aside.display()
            ));
        }
        Ok(opened.history)
    }

    /// The attempt that `wanted` names, or the one in progress here.
    pub fn attempt(&self, wanted: Option<&str>) -> Result<AttemptRecord> {
        let store = self.store();
        let inside = self.lab.as_deref().filter(|id| store.find(Some(id)).is_ok());
        Ok(store.find(wanted.or(inside))?)
    }

    /// From here on, an interruption concerns attempt `id`.
    pub fn works_on(&self, id: &AttemptId) {
        if let Ok(mut at_work) = self.at_work.lock() {
            *at_work = Some(id.clone());
        }
    }

    /// The right to change attempts; waits for another satrain that has it.
    pub fn lock(&self, store: &Store) -> Result<Lock> {
        let busy = || self.events.note("another satrain is at work on an attempt; waiting for it");
        Ok(tokio::task::block_in_place(|| store.lock(busy))?)
    }

    /// Writes JSON, one document with a newline.
    pub fn write_json(&self, out: &mut impl Write, value: &impl serde::Serialize) -> Result<()> {
        let text = crate::printable::json(value).map_err(Failure::other)?;
        Ok(writeln!(out, "{text}")?)
    }

    /// Leaves Ctrl-C to a program that has the terminal.
    pub fn hold_interrupts(&self) -> HeldInterrupts {
        self.interrupts_held.store(true, Ordering::SeqCst);
        HeldInterrupts(self.interrupts_held.clone())
    }

    /// Asks the person at the terminal; out: the answer, without blanks around it.
    pub fn ask(&self, question: &str) -> Result<String> {
        let mut terminal = std::io::stderr();
        write!(terminal, "{question}")?;
        terminal.flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }

    /// Whether a person sits at a terminal and could use a shell.
    pub fn interactive(&self) -> bool {
        !self.json && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
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
