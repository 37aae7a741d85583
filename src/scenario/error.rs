//! What is wrong with a scenario, where exactly, and what to do about it.
//!
//! In: a message with the file's text and a place in it. Out: an error that miette shows with file, line,
//! column and a caret. Never: printing.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};

use crate::printable;

/// A shorthand: the error is boxed, since it carries the file's text.
pub type Result<T> = std::result::Result<T, Box<ScenarioError>>;

/// A scenario that cannot be used, or one that is not there.
///
/// `Display` gives one line with file, line and column; as a [`miette::Diagnostic`] it also shows the text
/// with a caret and says what to do next.
#[derive(Debug, Clone, thiserror::Error, Diagnostic)]
#[error("{place}{message}")]
#[diagnostic(code(satrain::scenario))]
pub struct ScenarioError {
    /// `FILE:3:7: `, where no text with a caret tells it.
    place: String,
    message: String,
    kind: ScenarioErrorKind,
    file: String,
    line: u32,
    column: u32,
    #[source_code]
    text: Option<NamedSource<Arc<str>>>,
    #[label("{label}")]
    span: Option<SourceSpan>,
    label: String,
    #[help]
    help: Option<String>,
}

/// What sort of trouble it is, for exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScenarioErrorKind {
    /// The file breaks a rule of the format.
    Invalid,
    /// No scenario has this id.
    NotFound,
    /// A file or folder could not be read.
    Unreadable,
    /// The given parameter values do not fit the scenario.
    Binding,
}

impl ScenarioError {
    /// An error without a place in a text.
    pub(crate) fn plain(kind: ScenarioErrorKind, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            place: String::new(),
            message: shown(&message.into()),
            kind,
            file: String::new(),
            line: 0,
            column: 0,
            text: None,
            span: None,
            label: String::new(),
            help: None,
        })
    }

    /// An error at a place of a file's text.
    pub(super) fn at(file: &SourceText, place: Place, message: impl Into<String>) -> Box<Self> {
        let mut error = Self::plain(ScenarioErrorKind::Invalid, message);
        error.file.clone_from(&file.name);
        error.line = place.line;
        error.column = place.column;
        if place.line_length(&file.text) <= LONGEST_LINE {
            error.text = Some(NamedSource::new(&file.name, Arc::clone(&file.text)).with_language("yaml"));
            error.span = Some(place.span(&file.text));
        } else {
            error.place = format!("{}:{}:{}: ", file.name, place.line, place.column);
            let room = LONGEST_MESSAGE.saturating_sub(error.place.chars().count());
            error.message = printable::excerpt(&error.message, room);
        }
        error.label = "here".into();
        error
    }

    /// Says what to do about it.
    pub(crate) fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(shown(&help.into()));
        self
    }

    /// The words at the caret, instead of "here".
    pub(super) fn label(mut self: Box<Self>, label: impl Into<String>) -> Box<Self> {
        self.label = shown(&label.into());
        self
    }

    /// The file it happened in; empty when there is none.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line (1-based; 0 = none).
    pub fn line(&self) -> u32 {
        self.line
    }

    /// The column (1-based; 0 = none).
    pub fn column(&self) -> u32 {
        self.column
    }

    /// What sort of trouble it is.
    pub fn kind(&self) -> ScenarioErrorKind {
        self.kind
    }

    /// What to do about it, when there is something to say.
    pub fn advice(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// File, line, column and message in one line, for lists: `FILE:3:7: message`.
    pub fn one_line(&self) -> String {
        match (self.file.as_str(), self.line) {
            ("", _) => self.message.clone(),
            (file, 0) => format!("{file}: {}", self.message),
            (file, line) => format!("{file}:{line}:{}: {}", self.column, self.message),
        }
    }
}

/// The longest line of a file that is shown with a caret; a longer one would drown the message.
const LONGEST_LINE: usize = 400;
/// How much of what a pack wrote one message may hold.
const LONGEST_MESSAGE: usize = 600;

/// What a pack wrote, as it may be shown: nothing that a terminal would obey, and no end of it.
fn shown(text: &str) -> String {
    printable::excerpt(text, LONGEST_MESSAGE)
}

/// A file's name, for messages, and its text.
#[derive(Debug, Clone)]
pub(super) struct SourceText {
    pub(super) name: String,
    pub(super) text: Arc<str>,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    /// Byte offset.
    pub(super) offset: usize,
    /// Length in bytes.
    pub(super) len: usize,
    /// 1-based.
    pub(super) line: u32,
    /// 1-based, in characters.
    pub(super) column: u32,
}

impl Place {
    /// How long the line of this place is, in bytes.
    fn line_length(self, text: &str) -> usize {
        let at = floor_char(text, self.offset);
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        text[start..].find('\n').unwrap_or(text.len() - start)
    }

    /// The place of the byte range `offset..offset + len`, cut to the text.
    pub(super) fn in_text(text: &str, offset: usize, len: usize) -> Self {
        let offset = floor_char(text, offset);
        let end = floor_char(text, offset.saturating_add(len));
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = text[line_start..offset].chars().count() + 1;
        Self { offset, len: end - offset, line: to_u32(line), column: to_u32(column) }
    }

    /// The place of one character, by its 1-based line and column.
    pub(super) fn at_column(text: &str, line: u32, column: u32) -> Self {
        let skipped = (line as usize).saturating_sub(1);
        let start: usize = text.split_inclusive('\n').take(skipped).map(str::len).sum();
        let here = text[start..].lines().next().unwrap_or_default();
        let ahead = here.char_indices().nth((column as usize).saturating_sub(1));
        Self::in_text(text, start + ahead.map_or(here.len(), |(at, _)| at), 1)
    }

    /// The text in it.
    pub(super) fn slice(self, text: &str) -> &str {
        let start = floor_char(text, self.offset);
        &text[start..floor_char(text, start.saturating_add(self.len))]
    }

    /// For miette: never longer than the rest of its first line, so that the caret stays readable.
    fn span(self, text: &str) -> SourceSpan {
        let start = floor_char(text, self.offset);
        let rest = self.slice(text);
        let len = rest.find('\n').unwrap_or(rest.len());
        SourceSpan::new(start.into(), rest[..len].trim_end().len())
    }
}

/// The nearest character boundary at or before `at`.
fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Counts never exceed what a bounded file holds.
pub(super) fn to_u32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pack_wrote_cannot_write_to_the_terminal() {
        let error = ScenarioError::plain(ScenarioErrorKind::Invalid, "unknown field `k\u{1b}]0;owned\u{7}`")
            .help("remove \u{202e}it");
        assert_eq!(error.to_string(), r"unknown field `k\u{1b}]0;owned\u{7}`");
        assert_eq!(error.advice(), Some(r"remove \u{202e}it"));
    }

    #[test]
    fn a_message_and_a_shown_line_have_an_end() {
        let file = SourceText { name: "s.yaml".into(), text: format!("id: {}", "x".repeat(5000)).into() };
        let error =
            ScenarioError::at(&file, Place { line: 1, column: 1, ..Place::default() }, "y".repeat(5000));
        assert!(error.to_string().chars().count() <= LONGEST_MESSAGE + 1);
        assert!(error.source_code().is_none(), "a line of 5000 characters is not shown");
    }
}
