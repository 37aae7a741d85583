//! The marks of a class on the disk: a mark, a recording, a transcript and the script for each hand-in, named by its key.
//!
//! A mark is written last and as a whole, so whoever finds one finds the others, too. Two runs that write the same mark write
//! the same file.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use futures::future::BoxFuture;

use super::job::{Job, Key};
use super::mark::Mark;
use crate::fs::{Durability, Holder, Lock, foreign_bytes, make_private, write_atomic};
use crate::result::recording::MAX_BYTES;
use crate::shard::Shard;

/// The longest mark that is read.
const LONGEST: u64 = 4 << 20;

/// Takes what comes of plays, as soon as it is known.
pub trait Keeper: Sync {
    /// Keeps what came of a play, before anybody is told.
    fn keep<'a>(&'a self, key: &'a Key, kept: &'a Kept) -> BoxFuture<'a, io::Result<()>>;

    /// Takes note that a hand-in could not be graded.
    fn fault<'a>(&'a self, key: &'a Key, why: &'a str) -> BoxFuture<'a, io::Result<()>>;
}

/// A folder of marks.
#[derive(Debug, Clone)]
pub struct Marks {
    root: PathBuf,
}

/// What is kept of one play.
#[derive(Debug)]
pub struct Kept {
    /// The mark.
    pub mark: Mark,
    /// The recording of its grade.
    pub recording: Vec<u8>,
    /// What the script wrote.
    pub transcript: String,
    /// The script; None: nobody has it any more.
    pub script: Option<String>,
}

impl Marks {
    /// The marks in that folder, which need not be there yet.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The right to write here, or who has it; that of a part leaves other parts theirs.
    pub fn lock(&self, shard: Option<Shard>, doing: &str) -> io::Result<Result<Lock, Holder>> {
        make_private(&self.root)?;
        Lock::try_take(&self.root.join(Shard::named("lock", shard)), doing)
    }

    /// Keeps what came of a play.
    pub fn keep(&self, key: &Key, kept: &Kept) -> io::Result<()> {
        for folder in
            [&self.root, &self.folder("marks"), &self.folder("recordings"), &self.folder("transcripts")]
        {
            make_private(folder)?;
        }
        write_atomic(&self.recording(key), &kept.recording, Durability::Disk)?;
        write_atomic(&self.transcript(key), kept.transcript.as_bytes(), Durability::Disk)?;
        if let Some(script) = &kept.script {
            self.keep_script(key, script)?;
        }
        let mut text = serde_json::to_vec_pretty(&kept.mark)?;
        text.push(b'\n');
        write_atomic(&self.mark(key), &text, Durability::Disk)
    }

    /// The mark of that key. Something else in its place, and a mark that cannot have come of a grade, are as good as not there:
    /// the hand-in is played again.
    pub fn find(&self, key: &Key) -> io::Result<Option<Mark>> {
        let Some(bytes) = bytes(&self.mark(key))? else { return Ok(None) };
        let mark: Option<Mark> = serde_json::from_slice(&bytes).ok();
        Ok(mark.filter(|mark| mark.is_sound(key)))
    }

    /// The same for a job that is known: a mark of another lab is none.
    pub fn find_for(&self, job: &Job) -> io::Result<Option<Mark>> {
        Ok(self.find(&job.key)?.filter(|mark| mark.is_of_lab(&job.bound)))
    }

    /// Keeps the script of a mark, unless it is there.
    pub fn keep_script(&self, key: &Key, script: &str) -> io::Result<()> {
        let file = self.script_file(key);
        if file.exists() {
            return Ok(());
        }
        make_private(&self.folder("scripts"))?;
        write_atomic(&file, script.as_bytes(), Durability::Disk)
    }

    /// The script of a mark; None: it was not kept, or is another than the one that was played.
    pub fn script(&self, key: &Key, mark: &Mark) -> io::Result<Option<String>> {
        let script = text(&self.script_file(key))?;
        Ok(script.filter(|script| mark.played.as_ref().is_none_or(|played| played.is_of(script))))
    }

    /// What the script wrote; empty if it was not kept.
    pub fn transcribed(&self, key: &Key) -> io::Result<String> {
        Ok(text(&self.transcript(key))?.unwrap_or_default())
    }

    /// All marks.
    pub fn all(&self) -> io::Result<BTreeMap<Key, Mark>> {
        let mut all = BTreeMap::new();
        for key in self.keys()? {
            if let Some(mark) = self.find(&key)? {
                all.insert(key, mark);
            }
        }
        Ok(all)
    }

    /// The recording of a grade.
    pub fn recorded(&self, key: &Key) -> io::Result<Vec<u8>> {
        foreign_bytes(&self.recording(key), MAX_BYTES as u64)
    }

    fn keys(&self) -> io::Result<Vec<Key>> {
        let entries = match std::fs::read_dir(self.folder("marks")) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        let mut keys = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            keys.extend(name.to_str().and_then(|name| name.strip_suffix(".json")).and_then(Key::parse));
        }
        Ok(keys)
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn mark(&self, key: &Key) -> PathBuf {
        self.folder("marks").join(format!("{key}.json"))
    }

    fn recording(&self, key: &Key) -> PathBuf {
        self.folder("recordings").join(format!("{key}.json"))
    }

    fn script_file(&self, key: &Key) -> PathBuf {
        self.folder("scripts").join(format!("{key}.sh"))
    }

    /// Where the transcript of a play is.
    pub fn transcript(&self, key: &Key) -> PathBuf {
        self.folder("transcripts").join(format!("{key}.txt"))
    }

    /// The same by the text of the key; None: it is none.
    pub fn transcript_named(&self, key: &str) -> Option<PathBuf> {
        Key::parse(key).map(|key| self.transcript(&key))
    }
}

impl Keeper for Marks {
    fn keep<'a>(&'a self, key: &'a Key, kept: &'a Kept) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async { self.keep(key, kept) })
    }

    /// Whoever started the run tells it.
    fn fault<'a>(&'a self, _: &'a Key, _: &'a str) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(async { Ok(()) })
    }
}

/// The text of a file, if there is one.
fn text(file: &Path) -> io::Result<Option<String>> {
    Ok(bytes(file)?.and_then(|bytes| String::from_utf8(bytes).ok()))
}

/// The bytes of a file; None: there is no file, and at most something else under its name. An error names the file.
fn bytes(file: &Path) -> io::Result<Option<Vec<u8>>> {
    match foreign_bytes(file, LONGEST) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => Ok(None),
        Err(e) => Err(io::Error::new(e.kind(), format!("{}: {e}", file.display()))),
    }
}
