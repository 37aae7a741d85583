//! An exam that is sat: begun, worked on, ended once, graded once, and reviewed.
//!
//! In: a bound paper, clusters, and what the candidate does. Out: a journal, and in the end a result. Pure are the clock, the
//! state, and all that is made of a result. Never: the command line, a printer, a screen.

pub mod asked;
pub mod begin;
mod candidate;
pub mod clock;
pub mod clusters;
pub mod entry;
pub mod error;
pub mod finish;
pub mod folder;
pub mod host;
pub mod journal;
pub mod now;
pub mod result;
pub mod review;
pub mod row;
pub mod state;
pub mod work;

pub use candidate::{Act, LONGEST_NOTES, Sitting};
