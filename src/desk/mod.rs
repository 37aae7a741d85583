//! The desk: a task, a real shell and the board of requirements on one screen, or the board alone ([`lab`]). The [`home`] screen
//! uses the same terminal.
//!
//! Each is a [`face::Face`]: pure functions from events and news to effects, and from the state to a frame. The terminal,
//! the shell, the clock and the cluster are at the edge: [`open`] connects them. Whatever ends it, the terminal is as it was before.

mod emulator;
mod events;
mod face;
pub mod guardian;
pub mod home;
mod input;
mod keys;
pub mod lab;
mod layout;
mod open;
mod paint;
mod pane;
mod pty;
mod terminal;
mod text;

#[cfg(test)]
mod testing;
