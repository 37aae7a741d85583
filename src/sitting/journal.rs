//! The journal of an exam: a line for each event, on the disk before anybody is told that it was saved.
//!
//! In: events. Out: all of them, in order. A torn last line is what a kill or a full disk leaves: it was never saved, and
//! the next line takes its place. Any other line that cannot be read is passed over and counted.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::clock::Moment;
use super::entry::{Entry, Event};

/// The longest journal that is read: an exam writes some hundred kilobytes.
const MAX_BYTES: u64 = 64 << 20;

/// Where events are written down.
#[derive(Debug, Clone)]
pub struct Journal {
    path: PathBuf,
}

/// What a journal holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lines {
    /// What could be read, in order.
    pub entries: Vec<Entry>,
    /// How many whole lines could not be.
    pub damaged: usize,
}

impl Journal {
    /// The journal in that file.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one event down, now. When this returns, it is on the disk; when it fails, nothing of it is read later. The caller
    /// has the exam's lock.
    pub fn append(&self, moment: Moment, event: Event) -> io::Result<Entry> {
        let entry = Entry { moment, event };
        let mut line = serde_json::to_string(&entry).map_err(io::Error::other)?;
        line.push('\n');
        let is_new = !self.path.exists();
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&self.path)?;
        let whole = whole_lines(&mut file)?;
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        if let Err(error) = file.write_all(line.as_bytes()).and_then(|()| file.sync_data()) {
            // A half of it would be passed over anyway.
            let _ = file.set_len(whole);
            return Err(error);
        }
        if is_new && let Some(folder) = self.path.parent() {
            File::open(folder)?.sync_all()?;
        }
        Ok(entry)
    }

    /// All that was written down.
    pub fn read(&self) -> io::Result<Lines> {
        let mut text = Vec::new();
        match File::open(&self.path) {
            Ok(file) => file.take(MAX_BYTES).read_to_end(&mut text)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Lines::default()),
            Err(e) => return Err(e),
        };
        Ok(read(&text))
    }
}

/// The lines of a journal; what follows the last line break was never saved.
pub(super) fn read(text: &[u8]) -> Lines {
    let mut lines = Lines::default();
    let whole = text.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
    for line in text[..whole].split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        match serde_json::from_slice(line) {
            Ok(entry) => lines.entries.push(entry),
            Err(_) => lines.damaged += 1,
        }
    }
    lines
}

/// Where the last whole line of the file ends.
fn whole_lines(file: &mut File) -> io::Result<u64> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut end = length;
    let mut block = [0; 4096];
    while end > 0 {
        let from = end.saturating_sub(block.len() as u64);
        let size = usize::try_from(end - from).unwrap_or(block.len());
        file.seek(SeekFrom::Start(from))?;
        let part = block.get_mut(..size).ok_or_else(|| io::Error::other("a block is too small"))?;
        file.read_exact(part)?;
        if let Some(at) = part.iter().rposition(|b| *b == b'\n') {
            return Ok(from + at as u64 + 1);
        }
        end = from;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn moment(up: u64) -> Moment {
        Moment { at: jiff::Timestamp::UNIX_EPOCH, boot: "a".into(), up }
    }

    fn journal() -> (tempfile::TempDir, Journal) {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::new(folder.path().join("journal.jsonl"));
        (folder, journal)
    }

    #[test]
    fn after_a_kill_at_any_byte_what_was_saved_is_read_and_the_next_event_follows() {
        let (_folder, journal) = journal();
        let first = journal.append(moment(1), Event::Begun).unwrap();
        let saved = fs::read(journal.path()).unwrap();
        let second = journal.append(moment(2), Event::Noted { text: "a\nb ü".into() }).unwrap();
        let both = fs::read(journal.path()).unwrap();
        for cut in saved.len()..both.len() {
            fs::write(journal.path(), &both[..cut]).unwrap();
            assert_eq!(journal.read().unwrap(), Lines { entries: vec![first.clone()], damaged: 0 }, "{cut}");
            let third = journal.append(moment(3), Event::Alive).unwrap();
            assert_eq!(journal.read().unwrap().entries, [first.clone(), third], "{cut}");
        }
        fs::write(journal.path(), &both).unwrap();
        assert_eq!(journal.read().unwrap().entries, [first, second]);
    }

    #[test]
    fn a_line_that_cannot_be_read_is_passed_over_and_an_unknown_event_is_kept() {
        let newer = br#"{"at":"2026-01-01T00:00:00Z","boot":"a","up":5,"event":"teleported","to":[1,2]}"#;
        let text = [&b"rubbish\n"[..], newer, b"\n"].concat();
        let lines = read(&text);
        assert_eq!(lines.damaged, 1);
        assert_eq!(lines.entries.len(), 1);
        assert_eq!(lines.entries[0].event, Event::Unknown);
    }

    #[test]
    fn the_journal_is_the_users_alone() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, journal) = journal();
        journal.append(moment(1), Event::Alive).unwrap();
        assert_eq!(fs::metadata(journal.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
