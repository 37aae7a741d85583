//! A typed YAML text that knows where each of its nodes stands: for other files than scenarios.
//!
//! In: untrusted text. Out: the value, and errors at places in the text. Never: files.

use std::ops::Range;

use serde::de::DeserializeOwned;

use super::error::{Place, Result, ScenarioError, ScenarioErrorKind, SourceText};
use super::folder::FileTrouble;
use super::parse::{self, MAX_FILE_BYTES};
use super::template;
use super::tree::Places;
use crate::printable::is_hidden;

/// The longest title, in characters.
const LONGEST_TITLE: usize = 120;

/// A value, and where it was read.
#[derive(Debug, Clone)]
pub(crate) struct Placed<T> {
    /// The value.
    pub(crate) value: T,
    source: SourceText,
    places: Places,
}

impl<T: DeserializeOwned> Placed<T> {
    /// Reads the text of the file `name`.
    pub(crate) fn read(name: String, text: &str) -> Result<Self> {
        if text.len() > MAX_FILE_BYTES {
            let message = format!("{name}: {}", FileTrouble::TooLarge);
            return Err(ScenarioError::plain(ScenarioErrorKind::Invalid, message));
        }
        let source = SourceText { name, text: text.into() };
        parse::plain_text(&source)?;
        let (value, places) = parse::typed(&source)?;
        Ok(Self { value, source, places })
    }
}

impl<T> Placed<T> {
    /// An error about the value at `pointer` (`/items/0/id`).
    pub(crate) fn error(&self, pointer: &str, message: impl Into<String>) -> Box<ScenarioError> {
        ScenarioError::at(&self.source, self.places.value(pointer), message)
    }

    /// An error about the key at `pointer`.
    pub(crate) fn error_at_key(&self, pointer: &str, message: impl Into<String>) -> Box<ScenarioError> {
        ScenarioError::at(&self.source, self.places.key(pointer), message)
    }

    /// Refuses a `title` at `pointer` that is no line of text.
    pub(crate) fn title(&self, pointer: &str, title: &str) -> Result<()> {
        let title = title.trim();
        if title.is_empty() || title.contains(['\n', '\t']) || title.contains(is_hidden) {
            return Err(self.error(pointer, "a title is one line of text"));
        }
        if title.chars().count() > LONGEST_TITLE {
            return Err(self.error(pointer, format!("a title has at most {LONGEST_TITLE} characters")));
        }
        Ok(())
    }

    /// What is wrong with the template at `pointer`.
    pub(crate) fn template(&self, pointer: &str, text: &str, known: &[&str]) -> Result<()> {
        template::check(text, known).map(drop).map_err(|e| {
            let error = self.error(pointer, e.message);
            match e.help {
                Some(help) => error.help(help),
                None => error,
            }
        })
    }
}

/// An error at `bytes` of a text that is no YAML: the text of the file `name`. What is hidden in it is not shown.
pub(crate) fn error_in(
    name: &str,
    text: &str,
    bytes: Range<usize>,
    message: impl Into<String>,
) -> Box<ScenarioError> {
    let place = Place::in_text(text, bytes.start, bytes.len());
    // As many bytes as before: the place stays.
    let shown: String = text
        .chars()
        .flat_map(|c| match is_hidden(c) {
            true => std::iter::repeat_n(if c == '\r' { ' ' } else { '?' }, c.len_utf8()),
            false => std::iter::repeat_n(c, 1),
        })
        .collect();
    ScenarioError::at(&SourceText { name: name.to_owned(), text: shown.into() }, place, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_any_text_has_its_place_and_shows_nothing_hidden() {
        let text = "id;name\r\n7;A\u{200b}ü\r\n";
        let at = text.find('ü').unwrap();
        let error = error_in("r.csv", text, at..at + 2, "no ü");
        assert_eq!(error.one_line(), "r.csv:2:5: no ü");
        let shown = format!("{:?}", miette::Report::new(*error));
        assert!(shown.contains("7;A???ü") && !shown.contains('\u{200b}'), "{shown}");
    }

    #[test]
    fn a_line_that_is_too_long_to_be_shown_has_its_place_all_the_same() {
        let text = format!("a\nb: {}", "x".repeat(500));
        let error = error_in("r.csv", &text, 5..6, "no x");
        assert_eq!(
            (error.to_string(), error.one_line()),
            ("r.csv:2:4: no x".into(), "r.csv:2:4: no x".into())
        );
    }
}
