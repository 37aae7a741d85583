//! Only one satrain at a time starts or removes a cluster. The lock is the kernel's: a dead owner holds nothing.

use std::fs::{File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

use super::error::{ClusterError, Result, io};
use crate::event::Events;

/// How long another satrain may take with the same cluster.
const BUSY: Duration = Duration::from_secs(150);

/// Takes the lock of cluster `name`, a file in `folder`; waits for another satrain that has it.
pub(super) async fn lock(folder: &Path, name: &str, events: &Events) -> Result<File> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io("making", folder))?;
    let path = folder.join(format!("{name}.lock"));
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(&path)
        .map_err(io("locking", &path))?;
    let begun = Instant::now();
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(e)) => return Err(io("locking", &path)(e)),
            Err(TryLockError::WouldBlock) if begun.elapsed() > BUSY => {
                return Err(ClusterError::Busy { name: name.to_owned(), seconds: BUSY.as_secs() });
            }
            Err(TryLockError::WouldBlock) => {}
        }
        if !std::mem::replace(&mut told, true) {
            events.note("Another satrain is busy with this cluster; waiting for it");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
