//! Proves the graders: unsolved earns nothing, every solution everything, every mistake is caught by exactly
//! the checks it names, and reset leaves nothing.
//!
//! In: scenarios and a cluster. Out: a [`proof::Proof`]. Attempts are in namespaces of their own,
//! several at a time, and a case begins with what setup made; cases that reach beyond their namespaces run alone. With
//! mutation also: solutions with one thing changed, each of which some check must notice. Never: a learner's attempt.

pub mod expect;
pub mod mutation;
#[cfg(test)]
mod mutation_tests;
pub mod plan;
mod play;
pub mod proof;
pub mod reach;
mod record;
mod removal;
mod room;
pub mod runner;
pub mod share;
mod turns;
