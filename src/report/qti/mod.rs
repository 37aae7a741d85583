//! Questions as a content package of QTI 3 (1EdTech), which item banks and test systems import.
//!
//! In: items, and in which order their options stand. Out: a ZIP of one item for each question, a test with a section for each
//! topic, and a manifest. The same items make the same bytes. Experiments run commands, so they are not written. The form of
//! the files is in `templates/qti`, whose names end in `.xml`: askama escapes all that stands in them.

mod archive;
mod item;
mod pattern;
mod task;
#[cfg(test)]
mod tests;
mod text;

use std::io::{Error, Result};

use askama::Template;

use crate::quiz::model::{Item, Quiz};
use item::ItemFile;
use text::{identifier, line};

/// The name of the test's file.
const TEST: &str = "test.xml";

/// A file of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path in the package.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// A question, as the manifest and the test name it.
struct Entry {
    identifier: String,
    href: String,
    difficulty: &'static str,
    parts: Vec<String>,
}

/// The questions of a topic, as they follow each other.
struct Section {
    title: String,
    entries: Vec<Entry>,
}

#[derive(Template)]
#[template(path = "qti/manifest.xml")]
struct Manifest<'a> {
    sections: &'a [Section],
}

#[derive(Template)]
#[template(path = "qti/test.xml")]
struct Test<'a> {
    sections: &'a [Section],
}

/// The package as a ZIP; options stand as `shown` says.
///
/// # Errors
/// When it cannot be written: two items have the same id.
pub fn package(items: &[(&Quiz, &Item)], shown: impl Fn(&Item) -> Vec<usize>) -> Result<Vec<u8>> {
    archive::zipped(&files(items, shown)?)
}

/// The files of the package, the manifest first.
///
/// # Errors
/// When one cannot be written, for which there is no known reason.
pub fn files(items: &[(&Quiz, &Item)], shown: impl Fn(&Item) -> Vec<usize>) -> Result<Vec<File>> {
    let mut sections: Vec<Section> = Vec::new();
    let mut written = Vec::new();
    let mut topic = None;
    for (quiz, item) in items {
        let Some(file) = ItemFile::of(item, &shown(item)) else { continue };
        let entry = Entry {
            identifier: identifier(&item.id),
            // With a first part of its own, so that no id is the name of a device on Windows.
            href: format!("items/q-{}.xml", identifier(&item.id)),
            difficulty: difficulty(item),
            parts: item.parts.iter().map(|part| line(part)).collect(),
        };
        written.push(File { name: entry.href.clone(), text: rendered(&file)? });
        match sections.last_mut().filter(|_| topic == Some(&quiz.topic)) {
            Some(section) => section.entries.push(entry),
            None => sections.push(Section { title: line(&quiz.title), entries: vec![entry] }),
        }
        topic = Some(&quiz.topic);
    }
    let sections = &sections;
    let first =
        [("imsmanifest.xml", rendered(&Manifest { sections })?), (TEST, rendered(&Test { sections })?)];
    let first = first.map(|(name, text)| File { name: name.to_owned(), text });
    Ok(first.into_iter().chain(written).collect())
}

fn rendered(template: &impl Template) -> Result<String> {
    let mut text = template.render().map_err(Error::other)?;
    text.push('\n');
    Ok(text)
}

/// The level, by its name in IEEE LOM.
fn difficulty(item: &Item) -> &'static str {
    use crate::scenario::model::Difficulty;
    match item.difficulty {
        Difficulty::Easy => "easy",
        Difficulty::Medium => "medium",
        Difficulty::Hard => "difficult",
    }
}
