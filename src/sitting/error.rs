//! Why an exam cannot go on.

use std::path::{Path, PathBuf};

use crate::lab::error::LabError;
use crate::scenario::ScenarioError;

/// Why an exam cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SittingError {
    /// There is no exam under way.
    #[error("no exam is under way\n`satrain exam start` begins one, `satrain exam list` shows earlier ones.")]
    None,
    /// One is under way already.
    #[error(
        "exam {id} is under way\nGo on with `satrain exam`, end it with `satrain exam finish`, or give it up with `satrain exam abandon`."
    )]
    UnderWay {
        /// Its name.
        id: String,
    },
    /// Its tasks were being set up when something ended that.
    #[error(
        "exam {id} was interrupted before its clock began, so it does not count\n`satrain exam start` begins another one; that, or `satrain exam abandon`, removes what is left of this one."
    )]
    NeverBegan {
        /// Its name.
        id: String,
    },
    /// No exam is called so.
    #[error("there is no exam `{id}`\n`satrain exam list` shows all.")]
    Unknown {
        /// The name.
        id: String,
    },
    /// No exam has a result.
    #[error("no exam has been graded yet\n`satrain exam start` begins one, `satrain exam list` shows all.")]
    NoResult,
    /// This one has none.
    #[error("exam {id} has no result\n`satrain exam list` shows how it stands.")]
    NotGraded {
        /// Its name.
        id: String,
    },
    /// It has no such task.
    #[error("there is no task {number}; this exam has tasks 1 to {last}")]
    NoTask {
        /// The number.
        number: usize,
        /// The last one.
        last: usize,
    },
    /// The task is a question.
    #[error(
        "task {number} is a question and has no host\nAnswer it with `satrain exam answer {number} ANSWER`."
    )]
    NoHost {
        /// The number.
        number: usize,
    },
    /// The task is no question.
    #[error(
        "task {number} is done on host {host}, not answered\nGo there with `satrain exam host {number}`, or from `base` with `ssh {host}`."
    )]
    NoQuestion {
        /// The number.
        number: usize,
        /// Its host.
        host: String,
    },
    /// What was typed is no answer.
    #[error("task {number}: {why}")]
    NoAnswer {
        /// The number.
        number: usize,
        /// How an answer looks.
        why: String,
    },
    /// The exam has ended.
    #[error("exam {id} has ended; nothing can be changed any more\n`satrain exam finish` shows its result.")]
    Over {
        /// Its name.
        id: String,
    },
    /// It cannot be done in an exam.
    #[error(
        "{what} is closed: exam {id} is under way\nIt is open again when the exam has ended. `satrain exam --help` shows what is open."
    )]
    Closed {
        /// What.
        what: String,
        /// The exam.
        id: String,
    },
    /// Only practice allows that.
    #[error(
        "only a practice exam can {what}\n`satrain exam start --practice` begins one; it does not count as an exam."
    )]
    NotPractice {
        /// What it can.
        what: &'static str,
    },
    /// Notes have no more room.
    #[error(
        "the note is not saved: notes have at most {limit} characters\nShorten them at the desk, or remove them with `satrain exam note --clear`."
    )]
    NotesTooLong {
        /// How many characters there may be.
        limit: usize,
    },
    /// A file of the exam.
    #[error("{doing} {path}: {source}\n{}", help(source))]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The journal begins with nothing that opens an exam.
    #[error("{path}: this is no journal of an exam\nMove the folder away if you do not need it.")]
    NoJournal {
        /// The file.
        path: PathBuf,
    },
    /// A newer satrain wrote the journal.
    #[error(
        "{path}: a newer satrain wrote this exam ({schema})\nUse that version, or move the folder away if you do not need it."
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its form.
        schema: String,
    },
    /// The paper, or a scenario of it.
    #[error(transparent)]
    Scenario(#[from] Box<ScenarioError>),
    /// The lab of a task.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// A task could not be set up.
    #[error("task {number} ({id}) could not be set up: {why}")]
    SetUp {
        /// Its number.
        number: usize,
        /// Its scenario.
        id: String,
        /// Why.
        why: String,
    },
    /// A cluster.
    #[error("{0}")]
    Cluster(String),
}

/// Shorthand of this room's results.
pub type Result<T> = std::result::Result<T, SittingError>;

/// What was tried with a file, for an error of the system.
pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> SittingError {
    let path = path.to_owned();
    move |source| SittingError::Io { doing, path, source }
}

fn help(source: &std::io::Error) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "The disk is full, and nothing was saved. Make room and try again: the exam goes on, and so does its clock."
        }
        _ => "Nothing was saved. Try again: the exam goes on, and so does its clock.",
    }
}
