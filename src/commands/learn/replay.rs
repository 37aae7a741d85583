//! `satrain check --replay FILE`: a recorded grade, judged again and shown as it was.
//!
//! No cluster, no lock, no attempt: the file is all there is, and it may come from anybody.

use std::io::{Read, Write};
use std::path::Path;

use super::view;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::fs::foreign_bytes;
use crate::printable::name;
use crate::result::closing::Closing;
use crate::result::recording::MAX_BYTES;
use crate::session::replay::judged;

/// Runs the command.
pub fn run(ctx: &Context, file: &Path, explain: bool, out: &mut impl Write) -> Result<Exit> {
    let bytes = read(file).map_err(|e| {
        Failure::usage(format!("{} cannot be read: {e}\nGive a recording, or `-` for stdin.", name(file)))
    })?;
    let (recording, result) = judged(bytes)?;
    view::result(ctx, &result, Closing { explain, ..recording.closing() }, out)
}

/// One byte more than the largest recording tells that it is too large.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let longest = MAX_BYTES as u64;
    if file.as_os_str() != "-" {
        return foreign_bytes(file, longest);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(longest + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
