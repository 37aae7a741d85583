//! What the desk shows, what may happen to it, and what it wants done. Pure data.

use jiff::Timestamp;

use super::board::Board;
use super::emulator::{Emulator, Modes};
use super::keys::Typed;
use crate::printable::printable;

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// The terminal sent bytes: what was typed or pasted.
    Typed(Vec<u8>),
    /// The shell wrote something.
    Wrote(Vec<u8>),
    /// The shell has ended.
    ShellEnded,
    /// The terminal has this many columns and rows.
    Resized(u16, u16),
    /// What time it is.
    Time(Timestamp),
    /// The lab was looked at.
    Board(Board),
    /// The lab could not be looked at, and why.
    Unseen(String),
    /// The attempt has ended.
    AttemptEnded,
    /// Somebody asks the program to stop for a while.
    Stop,
    /// The program goes on after it was stopped.
    Continued,
    /// The terminal is gone.
    TerminalGone,
}

/// Something that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// These bytes go to the shell.
    ToShell(Vec<u8>),
    /// The shell's terminal has this many columns and rows.
    ResizeShell(u16, u16),
    /// The real terminal sends keys and pastes in this way.
    Modes(Modes),
    /// The screen is drawn.
    Draw,
    /// The screen is drawn from nothing: something else may have drawn on it.
    Redraw,
    /// The program stops until it is continued.
    Stop,
    /// The lab is looked at now.
    Look,
    /// The desk closes.
    Close,
}

/// Who gets what is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
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

/// Everything that the desk shows.
pub struct State {
    /// The scenario, as in `scenario-2`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What is asked for.
    pub task: String,
    /// What is known of the requirements; None: nothing yet.
    pub board: Option<Board>,
    /// What keeps the board from being up to date.
    pub trouble: Option<String>,
    /// The shell; None: the board stands alone.
    pub(super) shell: Option<Emulator>,
    /// Who gets what is typed.
    pub focus: Focus,
    /// Whether the shell has the screen to itself.
    pub zoomed: bool,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// How many lines of the task have been scrolled away.
    pub scrolled: usize,
    /// What time it is.
    pub now: Timestamp,
    pub(super) typed: Typed,
    pub(super) modes: Modes,
    /// The size that the shell was told.
    pub(super) told: (u16, u16),
}

impl State {
    /// A desk with a shell, or the board alone.
    pub fn new(
        (name, title, task): (&str, &str, &str),
        with_shell: bool,
        size: (u16, u16),
        now: Timestamp,
    ) -> Self {
        let mut state = Self {
            name: printable(name).into_owned(),
            title: printable(title).into_owned(),
            task: printable(task).into_owned(),
            board: None,
            trouble: None,
            shell: None,
            focus: Focus::Task,
            zoomed: false,
            size,
            scrolled: 0,
            now,
            typed: Typed::default(),
            modes: Modes::default(),
            told: (0, 0),
        };
        if with_shell {
            let (columns, rows) = state.shell_size();
            state.shell = Some(Emulator::new(columns, rows));
            state.told = (columns, rows);
            // Where there is room for one of them only, the task is read first.
            if state.is_wide() {
                state.focus = Focus::Shell;
            }
        }
        state
    }

    /// Whether the task has room beside the shell.
    pub fn is_wide(&self) -> bool {
        self.size.0 >= WIDE
    }

    /// Columns of the task beside the shell; 0: it is behind it.
    pub fn task_columns(&self) -> u16 {
        match self.is_wide() && !self.zoomed {
            // One column separates them, and the shell gets the eighty that programs are written for.
            true => (self.size.0 - SHELL - 1).min(TASK),
            false => 0,
        }
    }

    /// Columns and rows of the shell; the last row of the screen is the desk's.
    pub fn shell_size(&self) -> (u16, u16) {
        let columns = match self.task_columns() {
            0 => self.size.0,
            task => self.size.0 - task - 1,
        };
        (columns.max(1), self.size.1.saturating_sub(1).max(1))
    }
}

const WIDE: u16 = 120;
const SHELL: u16 = 80;
const TASK: u16 = 64;

/// The least that something can be read on.
pub const LEAST: (u16, u16) = (30, 6);
