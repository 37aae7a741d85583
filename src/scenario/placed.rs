//! A typed YAML text that knows where each of its nodes stands: for other files than scenarios.
//!
//! In: untrusted text. Out: the value, and errors at places in the text. Never: files.

use serde::de::DeserializeOwned;

use super::error::{Result, ScenarioError, ScenarioErrorKind, SourceText};
use super::folder::FileTrouble;
use super::parse::{self, MAX_FILE_BYTES};
use super::template;
use super::tree::Places;

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
