//! Where distributions are kept: `<cache>/distributions/<key>/`.
//!
//! In: the cache directory. Out: paths, and [`Store::install`], which makes a finished directory visible with
//! one rename. What is not finished lies under a name that begins with a dot and is never opened.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::Distribution;
use super::error::{Error, Result};
use super::manifest::Manifest;
use crate::event::Events;
use crate::fs::{Holder, Lock};
use crate::host::disk;

const STAGING: &str = ".staging-";
const TRASH: &str = ".trash-";

/// The user's store of distributions.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store in satrain's cache directory, which need not exist yet.
    pub fn new(cache: &Path) -> Self {
        Self { root: cache.join("distributions") }
    }

    /// Its directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where go's messages of the last build are.
    pub fn log(&self) -> PathBuf {
        self.root.join("build.log")
    }

    /// Where a download is kept until it is complete.
    pub fn downloads(&self) -> PathBuf {
        self.root.join("downloads")
    }

    /// Where lab images are kept that were made without a distribution.
    pub fn lab_images(&self, key: &str) -> PathBuf {
        self.root.join(format!("lab-images-{key}"))
    }

    /// The directory of the distribution with this key, there or not.
    pub fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    /// The newest usable distribution made from the sources with this digest.
    pub fn find(&self, source: &str) -> Option<Distribution> {
        let mut found: Vec<_> = self
            .visible()
            .filter(|dir| Manifest::read(dir).is_ok_and(|manifest| manifest.source == source))
            .filter_map(|dir| Some((dir.metadata().and_then(|meta| meta.modified()).ok()?, dir)))
            .collect();
        found.sort();
        found.into_iter().rev().find_map(|(_, dir)| Distribution::open(&dir).ok())
    }

    /// Waits until nobody else works in the store. `doing` tells others what for: "building the distribution".
    ///
    /// # Errors
    /// When the store cannot be created or written, or [`Error::Cancelled`] while waiting.
    pub fn lock(&self, doing: &str, events: &Events, cancel: &CancellationToken) -> Result<Lock> {
        std::fs::create_dir_all(&self.root).map_err(Error::io("create", &self.root))?;
        let path = self.root.join(".lock");
        let busy = |holder: &Holder| {
            events.note(format!("{holder} is using the distribution: waiting for it to finish"));
        };
        Lock::wait(&path, doing, busy, cancel).map_err(Error::io("lock", &path))?.ok_or(Error::Cancelled)
    }

    /// Removes what killed builds left. Only with the lock: then nobody else's staging can be there.
    pub fn sweep(&self, _lock: &Lock) {
        for name in [STAGING, TRASH] {
            for dir in self.hidden(name) {
                remove(&dir);
            }
        }
    }

    /// A new empty directory in the store, removed when dropped.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn staging(&self, _lock: &Lock) -> Result<tempfile::TempDir> {
        tempfile::Builder::new()
            .prefix(STAGING)
            .tempdir_in(&self.root)
            .map_err(Error::io("create a directory in", &self.root))
    }

    /// Moves the finished directory `from` (of this store's file system) to its place and opens it there.
    /// A broken directory in its place makes way; a good one of the same key is replaced.
    ///
    /// # Errors
    /// When `from` is no distribution, or cannot be written out or renamed.
    pub fn install(&self, lock: &Lock, from: &Path, key: &str) -> Result<Distribution> {
        Distribution::open(from)?;
        sync(from)?;
        let to = self.path(key);
        if to.exists() {
            let trash = self.root.join(format!("{TRASH}{key}"));
            remove(&trash);
            std::fs::rename(&to, &trash).map_err(Error::io("move away", &to))?;
        }
        std::fs::rename(from, &to).map_err(Error::io("move the distribution to", &to))?;
        sync(&self.root)?;
        self.sweep_trash(lock);
        Distribution::open(&to)
    }

    /// Removes every distribution but those in `keep`, and what builds and downloads left. Out: what was removed, and its bytes.
    pub fn clean(&self, lock: &Lock, keep: &[PathBuf]) -> (Vec<PathBuf>, u64) {
        self.sweep(lock);
        let in_use = |dir: &PathBuf| keep.iter().any(|kept| kept == dir);
        let mut gone: Vec<PathBuf> = self.visible().filter(|dir| !in_use(dir)).collect();
        gone.sort();
        let mut bytes = 0;
        for dir in &gone {
            bytes += disk::used(dir);
            remove(dir);
        }
        (gone, bytes)
    }

    fn sweep_trash(&self, _lock: &Lock) {
        for dir in self.hidden(TRASH) {
            remove(&dir);
        }
    }

    fn entries(&self) -> impl Iterator<Item = PathBuf> {
        std::fs::read_dir(&self.root).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
    }

    fn hidden(&self, prefix: &'static str) -> impl Iterator<Item = PathBuf> {
        self.entries().filter(move |path| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(prefix))
        })
    }

    fn visible(&self) -> impl Iterator<Item = PathBuf> {
        self.entries().filter(|path| {
            path.is_dir()
                && path.file_name().and_then(|name| name.to_str()).is_some_and(|name| !name.starts_with('.'))
        })
    }
}

/// Writes a directory's file system to disk: syncfs(2) covers every file below it at once.
#[cfg(target_os = "linux")]
fn sync(dir: &Path) -> Result<()> {
    let file = std::fs::File::open(dir).map_err(Error::io("open", dir))?;
    nix::unistd::syncfs(&file).map_err(|errno| Error::io("write out", dir)(errno.into()))
}

/// Where there is no syncfs, all file systems.
#[cfg(not(target_os = "linux"))]
fn sync(_: &Path) -> Result<()> {
    nix::unistd::sync();
    Ok(())
}

/// Removes a tree; what cannot be removed is left for the next sweep.
fn remove(dir: &Path) {
    let _ = std::fs::remove_dir_all(dir);
}
