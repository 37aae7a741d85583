//! `satrain check --replay FILE`: a recorded grade, judged again and shown as it was.
//!
//! No cluster, no lock, no attempt: the file is all there is, and it may come from anybody.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::context::Context;
use super::show;
use crate::error::{Exit, Failure, Result};
use crate::result::closing::Closing;
use crate::result::format::ResultV1;
use crate::result::recording::{MAX_BYTES, Recording};

/// Real grades are judged within a second. What takes longer was made to take long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the command.
pub(super) fn run(ctx: &Context, file: &Path, explain: bool, out: &mut impl Write) -> Result<Exit> {
    let bytes = read(file).map_err(|e| {
        Failure::usage(format!("{} cannot be read: {e}\nGive a recording, or `-` for stdin.", file.display()))
    })?;
    let (recording, result) = judged(bytes)?;
    show::written(ctx, &result, Closing { explain, ..recording.closing() }, out)
}

/// One byte more than the largest recording tells that it is too large.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let limit = MAX_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    match file.as_os_str() == "-" {
        true => std::io::stdin().lock().take(limit).read_to_end(&mut bytes)?,
        false => File::open(file)?.take(limit).read_to_end(&mut bytes)?,
    };
    Ok(bytes)
}

/// Judges in a thread of its own: one that does not come to an end goes with the process.
fn judged(bytes: Vec<u8>) -> Result<(Recording, ResultV1)> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let judged = Recording::read(&bytes).map(|recording| {
            let result = recording.result();
            (recording, result)
        });
        // Nobody listens any more when it took too long.
        let _ = tell.send(judged);
    });
    match told.recv_timeout(PATIENCE) {
        Ok(judged) => Ok(judged?),
        Err(_) => Err(Failure::other(
            "the recording could not be judged within a minute\nIt is not the recording of a real grade.",
        )),
    }
}
