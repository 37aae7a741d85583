//! Packs a distribution for a release: the same bytes for the same files, every time.
//!
//! In: a [`Distribution`]. Out: `satrain-distribution-<version>-linux-<arch>.tar.gz` and its line in
//! `SHA256SUMS`. Sorted names, time 0, owner 0, two modes, a fixed gzip header. Unpacked beside the satrain
//! executable, its one folder `distribution/` is found there.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};
use tokio_util::sync::CancellationToken;

use super::Distribution;
use super::error::{Error, Result};
use crate::event::{Event, Events};
use crate::fs::sha256_of;

/// The one top folder of an archive.
pub const TOP: &str = "distribution";

/// An archive that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The archive.
    pub archive: PathBuf,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// The name of a distribution's archive.
pub fn file_name(distribution: &Distribution) -> String {
    let manifest = &distribution.manifest;
    format!("satrain-distribution-{}-linux-{}.tar.gz", manifest.kubernetes, manifest.arch)
}

/// Writes the archive and `SHA256SUMS` into `dir`.
///
/// # Errors
/// When a file cannot be read or written, or [`Error::Cancelled`].
pub fn pack(
    distribution: &Distribution,
    dir: &Path,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Packed> {
    std::fs::create_dir_all(dir).map_err(Error::io("create", dir))?;
    let name = file_name(distribution);
    events.step(format!("Packing {name}"));
    let entries = entries(&distribution.dir)?;
    let total: u64 = entries.iter().map(|entry| entry.size).sum();
    let temporary = tempfile::NamedTempFile::new_in(dir).map_err(Error::io("create a file in", dir))?;
    let broken = |error| Error::io("write", temporary.path())(error);
    let gzip = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(BufWriter::new(temporary.as_file()), Compression::new(6));
    let mut tar = Builder::new(gzip);
    let mut done = 0;
    for entry in &entries {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let detail = entry.name.clone();
        events.emit(Event::Progress { done: done / 1_000_000, total: total / 1_000_000, unit: "MB", detail });
        append(&mut tar, entry)?;
        done += entry.size;
    }
    let gzip = tar.into_inner().map_err(broken)?;
    gzip.finish().and_then(|mut file| file.flush()).map_err(broken)?;
    temporary.as_file().sync_all().map_err(broken)?;
    let archive = dir.join(&name);
    let permissions = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(temporary.path(), permissions).map_err(broken)?;
    temporary.persist(&archive).map_err(|error| Error::io("write", &archive)(error.error))?;
    let sha256 = sha256_of(&archive).map_err(Error::io("read", &archive))?;
    record(&dir.join("SHA256SUMS"), &name, &sha256)?;
    let bytes = archive.metadata().map_err(Error::io("read", &archive))?.len();
    events.done(format!("{} MB, SHA-256 {sha256}", bytes / 1_000_000));
    Ok(Packed { archive, sha256, bytes })
}

struct Entry {
    /// Inside the archive.
    name: String,
    path: PathBuf,
    size: u64,
    executable: bool,
    link: Option<PathBuf>,
}

/// Every file and link below `root`, sorted by name.
fn entries(root: &Path) -> Result<Vec<Entry>> {
    let mut found = Vec::new();
    let mut dirs = vec![root.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(&dir).map_err(Error::io("read", &dir))? {
            let path = entry.map_err(Error::io("read", &dir))?.path();
            let meta = path.symlink_metadata().map_err(Error::io("read", &path))?;
            if meta.is_dir() {
                dirs.push(path);
                continue;
            }
            let inside = path.strip_prefix(root).unwrap_or(&path);
            let link = meta.is_symlink().then(|| std::fs::read_link(&path)).transpose();
            found.push(Entry {
                name: format!("{TOP}/{}", inside.display()),
                size: if meta.is_file() { meta.len() } else { 0 },
                executable: meta.permissions().mode() & 0o111 != 0,
                link: link.map_err(Error::io("read", &path))?,
                path,
            });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn append(tar: &mut Builder<impl Write>, entry: &Entry) -> Result<()> {
    let mut header = Header::new_ustar();
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_mode(if entry.executable { 0o755 } else { 0o644 });
    header.set_size(entry.size);
    let written = match &entry.link {
        Some(target) => {
            header.set_entry_type(EntryType::Symlink);
            header.set_mode(0o777);
            tar.append_link(&mut header, &entry.name, target)
        }
        None => {
            let file = File::open(&entry.path).map_err(Error::io("read", &entry.path))?;
            tar.append_data(&mut header, &entry.name, file.take(entry.size))
        }
    };
    written.map_err(Error::io("pack", &entry.path))
}

/// Sets the line of `name` in a `SHA256SUMS` file and keeps the others.
fn record(sums: &Path, name: &str, sha256: &str) -> Result<()> {
    let old = std::fs::read_to_string(sums).unwrap_or_default();
    let other = |line: &&str| line.split_once("  ").is_some_and(|(_, listed)| listed != name);
    let mut lines: Vec<String> = old.lines().filter(other).map(str::to_owned).collect();
    lines.push(format!("{sha256}  {name}"));
    lines.sort_by(|a, b| a[64.min(a.len())..].cmp(&b[64.min(b.len())..]));
    std::fs::write(sums, lines.join("\n") + "\n").map_err(Error::io("write", sums))
}
