//! Gets a release archive of a distribution instead of building one.
//!
//! In: an address (or a file) and the SHA-256 that it must have. Out: a [`Distribution`] in the store. Nothing
//! is unpacked before its sum was checked.

pub mod download;
pub mod partial;
pub mod pins;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Distribution;
use super::error::{Error, Result};
use super::store::Store;
use super::unpack::{MAX_BYTES, unpack};
use crate::event::Events;
use crate::fs::sha256_of;

/// What to fetch and how patiently.
#[derive(Debug, Clone)]
pub struct FetchOptions {
    /// `https://…`, `http://…`, or the path of a file.
    pub url: String,
    /// Its SHA-256, hexadecimal; looked up among the pinned ones when `None`.
    pub sha256: Option<String>,
    /// Where it goes.
    pub store: Store,
    /// Attempts in a row that bring nothing new before it gives up.
    pub attempts: u32,
    /// Pause after the first failure; doubled after each further one, at most 30 s.
    pub pause: Duration,
    /// The digest of this program's own module, to tell whether the archive belongs to it.
    pub source: String,
}

/// The result of [`fetch`].
#[derive(Debug)]
pub struct Fetched {
    /// The distribution.
    pub distribution: Distribution,
    /// It was there already.
    pub up_to_date: bool,
}

/// Downloads, checks, unpacks and installs an archive.
///
/// # Errors
/// [`Error::NoSum`], [`Error::Download`], [`Error::WrongSum`], [`Error::Archive`], or that what came is no
/// distribution.
pub fn fetch(options: &FetchOptions, events: &Events, cancel: &CancellationToken) -> Result<Fetched> {
    let url = &options.url;
    let sum = options
        .sha256
        .clone()
        .or_else(|| pins::find(url).map(str::to_owned))
        .map(|sum| sum.trim().to_ascii_lowercase())
        .filter(|sum| pins::is_sum(sum))
        .ok_or_else(|| Error::NoSum { url: url.clone() })?;
    let store = &options.store;
    let lock = store.lock("fetching a distribution", events, cancel)?;
    store.sweep(&lock);
    let key = &sum[..32];
    if let Ok(distribution) = Distribution::open(&store.path(key)) {
        return Ok(Fetched { distribution, up_to_date: true });
    }
    let archive = obtain(options, &sum, events, cancel)?;
    events.step("Unpacking");
    let staging = store.staging(&lock)?;
    let out = staging.path().join("out");
    std::fs::create_dir(&out).map_err(Error::io("create", &out))?;
    unpack(archive.path(), &out, MAX_BYTES, cancel)?;
    let distribution = store.install(&lock, &out, key)?;
    events.done(format!("Kubernetes {} is installed", distribution.manifest.kubernetes));
    archive.discard();
    if distribution.manifest.source != options.source {
        events.warn(format!(
            "this archive was made by another version of satrain; to use it with this one, set \
             SATRAIN_DISTRIBUTION={}",
            distribution.dir.display()
        ));
    }
    Ok(Fetched { distribution, up_to_date: false })
}

/// A file whose sum is right.
#[derive(Debug)]
pub(super) enum Checked {
    /// Downloaded; deleted when it is installed.
    Downloaded(partial::Partial),
    /// The user's own file.
    File(PathBuf),
}

impl Checked {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Downloaded(partial) => partial.path(),
            Self::File(path) => path,
        }
    }

    pub(super) fn discard(self) {
        if let Self::Downloaded(partial) = self {
            partial.discard();
        }
    }
}

/// Downloads what `options` name, and checks that it has this sum.
pub(super) fn obtain(
    options: &FetchOptions,
    sum: &str,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Checked> {
    let wrong = |found: String| Error::WrongSum { url: options.url.clone(), expected: sum.to_owned(), found };
    if !options.url.contains("://") {
        let path = PathBuf::from(&options.url);
        must_be_a_file(&path)?;
        let found = digest(&path)?;
        return if found == sum { Ok(Checked::File(path)) } else { Err(wrong(found)) };
    }
    // A file pieced together from several connections may be wrong without anybody's fault: once more, whole.
    loop {
        let partial = partial::Partial::open(&options.store.downloads(), sum, &options.url)?;
        let resumed = download::download(options, &partial, events, cancel)?;
        events.step("Checking the SHA-256");
        let found = digest(partial.path())?;
        if found == sum {
            events.done("as expected");
            return Ok(Checked::Downloaded(partial));
        }
        partial.discard();
        if !resumed {
            return Err(wrong(found));
        }
        events.warn("the resumed download has a wrong SHA-256: downloading it again from the start");
    }
}

fn digest(path: &Path) -> Result<String> {
    sha256_of(path).map_err(Error::io("read", path))
}

/// A device has no end, and whoever opens a pipe waits for its writer.
fn must_be_a_file(path: &Path) -> Result<()> {
    let refused = |why: &str| Error::Download {
        url: path.display().to_string(),
        why: format!("{why}\nName an archive as `satrain distribution pack` writes it."),
    };
    let about = std::fs::metadata(path).map_err(|e| refused(&e.to_string()))?;
    match (about.is_file(), about.len() <= MAX_BYTES) {
        (true, true) => Ok(()),
        (false, _) => Err(refused("this is not a file")),
        (true, false) => Err(refused(&format!("the file is larger than {} MiB", MAX_BYTES >> 20))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_archive_is_not_read_to_its_end() {
        let told = |path: &Path| must_be_a_file(path).unwrap_err().to_string();
        assert!(told(Path::new("/dev/zero")).contains("not a file"));
        let dir = tempfile::tempdir().unwrap();
        assert!(told(dir.path()).contains("not a file"));
        assert!(told(&dir.path().join("none")).contains("No such file"));
        let pipe = dir.path().join("pipe");
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        assert!(told(&pipe).contains("not a file"));
        let large = dir.path().join("large");
        std::fs::File::create(&large).unwrap().set_len(MAX_BYTES + 1).unwrap();
        assert!(told(&large).contains("larger than"));
        std::fs::write(dir.path().join("small"), "x").unwrap();
        assert!(must_be_a_file(&dir.path().join("small")).is_ok());
    }
}
