//! What survives a crash: one folder an attempt, with its record, baseline, inventory, results and
//! recorded grades.
//!
//! In: records. Out: the same records, whole or not at all. Never: a cluster, a half-written file.

pub(in crate::lab) mod names;
pub mod player;
pub mod record;
mod recordings;
pub mod seal;
mod veiled;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::error::{LabError, Result, io};
use crate::fs::{self as files, Durability, Holder, Lock, write_atomic};
use crate::printable;
use record::{AttemptId, AttemptRecord, Phase};

const CURRENT: &str = "current";
const RECORD: &str = "attempt.json";
const SHELL: &str = "shell.sock";

/// All attempts of one user.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    durability: Durability,
}

/// The folder of one attempt.
#[derive(Debug, Clone)]
pub struct AttemptDir {
    path: PathBuf,
    durability: Durability,
}

impl Store {
    /// The store in `root` (made when first written to).
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), durability: Durability::Disk }
    }

    /// A store in `root` of attempts that go with their cluster: after the machine's death there is nothing to clean
    /// up, so no write waits for the disk.
    pub fn ephemeral(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), durability: Durability::Process }
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of an attempt, whether it exists or not.
    pub fn dir(&self, id: &AttemptId) -> AttemptDir {
        AttemptDir { path: self.root.join(id.as_str()), durability: self.durability }
    }

    /// Writes a new attempt's record: from here on, a later command can clean up after it.
    pub fn create(&self, record: &AttemptRecord) -> Result<AttemptDir> {
        let dir = self.dir(&record.id);
        for folder in [self.root.clone(), dir.path.clone(), dir.results()] {
            make_private(&folder)?;
        }
        dir.save_record(record)?;
        Ok(dir)
    }

    /// Every attempt with a readable record, oldest first.
    pub fn all(&self) -> Result<Vec<AttemptRecord>> {
        let mut found = Vec::new();
        for name in entries(&self.root)? {
            let dir = AttemptDir { path: self.root.join(&name), durability: self.durability };
            if let Some(record) = dir.read::<AttemptRecord>(RECORD)? {
                found.push(record);
            }
        }
        found.sort_by(|a, b| a.started.cmp(&b.started).then_with(|| a.id.cmp(&b.id)));
        Ok(found)
    }

    /// Attempts that still hold something on a cluster.
    pub fn in_progress(&self) -> Result<Vec<AttemptRecord>> {
        Ok(self.all()?.into_iter().filter(|r| r.phase != Phase::Ended).collect())
    }

    /// The attempt in progress that `wanted` names (a scenario or an attempt), or the current one.
    pub fn find(&self, wanted: Option<&str>) -> Result<AttemptRecord> {
        let mut open = self.in_progress()?;
        match wanted {
            Some(name) => {
                let at = open.iter().rposition(|r| r.id.as_str() == name || r.scenario.id == name);
                at.map(|i| open.swap_remove(i)).ok_or_else(|| LabError::NoSuchAttempt { wanted: name.into() })
            }
            None => {
                let current = self.current()?;
                let at = open.iter().position(|r| Some(r.id.as_str()) == current.as_deref());
                at.map(|i| open.swap_remove(i)).or_else(|| open.pop()).ok_or(LabError::NoAttempt)
            }
        }
    }

    /// Which attempt commands without a name mean.
    pub fn current(&self) -> Result<Option<String>> {
        let path = self.root.join(CURRENT);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(io("reading", &path)(e)),
        }
    }

    /// Makes an attempt the current one.
    pub fn set_current(&self, id: &AttemptId) -> Result<()> {
        let path = self.root.join(CURRENT);
        write_atomic(&path, id.as_str().as_bytes(), self.durability).map_err(io("writing", &path))
    }

    /// Removes folders that a crash left without a record; the caller holds the lock.
    pub fn sweep(&self) -> Result<()> {
        for name in entries(&self.root)? {
            let path = self.root.join(&name);
            if path.is_dir() && !path.join(RECORD).exists() {
                fs::remove_dir_all(&path).map_err(io("removing", &path))?;
            }
        }
        Ok(())
    }

    /// Removes the folders of ended attempts, results and all; the caller holds the lock.
    pub fn forget_ended(&self) -> Result<()> {
        for record in self.all()?.into_iter().filter(|r| r.phase == Phase::Ended) {
            let dir = self.dir(&record.id);
            fs::remove_dir_all(dir.path()).map_err(io("removing", dir.path()))?;
        }
        Ok(())
    }

    /// Waits for the right to set up, grade or reset here. `doing` tells others what for ("satrain check"); `busy` is
    /// called once if somebody else has it.
    pub fn lock(&self, doing: &str, busy: impl FnOnce(&Holder), cancel: &CancellationToken) -> Result<Lock> {
        make_private(&self.root)?;
        let path = self.root.join("lock");
        Lock::wait(&path, doing, busy, cancel).map_err(io("locking", &path))?.ok_or(LabError::Interrupted)
    }
}

impl AttemptDir {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The learner's folder.
    pub fn workspace(&self) -> PathBuf {
        self.path.join("workspace")
    }

    /// Where desks find the learner's shell, which is held there. If this is removed, it ends as soon as no desk shows it.
    pub fn shell_socket(&self) -> PathBuf {
        self.path.join(SHELL)
    }

    /// Ends the learner's shell, if one is held.
    pub fn end_shell(&self) -> Result<()> {
        self.remove(SHELL)
    }

    /// The folder of results, one file a grade.
    pub fn results(&self) -> PathBuf {
        self.path.join("results")
    }

    /// The record.
    pub fn record(&self) -> Result<Option<AttemptRecord>> {
        self.read(RECORD)
    }

    /// Replaces the record.
    pub fn save_record(&self, record: &AttemptRecord) -> Result<()> {
        self.write(RECORD, record)
    }

    /// Replaces a file by `value` as JSON, the very bytes that `--output json` prints.
    pub fn write(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let path = self.path.join(name);
        let mut text = printable::json(value)
            .map_err(|e| LabError::Record { path: path.clone(), why: e.to_string() })?;
        text.push('\n');
        write_atomic(&path, text.as_bytes(), self.durability).map_err(io("writing", &path))
    }

    /// Reads a JSON file; None when there is none.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        read_json(&self.path.join(name))
    }

    /// Removes a file, if it is there.
    pub fn remove(&self, name: &str) -> Result<()> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(io("removing", &path)(e)),
            _ => Ok(()),
        }
    }

    /// Keeps one more result and returns its path.
    pub fn add_result(&self, result: &impl Serialize) -> Result<PathBuf> {
        let name = format!("results/{}", self.next_name()?);
        self.write(&name, result)?;
        Ok(self.path.join(name))
    }

    /// The name of the next result's file, and of its recording's.
    pub(super) fn next_name(&self) -> Result<String> {
        Ok(format!("{:04}.json", self.result_files()?.len() + 1))
    }

    /// All results of the attempt, oldest first.
    pub fn all_results<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        self.result_files()?.iter().filter_map(|p| read_json(p).transpose()).collect()
    }

    fn result_files(&self) -> Result<Vec<PathBuf>> {
        let folder = self.results();
        Ok(json_files(&folder)?.into_iter().map(|name| folder.join(name)).collect())
    }
}

/// Makes a folder that only its owner can enter.
pub(crate) fn make_private(path: &Path) -> Result<()> {
    files::make_private(path).map_err(io("making", path))
}

fn entries(folder: &Path) -> Result<Vec<String>> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(io("listing", folder)(e)),
    };
    Ok(listing.filter_map(|e| e.ok()?.file_name().into_string().ok()).collect())
}

/// The names of a folder's finished files, the oldest first.
fn json_files(folder: &Path) -> Result<Vec<String>> {
    let mut names = entries(folder)?;
    names.retain(|n| n.ends_with(".json") && !n.starts_with('.'));
    names.sort();
    Ok(names)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|e| LabError::Record { path: path.to_owned(), why: e.to_string() }),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(io("reading", path)(e)),
    }
}

#[cfg(test)]
pub(in crate::lab) mod tests;
