//! Where exams are kept: one folder each, with its paper, journal, attempts, hosts and result. All of it is the user's alone.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::entry::{Event, Opened};
use super::error::{Result, SittingError, io};
use super::journal::Journal;
use super::now::now;
use super::result::ExamResult;
use super::state::State;
use crate::fs::{Durability, Holder, Lock, make_private, write_atomic};
use crate::lab::store::Store;
use crate::printable::printable;

/// The folder of all exams.
#[derive(Debug, Clone)]
pub struct Exams {
    root: PathBuf,
}

/// The folder of one exam.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Exams {
    /// Those below a user's state folder.
    pub fn new(state: &Path) -> Self {
        Self { root: state.join("exams") }
    }

    /// All exams with a journal, in the order in which they were opened.
    pub fn all(&self) -> Result<Vec<(Folder, State)>> {
        let mut found = Vec::new();
        for folder in self.folders()? {
            if let Some(state) = folder.state()? {
                found.push((folder, state));
            }
        }
        // One whose clock never began has its place, too.
        found.sort_by(|(_, a), (_, b)| (a.opened_at, &a.opened.id).cmp(&(b.opened_at, &b.opened.id)));
        Ok(found)
    }

    /// The exam under way, begun or not.
    pub fn open(&self) -> Result<Option<(Folder, State)>> {
        Ok(self.all()?.into_iter().rev().find(|(_, state)| state.is_open()))
    }

    /// The exam of that name.
    pub fn named(&self, id: &str) -> Result<(Folder, State)> {
        let found = self.all()?.into_iter().find(|(_, state)| state.opened.id == id);
        found.ok_or_else(|| SittingError::Unknown { id: id.to_owned() })
    }

    /// The exam that was opened last and has a result.
    pub fn last_graded(&self) -> Result<Option<(Folder, State)>> {
        Ok(self.all()?.into_iter().rev().find(|(folder, _)| folder.result_file().exists()))
    }

    /// A folder for a new exam, named by the day. The caller has the lock.
    pub fn create(&self) -> Result<(String, Folder)> {
        let today = Timestamp::now().to_zoned_datetime(TimeZone::system()).strftime("%Y-%m-%d").to_string();
        let taken = |id: &str| self.root.join(id).exists();
        let id = (1..).map(|n: u32| format!("{today}-{n}")).find(|id| !taken(id)).unwrap_or(today);
        let folder = Folder { path: self.root.join(&id) };
        for path in [&self.root, &folder.path] {
            make_private(path).map_err(io("making", path))?;
        }
        Ok((id, folder))
    }

    /// Removes folders that a kill left before anything was opened in them. The caller has the lock.
    pub fn sweep(&self) -> Result<()> {
        for folder in self.folders()? {
            if !folder.journal().path().exists() {
                fs::remove_dir_all(&folder.path).map_err(io("removing", &folder.path))?;
            }
        }
        Ok(())
    }

    /// Waits for the right to open, change or end an exam.
    pub fn lock(&self, doing: &str, busy: impl FnOnce(&Holder), cancel: &CancellationToken) -> Result<Lock> {
        make_private(&self.root).map_err(io("making", &self.root))?;
        let path = self.root.join("lock");
        let lock = Lock::wait(&path, doing, busy, cancel).map_err(io("locking", &path))?;
        lock.ok_or(SittingError::Lab(crate::lab::error::LabError::Interrupted))
    }

    fn folders(&self) -> Result<Vec<Folder>> {
        let listing = match fs::read_dir(&self.root) {
            Ok(listing) => listing,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(io("listing", &self.root)(e)),
        };
        let folders = listing.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(|p| p.is_dir());
        Ok(folders.map(|path| Folder { path }).collect())
    }
}

impl Folder {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its journal.
    pub fn journal(&self) -> Journal {
        Journal::new(self.path.join("journal.jsonl"))
    }

    /// The attempts at its tasks.
    pub fn store(&self) -> Store {
        Store::new(self.path.join("attempts"))
    }

    /// Its paper.
    pub fn paper(&self) -> PathBuf {
        self.path.join("paper.yaml")
    }

    /// The folder of a host, made if need be.
    pub fn host(&self, name: &str) -> Result<PathBuf> {
        let hosts = self.path.join("hosts");
        let path = hosts.join(name);
        for path in [&hosts, &path] {
            make_private(path).map_err(io("making", path))?;
        }
        Ok(path)
    }

    /// How it stands; None: nothing was opened in it yet.
    pub fn state(&self) -> Result<Option<State>> {
        let journal = self.journal();
        let lines = journal.read().map_err(io("reading", journal.path()))?;
        match State::of(&lines.entries, lines.damaged) {
            None if !lines.entries.is_empty() || lines.damaged > 0 => {
                Err(SittingError::NoJournal { path: journal.path().to_owned() })
            }
            Some(state) if state.opened.schema != Opened::SCHEMA => {
                let (path, schema) =
                    (journal.path().to_owned(), printable(&state.opened.schema).into_owned());
                Err(SittingError::Newer { path, schema })
            }
            state => Ok(state),
        }
    }

    /// Writes an event down, now, and takes it into `state`. The caller has the lock.
    pub fn write(&self, state: &mut State, event: Event) -> Result<()> {
        let journal = self.journal();
        let entry = journal.append(now(), event).map_err(io("writing", journal.path()))?;
        state.take(&entry);
        Ok(())
    }

    /// Its result, once there is one.
    pub fn result(&self) -> Result<Option<ExamResult>> {
        let path = self.result_file();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(io("reading", &path)(e)),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|e| io("reading", &path)(std::io::Error::other(e)))
    }

    /// Writes the result, as a whole.
    pub fn save_result(&self, result: &ExamResult) -> Result<()> {
        let path = self.result_file();
        let text =
            crate::printable::json(result).map_err(|e| io("writing", &path)(std::io::Error::other(e)))?;
        write_atomic(&path, text.as_bytes(), Durability::Disk).map_err(io("writing", &path))
    }

    /// Keeps the text of its paper.
    pub fn save_paper(&self, text: &str) -> Result<()> {
        let path = self.paper();
        write_atomic(&path, text.as_bytes(), Durability::Disk).map_err(io("writing", &path))
    }

    fn result_file(&self) -> PathBuf {
        self.path.join("result.json")
    }
}

#[cfg(test)]
mod tests {
    use super::super::state::Phase;
    use super::super::state::tests::opened;
    use super::*;

    #[test]
    fn several_exams_a_day_have_names_of_their_own_and_one_is_open() {
        let root = tempfile::tempdir().unwrap();
        let exams = Exams::new(root.path());
        assert!(exams.open().unwrap().is_none());
        let (first, folder) = exams.create().unwrap();
        folder.journal().append(now(), opened(1)).unwrap();
        let (_, mut state) = exams.open().unwrap().unwrap();
        folder.write(&mut state, Event::Abandoned { reason: String::new() }).unwrap();
        assert!(exams.open().unwrap().is_none());
        let (second, _) = exams.create().unwrap();
        assert_ne!(first, second);
        exams.sweep().unwrap();
        assert_eq!(exams.all().unwrap().len(), 1, "what was never opened is swept");
        assert_eq!(exams.all().unwrap()[0].1.phase, Phase::Abandoned);
    }

    #[test]
    fn exams_stand_in_the_order_in_which_they_were_opened() {
        use super::super::state::tests::moment;
        let root = tempfile::tempdir().unwrap();
        let exams = Exams::new(root.path());
        let mut made = Vec::new();
        for number in 0..4 {
            let (id, folder) = exams.create().unwrap();
            let Event::Opened(opening) = opened(1) else { panic!("it opens none") };
            let journal = folder.journal();
            journal
                .append(moment(number * 100), Event::Opened(Opened { id: id.clone(), ..opening }))
                .unwrap();
            // The clock of the second one never began.
            if number != 1 {
                journal.append(moment(number * 100 + 10), Event::Begun).unwrap();
            }
            journal.append(moment(number * 100 + 20), Event::Abandoned { reason: String::new() }).unwrap();
            made.push(id);
        }
        let names: Vec<String> = exams.all().unwrap().into_iter().map(|(_, state)| state.opened.id).collect();
        assert_eq!(names, made);
    }

    #[test]
    fn a_folder_of_something_else_is_named() {
        let root = tempfile::tempdir().unwrap();
        let exams = Exams::new(root.path());
        let (_, folder) = exams.create().unwrap();
        fs::write(folder.journal().path(), "rubbish\n").unwrap();
        let error = exams.all().unwrap_err().to_string();
        assert!(error.contains("journal.jsonl: this is no journal of an exam"), "{error}");
        let Event::Opened(mut newer) = opened(1) else { panic!("it opens none") };
        newer.schema = "satrain.dev/exam/v2".into();
        fs::write(folder.journal().path(), "").unwrap();
        folder.journal().append(now(), Event::Opened(newer)).unwrap();
        let error = exams.all().unwrap_err().to_string();
        assert!(error.contains("a newer satrain wrote this exam (satrain.dev/exam/v2)"), "{error}");
    }
}
