//! Proves papers: all tasks together on one cluster, unsolved and by their reference solutions, one after the other. After each
//! solution every task is graded again: no task's solution may change another's verdict, nor keep a neighbour from being set up.
//!
//! In: papers and a cluster. Out: a [`proof::PapersProof`]. Tasks that need a cluster to themselves are played on their own.

mod play;
pub mod proof;
mod runner;

pub use runner::{Submitted, prove};
