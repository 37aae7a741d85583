//! Why bytes are no recording; each message says what to do next.
//!
//! The file comes from anybody: what a message repeats of it is made harmless first.

use super::Recording;
use crate::printable::excerpt;

/// Why a recording cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// There is nothing in it.
    #[error("the recording is empty\nTake another copy of the file.")]
    Empty,
    /// It ends in the middle.
    #[error("the recording is truncated at line {line}\nThe copy is incomplete; take another one.")]
    Truncated {
        /// The last line.
        line: usize,
    },
    /// It is no JSON.
    #[error("the recording is not JSON: {why}\nGive a file from an attempt's `recordings` directory.")]
    NotJson {
        /// What the parser says, with the place.
        why: String,
    },
    /// It is something else.
    #[error("this is not a recording, but {what}\nGive a file from an attempt's `recordings` directory.")]
    SomethingElse {
        /// What it seems to be.
        what: String,
    },
    /// It was written by another version.
    #[error(
        "the recording has the format {found}, but this satrain reads {}\nUse the satrain that wrote it, or a newer one.",
        Recording::SCHEMA
    )]
    OtherVersion {
        /// The format it names.
        found: String,
    },
    /// It says that it is a recording, and is not made like one.
    #[error("the recording cannot be parsed: {why}\nTake another copy, or record the grade again.")]
    Malformed {
        /// What is wrong, with the place where there is one.
        why: String,
    },
    /// It is larger than any real one.
    #[error("the recording is too large: {why}\nRecordings of real grades are far below that.")]
    TooLarge {
        /// Which bound it exceeds.
        why: String,
    },
}

impl RecordingError {
    pub(super) fn malformed(why: impl std::fmt::Display) -> Self {
        Self::Malformed { why: short(&why.to_string()) }
    }

    /// What the JSON parser says of `bytes`, sorted by what a person can do about it.
    pub(super) fn from_json(error: &serde_json::Error, bytes: &[u8]) -> Self {
        use serde_json::error::Category;
        // Half a number at the very end is no number.
        let (lines, last) =
            bytes.split(|b| *b == b'\n').fold((0, 0), |(count, _), line| (count + 1, line.len()));
        let at_the_end = error.line() == lines && error.column() >= last;
        match error.classify() {
            // More text behind a whole value is not a part that is missing.
            Category::Syntax if at_the_end && !error.to_string().starts_with("trailing") => {
                Self::Truncated { line: lines }
            }
            Category::Eof => Self::Truncated { line: lines },
            Category::Syntax | Category::Io => Self::NotJson { why: short(&error.to_string()) },
            Category::Data => Self::malformed(error),
        }
    }
}

/// How much of the file a message may repeat.
const LONGEST: usize = 300;

/// A part of the file as a message may repeat it.
pub(super) fn short(text: &str) -> String {
    excerpt(text, LONGEST)
}
