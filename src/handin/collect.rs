//! Which files of a folder are hand-ins: regular files within bounds. Links are not followed, pipes not opened.
//!
//! In: folders and files that the instructor names. Out: the files, and what was left out with the reason. Nothing is written.

use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::bundle;
use crate::fs::foreign_file;

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries of all folders together.
    pub entries: usize,
    /// Folders within folders, below a named one.
    pub depth: usize,
    /// Bytes of all files together.
    pub total: u64,
    /// Bytes of one file.
    pub each: u64,
    /// Bytes of one bundle.
    pub bundle: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { entries: 20_000, depth: 8, total: 512 << 20, each: 1 << 20, bundle: bundle::MAX_FILE as u64 }
    }
}

impl Limits {
    /// Bytes of this file.
    pub(super) fn of(&self, path: &Path) -> u64 {
        if is_bundle(path) { self.bundle } else { self.each }
    }
}

/// A file that may be a hand-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Its path below the folder that was named; of a file that was named, its name.
    pub relative: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last changed. Whoever unpacked an archive may have set it.
    pub modified: Option<Timestamp>,
}

/// Why something is left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    /// A symbolic link.
    #[error("it is a link")]
    Link,
    /// A named pipe.
    #[error("it is a pipe")]
    Pipe,
    /// A socket.
    #[error("it is a socket")]
    Socket,
    /// A device.
    #[error("it is a device")]
    Device,
    /// A file that a system or an editor makes for itself.
    #[error("it is hidden, or made by the system")]
    Hidden,
    /// One file is too large.
    #[error("it has {size} bytes, more than {limit}")]
    TooLarge {
        /// Its size.
        size: u64,
        /// The bound.
        limit: u64,
    },
    /// All files together are too large.
    #[error("all files together have more than {0} bytes")]
    TotalTooLarge(u64),
    /// A folder too far down.
    #[error("it lies more than {0} folders deep")]
    TooDeep(usize),
    /// More entries than are looked at; those behind are not listed.
    #[error("there are more than {0} entries: this one and all behind it are left out")]
    TooMany(usize),
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

/// Something that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Where it is.
    pub path: PathBuf,
    /// Why.
    pub why: Skip,
}

/// What there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// The files, in the order of their names.
    pub found: Vec<Found>,
    /// What is left out.
    pub skipped: Vec<Skipped>,
}

/// Lists the hand-ins in `places`: files, and folders with all that is in them.
pub fn collect(places: &[PathBuf], limits: &Limits) -> Collected {
    let mut walk = Walk { limits, entries: 0, total: 0, out: Collected::default() };
    for place in places {
        let relative = place.file_name().map(PathBuf::from).unwrap_or_default();
        // A folder that was named is not hidden, whatever its name.
        match fs::symlink_metadata(place) {
            Ok(data) if data.is_dir() => walk.folder(place, Path::new(""), 0),
            Ok(data) => walk.entry(place, relative, &data, 0),
            Err(why) => walk.skip(place, Skip::Unreadable(why.to_string())),
        }
        if walk.is_full() {
            break;
        }
    }
    walk.out
}

/// Whether a file is named as bundles are.
pub fn is_bundle(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(bundle::ENDING))
}

struct Walk<'a> {
    limits: &'a Limits,
    entries: usize,
    total: u64,
    out: Collected,
}

impl Walk<'_> {
    fn is_full(&self) -> bool {
        self.entries > self.limits.entries
    }

    fn skip(&mut self, path: &Path, why: Skip) {
        self.out.skipped.push(Skipped { path: path.to_owned(), why });
    }

    fn folder(&mut self, path: &Path, relative: &Path, depth: usize) {
        if depth > self.limits.depth {
            return self.skip(path, Skip::TooDeep(self.limits.depth));
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(why) => return self.skip(path, Skip::Unreadable(why.to_string())),
        };
        // One more than may come tells that there are too many.
        let room = (self.limits.entries + 1).saturating_sub(self.entries);
        let mut names = Vec::new();
        for entry in entries.take(room) {
            match entry {
                Ok(entry) => names.push(entry.file_name()),
                Err(why) => self.skip(path, Skip::Unreadable(why.to_string())),
            }
        }
        names.sort();
        for name in names {
            if self.is_full() {
                return;
            }
            let inner = path.join(&name);
            if is_system_file(&name) {
                self.count(&inner, |walk| walk.skip(&inner, Skip::Hidden));
                continue;
            }
            match fs::symlink_metadata(&inner) {
                Ok(data) => self.entry(&inner, relative.join(&name), &data, depth),
                Err(why) => self.skip(&inner, Skip::Unreadable(why.to_string())),
            }
        }
    }

    fn count(&mut self, path: &Path, then: impl FnOnce(&mut Self)) {
        self.entries += 1;
        if self.is_full() {
            return self.skip(path, Skip::TooMany(self.limits.entries));
        }
        then(self);
    }

    fn entry(&mut self, path: &Path, relative: PathBuf, data: &Metadata, depth: usize) {
        self.count(path, |walk| match no_file(data) {
            Some(why) => walk.skip(path, why),
            None if data.is_dir() => walk.folder(path, &relative, depth + 1),
            None => walk.file(path, relative.clone(), data),
        });
    }

    fn file(&mut self, path: &Path, relative: PathBuf, data: &Metadata) {
        let size = data.len();
        let limit = self.limits.of(&relative);
        if size > limit {
            return self.skip(path, Skip::TooLarge { size, limit });
        }
        if self.total + size > self.limits.total {
            return self.skip(path, Skip::TotalTooLarge(self.limits.total));
        }
        self.total += size;
        let modified = data.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        self.out.found.push(Found { path: path.to_owned(), relative, size, modified });
    }
}

/// Files that systems put beside others: macOS's `.DS_Store`, `._NAME` and `__MACOSX`, Windows's `Thumbs.db` and `desktop.ini`.
fn is_system_file(name: &std::ffi::OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let known: [&[u8]; 3] = [b"__MACOSX", b"Thumbs.db", b"desktop.ini"];
    name.starts_with(b".") || known.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Why this is neither a file nor a folder.
fn no_file(data: &Metadata) -> Option<Skip> {
    let kind = data.file_type();
    if kind.is_symlink() {
        return Some(Skip::Link);
    }
    if kind.is_fifo() {
        return Some(Skip::Pipe);
    }
    if kind.is_socket() {
        return Some(Skip::Socket);
    }
    (kind.is_block_device() || kind.is_char_device()).then_some(Skip::Device)
}

/// The bytes of a hand-in. Between the listing and now it may have become a link, a pipe or larger: none is followed, waited
/// for or read.
///
/// # Errors
/// When it is no regular file of at most `longest` bytes, or cannot be read.
pub fn read(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    foreign_file(path)?.take(longest.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is longer than {longest} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
