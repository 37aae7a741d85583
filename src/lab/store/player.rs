//! Who plays an attempt: a locked file for each of them. The kernel drops the lock with its process, so nobody who was
//! killed is taken for a player.
//!
//! The caller has the store's lock when a turn is taken or players are looked for.

use std::fs;

use jiff::Timestamp;
use tempfile::TempPath;

use super::{AttemptDir, entries, make_private};
use crate::fs::Lock;
use crate::lab::error::{LabError, Result, io};

/// A player's turn: the attempt is left alone by other commands until it is dropped.
#[derive(Debug)]
#[must_use = "the turn ends when it is dropped"]
pub struct Turn {
    _file: TempPath,
    _lock: Lock,
}

impl AttemptDir {
    /// Takes a turn. `what` names it for others: "`satrain shell`".
    pub fn take_turn(&self, what: &str) -> Result<Turn> {
        let folder = self.players();
        make_private(&folder)?;
        let failed = || io("writing", &folder);
        let file = tempfile::NamedTempFile::new_in(&folder).map_err(failed())?.into_temp_path();
        let began = Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%H:%M");
        let lock = Lock::try_take(&file, &format!("{what}, since {began}")).map_err(failed())?;
        let taken = |_| failed()(std::io::Error::other("somebody else locked it"));
        Ok(Turn { _lock: lock.map_err(taken)?, _file: file })
    }

    /// Refuses an attempt that somebody is playing.
    pub fn must_be_idle(&self) -> Result<()> {
        let folder = self.players();
        for name in entries(&folder)? {
            let path = folder.join(name);
            match Lock::try_take(&path, "").map_err(io("locking", &path))? {
                // Its player was killed.
                Ok(_lock) => fs::remove_file(&path).map_err(io("removing", &path))?,
                Err(holder) => {
                    let id = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    return Err(LabError::BeingPlayed { id, by: holder.to_string() });
                }
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
