//! What was true at setup stays as it was written: the digests of its files are in the attempt's record, and a grade looks
//! first.
//!
//! It shows a change by chance or on a whim. Who may write an attempt's folder may also write its record, so it holds nobody
//! off who means it; a script that is played does not get there at all (`crate::sandbox`).

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use super::AttemptDir;
use super::names::{BASELINE, INVENTORY, SALT, VAULT};
use crate::fs::sha256_of;
use crate::lab::error::{LabError, Result, io};

/// Digests by the names of files.
pub type Seal = BTreeMap<String, String>;

/// What is sealed; not each attempt has all of them.
const SEALED: [&str; 4] = [BASELINE, INVENTORY, SALT, VAULT];

impl AttemptDir {
    /// The seal of what is there now.
    pub(in crate::lab) fn seal(&self) -> Result<Seal> {
        let mut seal = Seal::new();
        for name in SEALED {
            if let Some(digest) = digest(&self.path.join(name))? {
                seal.insert(name.to_owned(), digest);
            }
        }
        Ok(seal)
    }

    /// Refuses an attempt of which a sealed file is another, or gone, or one is there that was not. The record of an earlier
    /// satrain has no seal.
    pub(in crate::lab) fn must_match(&self, seal: &Seal, id: &str) -> Result<()> {
        if seal.is_empty() {
            return Ok(());
        }
        let now = self.seal()?;
        match SEALED.into_iter().find(|name| now.get(*name) != seal.get(*name)) {
            None => Ok(()),
            Some(file) => Err(LabError::Altered { id: id.to_owned(), file: file.to_owned() }),
        }
    }
}

/// None: there is no such file.
fn digest(path: &Path) -> Result<Option<String>> {
    match sha256_of(path) {
        Ok(digest) => Ok(Some(digest)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(io("reading", path)(e)),
    }
}
