//! Only one satrain at a time starts or removes a cluster.

use std::path::Path;
use std::time::{Duration, Instant};

use super::error::{ClusterError, Result, io};
use crate::event::Events;
use crate::fs::{self, Lock, RETRY};

/// How long another satrain may take with the same cluster.
const BUSY: Duration = Duration::from_secs(150);

/// Takes the lock of cluster `name`, a file in `folder`; waits for another satrain that has it. `doing` is what the
/// lock is for: "starting".
pub(super) async fn lock(folder: &Path, name: &str, doing: &str, events: &Events) -> Result<Lock> {
    fs::make_private(folder).map_err(io("making", folder))?;
    let path = folder.join(format!("{name}.lock"));
    let doing = format!("{doing} cluster {name}");
    let begun = Instant::now();
    let mut told = false;
    loop {
        let holder = match Lock::try_take(&path, &doing).map_err(io("locking", &path))? {
            Ok(lock) => return Ok(lock),
            Err(holder) => holder,
        };
        if begun.elapsed() > BUSY {
            let (name, holder) = (name.to_owned(), holder.to_string());
            return Err(ClusterError::Busy { name, holder, seconds: BUSY.as_secs() });
        }
        if !std::mem::replace(&mut told, true) {
            tracing::debug!(?path, at_most = ?BUSY, "waiting for a lock");
            events.note(format!("Another satrain is busy with this cluster: {holder}; waiting for it"));
        }
        tokio::time::sleep(RETRY).await;
    }
}
