//! What the desk needs of an exam, and what it asks of it.

use std::fmt;

use crate::sitting::clock::Moment;
use crate::sitting::state::State;

/// Something that the candidate does. Tasks are named by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The text of a task is on the screen.
    Read(usize),
    /// A flag is set, or taken away.
    Flag(usize, bool),
    /// The notes were changed.
    Note {
        /// What they were.
        before: String,
        /// What they are now.
        text: String,
    },
    /// A question is answered; nothing: the answer is taken back.
    Answer(usize, String),
    /// The exam is finished.
    Finish,
}

/// An exam under way. Its functions may wait for a disk; they are called beside the screen, one at a time (but for `now`).
pub trait Seat: Send + Sync + 'static {
    /// How the exam stands.
    ///
    /// # Errors
    /// A sentence that says why this cannot be said.
    fn state(&self) -> Result<State, String>;

    /// Does something and writes it down; gives how the exam stands then.
    ///
    /// # Errors
    /// A sentence that says why it was not done. Then nothing of it is written down.
    fn act(&self, act: Act) -> Result<State, String>;

    /// What time it is.
    fn now(&self) -> Moment;

    /// The text of a task.
    fn task_text(&self, number: usize) -> String;
}

/// Why the desk was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// It was left, or its shell or its terminal ended: the exam goes on.
    Left,
    /// The exam was finished.
    Finished,
    /// Its time is over.
    TimeOver,
    /// It was given up.
    Abandoned,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Left => {
                "You have left the desk; the exam and its clock go on: `satrain exam` opens the desk again."
            }
            Self::Finished => "The exam is finished; nothing counts that is done from now on.",
            Self::TimeOver => {
                "Time is over: the exam has ended, and nothing counts that is done from now on."
            }
            Self::Abandoned => "The exam was given up; it does not count.",
        })
    }
}
