//! From grades, events and proofs to what people and programs read: text, JSON, JUnit.
//!
//! In: finished data. Out: bytes into a writer that the caller owns. Never: a cluster, a decision, a token.

pub mod ascii;
pub mod catalog;
pub mod class;
pub mod coverage;
pub mod csv;
pub mod disclosure;
mod draw;
pub mod exam;
pub mod gradebook;
pub mod graded;
pub mod history;
pub mod insight;
pub mod junit;
pub mod labs;
pub mod matrix;
pub mod mutation;
pub mod page;
pub mod papers;
pub mod progress;
mod prose;
pub mod qti;
pub mod quiz;
pub mod regrade;
pub mod sheet;
pub mod shown;
pub mod style;
#[cfg(test)]
mod testing;
pub mod text;
pub mod variations;
