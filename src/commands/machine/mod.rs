//! The verbs about this machine: what it has, what satrain brings, shells.

pub mod completions;
pub mod distribution;
pub mod doctor;
pub mod node;
