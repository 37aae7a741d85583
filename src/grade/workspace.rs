//! Reads a file of the learner's workspace: never one outside of it, never more than a bounded part.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Component, Path};

use nix::errno::Errno;
use nix::fcntl::OFlag;

use super::observation::{Observation, ProbeFailure};
use crate::token::redact;

/// An answer is a few words; whatever is longer is no answer.
const MAX_BYTES: u64 = 64 * 1024;

/// What became of reading a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// Its text. It may hold a token.
    Text(String),
    /// There is no such file.
    Missing,
    /// There is something that nobody needs to write there: a link, a pipe, far too much.
    Withheld(String),
}

/// Why a path can name no file of the workspace, however that looks.
pub(super) fn leaves(path: &str) -> Option<String> {
    let is_plain = |c: Component<'_>| matches!(c, Component::Normal(_));
    (!Path::new(path).components().all(is_plain)).then(|| format!("`{path}` leaves the workspace"))
}

/// The text of `path`, relative to `root`, tokens taken out.
pub(super) fn read(root: &Path, path: &str) -> Result<Observation, ProbeFailure> {
    Ok(match read_text(root, path)? {
        Content::Text(text) => Observation::File { text: Some(redact(&text).into_owned()) },
        Content::Missing => Observation::File { text: None },
        Content::Withheld(why) => Observation::Withheld { why, passing: false },
    })
}

/// The same, as it is written: it may hold a token.
pub(super) fn read_text(root: &Path, path: &str) -> Result<Content, ProbeFailure> {
    if let Some(why) = leaves(path) {
        return Err(refuse(why));
    }
    let root = root.canonicalize().map_err(|e| refuse(format!("the workspace cannot be opened: {e}")))?;
    let full = match root.join(path).canonicalize() {
        Ok(full) => full,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Content::Missing),
        Err(e) => return unopened(&e),
    };
    if !full.starts_with(&root) {
        let why = "it is a link that leads out of the workspace; write a plain file";
        return Ok(Content::Withheld(why.into()));
    }
    // What became a pipe since then must not block.
    let opened = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(&full);
    let file = match opened {
        Ok(file) => file,
        Err(e) => return unopened(&e),
    };
    let metadata = file.metadata().map_err(|e| refuse(format!("it cannot be opened: {e}")))?;
    if !metadata.is_file() {
        return Ok(Content::Withheld("it is not a plain file".into()));
    }
    if metadata.len() > MAX_BYTES {
        let why = format!("it has {} bytes; the limit is {MAX_BYTES}", metadata.len());
        return Ok(Content::Withheld(why));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|e| refuse(format!("it cannot be read: {e}")))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(Content::Text(text.trim_start_matches('\u{feff}').to_owned()))
}

/// Links in a circle, folders that are files and files that nobody may read are made; disks fail by themselves.
fn unopened(error: &std::io::Error) -> Result<Content, ProbeFailure> {
    let made = [Errno::ELOOP, Errno::ENOTDIR, Errno::EACCES, Errno::ENAMETOOLONG, Errno::ENXIO];
    let why = format!("it cannot be opened: {error}");
    match error.raw_os_error().map(Errno::from_raw) {
        Some(errno) if made.contains(&errno) => Ok(Content::Withheld(why)),
        _ => Err(refuse(why)),
    }
}

fn refuse(message: String) -> ProbeFailure {
    ProbeFailure { message, transient: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_workspace_is_read_and_nothing_else() {
        let outside = tempfile::tempdir().unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("answers")).unwrap();
        std::fs::write(dir.path().join("answers/a"), "one\n").unwrap();
        std::fs::write(outside.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), dir.path().join("answers/link")).unwrap();
        std::fs::write(dir.path().join("answers/big"), vec![b'a'; 100_000]).unwrap();
        assert_eq!(read(dir.path(), "answers/a"), Ok(Observation::File { text: Some("one\n".into()) }));
        assert_eq!(read(dir.path(), "answers/none"), Ok(Observation::File { text: None }));
        for path in ["../x", "/etc/passwd"] {
            assert!(read(dir.path(), path).is_err(), "{path}");
        }
        // The learner made these: they cost points, and are no fault of the machinery.
        std::os::unix::fs::symlink("circle", dir.path().join("answers/circle")).unwrap();
        nix::unistd::mkfifo(&dir.path().join("answers/pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        for path in
            ["answers/link", "answers/big", "answers", "answers/circle", "answers/pipe", "answers/a/b"]
        {
            let read = read(dir.path(), path);
            assert!(matches!(read, Ok(Observation::Withheld { .. })), "{path}: {read:?}");
        }
    }
}
