//! Recorded grades of an attempt: beside each result the file from which it can be judged again.
//!
//! The disk is bounded: the newest recordings are kept, results are never removed.

use std::fs;
use std::path::PathBuf;

use super::names::SCRIPT;
use super::{AttemptDir, json_files, make_private};
use crate::fs::write_atomic;
use crate::lab::error::{Result, io};

/// How many recordings an attempt keeps at most.
const KEPT: usize = 20;

/// How many bytes of recordings an attempt keeps at most; the newest one is always kept.
const KEPT_BYTES: u64 = 64 << 20;

impl AttemptDir {
    /// The folder of recorded grades; a recording has the name of its result.
    pub fn recordings(&self) -> PathBuf {
        self.path().join("recordings")
    }

    /// Keeps the recording of the grade whose result is added next, and removes the oldest that are too many.
    pub fn add_recording(&self, bytes: &[u8]) -> Result<PathBuf> {
        let folder = self.recordings();
        make_private(&folder)?;
        let path = folder.join(self.next_name()?);
        write_atomic(&path, bytes, self.durability).map_err(io("writing", &path))?;
        self.drop_old_recordings()?;
        Ok(path)
    }

    /// The newest recording, if there is one.
    pub fn newest_recording(&self) -> Result<Option<Vec<u8>>> {
        let folder = self.recordings();
        if !folder.is_dir() {
            return Ok(None);
        }
        let Some(name) = json_files(&folder)?.pop() else { return Ok(None) };
        let path = folder.join(name);
        fs::read(&path).map(Some).map_err(io("reading", &path))
    }

    /// The script that was played last, if one was.
    pub fn played_script(&self) -> Result<Option<String>> {
        let path = self.path().join(SCRIPT);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(io("reading", &path)(e)),
        }
    }

    fn drop_old_recordings(&self) -> Result<()> {
        let folder = self.recordings();
        let mut sum: u64 = 0;
        for (age, name) in json_files(&folder)?.into_iter().rev().enumerate() {
            let path = folder.join(name);
            sum = sum.saturating_add(fs::metadata(&path).map_err(io("looking at", &path))?.len());
            if age > 0 && (age >= KEPT || sum > KEPT_BYTES) {
                fs::remove_file(&path).map_err(io("removing", &path))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{record, store};
    use super::*;

    #[test]
    fn the_newest_recordings_are_kept_and_every_result() {
        let (_root, store) = store();
        let dir = store.create(&record("scenario-2")).unwrap();
        for number in 1..=KEPT + 3 {
            dir.add_recording(format!("{number}").as_bytes()).unwrap();
            dir.add_result(&number).unwrap();
        }
        let names = json_files(&dir.recordings()).unwrap();
        assert_eq!(names.len(), KEPT);
        assert_eq!((names[0].as_str(), names[KEPT - 1].as_str()), ("0004.json", "0023.json"));
        assert_eq!(fs::read_to_string(dir.recordings().join("0023.json")).unwrap(), "23");
        assert_eq!(dir.all_results::<usize>().unwrap().len(), KEPT + 3);
    }

    #[test]
    fn recordings_are_for_the_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let (_root, store) = store();
        let dir = store.create(&record("scenario-2")).unwrap();
        let path = dir.add_recording(b"{}").unwrap();
        let mode = |p: &std::path::Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&dir.recordings())), (0o600, 0o700));
    }

    #[test]
    fn a_recording_without_its_result_gives_way_to_the_next_grade() {
        let (_root, store) = store();
        let dir = store.create(&record("scenario-2")).unwrap();
        dir.add_recording(b"of a grade that crashed before its result was written").unwrap();
        let path = dir.add_recording(b"new").unwrap();
        dir.add_result(&1).unwrap();
        assert_eq!(json_files(&dir.recordings()).unwrap(), ["0001.json"]);
        assert_eq!(fs::read(path).unwrap(), b"new");
    }
}
