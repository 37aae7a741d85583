//! Files that are there whole or not at all: written beside, flushed, renamed.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// A moment at which a crash may happen; tests stop at each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The temporary file exists and is empty.
    Made,
    /// It holds half of the bytes.
    Half,
    /// It is whole and flushed.
    Flushed,
    /// It has its final name; the folder is not flushed.
    Renamed,
}

/// What a written file must outlive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasting {
    /// kill -9 at any moment.
    Kill,
    /// The machine's power going off too: the write waits for the disk.
    PowerLoss,
}

/// Replaces `path` by `bytes`, readable by the owner only. After a crash it is the old file or the new one.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8], lasting: Lasting) -> io::Result<()> {
    write_atomic_through(path, bytes, lasting, |_| Ok(()))
}

/// [`write_atomic`] that calls `at` at each [`Moment`] and stops where it fails, leaving things as they are.
pub(crate) fn write_atomic_through(
    path: &Path,
    bytes: &[u8],
    lasting: Lasting,
    mut at: impl FnMut(Moment) -> io::Result<()>,
) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("a file needs a folder"))?;
    let mut temp = tempfile::Builder::new().prefix(".satrain-").tempfile_in(folder)?;
    at(Moment::Made)?;
    let (first, second) = bytes.split_at(bytes.len() / 2);
    temp.write_all(first)?;
    at(Moment::Half)?;
    temp.write_all(second)?;
    if lasting == Lasting::PowerLoss {
        temp.as_file().sync_all()?;
    }
    at(Moment::Flushed)?;
    temp.persist(path).map_err(|e| e.error)?;
    at(Moment::Renamed)?;
    match lasting {
        Lasting::Kill => Ok(()),
        Lasting::PowerLoss => File::open(folder)?.sync_all(),
    }
}
