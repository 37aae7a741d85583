//! Files of a cluster's folder: JSON that is read and replaced as a whole, and private text.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{ClusterError, Result, io};
use crate::fs::{Durability, Owner, write_atomic_for};

/// Reads a JSON file; `None` if it is not there.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(io("reading", path)(e)),
    };
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|e| ClusterError::Record { path: path.to_owned(), why: e.to_string() })
}

/// Replaces a JSON file as a whole: a reader sees the old text or the new one. Mode 0600.
pub(super) fn write<T: Serialize>(path: &Path, value: &T, owner: Option<Owner>) -> Result<()> {
    let text = serde_json::to_vec_pretty(value)
        .map_err(|e| ClusterError::Record { path: path.to_owned(), why: e.to_string() })?;
    write_private(path, &text, owner)
}

/// Replaces a file as a whole, with mode 0600 and, if named, that owner.
pub(super) fn write_private(path: &Path, text: &[u8], owner: Option<Owner>) -> Result<()> {
    write_atomic_for(path, text, Durability::Process, owner).map_err(io("writing", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_no_error_but_a_garbled_one_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        assert!(read::<u32>(&path).unwrap().is_none());
        std::fs::write(&path, "{").unwrap();
        assert!(read::<u32>(&path).is_err());
    }
}
