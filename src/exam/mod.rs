//! Papers of exams: their format, which tasks a drawn one has, and what each task is played with.
//!
//! In: a paper's text, or what is asked of a drawn one, with the scenarios and questions that there are. Out: a [`Paper`],
//! and bound to scenarios and questions a [`BoundPaper`]. Pure, but for [`mod@file`]. Never: a cluster, a clock.

mod bound;
mod candidate;
mod choice;
mod draw;
pub mod file;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod lot;
mod model;
mod names;
mod read;
mod shares;
mod strata;
mod write;

pub use bound::{BoundPaper, BoundTask, Lab, Question, Work};
pub use draw::{DrawError, Wish, draw, topics};
pub use model::{MAX_TASKS, PASS, Paper, PaperVersion, Task};
pub use read::{ReadPaper, read};
pub use write::write;

pub(crate) use shares::shares;
pub(crate) use write::{key as yaml_key, quoted as yaml_text};

/// The JSON Schema of a paper.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Paper).to_value()
}
