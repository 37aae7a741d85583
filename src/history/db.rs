//! The database: opened, brought to the newest form, and set aside when it is damaged.
//!
//! Write-ahead logging, so that readers and writers do not wait for each other; each change is one transaction, so that
//! a killed process leaves all of it or nothing. The file is the user's alone (0600).

use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::printable::name;

/// How long a process waits for another one's transaction.
const PATIENCE: Duration = Duration::from_secs(20);

/// The form of the database, one step after the other: a released step is never changed.
const MIGRATIONS: [(u32, &str); 3] =
    [(1, include_str!("1-first.sql")), (2, include_str!("2-exams.sql")), (3, include_str!("3-ungraded.sql"))];

/// Why the history cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A newer satrain has changed it.
    #[error("{path} was written by a newer satrain (format {found}, this one supports {known})")]
    Newer {
        /// The file.
        path: String,
        /// Its form.
        found: u32,
        /// The newest form that is known.
        known: u32,
    },
    /// Files could not be made or moved.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// SQLite says no.
    #[error("the history: {0}")]
    Sql(#[from] rusqlite::Error),
}

impl HistoryError {
    pub(super) fn file(path: &Path, error: io::Error) -> Self {
        Self::File { path: name(path), error }
    }

    /// Whether the file may not be written, which does not say that it cannot be read.
    pub(super) fn is_of_writing(&self) -> bool {
        match self {
            Self::File { error, .. } => {
                matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
            }
            Self::Sql(error) => matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied)
            ),
            Self::Newer { .. } => false,
        }
    }
}

/// The history of one user.
#[derive(Debug)]
pub struct History {
    pub(super) db: Connection,
}

/// An opened history, and what happened to the one before.
#[derive(Debug)]
pub struct Opened {
    /// The history.
    pub history: History,
    /// Where a damaged one was put.
    pub set_aside: Option<PathBuf>,
}

impl History {
    /// Opens the history in this file; makes it where there is none. A damaged one is set aside, not overwritten.
    ///
    /// # Errors
    /// When it cannot be opened, or comes from a newer satrain.
    pub fn open(path: &Path) -> Result<Opened, HistoryError> {
        match Self::opened(path) {
            Ok(history) => Ok(Opened { history, set_aside: None }),
            Err(HistoryError::Sql(error)) if is_damage(&error) => {
                let aside = set_aside(path)?;
                Ok(Opened { history: Self::opened(path)?, set_aside: Some(aside) })
            }
            Err(error) => Err(error),
        }
    }

    fn opened(path: &Path) -> Result<Self, HistoryError> {
        let failed = |error| HistoryError::file(path, error);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        // Made by us first: SQLite would let everybody read it.
        OpenOptions::new().create(true).append(true).mode(0o600).open(path).map_err(failed)?;
        let mut db = Connection::open(path)?;
        db.busy_timeout(PATIENCE)?;
        use_log(&db)?;
        db.pragma_update(None, "synchronous", "normal")?;
        db.pragma_update(None, "foreign_keys", true)?;
        must_be_sound(&db)?;
        migrate(&mut db, path)?;
        Ok(Self { db })
    }
}

pub(super) fn must_be_sound(db: &Connection) -> Result<(), rusqlite::Error> {
    let sound: String = db.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
    if sound == "ok" {
        return Ok(());
    }
    let damaged = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(damaged, Some(sound)))
}

/// Has writers and readers not wait for each other. Two processes that both do this first are a deadlock to SQLite:
/// it refuses one at once, whatever patience it was told to have.
fn use_log(db: &Connection) -> Result<(), rusqlite::Error> {
    let end = Instant::now() + PATIENCE;
    loop {
        match db.pragma_update(None, "journal_mode", "wal") {
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(10));
            }
            done => return done,
        }
    }
}

pub(super) fn migrate(db: &mut Connection, path: &Path) -> Result<(), HistoryError> {
    let form = |db: &Connection| db.query_row("pragma user_version", [], |row| row.get::<_, u32>(0));
    let found = form(db)?;
    let known = MIGRATIONS.last().map_or(0, |(form, _)| *form);
    if found > known {
        return Err(HistoryError::Newer { path: name(path), found, known });
    }
    if found == known {
        return Ok(());
    }
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let found = form(&change)?;
    for (form, step) in MIGRATIONS.iter().filter(|(form, _)| *form > found) {
        change.execute_batch(step)?;
        change.pragma_update(None, "user_version", form)?;
    }
    Ok(change.commit()?)
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Moves the file and what SQLite keeps beside it.
fn set_aside(path: &Path) -> Result<PathBuf, HistoryError> {
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%S%3f");
    let beside = |suffix: &str| PathBuf::from(format!("{}{suffix}", path.display()));
    let aside = beside(&format!(".damaged-{now}"));
    let failed = |error| HistoryError::file(path, error);
    std::fs::rename(path, &aside).map_err(failed)?;
    for suffix in ["-wal", "-shm"] {
        let part = beside(suffix);
        if part.exists() {
            let aside = PathBuf::from(format!("{}{suffix}", aside.display()));
            std::fs::rename(&part, aside).map_err(failed)?;
        }
    }
    Ok(aside)
}
