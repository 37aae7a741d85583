//! The learner's verbs: play, grade, hints, questions, history.

pub mod check;
pub(super) mod desk;
pub mod hint;
pub mod list;
pub mod next;
pub mod quiz;
pub mod records;
pub mod replay;
pub mod reset;
pub mod run;
pub mod shell;
pub mod solution;
pub mod submit;
pub mod task;
mod topic;
mod view;
pub mod watch;
