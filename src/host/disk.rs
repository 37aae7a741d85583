//! Free space of the file system that a path is, or will be, on.
//!
//! In: a path that need not exist yet. Out: [`Space`]. Creates nothing.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Free space, and which file system it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Space {
    /// Bytes free for an ordinary user.
    pub free: u64,
    /// The device number: equal for two paths on the same file system.
    pub device: u64,
}

/// The space below `path`, asked at the nearest ancestor that exists.
pub fn space(path: &Path) -> Option<Space> {
    let existing = path.ancestors().find(|ancestor| ancestor.exists())?;
    let stat = nix::sys::statvfs::statvfs(existing).ok()?;
    let device = existing.metadata().ok()?.dev();
    #[allow(clippy::useless_conversion, reason = "the counts are narrower on other systems")]
    let (blocks, size) = (u64::from(stat.blocks_available()), u64::from(stat.fragment_size()));
    Some(Space { free: blocks * size, device })
}

/// Bytes that the files below `dir` take; what cannot be read counts nothing.
pub fn used(dir: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.metadata() {
            Ok(meta) if meta.is_dir() => used(&entry.path()),
            Ok(meta) => meta.blocks() * 512,
            Err(_) => 0,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_path_that_does_not_exist_yet_has_its_parents_space() {
        let dir = tempfile::tempdir().unwrap();
        let here = super::space(dir.path()).unwrap();
        let below = super::space(&dir.path().join("a/b/c")).unwrap();
        assert_eq!(here.device, below.device);
        assert!(below.free > 0);
    }
}
