//! Variations of the reference solutions: attacks must lose points, harmless ones must keep them all.
//!
//! In: scenarios, and which cells of the matrix scenario × variation are asked for. Out: what became of each.

mod cell;
mod choice;
mod group;
mod play;
mod sample;

pub use cell::{Cell, Judged, Rates};
pub use choice::Choice;
pub(super) use group::groups;
pub(super) use play::play;
