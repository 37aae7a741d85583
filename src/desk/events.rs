//! What may happen to any desk, and what any desk wants done. Pure data.

use super::emulator::Modes;

/// Something that happened to the terminal or the shell.
#[derive(Debug)]
pub(super) enum Event {
    /// The terminal sent bytes: what was typed or pasted.
    Typed(Vec<u8>),
    /// The shell wrote something.
    Wrote(Vec<u8>),
    /// The shell has ended.
    ShellEnded,
    /// The shell is not this desk's any more: another one has it, most often.
    ShellTaken,
    /// The terminal has this many columns and rows.
    Resized(u16, u16),
    /// Somebody asks the program to stop for a while.
    Stop,
    /// The program goes on after it was stopped.
    Continued,
    /// The terminal is gone.
    TerminalGone,
}

/// Something that is to be done. What only one kind of desk can ask for is an `A`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect<A> {
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
    /// Whoever feeds the desk with news does this.
    Ask(A),
    /// The desk closes, and its shell ends.
    Close,
    /// The desk closes, and its shell lives on if somebody holds it.
    Leave,
}
