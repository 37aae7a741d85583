//! Classes: who plays what, with which values, until when, and what it comes to.
//!
//! In: a folder with `class.yaml`, a roster and a key, and the scenarios that there are. Out: a [`ClassFolder`], bound to its
//! scenarios a [`BoundClass`], each learner's [`Variant`], and pure rules for late hand-ins and marks. Pure, but for
//! [`folder`] and [`fresh`]. Never: a cluster, a clock, a key in an output.

mod assignment;
mod bound;
mod due;
pub mod folder;
pub mod fresh;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
pub mod gradebook;
mod key;
pub mod lab;
pub mod late;
mod mark;
mod model;
mod period;
mod read;
mod roster;
mod summary;
mod table;
mod variant;
mod write;

pub use assignment::{Assigned, Assignment, Reader};
pub use bound::{BoundClass, BoundTask};
pub use due::Due;
pub use folder::ClassFolder;
pub use key::ClassKey;
pub use late::{LatePolicy, Lateness};
pub use mark::mark;
pub use model::{Class, ClassVersion, Counts, Feedback, Late, Task};
pub use read::{ReadClass, read};
pub use roster::{Learner, Roster};
pub use summary::{Summary, TaskSummary};
pub use variant::{Spread, Variant, spread};

/// The JSON Schema of a class.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Class).to_value()
}
