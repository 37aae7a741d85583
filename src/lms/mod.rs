//! Tables of learning platforms: who is meant by a row, and marks filled into the file that a platform exported.
//!
//! In: the bytes of a CSV file of Moodle or Canvas, and the roster of a class. Out: rows, whose learner each is, and the same bytes with
//! marks in them; results as Gradescope reads them. Pure. Never: a guess, where two learners fit.

mod cells;
mod formula;
pub mod gradescope;
pub(crate) mod key;
pub mod person;
mod row;
pub mod sheet;
pub(crate) mod text;
mod time;

pub use formula::harmless;
pub use row::LmsRow;
pub use time::moodle_time;
