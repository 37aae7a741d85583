//! Unpacks a release archive; whatever it holds, nothing outside the target is touched.
//!
//! In: a gzip-compressed tar stream. Out: the files of its folder `distribution/` below the target. Only
//! regular files, folders and relative links that stay inside; bounded in size and number; no entry is written
//! through a link or over another.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use flate2::read::GzDecoder;
use tar::{Archive, Entry, EntryType};
use tokio_util::sync::CancellationToken;

use super::archive::TOP;
use super::error::{Error, Result};
use crate::printable::name as shown;

/// No distribution is larger: bytes after decompression.
pub const MAX_BYTES: u64 = 2_000_000_000;
/// No distribution has more files.
pub const MAX_ENTRIES: usize = 20_000;

/// Unpacks `archive` below `target`, which exists and is empty.
///
/// # Errors
/// [`Error::Archive`] for the first entry that does not belong, [`Error::Cancelled`], or an I/O error.
pub fn unpack(archive: &Path, target: &Path, max_bytes: u64, cancel: &CancellationToken) -> Result<()> {
    let file = File::open(archive).map_err(Error::io("read", archive))?;
    let refuse = |why: String| Error::Archive { archive: archive.to_owned(), why };
    let broken = |error: std::io::Error| refuse(format!("it is damaged or too large: {error}"));
    let mut tar = Archive::new(GzDecoder::new(file).take(max_bytes));
    let mut links = BTreeSet::new();
    let mut entries = 0;
    for entry in tar.entries().map_err(broken)? {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let mut entry = entry.map_err(broken)?;
        entries += 1;
        if entries > MAX_ENTRIES {
            return Err(refuse(format!("more than {MAX_ENTRIES} entries")));
        }
        let name = entry.path().map_err(broken)?.into_owned();
        let Some(inside) = inside(&name).map_err(refuse)? else { continue };
        if let Some(link) = inside.ancestors().find(|path| links.contains(*path)) {
            return Err(refuse(format!("{} leads through the link {}", shown(&name), shown(link))));
        }
        match entry.header().entry_type() {
            EntryType::Directory => {
                let dir = target.join(&inside);
                std::fs::create_dir_all(&dir).map_err(Error::io("create", &dir))?;
            }
            EntryType::Regular => write(&mut entry, &target.join(&inside)).map_err(|error| match error {
                Failure::Stream(error) => broken(error),
                Failure::Target(error) => Error::io("unpack", &target.join(&inside))(error),
            })?,
            EntryType::Symlink => {
                let to = entry.link_name().map_err(broken)?.unwrap_or_default().into_owned();
                if !stays_inside(&inside, &to) {
                    return Err(refuse(format!("the link {} leads outside: {}", shown(&name), shown(&to))));
                }
                let path = target.join(&inside);
                parent(&path).and_then(|()| symlink(&to, &path)).map_err(Error::io("link", &path))?;
                links.insert(inside);
            }
            other => {
                return Err(refuse(format!("{} is neither file, folder nor link: {other:?}", shown(&name))));
            }
        }
    }
    Ok(())
}

enum Failure {
    Stream(std::io::Error),
    Target(std::io::Error),
}

fn write(entry: &mut Entry<'_, impl Read>, path: &Path) -> Result<(), Failure> {
    let executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
    let mode = if executable { 0o755 } else { 0o644 };
    parent(path).map_err(Failure::Target)?;
    // create_new neither follows a link nor replaces what is there.
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(Failure::Target)?;
    let size = entry.size();
    let copied = std::io::copy(entry, &mut file).map_err(|error| match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Failure::Target(error),
        _ => Failure::Stream(error),
    })?;
    if copied != size {
        return Err(Failure::Stream(std::io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(())
}

fn parent(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)
}

/// The path of an entry below `distribution/`; `None` for that folder itself.
fn inside(name: &Path) -> Result<Option<PathBuf>, String> {
    let mut components = name.components().peekable();
    while components.next_if(|component| *component == Component::CurDir).is_some() {}
    if components.next() != Some(Component::Normal(TOP.as_ref())) {
        return Err(format!("{} is not below {TOP}/", shown(name)));
    }
    let rest: PathBuf = components.collect();
    if rest.components().any(|component| !matches!(component, Component::Normal(_))) {
        return Err(format!("{} leads outside", shown(name)));
    }
    Ok((!rest.as_os_str().is_empty()).then_some(rest))
}

/// A link at `path` to `target` ends below the root, by its text alone.
fn stays_inside(path: &Path, target: &Path) -> bool {
    let mut depth = path.components().count().saturating_sub(1);
    for component in target.components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir if depth > 0 => depth -= 1,
            _ => return false,
        }
    }
    !target.as_os_str().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_below_the_top_folder() {
        assert_eq!(inside(Path::new("distribution/bin/runc")), Ok(Some("bin/runc".into())));
        assert_eq!(inside(Path::new("./distribution/")), Ok(None));
        for name in ["/distribution/x", "other/x", "distribution/../x", "../distribution/x", "x", ""] {
            assert!(inside(Path::new(name)).is_err(), "{name}");
        }
        let forged = inside(Path::new("x\nhelp: y")).unwrap_err();
        assert_eq!(forged, "x\\nhelp: y is not below distribution/");
    }

    #[test]
    fn links_stay_inside_by_their_text() {
        let at = Path::new("path/kubectl");
        assert!(stays_inside(at, Path::new("../bin/satrain-kube")));
        assert!(stays_inside(at, Path::new("./x")));
        for target in ["../../x", "/etc/passwd", "", "../bin/../../x"] {
            assert!(!stays_inside(at, Path::new(target)), "{target}");
        }
    }
}
