//! The verbs of the command line: parse nothing, decide little, call the library.
//!
//! In: parsed arguments and the [`Environment`](environment::Environment). Out: results on the given writer.
//! This is the only layer that knows clap and environment variables.

pub mod distribution;
pub mod doctor;
pub mod environment;
