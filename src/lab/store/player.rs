//! Who plays an attempt: a locked file for each of them. The kernel drops the lock with its process, so nobody who was
//! killed is taken for a player.
//!
//! The caller has the store's lock when a turn is taken or players are looked for.

use std::fs::{self, File, OpenOptions};
use std::io::Write;

use jiff::Timestamp;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use tempfile::TempPath;

use super::{AttemptDir, entries, make_private};
use crate::lab::error::{LabError, Result, io};

/// A player's turn: the attempt is left alone by other commands until it is dropped.
#[derive(Debug)]
#[must_use = "the turn ends when it is dropped"]
pub struct Turn {
    _file: TempPath,
    _lock: Flock<File>,
}

impl AttemptDir {
    /// Takes a turn. `what` names it for others: "`satrain shell`".
    pub fn take_turn(&self, what: &str) -> Result<Turn> {
        let folder = self.players();
        make_private(&folder)?;
        let failed = || io("writing", &folder);
        let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(failed())?;
        let began = Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%H:%M");
        write!(file, "process {} ({what}, since {began})", std::process::id()).map_err(failed())?;
        let (file, path) = file.into_parts();
        let lock = Flock::lock(file, FlockArg::LockExclusiveNonblock).map_err(|(_, e)| failed()(e.into()))?;
        Ok(Turn { _file: path, _lock: lock })
    }

    /// Refuses an attempt that somebody is playing.
    pub fn must_be_idle(&self) -> Result<()> {
        let folder = self.players();
        for name in entries(&folder)? {
            let path = folder.join(name);
            let Ok(file) = OpenOptions::new().read(true).write(true).open(&path) else { continue };
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                // Its player was killed.
                Ok(_) => fs::remove_file(&path).map_err(io("removing", &path))?,
                Err((_, Errno::EWOULDBLOCK)) => {
                    let by = fs::read_to_string(&path).unwrap_or_default();
                    let id = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    return Err(LabError::BeingPlayed { id, by });
                }
                Err((_, e)) => return Err(io("locking", &path)(e.into())),
            }
        }
        Ok(())
    }

    fn players(&self) -> std::path::PathBuf {
        self.path.join("players")
    }
}

#[cfg(test)]
mod tests {
    use crate::lab::error::LabError;
    use crate::lab::store::tests::{record, store};

    #[test]
    fn an_attempt_is_idle_when_all_its_turns_have_ended() {
        let (_root, store) = store();
        let record = record("scenario-2");
        let dir = store.create(&record).unwrap();
        dir.must_be_idle().unwrap();
        let (first, second) = (dir.take_turn("`a`").unwrap(), dir.take_turn("`b`").unwrap());
        drop(first);
        let Err(LabError::BeingPlayed { id, by }) = dir.must_be_idle() else { panic!("it is played") };
        assert_eq!(id, record.id.as_str());
        assert!(by.contains(&std::process::id().to_string()) && by.contains("`b`"), "{by}");
        drop(second);
        dir.must_be_idle().unwrap();
    }

    #[test]
    fn whoever_was_killed_does_not_play() {
        let (_root, store) = store();
        let dir = store.create(&record("scenario-2")).unwrap();
        let left = dir.players();
        std::fs::create_dir_all(&left).unwrap();
        std::fs::write(left.join("left"), "process 1").unwrap();
        dir.must_be_idle().unwrap();
        assert_eq!(std::fs::read_dir(left).unwrap().count(), 0);
    }
}
