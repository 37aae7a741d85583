//! One layer of an image: a tar archive whose digest is its name.

use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::cluster::error::{Result, io as io_error};

/// A layer that is being filled.
pub(super) struct Layer(tar::Builder<Hashing>);

/// A layer that is full.
pub(super) struct WrittenLayer {
    pub(super) file: NamedTempFile,
    /// SHA-256 of the archive, in hexadecimal digits.
    pub(super) digest: String,
}

impl Layer {
    pub(super) fn new(file: NamedTempFile) -> Self {
        Self(tar::Builder::new(Hashing { file: BufWriter::new(file), hash: Sha256::new() }))
    }

    pub(super) fn folder(&mut self, at: &str, mode: u32) -> Result<()> {
        let mut header = header(tar::EntryType::Directory, mode, 0);
        self.0
            .append_data(&mut header, format!("{at}/"), io::empty())
            .map_err(io_error("packing", Path::new(at)))
    }

    pub(super) fn link(&mut self, at: &str, to: &str) -> Result<()> {
        let mut header = header(tar::EntryType::Symlink, 0o777, 0);
        self.0.append_link(&mut header, at, to).map_err(io_error("packing", Path::new(at)))
    }

    pub(super) fn text(&mut self, at: &str, text: &str) -> Result<()> {
        append(&mut self.0, at, 0o644, text.as_bytes()).map_err(io_error("packing", Path::new(at)))
    }

    /// The contents of a file of this machine.
    pub(super) fn file(&mut self, from: &Path, at: &str, mode: u32) -> Result<()> {
        let packing = || io_error("packing", from);
        let file = std::fs::File::open(from).map_err(packing())?;
        let size = file.metadata().map_err(packing())?.len();
        let mut header = header(tar::EntryType::Regular, mode, size);
        self.0.append_data(&mut header, at, file.take(size)).map_err(packing())
    }

    /// A folder with all below it, in the order of names.
    pub(super) fn tree(&mut self, from: &Path, at: &str) -> Result<()> {
        let packing = || io_error("packing", from);
        self.folder(at, 0o755)?;
        let mut entries =
            std::fs::read_dir(from).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(packing())?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let (path, at) = (entry.path(), format!("{at}/{}", entry.file_name().to_string_lossy()));
            let kind = entry.file_type().map_err(packing())?;
            if kind.is_symlink() {
                let to = std::fs::read_link(&path).map_err(packing())?;
                self.link(&at, &to.to_string_lossy())?;
            } else if kind.is_dir() {
                self.tree(&path, &at)?;
            } else {
                let mode = entry.metadata().map_err(packing())?.permissions().mode();
                // Whoever built it may have had a narrow umask; the node's users read it.
                self.file(&path, &at, if mode & 0o100 == 0 { 0o644 } else { 0o755 })?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<WrittenLayer> {
        let writing = |e| io_error("writing", Path::new("a layer"))(e);
        let Hashing { file, hash } = self.0.into_inner().map_err(writing)?;
        let file = file.into_inner().map_err(|e| writing(e.into_error()))?;
        Ok(WrittenLayer { file, digest: hex(&hash.finalize()) })
    }
}

/// Adds a file with that content.
pub(super) fn append(
    archive: &mut tar::Builder<impl Write>,
    at: &str,
    mode: u32,
    content: &[u8],
) -> io::Result<()> {
    let mut header = header(tar::EntryType::Regular, mode, content.len() as u64);
    archive.append_data(&mut header, at, content)
}

/// SHA-256, in hexadecimal digits.
pub(super) fn digest(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

fn hex(bytes: &[u8]) -> String {
    crate::distribution::recipe::hex(bytes)
}

/// Nothing in it depends on when or by whom it was made.
fn header(kind: tar::EntryType, mode: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

/// Writes to a file and hashes what goes by.
struct Hashing {
    file: BufWriter<NamedTempFile>,
    hash: Sha256,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
