//! A download that is not complete, kept on disk with what is needed to go on.
//!
//! In: the store's download directory, the expected sum, the address. Out: [`Partial`]: the bytes so far, and
//! the validator (ETag or Last-Modified) that says whether the server still has the same file.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::distribution::error::{Error, Result, source};

/// An incomplete file.
#[derive(Debug)]
pub struct Partial {
    path: PathBuf,
    /// Without a password: it is written down.
    url: String,
}

#[derive(Serialize, Deserialize)]
struct Notes {
    url: String,
    validator: Option<String>,
}

impl Partial {
    /// The partial file for the archive with this sum; emptied when it came from another address.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn open(dir: &Path, sum: &str, url: &str) -> Result<Self> {
        std::fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
        let partial = Self { path: dir.join(format!("{sum}.part")), url: source(url) };
        if partial.notes().is_none_or(|notes| notes.url != partial.url) {
            partial.restart(None)?;
        }
        Ok(partial)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes so far.
    pub fn len(&self) -> u64 {
        self.path.metadata().map_or(0, |meta| meta.len())
    }

    /// Nothing is there yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `If-Range` takes (RFC 9110, 13.1.5), if the server gave one.
    pub fn validator(&self) -> Option<String> {
        self.notes()?.validator
    }

    /// Begins from nothing, under this validator.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn restart(&self, validator: Option<String>) -> Result<()> {
        std::fs::write(&self.path, []).map_err(Error::io("write", &self.path))?;
        let notes = self.notes_path();
        let text = serde_json::to_vec(&Notes { url: self.url.clone(), validator })
            .map_err(|error| Error::io("write", &notes)(error.into()))?;
        std::fs::write(&notes, text).map_err(Error::io("write", &notes))
    }

    /// Deletes it.
    pub fn discard(&self) {
        let _ = std::fs::remove_file(&self.path);
        let _ = std::fs::remove_file(self.notes_path());
    }

    fn notes_path(&self) -> PathBuf {
        self.path.with_extension("json")
    }

    fn notes(&self) -> Option<Notes> {
        serde_json::from_slice(&std::fs::read(self.notes_path()).ok()?).ok()
    }
}
