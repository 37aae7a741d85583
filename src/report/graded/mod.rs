//! A graded class for people and for other programs: its page, a page for each learner, JUnit, and Gradescope's results.
//!
//! In: a class, its gradebook, the marks that it names, and what time it is. Out: text, in which everything from outside is bounded,
//! escaped and harmless for a terminal. `release` says what a learner may see; `class` and `learner` choose what is shown; nothing
//! else decides. Never: a file, a clock.

pub mod class;
pub mod gradescope;
pub mod html;
pub mod junit;
pub mod learner;
pub mod names;
mod release;
mod seen;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod transcript;
mod words;

pub use class::ClassPage;
pub use learner::LearnerPage;
pub use names::Names;
pub use release::Release;
pub use seen::{Seen, Transcripts};
