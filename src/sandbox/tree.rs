//! A small tree of files in memory: what goes into a sandbox, and what comes back.
//!
//! In and out: a folder. A tree is bounded in bytes, files and depth. It holds plain files, folders and links and nothing else: no
//! pipe, device or socket, no owner, and of the mode only whether a file is executable. Links are never followed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, lchown, symlink};
use std::path::{Component, Path, PathBuf};

use nix::fcntl::OFlag;

/// A folder, by the names in it.
pub type Folder = BTreeMap<OsString, Node>;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A plain file.
    File {
        /// What is in it.
        bytes: Vec<u8>,
        /// Whether its owner may execute it.
        executable: bool,
    },
    /// A folder.
    Folder(Folder),
    /// A link, to wherever.
    Link(PathBuf),
}

/// How much a tree may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// All files together.
    pub bytes: u64,
    /// Files, folders and links.
    pub names: usize,
    /// Folders in folders.
    pub depth: usize,
}

impl Bounds {
    /// A workspace.
    pub const WORKSPACE: Self = Self { bytes: 64 << 20, names: 10_000, depth: 32 };
    /// What kubectl keeps of a cluster.
    pub const CACHE: Self = Self { bytes: 16 << 20, names: 2_000, depth: 8 };

    fn exceeded(what: String) -> io::Error {
        io::Error::new(ErrorKind::FileTooLarge, what)
    }
}

impl Node {
    /// A plain file that is not executable.
    pub fn text(bytes: impl Into<Vec<u8>>) -> Self {
        Self::File { bytes: bytes.into(), executable: false }
    }
}

/// Reads a folder.
///
/// # Errors
/// What is more than `bounds` allow is an error of kind `FileTooLarge`, which says what.
pub fn read(folder: &Path, bounds: Bounds) -> io::Result<Folder> {
    let mut left = Left { bytes: bounds.bytes, names: bounds.names, bounds };
    left.folder(folder, bounds.depth)
}

struct Left {
    bytes: u64,
    names: usize,
    bounds: Bounds,
}

impl Left {
    fn folder(&mut self, folder: &Path, depth: usize) -> io::Result<Folder> {
        let mut found = Folder::new();
        for entry in opened(folder, 0o700, |folder| fs::read_dir(folder))? {
            let entry = entry?;
            self.names = self.names.checked_sub(1).ok_or_else(|| {
                Bounds::exceeded(format!("more than {} files and folders", self.bounds.names))
            })?;
            let (path, kind) = (entry.path(), entry.file_type()?);
            let node = if kind.is_dir() {
                let depth = depth.checked_sub(1).ok_or_else(|| {
                    Bounds::exceeded(format!("folders that are more than {} deep", self.bounds.depth))
                })?;
                Node::Folder(self.folder(&path, depth)?)
            } else if kind.is_file() {
                self.file(&path)?
            } else if kind.is_symlink() {
                Node::Link(fs::read_link(&path)?)
            } else {
                continue;
            };
            found.insert(entry.file_name(), node);
        }
        Ok(found)
    }

    fn file(&mut self, path: &Path) -> io::Result<Node> {
        let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
        let file = opened(path, 0o600, |path| OpenOptions::new().read(true).custom_flags(flags).open(path))?;
        let executable = file.metadata()?.permissions().mode() & 0o100 != 0;
        let mut bytes = Vec::new();
        // Not what its length says: a file with holes may call itself a terabyte.
        file.take(self.bytes + 1).read_to_end(&mut bytes)?;
        self.bytes = self
            .bytes
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| Bounds::exceeded(format!("more than {} MiB", self.bounds.bytes >> 20)))?;
        Ok(Node::File { bytes, executable })
    }
}

/// Opens what its owner may have closed to itself.
fn opened<T>(path: &Path, mode: u32, open: impl Fn(&Path) -> io::Result<T>) -> io::Result<T> {
    match open(path) {
        Err(e) if e.kind() == ErrorKind::PermissionDenied && !path.is_symlink() => {
            fs::set_permissions(path, Permissions::from_mode(mode))?;
            open(path)
        }
        result => result,
    }
}

/// Writes all of `tree` into an empty folder that nobody else uses, for `owner`.
pub(super) fn fill(folder: &Path, tree: &Folder, owner: Option<u32>) -> io::Result<()> {
    for (name, node) in tree {
        let path = folder.join(name);
        match node {
            Node::File { bytes, executable } => write_new(&path, bytes, *executable)?,
            Node::Link(to) => symlink(to, &path)?,
            Node::Folder(inner) => {
                DirBuilder::new().mode(0o700).create(&path)?;
                fill(&path, inner, owner)?;
            }
        }
        if owner.is_some() {
            lchown(&path, owner, owner)?;
        }
    }
    Ok(())
}

/// Does to a folder what was done to a copy of it: what differs between the two trees is written, and what is gone is removed.
/// New links stay only if they cannot lead out of the folder.
pub(super) fn apply(folder: &Path, before: &Folder, after: &Folder) -> io::Result<()> {
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        remove(&folder.join(name))?;
    }
    let nothing = Folder::new();
    for (name, node) in after.iter().filter(|(name, node)| before.get(*name) != Some(*node)) {
        let path = folder.join(name);
        match node {
            Node::File { bytes, executable } => {
                if is_folder(&path) {
                    remove(&path)?;
                }
                replace(&path, bytes, *executable)?;
            }
            Node::Folder(inner) => {
                let was = match before.get(name) {
                    Some(Node::Folder(was)) if is_folder(&path) => was,
                    _ => &nothing,
                };
                if !is_folder(&path) {
                    remove(&path)?;
                    DirBuilder::new().mode(0o700).create(&path)?;
                }
                apply(&path, was, inner)?;
            }
            Node::Link(to) => {
                remove(&path)?;
                if stays(to) {
                    symlink(to, &path)?;
                }
            }
        }
    }
    Ok(())
}

/// Whether a link cannot lead out of the folder that it is in.
fn stays(to: &Path) -> bool {
    to.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Removes whatever has this name; a link, not what it leads to.
fn remove(path: &Path) -> io::Result<()> {
    let removed = if is_folder(path) { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// A file in place of whatever file or link has this name.
fn replace(path: &Path, bytes: &[u8], executable: bool) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let mode = if executable { 0o700 } else { 0o600 };
    let mut file = tempfile::Builder::new()
        .prefix(".satrain-")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(parent)?;
    file.write_all(bytes)?;
    file.persist(path).map(drop).map_err(|e| e.error)
}

fn write_new(path: &Path, bytes: &[u8], executable: bool) -> io::Result<()> {
    let mode = if executable { 0o700 } else { 0o600 };
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(folder: &Path) -> Folder {
        read(folder, Bounds::WORKSPACE).unwrap()
    }

    #[test]
    fn what_was_done_to_a_copy_is_done_to_the_folder() {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (mine, copy) = (here.path(), there.path());
        fs::create_dir_all(mine.join("answers/deep")).unwrap();
        fs::write(mine.join("answers/a"), "1").unwrap();
        fs::write(mine.join("gone"), "1").unwrap();
        symlink("/etc/hosts", mine.join("own-link")).unwrap();
        let before = tree(mine);
        fill(copy, &before, None).unwrap();
        assert_eq!(tree(copy), before);

        fs::write(copy.join("answers/a"), "2").unwrap();
        fs::write(copy.join("answers/deep/b"), "3").unwrap();
        fs::set_permissions(copy.join("answers/deep/b"), Permissions::from_mode(0o6755)).unwrap();
        fs::remove_file(copy.join("gone")).unwrap();
        fs::write(mine.join("written-meanwhile"), "mine").unwrap();
        apply(mine, &before, &tree(copy)).unwrap();
        assert_eq!(fs::read_to_string(mine.join("answers/a")).unwrap(), "2");
        assert_eq!(fs::metadata(mine.join("answers/deep/b")).unwrap().permissions().mode() & 0o7777, 0o700);
        assert!(!mine.join("gone").exists() && mine.join("written-meanwhile").exists());
        assert_eq!(fs::read_link(mine.join("own-link")).unwrap(), Path::new("/etc/hosts"));
    }

    #[test]
    fn links_are_neither_followed_nor_brought_back_when_they_lead_out() {
        let (here, there, outside) =
            (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (mine, copy) = (here.path(), there.path());
        fs::create_dir(mine.join("answers")).unwrap();
        fs::write(outside.path().join("canary"), "alive").unwrap();
        let before = tree(mine);
        fs::create_dir(copy.join("answers")).unwrap();
        fs::write(copy.join("answers/canary"), "overwritten").unwrap();
        symlink(outside.path().join("canary"), copy.join("out")).unwrap();
        symlink("../x", copy.join("up")).unwrap();
        symlink("answers/canary", copy.join("in")).unwrap();
        nix::unistd::mkfifo(&copy.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        // The folder of the host became a link to elsewhere.
        fs::remove_dir(mine.join("answers")).unwrap();
        symlink(outside.path(), mine.join("answers")).unwrap();
        apply(mine, &before, &tree(copy)).unwrap();
        assert_eq!(fs::read_to_string(outside.path().join("canary")).unwrap(), "alive");
        assert!(
            !mine.join("out").is_symlink() && !mine.join("up").is_symlink() && !mine.join("pipe").exists()
        );
        assert_eq!(fs::read_to_string(mine.join("in")).unwrap(), "overwritten");
    }

    #[test]
    fn a_tree_is_bounded() {
        let root = tempfile::tempdir().unwrap();
        let bounds = Bounds { bytes: 1 << 20, names: 3, depth: 2 };
        let refused = || read(root.path(), bounds).unwrap_err().to_string();
        // A hole takes no space, and is a gigabyte nevertheless.
        File::create(root.path().join("hole")).unwrap().set_len(1 << 30).unwrap();
        assert_eq!(refused(), "more than 1 MiB");
        fs::remove_file(root.path().join("hole")).unwrap();
        fs::create_dir_all(root.path().join("a/b/c")).unwrap();
        assert_eq!(refused(), "folders that are more than 2 deep");
        fs::remove_dir_all(root.path().join("a")).unwrap();
        (0..4).for_each(|n| fs::write(root.path().join(n.to_string()), "").unwrap());
        assert_eq!(refused(), "more than 3 files and folders");
    }
}
