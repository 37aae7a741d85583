//! A history that is only looked at: none is made, and one that may not be written is copied into memory.
//!
//! In: the file. Out: a history in the newest form. Never: a change of a file that may not be written, or a new one beside it.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};
use url::Url;

use super::db::{History, HistoryError, Opened, migrate, must_be_sound};

/// Pages that are copied at a time.
const PAGES: i32 = 1024;
/// The pause before a file that is being changed is read again.
const PAUSE: Duration = Duration::from_millis(10);

impl History {
    /// As [`Self::open`], for who only looks: where there is no history, none is made, and one that may only be read is read. What
    /// is changed in it may be lost.
    ///
    /// # Errors
    /// As [`Self::open`], and when it cannot be told whether there is one.
    pub fn open_read_only(path: &Path) -> Result<Opened, HistoryError> {
        let db = match std::fs::metadata(path) {
            Ok(_) => match Self::open(path) {
                Err(refused) if refused.is_of_writing() => in_memory(path)?,
                opened => return opened,
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {
                migrated(Connection::open_in_memory()?, path)?
            }
            Err(error) => return Err(HistoryError::file(path, error)),
        };
        Ok(Opened { history: Self { db }, set_aside: None })
    }
}

/// The rows of the file, in memory.
fn in_memory(path: &Path) -> Result<Connection, HistoryError> {
    // What may not even be read is told as the system says it.
    std::fs::File::open(path).map_err(|error| HistoryError::file(path, error))?;
    let db = match copied(path, "") {
        // Without the right to make the files beside it, SQLite reads a file only if it is told that nobody changes it. The log
        // holds what is not in the file yet, so that is true only without one.
        Err(_) if !has_log(path) => copied(path, "?immutable=1")?,
        copied => copied?,
    };
    migrated(db, path)
}

fn migrated(mut db: Connection, path: &Path) -> Result<Connection, HistoryError> {
    migrate(&mut db, path)?;
    Ok(db)
}

fn copied(path: &Path, options: &str) -> Result<Connection, rusqlite::Error> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let file = match Url::from_file_path(path) {
        Ok(url) => Connection::open_with_flags(format!("{url}{options}"), flags)?,
        Err(()) => Connection::open_with_flags(path, flags)?,
    };
    must_be_sound(&file)?;
    let mut db = Connection::open_in_memory()?;
    Backup::new(&file, &mut db)?.run_to_completion(PAGES, PAUSE, None)?;
    Ok(db)
}

/// Whether the write-ahead log holds anything.
fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::ExamRow;

    #[test]
    fn a_copy_has_the_rows_and_leaves_the_file_as_it_was() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a 50% #?.sqlite");
        let exam = ExamRow {
            exam: "one".into(),
            title: "title".into(),
            at: "2026-11-25T10:00:00Z".into(),
            percent: Some(72),
            pass: 67,
            passed: Some(true),
            complete: true,
            practice: false,
            tasks: 6,
            used: 3300,
            seconds: 3600,
        };
        History::open(&path).unwrap().history.add_exam(&exam).unwrap();
        let before = std::fs::read(&path).unwrap();
        for options in ["", "?immutable=1"] {
            let copy = History { db: copied(&path, options).unwrap() };
            assert_eq!(copy.exams().unwrap().len(), 1);
            assert_eq!(copy.exams().unwrap()[0].exam, "one");
        }
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn only_a_history_that_is_not_there_is_an_empty_one() {
        let root = tempfile::tempdir().unwrap();
        let [link, other] = ["link", "other"].map(|name| root.path().join(name));
        let none = History::open_read_only(&root.path().join("state/history.sqlite")).unwrap();
        assert!(none.history.exams().unwrap().is_empty() && !root.path().join("state").exists());
        std::os::unix::fs::symlink(&link, &other).unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        for path in [link.clone(), link.join("history.sqlite")] {
            let said = History::open_read_only(&path).unwrap_err().to_string();
            assert!(said.ends_with(": Too many levels of symbolic links (os error 40)"), "{said}");
        }
    }

    #[test]
    fn a_file_that_is_no_history_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("history.sqlite");
        std::fs::write(&path, "no database ".repeat(99)).unwrap();
        assert!(matches!(in_memory(&path), Err(HistoryError::Sql(_))));
        assert!(path.exists());
    }
}
