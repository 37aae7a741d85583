//! Why a sitting cannot go on: the errors of the rooms below, and the few of its own.

use crate::history::HistoryError;
use crate::lab::error::LabError;
use crate::result::recording::RecordingError;
use crate::scenario::ScenarioError;

/// Why a sitting cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The scenario cannot be used.
    #[error(transparent)]
    Scenario(#[from] Box<ScenarioError>),
    /// The attempt, or the lab on its cluster.
    #[error(transparent)]
    Lab(#[from] LabError),
    /// The history.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The recording is none.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// An attempt is in progress whose names another seed drew.
    #[error(
        "attempt {attempt} of {scenario} is in progress with different names\nAdd `--fresh` to start over with seed {seed}."
    )]
    OtherNames {
        /// The attempt.
        attempt: String,
        /// Its scenario.
        scenario: String,
        /// The seed that was asked for.
        seed: u64,
    },
    /// A script would be played where somebody is at work.
    #[error(
        "attempt {attempt} of {scenario} is in progress, and a script begins with a new lab\nSomebody has been at work there: {sign} was changed. Add `--fresh` to remove that; `satrain check {attempt}` grades it, and `satrain shell {attempt}` goes on with it."
    )]
    AtWork {
        /// The attempt.
        attempt: String,
        /// Its scenario.
        scenario: String,
        /// What shows it.
        sign: String,
    },
    /// This is the shell of an attempt that has ended.
    #[error(
        "attempt {attempt}, whose shell this is, has ended\nLeave the shell with `exit`, or name another attempt: `satrain history` lists them."
    )]
    ShellOfEnded {
        /// The attempt.
        attempt: String,
    },
    /// A recording takes longer to judge than that of any real grade.
    #[error("the recording could not be judged within a minute\nIt is not the recording of a real grade.")]
    TooLong,
}

/// Shorthand of this room's results.
pub type Result<T> = std::result::Result<T, SessionError>;
