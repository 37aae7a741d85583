//! Hand-ins: which files of a folder or an export are one, whose each is, and for which task.
//!
//! In: folders and files that somebody else filled, the roster of a class, its tasks, and the table of a learning platform. Out: files in
//! order of time for each learner and task, and each other file with the reason why it is left out. Pure, but for [`mod@collect`] and
//! archives. Never: a link that is followed, a pipe that is opened, a guess whose a file is.

pub mod assign;
pub mod collect;
pub mod names;
mod task;
mod unzip;

pub use assign::{Assigned, Attempt, Given, HandIn, Left, Why, assign};
pub use collect::{Collected, Found, Limits, Skip, Skipped, collect, is_bundle};
pub use task::TaskUnknown;
pub use unzip::{is_archive, unzip};
