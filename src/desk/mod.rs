//! The desk: a task, a real shell and the board of requirements on one screen; or the board alone.
//!
//! Pure are `update` (state and event to effects) and `view` (state to frame). The terminal, the shell, the clock and
//! the cluster are at the edge: [`open`] connects them. Whatever ends it, the terminal is as it was before.

pub mod board;
mod emulator;
pub mod guardian;
mod input;
mod keys;
mod open;
mod pty;
pub mod state;
mod terminal;
mod text;
mod update;
mod view;
mod watcher;

#[cfg(test)]
mod tests;

pub use open::{Desk, Watcher, Watchers, open};
pub use watcher::watcher;
