//! Reads a file of the learner's workspace: never one outside of it, never more than a bounded part.

use std::io::Read;
use std::path::{Component, Path};

use super::observation::{Observation, ProbeFailure};
use crate::token::redact;

/// An answer is a few words; whatever is longer is no answer.
const MAX_BYTES: u64 = 64 * 1024;

/// The text of `path`, relative to `root`, tokens taken out.
pub(super) fn read(root: &Path, path: &str) -> Result<Observation, ProbeFailure> {
    let text = read_text(root, path)?;
    Ok(Observation::File { text: text.map(|text| redact(&text).into_owned()) })
}

/// The same, as it is written: it may hold a token. None: there is no such file.
pub(super) fn read_text(root: &Path, path: &str) -> Result<Option<String>, ProbeFailure> {
    let relative = Path::new(path);
    if !relative.components().all(|c| matches!(c, Component::Normal(_))) {
        return Err(refuse(format!("`{path}` leaves the workspace")));
    }
    let root = root.canonicalize().map_err(|e| refuse(format!("the workspace cannot be opened: {e}")))?;
    let full = match root.join(relative).canonicalize() {
        Ok(full) => full,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(refuse(format!("it cannot be opened: {e}"))),
    };
    if !full.starts_with(&root) {
        return Err(refuse("it is a link that leads out of the workspace; write a plain file".into()));
    }
    let metadata = full.metadata().map_err(|e| refuse(format!("it cannot be opened: {e}")))?;
    if !metadata.is_file() {
        return Err(refuse("it is not a plain file".into()));
    }
    if metadata.len() > MAX_BYTES {
        return Err(refuse(format!("it has {} bytes; the limit is {MAX_BYTES}", metadata.len())));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(&full).map_err(|e| refuse(format!("it cannot be opened: {e}")))?;
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(|e| refuse(format!("it cannot be read: {e}")))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(Some(text.trim_start_matches('\u{feff}').to_owned()))
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
        for path in ["answers/link", "../x", "/etc/passwd", "answers/big", "answers"] {
            assert!(read(dir.path(), path).is_err(), "{path}");
        }
    }
}
