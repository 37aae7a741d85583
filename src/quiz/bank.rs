//! All items: the embedded files, read and checked.
//!
//! In: `quizzes/*.yaml`. Out: topics with their items, or the first error with its place. Never: a cluster.

use std::collections::BTreeSet;

use include_dir::{Dir, include_dir};

use super::lint;
use super::model::{Item, Quiz};
use crate::scenario::{Placed, Result};

static BUILTIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/quizzes");

/// All topics, in the order of their names.
#[derive(Debug, Clone, PartialEq)]
pub struct Bank {
    /// Each with its items.
    pub topics: Vec<Quiz>,
}

impl Bank {
    /// The embedded items.
    ///
    /// # Errors
    /// When a file breaks a rule of the format; with its place.
    pub fn builtin() -> Result<Self> {
        let mut files: Vec<_> =
            BUILTIN.files().filter(|f| f.path().extension().is_some_and(|e| e == "yaml")).collect();
        files.sort_by_key(|f| f.path());
        let texts = files.iter().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)));
        Self::read(texts)
    }

    /// The items of these files: their names and texts.
    ///
    /// # Errors
    /// When a file breaks a rule of the format; with its place.
    pub fn read<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let mut ids = BTreeSet::new();
        let mut topics = Vec::new();
        for (name, text) in files {
            let placed = Placed::<Quiz>::read(format!("builtin:quizzes/{name}"), text)?;
            lint::check(&placed, name.trim_end_matches(".yaml"), &mut ids)?;
            topics.push(placed.value);
        }
        Ok(Self { topics })
    }

    /// All items with their topics.
    pub fn items(&self) -> impl Iterator<Item = (&Quiz, &Item)> {
        self.topics.iter().flat_map(|topic| topic.items.iter().map(move |item| (topic, item)))
    }

    /// The items of a topic, or the one with this id; all for no name. None: there is no such thing.
    pub fn named(&self, names: &[String]) -> std::result::Result<Vec<(&Quiz, &Item)>, String> {
        if names.is_empty() {
            return Ok(self.items().collect());
        }
        let mut found: Vec<(&Quiz, &Item)> = Vec::new();
        for name in names {
            let some: Vec<_> = self.items().filter(|(t, i)| t.topic == *name || i.id == *name).collect();
            if some.is_empty() {
                return Err(name.clone());
            }
            found.extend(
                some.into_iter()
                    .filter(|(_, i)| !found.iter().any(|(_, f)| f.id == i.id))
                    .collect::<Vec<_>>(),
            );
        }
        Ok(found)
    }

    /// All names that [`Self::named`] knows.
    pub fn names(&self) -> Vec<&str> {
        let topics = self.topics.iter().map(|t| t.topic.as_str());
        topics.chain(self.items().map(|(_, item)| item.id.as_str())).collect()
    }
}
