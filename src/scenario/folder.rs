//! The folder of one scenario: the only place its files may come from.
//!
//! In: a relative path that a scenario names. Out: the bounded text of that file. Never: anything outside of
//! the folder, whether by `..`, an absolute path or a symbolic link.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use include_dir::Dir;

use super::parse::MAX_FILE_BYTES;

/// The file that makes a folder a scenario.
pub(super) const FILE: &str = "scenario.yaml";

/// Where a scenario comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Embedded in the program, by id.
    Builtin(String),
    /// A folder of a pack.
    Folder(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(id) => write!(f, "builtin:{id}"),
            Self::Folder(path) => write!(f, "{}", path.display().to_string().escape_debug()),
        }
    }
}

/// Why a file could not be had.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum FileTrouble {
    #[error("the path is not inside the scenario's folder")]
    Outside,
    #[error("there is no such file")]
    Missing,
    #[error("it is not a regular file")]
    NotAFile,
    #[error("it is larger than {} KiB", MAX_FILE_BYTES / 1024)]
    TooLarge,
    #[error("it is not UTF-8 text")]
    NotText,
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// A scenario's folder.
pub(super) enum Folder<'a> {
    Builtin(&'a Dir<'static>),
    /// A canonical path.
    Disk(&'a Path),
    /// Texts that another machine sent, by their names.
    Sent(&'a BTreeMap<String, String>),
}

impl Folder<'_> {
    /// The text of the file at `relative`.
    pub(super) fn read(&self, relative: &str) -> Result<String, FileTrouble> {
        if !is_inside(relative) {
            return Err(FileTrouble::Outside);
        }
        let bytes = match self {
            Self::Builtin(dir) => {
                dir.get_file(dir.path().join(relative)).ok_or(FileTrouble::Missing)?.contents().to_vec()
            }
            Self::Disk(root) => read_below(root, relative)?,
            Self::Sent(texts) => texts.get(relative).ok_or(FileTrouble::Missing)?.clone().into_bytes(),
        };
        if bytes.len() > MAX_FILE_BYTES {
            return Err(FileTrouble::TooLarge);
        }
        String::from_utf8(bytes).map_err(|_| FileTrouble::NotText)
    }

    /// How the file is named in messages.
    pub(super) fn display(&self, relative: &str) -> String {
        match self {
            Self::Builtin(dir) => format!("builtin:{}/{relative}", dir.path().display()),
            Self::Disk(root) => root.join(relative).display().to_string().escape_debug().to_string(),
            Self::Sent(_) => format!("sent:{}", relative.escape_debug()),
        }
    }
}

/// A relative path of plain names only.
pub(super) fn is_inside(relative: &str) -> bool {
    let plain = |c: Component<'_>| matches!(c, Component::Normal(_));
    !relative.is_empty()
        && !relative.contains(['\\', '\0', '\n'])
        && !relative.ends_with('/')
        && Path::new(relative).components().all(plain)
}

fn read_below(root: &Path, relative: &str) -> Result<Vec<u8>, FileTrouble> {
    let path = root.join(relative).canonicalize().map_err(|e| trouble(&e))?;
    if !path.starts_with(root) {
        return Err(FileTrouble::Outside);
    }
    // Before opening: a named pipe would block the open.
    if !path.metadata().map_err(|e| trouble(&e))?.is_file() {
        return Err(FileTrouble::NotAFile);
    }
    let mut bytes = Vec::new();
    let file = File::open(&path).map_err(|e| trouble(&e))?;
    let limit = MAX_FILE_BYTES as u64 + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(|e| trouble(&e))?;
    Ok(bytes)
}

fn trouble(error: &std::io::Error) -> FileTrouble {
    match error.kind() {
        std::io::ErrorKind::NotFound => FileTrouble::Missing,
        _ => FileTrouble::Unreadable(error.to_string()),
    }
}
