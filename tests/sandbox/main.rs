//! Scripts that try to get out of their sandbox, or to use up the machine, each with what the host looks like afterwards.
//!
//! Everything that a script could reach if the sandbox failed is a canary of the test's own, and everything that it could use
//! up has a limit. Skipped where the kernel refuses user namespaces; with CI=true and as root that is a failure.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, unreachable_pub, reason = "tests")]

#[path = "../skip/mod.rs"]
mod skip;

mod hostile;
mod life;
mod world;
