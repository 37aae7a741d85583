//! One satrain at a time changes or grades the attempts of a store. The kernel drops the lock with the process.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::{Flock, FlockArg};

use crate::lab::error::{Result, io};

/// The lock; dropped, it is free.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code)] Flock<File>);

impl Lock {
    /// Takes the lock, waiting while another process has it; `busy` is called once before the wait.
    pub(crate) fn take(path: &Path, busy: impl FnOnce()) -> Result<Self> {
        let open = || {
            OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(0o600)
                .open(path)
                .map_err(io("opening", path))
        };
        match Flock::lock(open()?, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => Ok(Self(lock)),
            Err(_) => {
                busy();
                Flock::lock(open()?, FlockArg::LockExclusive)
                    .map(Self)
                    .map_err(|(_, errno)| io("locking", path)(errno.into()))
            }
        }
    }
}
