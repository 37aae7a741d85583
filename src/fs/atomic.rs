//! Files that are there whole or not at all: written beside, flushed, renamed.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::fchown;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What a written file must outlive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// The death of the process, at any moment.
    Process,
    /// A power failure too: the write waits for the disk.
    Disk,
}

/// A user and group that files are handed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// User ID.
    pub uid: u32,
    /// Group ID.
    pub gid: u32,
}

/// A moment at which a crash may happen; tests stop at each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CrashPoint {
    /// The temporary file exists and is empty.
    Made,
    /// It holds half of the bytes.
    Half,
    /// It is whole and flushed.
    Flushed,
    /// It has its final name; the folder is not flushed.
    Renamed,
}

/// Replaces `path` by `bytes`, with mode 0600. After a crash it is the old file or the new one.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    write_atomic_for(path, bytes, durability, None)
}

/// The same; the file is handed to `owner`, if one is named, before it appears.
pub(crate) fn write_atomic_for(
    path: &Path,
    bytes: &[u8],
    durability: Durability,
    owner: Option<Owner>,
) -> io::Result<()> {
    write_through(path, bytes, durability, owner, |_| Ok(()))
}

/// The folder that a file is in; of a name alone, the current one.
fn folder_of(path: &Path) -> io::Result<&Path> {
    match path.parent() {
        None => Err(io::Error::other("a file needs a folder")),
        Some(folder) if folder.as_os_str().is_empty() => Ok(Path::new(".")),
        Some(folder) => Ok(folder),
    }
}

/// The error alone: the path in it is that of the temporary file, which nobody named.
fn without_path(error: io::Error) -> io::Error {
    let cause = error.get_ref().and_then(|e| e.source()?.downcast_ref::<io::Error>());
    cause.and_then(io::Error::raw_os_error).map_or(error, io::Error::from_raw_os_error)
}

/// Calls `at` at each [`CrashPoint`] and stops where it fails, leaving things as they are.
fn write_through(
    path: &Path,
    bytes: &[u8],
    durability: Durability,
    owner: Option<Owner>,
    mut at: impl FnMut(CrashPoint) -> io::Result<()>,
) -> io::Result<()> {
    let folder = folder_of(path)?;
    let mut temp = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder).map_err(without_path)?;
    at(CrashPoint::Made)?;
    let (first, second) = bytes.split_at(bytes.len() / 2);
    temp.write_all(first)?;
    at(CrashPoint::Half)?;
    temp.write_all(second)?;
    if let Some(Owner { uid, gid }) = owner {
        fchown(temp.as_file(), Some(uid), Some(gid))?;
    }
    if durability == Durability::Disk {
        temp.as_file().sync_all()?;
    }
    at(CrashPoint::Flushed)?;
    temp.persist(path).map_err(|e| e.error)?;
    at(CrashPoint::Renamed)?;
    match durability {
        Durability::Process => Ok(()),
        Durability::Disk => File::open(folder)?.sync_all(),
    }
}

/// What the name of a temporary file begins with; a crash may leave one.
pub(crate) const TEMPORARY: &str = ".satrain-";

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    use super::*;

    #[test]
    fn a_name_alone_is_in_the_current_folder() {
        assert_eq!(folder_of(Path::new("marks.csv")).unwrap(), Path::new("."));
        assert_eq!(folder_of(Path::new("a/marks.csv")).unwrap(), Path::new("a"));
        assert!(folder_of(Path::new("/")).is_err());
    }

    #[test]
    fn after_a_crash_at_any_moment_a_file_is_the_old_or_the_new_one() {
        let points = [CrashPoint::Made, CrashPoint::Half, CrashPoint::Flushed, CrashPoint::Renamed];
        let both = |p: &CrashPoint| [(*p, Durability::Process), (*p, Durability::Disk)];
        for (point, durability) in points.iter().flat_map(both) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("attempt.json");
            write_atomic(&path, b"old", durability).unwrap();
            let crash = |at| if at == point { Err(io::Error::other("crash")) } else { Ok(()) };
            write_through(&path, b"a new and longer text", durability, None, crash).unwrap_err();
            let left = fs::read(&path).unwrap();
            let wanted: &[u8] = if point == CrashPoint::Renamed { b"a new and longer text" } else { b"old" };
            assert_eq!(left, wanted, "{point:?} {durability:?}");
        }
    }

    #[test]
    fn files_are_private_and_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        write_atomic(&path, b"one", Durability::Process).unwrap();
        write_atomic(&path, b"two", Durability::Process).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_handed_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let root = nix::unistd::geteuid().is_root();
        let me = Owner { uid: nix::unistd::getuid().as_raw(), gid: nix::unistd::getgid().as_raw() };
        // Only root can give files away.
        let owner = if root { Owner { uid: 4242, gid: 4243 } } else { me };
        write_atomic_for(&path, b"x", Durability::Process, Some(owner)).unwrap();
        let meta = fs::metadata(&path).unwrap();
        assert_eq!((meta.uid(), meta.gid()), (owner.uid, owner.gid));
    }
}
