//! One file a verb: these parse nothing, decide little, call the library, and print.

pub mod cluster;
