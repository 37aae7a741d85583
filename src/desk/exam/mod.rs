//! The desk of an exam: the clock, the task, the list of tasks, notes, and a shell. It has no board: nothing here says what is
//! right.
//!
//! In: how the exam stands, and what time it is ([`Seat`]). Out: acts, which the seat writes down. What the screen says is
//! what was written down; the desk keeps no clock and decides no end.

mod open;
mod page;
mod seat;
mod state;
mod update;
mod view;

#[cfg(test)]
mod tests;

pub use open::{Desk, open};
pub use seat::{Act, Closed, Seat};
