//! Proves the graders: unsolved earns nothing, every solution everything, every mistake is caught by exactly
//! the checks it names, and reset leaves nothing.
//!
//! In: scenarios and a cluster. Out: a [`proof::Proof`]. Attempts are in namespaces of their own,
//! several at a time, and a case begins with what setup made; cases that reach beyond their namespaces run alone. With
//! mutation also: solutions with one thing changed, each of which some check must notice. Instead, if asked: variations
//! of the reference solutions. Never: a learner's attempt.

mod again;
mod batch;
mod capacity;
pub mod env;
mod expect;
mod isolation;
mod mutation;
pub mod papers;
pub mod plan;
mod play;
pub mod proof;
mod record;
mod removal;
pub mod runner;
mod slots;
pub mod variations;
