//! One process at a time: an advisory lock (flock(2)) on a file that also says who holds it.
//!
//! The kernel drops the lock with the process that holds it, so a dead holder blocks nobody. The file stays, and its
//! text means nothing unless it is locked.

use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::printable;

/// How often a waiting process tries again.
pub(crate) const RETRY: Duration = Duration::from_millis(50);

/// The lock; dropped, it is free.
#[derive(Debug)]
#[must_use = "the lock is free again when it is dropped"]
pub struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

/// Who holds a lock, as they wrote it down: for people only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pid: Option<u32>,
    doing: String,
}

impl Lock {
    /// Takes the lock if it is free. `doing` tells others what for: "satrain check".
    pub(crate) fn try_take(path: &Path, doing: &str) -> io::Result<Result<Self, Holder>> {
        let mut file =
            File::options().create(true).truncate(false).read(true).write(true).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Err(Holder::read(&mut file))),
            Err(TryLockError::Error(e)) => return Err(e),
        }
        // The lock works without its holder's name, on a full disk too.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{} {doing}", std::process::id()));
        Ok(Ok(Self(file)))
    }

    /// Takes the lock, and blocks this thread while another process has it; `busy` is called once before the wait.
    /// `None` if the wait was cancelled.
    pub(crate) fn wait(
        path: &Path,
        doing: &str,
        busy: impl FnOnce(&Holder),
        cancel: &CancellationToken,
    ) -> io::Result<Option<Self>> {
        let mut busy = Some(busy);
        loop {
            let holder = match Self::try_take(path, doing)? {
                Ok(lock) => return Ok(Some(lock)),
                Err(holder) => holder,
            };
            if cancel.is_cancelled() {
                return Ok(None);
            }
            if let Some(busy) = busy.take() {
                tracing::debug!(?path, %holder, "waiting for a lock");
                busy(&holder);
            }
            std::thread::sleep(RETRY);
        }
    }
}

impl Holder {
    fn read(file: &mut File) -> Self {
        let mut text = String::new();
        let _ = file.rewind().and_then(|()| file.take(LONGEST).read_to_string(&mut text));
        let line = text.lines().next().unwrap_or_default();
        let (pid, doing) = line.split_once(' ').unwrap_or((line, ""));
        Self { pid: pid.parse().ok(), doing: doing.trim().to_owned() }
    }
}

/// How much of a lock file is read.
const LONGEST: u64 = 300;

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) if self.doing.is_empty() => write!(f, "process {pid}"),
            Some(pid) => write!(f, "process {pid} ({})", printable::excerpt(&self.doing, 100)),
            None => f.write_str("another process"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Instant;

    use super::*;

    fn never() -> CancellationToken {
        CancellationToken::new()
    }

    fn nobody(holder: &Holder) {
        panic!("{holder} has it");
    }

    #[test]
    fn a_dead_holders_file_blocks_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        std::fs::write(&path, "4194303 satrain check\nmore").unwrap();
        let _lock = Lock::wait(&path, "satrain run", nobody, &never()).unwrap().unwrap();
        let written = std::fs::read_to_string(&path).unwrap();
        assert_eq!(written, format!("{} satrain run\n", std::process::id()));
    }

    #[test]
    fn one_process_at_a_time_and_who_waits_is_told_for_whom() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = Lock::wait(&path, "satrain run x", nobody, &never()).unwrap().unwrap();
        let (tell, told) = channel();
        let waiter = std::thread::spawn(move || {
            let busy = |holder: &Holder| tell.send(holder.to_string()).unwrap();
            let _second = Lock::wait(&path, "satrain check", busy, &never()).unwrap().unwrap();
            tell.send("taken".into()).unwrap();
        });
        assert_eq!(told.recv().unwrap(), format!("process {} (satrain run x)", std::process::id()));
        drop(first);
        assert_eq!(told.recv().unwrap(), "taken");
        waiter.join().unwrap();
    }

    #[test]
    fn who_waits_can_be_cancelled() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let _held = Lock::wait(&path, "", nobody, &never()).unwrap().unwrap();
        let cancel = never();
        let from_busy = cancel.clone();
        let begun = Instant::now();
        let got = Lock::wait(&path, "", |_| from_busy.cancel(), &cancel).unwrap();
        assert!(got.is_none() && begun.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn the_text_of_a_lock_file_is_never_trusted() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        for (text, said) in [
            ("", "another process"),
            ("one two", "another process"),
            ("12", "process 12"),
            ("12 \u{1b}[2J", "process 12 (\\u{1b}[2J)"),
        ] {
            std::fs::write(&path, text).unwrap();
            let holder = Holder::read(&mut File::open(&path).unwrap());
            assert_eq!(holder.to_string(), said);
        }
    }
}
