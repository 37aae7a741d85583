//! An exam that is sat: begun, worked on, ended once, graded once, and reviewed.
//!
//! In: a bound paper, clusters, and what the candidate does. Out: a journal, and in the end a result. Never: the command line, a
//! printer, a screen.

pub mod clock;
pub mod entry;
pub mod journal;
pub mod request;
pub mod result;
pub mod review;
pub mod row;
pub mod state;
pub mod work;
