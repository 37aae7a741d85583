//! Copies the end of a log into a sandbox while it grows: inside, nobody may read the file itself.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How much of what was there before.
const BEFORE: u64 = 4 << 20;
/// How much a copy grows to; what follows is left out.
const MOST: u64 = 48 << 20;
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// One log and its copy.
pub(super) struct Follow {
    from: PathBuf,
    source: File,
    copy: File,
    written: u64,
}

impl Follow {
    /// Copies what is there now.
    pub(super) fn begin(from: &Path, copy: File) -> io::Result<Self> {
        let mut source = File::open(from)?;
        let length = source.metadata()?.len();
        source.seek(SeekFrom::Start(length.saturating_sub(BEFORE)))?;
        let mut follow = Self { from: from.to_owned(), source, copy, written: 0 };
        follow.more()?;
        Ok(follow)
    }

    /// Copies what is new.
    fn more(&mut self) -> io::Result<()> {
        let mut block = vec![0; 64 << 10];
        while self.written < MOST {
            let read = self.source.read(&mut block)?;
            if read == 0 {
                // A log that was rotated is another file of the same name.
                if std::fs::metadata(&self.from)?.ino() == self.source.metadata()?.ino() {
                    return Ok(());
                }
                self.source = File::open(&self.from)?;
                continue;
            }
            self.copy.write_all(&block[..read])?;
            self.written += read as u64;
        }
        Ok(())
    }

    /// Goes on until it is dropped, or the log or its copy cannot be used any more.
    pub(super) async fn go_on(mut self) {
        while self.more().is_ok() {
            tokio::time::sleep(LOOK).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_copy_follows_its_log_also_when_that_is_rotated() {
        let root = tempfile::tempdir().unwrap();
        let (log, copy) = (root.path().join("log"), root.path().join("copy"));
        std::fs::write(&log, "a\n".repeat(4 << 20)).unwrap();
        let follow = Follow::begin(&log, File::create(&copy).unwrap()).unwrap();
        assert_eq!(std::fs::metadata(&copy).unwrap().len(), BEFORE);
        let task = tokio::spawn(follow.go_on());
        let append = |text: &str| {
            File::options().append(true).create(true).open(&log).unwrap().write_all(text.as_bytes())
        };
        append("last\n").unwrap();
        std::fs::rename(&log, root.path().join("log.1")).unwrap();
        append("first\n").unwrap();
        for _ in 0..100 {
            if std::fs::read_to_string(&copy).unwrap().ends_with("a\nlast\nfirst\n") {
                return task.abort();
            }
            tokio::time::sleep(LOOK / 2).await;
        }
        panic!("it was not copied");
    }
}
