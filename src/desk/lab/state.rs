//! What the desk of a lab shows, what it is told, and what it asks for. Pure data.

use jiff::Timestamp;

use super::board::Board;
use crate::desk::layout::Layout;
use crate::desk::pane::Pane;
use crate::printable::printable;

/// What it is told.
#[derive(Debug)]
pub enum News {
    /// What time it is.
    Time(Timestamp),
    /// The lab was looked at.
    Board(Board),
    /// The lab could not be looked at, and why.
    Unseen(String),
    /// The attempt has ended.
    AttemptEnded,
}

/// It asks for a look at the lab now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look;

/// Who gets what is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Focus {
    /// The shell.
    Shell,
    /// The desk gets one key.
    Prefix,
    /// The task and the board, to be read.
    Task,
    /// What the shell wrote earlier, to be read.
    Earlier,
    /// The list of keys.
    Keys,
}

/// Everything that it shows.
pub(super) struct State {
    /// The scenario, as in `scenario-2`.
    pub(super) name: String,
    /// Its title.
    pub(super) title: String,
    /// What is asked for.
    pub(super) task: String,
    /// What is known of the requirements; None: nothing yet.
    pub(super) board: Option<Board>,
    /// What keeps the board from being up to date.
    pub(super) trouble: Option<String>,
    /// The shell; None: the board stands alone.
    pub(super) shell: Option<Pane>,
    /// Who gets what is typed.
    pub(super) focus: Focus,
    /// Where everything is.
    pub(super) layout: Layout,
    /// How many lines of the task have been scrolled away.
    pub(super) scrolled: usize,
    /// What time it is.
    pub(super) now: Timestamp,
}

impl State {
    /// A desk with a shell, or the board alone.
    pub(super) fn new(
        (name, title, task): (&str, &str, &str),
        with_shell: bool,
        size: (u16, u16),
        now: Timestamp,
    ) -> Self {
        let layout = Layout::new(size);
        Self {
            name: printable(name).into_owned(),
            title: printable(title).into_owned(),
            task: printable(task).into_owned(),
            board: None,
            trouble: None,
            shell: with_shell.then(|| Pane::new(layout.shell())),
            // Where there is room for one of them only, the task is read first.
            focus: if with_shell && layout.is_wide() { Focus::Shell } else { Focus::Task },
            layout,
            scrolled: 0,
            now,
        }
    }
}
