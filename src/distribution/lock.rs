//! One builder at a time: an advisory lock (flock(2)) on a file in the store.
//!
//! In: the lock file. Out: a guard. The kernel drops the lock with the process that holds it, so a dead
//! builder blocks nobody; the file itself stays and means nothing.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::error::{Error, Result};
use crate::event::Events;

/// The lock; let go when dropped.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

/// Takes the lock at `path`; waits, and says for whom, while another process has it.
///
/// # Errors
/// When the file cannot be opened, or [`Error::Cancelled`] while waiting.
pub fn acquire(path: &Path, events: &Events, cancel: &CancellationToken) -> Result<Lock> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(Error::io("open", path))?;
    let mut said = false;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if cancel.is_cancelled() => return Err(Error::Cancelled),
            Err(TryLockError::WouldBlock) => {
                if !std::mem::replace(&mut said, true) {
                    let who =
                        holder(&mut file).map_or("another process".into(), |pid| format!("process {pid}"));
                    events.note(format!("{who} is at work on the distribution: waiting for it to end"));
                }
                std::thread::sleep(Duration::from_millis(200));
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
        }
    }
    // For people only: a lock works without its holder's name.
    let _ =
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
    Ok(Lock(file))
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().and_then(|()| file.read_to_string(&mut text)).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_holders_file_blocks_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        std::fs::write(&path, "4194303").unwrap();
        let _lock = acquire(&path, &Events::silent(), &CancellationToken::new()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), std::process::id().to_string());
    }

    #[test]
    fn who_waits_can_be_cancelled() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let cancel = CancellationToken::new();
        let _held = acquire(&path, &Events::silent(), &cancel).unwrap();
        cancel.cancel();
        assert!(matches!(acquire(&path, &Events::silent(), &cancel), Err(Error::Cancelled)));
    }
}
