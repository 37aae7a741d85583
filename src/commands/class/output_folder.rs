//! A folder that belongs to one output of `satrain grade`: new, or written by an earlier run for the same class.
//!
//! A file in it names everything that satrain wrote there, and it is written before any other: whatever else is there is somebody
//! else's, and is neither overwritten nor removed. A run that was killed is continued by the next one.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Failure, Result};
use crate::fs::{Durability, TEMPORARY, foreign_bytes, make_private, write_atomic};
use crate::printable::name;

/// The file that says whose the folder is.
const RECORD: &str = "satrain-output.json";
/// The longest such file that is read.
const LONGEST: u64 = 4 << 20;

/// What the folder is, and what satrain wrote into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    schema: String,
    kind: String,
    owner: String,
    files: BTreeSet<String>,
}

/// A folder to write into.
#[derive(Debug)]
pub(super) struct OutputFolder {
    path: PathBuf,
    record: Record,
    written: BTreeSet<String>,
}

impl OutputFolder {
    /// The folder `path` for output of a kind, for the class that `owner` stands for. Changes nothing.
    pub(super) fn open(path: &Path, kind: &str, owner: String) -> Result<Self> {
        let new = Record {
            schema: "satrain.dev/output/v1".into(),
            kind: kind.into(),
            owner,
            files: BTreeSet::new(),
        };
        let known = match foreign_bytes(&path.join(RECORD), LONGEST) {
            Ok(bytes) => serde_json::from_slice::<Record>(&bytes).ok(),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound) => {
                return match is_empty(path) {
                    Ok(true) => Ok(Self { path: path.to_owned(), record: new, written: BTreeSet::new() }),
                    Ok(false) => Err(refused(path, "there are other files in this folder")),
                    Err(e) => Err(refused(path, &e.to_string())),
                };
            }
            Err(e) => return Err(refused(path, &e.to_string())),
        };
        match known {
            Some(known)
                if (&known.schema, &known.kind, &known.owner) == (&new.schema, &new.kind, &new.owner) =>
            {
                Ok(Self { path: path.to_owned(), record: known, written: BTreeSet::new() })
            }
            _ => Err(refused(path, "this folder has the output of another class, or of another option")),
        }
    }

    /// Claims the names of the files that follow.
    pub(super) fn claim(&mut self, names: impl IntoIterator<Item = String>) -> Result<()> {
        make_private(&self.path).map_err(|e| refused(&self.path, &e.to_string()))?;
        for name in names {
            if !self.record.files.contains(&name) && self.path.join(&name).symlink_metadata().is_ok() {
                return Err(refused(&self.path, &format!("`{name}` is there and satrain did not write it")));
            }
            self.record.files.insert(name);
        }
        self.keep_record()
    }

    /// Writes a file that was claimed.
    pub(super) fn write(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path.join(name);
        write_atomic(&path, bytes, Durability::Process).map_err(|e| Failure::of_file(&path, &e))?;
        self.written.insert(name.to_owned());
        Ok(())
    }

    /// Ends the writing; `is_whole`: what an earlier run wrote and this one did not is removed.
    pub(super) fn finish(mut self, is_whole: bool) -> Result<()> {
        if is_whole {
            for name in self.record.files.difference(&self.written).filter(|name| is_plain(name)) {
                let path = self.path.join(name);
                match std::fs::remove_file(&path) {
                    Err(e) if e.kind() != ErrorKind::NotFound => return Err(Failure::of_file(&path, &e)),
                    _ => {}
                }
            }
            self.record.files.clone_from(&self.written);
        }
        self.keep_record()
    }

    fn keep_record(&self) -> Result<()> {
        let path = self.path.join(RECORD);
        let mut text = serde_json::to_vec_pretty(&self.record).map_err(|e| Failure::other(e.to_string()))?;
        text.push(b'\n');
        write_atomic(&path, &text, Durability::Disk).map_err(|e| Failure::of_file(&path, &e))
    }
}

/// Whether there is nothing in the folder, or no folder yet.
fn is_empty(path: &Path) -> io::Result<bool> {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(true),
        Err(e) => return Err(e),
    };
    for entry in entries {
        // What a crash left is ours.
        if !entry?.file_name().to_string_lossy().starts_with(TEMPORARY) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A file of this folder, and none that is hidden.
fn is_plain(name: &str) -> bool {
    !name.starts_with('.') && !name.contains(['/', '\0'])
}

fn refused(path: &Path, why: &str) -> Failure {
    Failure::usage(format!(
        "{}: {why}\nName a folder that is new or empty: nothing of others is overwritten.",
        name(path)
    ))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn wrote(path: &Path, names: &[&str], is_whole: bool) -> Result<()> {
        let mut folder = OutputFolder::open(path, "html", "owner".into())?;
        folder.claim(names.iter().map(|name| (*name).to_owned()))?;
        names.iter().try_for_each(|name| folder.write(name, name.as_bytes()))?;
        folder.finish(is_whole)
    }

    fn listed(path: &Path) -> Vec<String> {
        let entries = fs::read_dir(path).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_folder_is_private_and_an_earlier_output_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/pages");
        wrote(&path, &["index.html", "anna.html"], true).unwrap();
        let mode = |name: &str| fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(""), mode("index.html"), mode(RECORD)), (0o700, 0o600, 0o600));
        wrote(&path, &["ben.html"], false).unwrap();
        assert_eq!(listed(&path), ["anna.html", "ben.html", "index.html", RECORD]);
        wrote(&path, &["index.html", "ben.html"], true).unwrap();
        assert_eq!(listed(&path), ["ben.html", "index.html", RECORD]);
    }

    #[test]
    fn nothing_of_others_is_overwritten_or_removed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("pages");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("index.html"), "mine").unwrap();
        wrote(&path, &["index.html"], true).unwrap_err();
        fs::remove_file(path.join("index.html")).unwrap();
        wrote(&path, &["index.html"], true).unwrap();
        fs::write(path.join("ben.html"), "mine").unwrap();
        wrote(&path, &["ben.html"], true).unwrap_err();
        wrote(&path, &["anna.html"], true).unwrap();
        assert_eq!(fs::read_to_string(path.join("ben.html")).unwrap(), "mine");
        OutputFolder::open(&path, "html", "another".into()).unwrap_err();
        OutputFolder::open(&path, "gradescope", "owner".into()).unwrap_err();
        OutputFolder::open(&path.join("anna.html"), "html", "owner".into()).unwrap_err();
    }

    #[test]
    fn a_run_that_was_killed_is_continued() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("pages");
        let mut folder = OutputFolder::open(&path, "html", "owner".into()).unwrap();
        folder.claim(["a.html".to_owned(), "b.html".to_owned()]).unwrap();
        folder.write("a.html", b"a").unwrap();
        drop(folder);
        fs::write(path.join(".satrain-x1"), "half").unwrap();
        wrote(&path, &["b.html", "c.html"], true).unwrap();
        assert_eq!(listed(&path), [".satrain-x1", "b.html", "c.html", RECORD]);
    }

    #[test]
    fn a_record_names_no_file_elsewhere() {
        let home = tempfile::tempdir().unwrap();
        let (path, other) = (home.path().join("pages"), home.path().join("other"));
        wrote(&path, &["index.html"], true).unwrap();
        fs::write(&other, "mine").unwrap();
        let record = fs::read_to_string(path.join(RECORD)).unwrap();
        fs::write(path.join(RECORD), record.replace("index.html", "../other")).unwrap();
        wrote(&path, &["a.html"], true).unwrap();
        assert!(other.exists());
    }
}
