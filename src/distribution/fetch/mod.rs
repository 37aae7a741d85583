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
use url::Url;

use super::Distribution;
use super::error::{Error, Result, is_url};
use super::store::Store;
use super::unpack::{MAX_BYTES, unpack};
use crate::event::Events;
use crate::fs::sha256_of;
use crate::printable::name;

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
    if is_url(url) {
        must_be_an_address(url)?;
    }
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
            name(&distribution.dir)
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
    if !is_url(&options.url) {
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

/// What could never be downloaded is refused before anybody waits for it.
fn must_be_an_address(url: &str) -> Result<()> {
    let refused = |why: &str| Error::Address { url: url.to_owned(), why: why.to_owned() };
    let parsed = Url::parse(url).map_err(|error| refused(&error.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(refused(&format!("satrain does not read {}://", parsed.scheme())));
    }
    // The client is stricter: it takes no blank and nothing that is not ASCII.
    match url.parse::<ureq::http::Uri>() {
        Ok(_) => Ok(()),
        Err(error) => Err(refused(&error.to_string())),
    }
}

/// A device has no end, and whoever opens a pipe waits for its writer.
fn must_be_a_file(path: &Path) -> Result<()> {
    let refused = |why: &str| Error::Unreadable { path: path.to_owned(), why: why.to_owned() };
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
    fn a_wrong_address_is_told_at_once() {
        for (url, why) in [
            ("file:///x", "satrain does not read file://"),
            ("ftp://user:pass1@host/x", "satrain does not read ftp://"),
            ("http://", "empty host"),
            ("http://user:pass1@[::1", "invalid IPv6 address"),
            ("http://host:99999/x", "invalid port number"),
            ("http://host/a b", "invalid uri character"),
        ] {
            let said = must_be_an_address(url).unwrap_err().to_string();
            assert!(said.contains(&format!(" is no address of an archive: {why}\n")), "{said}");
            assert!(!said.contains("pass1"), "{said}");
        }
        for url in ["http://127.0.0.1:8080/x", "https://user:pass@example.org/a.tar.gz?x=1"] {
            assert!(must_be_an_address(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_no_archive_is_not_read_to_its_end() {
        let told = |path: &Path| must_be_a_file(path).unwrap_err().to_string();
        assert!(told(Path::new("/dev/zero")).starts_with("cannot read /dev/zero: this is not a file\n"));
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
