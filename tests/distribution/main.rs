//! The distribution's life on disk, without compiling Kubernetes: fake tools, tiny archives, a local server.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

mod build;
mod fetch;
mod pack;
mod prerequisites;
mod real_go;
#[path = "../skip/mod.rs"]
mod skip;
mod support;
