//! Where there is no Linux there is no supervisor: nothing is ever started, so nothing is left to remove.

use std::io;
use std::process::ExitCode;

use super::Supervise;
use super::layout::Layout;

/// Refuses.
pub fn main(_: &Supervise) -> ExitCode {
    ExitCode::FAILURE
}

/// Nothing is left of what never ran.
pub(super) fn sweep(_: &Layout, _: &str) -> io::Result<()> {
    Ok(())
}
