//! The desk: a task and a real shell on one screen. There is one for labs ([`lab`]), with the board of requirements, and one for
//! exams ([`exam`]), with the clock, the list of tasks and notes. The [`home`] screen uses the same terminal.
//!
//! Each is a `face::Face`: pure functions from events and news to effects, and from the state to a frame. The terminal,
//! the shell, the clock and the cluster are at the edge: `open` connects them. Whatever ends it, the terminal is as it was before.

mod editor;
mod emulator;
mod events;
pub mod exam;
mod face;
pub mod guardian;
pub mod held;
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
