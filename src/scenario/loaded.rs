//! A scenario as written: what is known of it before parameters are bound, and where each part stands in the file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::error::{Place, ScenarioError, SourceText};
use super::folder::{FILE, Origin};
use super::model::{Manifests, Scenario};
use super::template;
use super::tree::Places;

/// Where inline manifests stand.
pub(crate) const MANIFESTS: &str = "/setup/manifests";

/// A scenario file, read and verified; its strings still hold templates.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The scenario as written.
    pub scenario: Scenario,
    /// Where it comes from.
    pub origin: Origin,
    /// SHA-256 of all files of the scenario, in hexadecimal.
    pub digest: String,
    pub(super) source: SourceText,
    pub(super) places: Arc<Places>,
    /// The file that holds the manifests; None: they are inline.
    pub(super) manifests_file: Option<SourceText>,
}

impl Loaded {
    /// The manifests as written.
    pub(crate) fn manifests(&self) -> &str {
        match (&self.scenario.setup.manifests, &self.manifests_file) {
            (_, Some(file)) => &file.text,
            (Manifests::Inline(text), None) => text,
            (Manifests::File { .. }, None) => "",
        }
    }

    /// The file beside the scenario that holds the manifests: its relative path and its text; None: they are inline.
    pub fn manifests_beside(&self) -> Option<(&str, &str)> {
        match (&self.scenario.setup.manifests, &self.manifests_file) {
            (Manifests::File { file }, Some(text)) => Some((file, &text.text)),
            _ => None,
        }
    }

    /// All its files, by name: what another machine needs to load it.
    pub fn texts(&self) -> BTreeMap<String, String> {
        let beside = self.manifests_beside().map(|(file, text)| (file.to_owned(), text.to_owned()));
        let own = (FILE.to_owned(), self.source.text.to_string());
        std::iter::once(own).chain(beside).collect()
    }

    /// An error at the node at `pointer`.
    pub(super) fn error(&self, pointer: &str, message: impl Into<String>) -> Box<ScenarioError> {
        ScenarioError::at(&self.source, self.places.value(pointer), message)
    }

    /// An error at the key at `pointer`.
    pub(crate) fn error_at_key(&self, pointer: &str, message: impl Into<String>) -> Box<ScenarioError> {
        ScenarioError::at(&self.source, self.places.key(pointer), message)
    }

    /// An error at byte `range` of the `text` that the node at `pointer` holds, or the manifests' file.
    pub(crate) fn error_within(
        &self,
        pointer: &str,
        text: &str,
        range: &Range<usize>,
        message: impl Into<String>,
    ) -> Box<ScenarioError> {
        match &self.manifests_file {
            Some(file) if pointer == MANIFESTS => {
                ScenarioError::at(file, Place::in_text(&file.text, range.start, range.len()), message)
            }
            _ => ScenarioError::at(&self.source, self.place_within(pointer, text, range), message),
        }
    }

    /// An error at a line, from 0, of the manifests that these values of the parameters give.
    pub(crate) fn error_in_manifests(
        &self,
        values: &BTreeMap<String, String>,
        line: usize,
        message: impl Into<String>,
    ) -> Box<ScenarioError> {
        let template = self.manifests();
        let origin = template::line_origins(template, values).get(line).copied().flatten();
        let written = origin.and_then(|number| Some((number, template.lines().nth(number)?)));
        match written.filter(|(_, text)| !text.trim().is_empty()) {
            Some((number, text)) => {
                let start: usize = template.split_inclusive('\n').take(number).map(str::len).sum();
                let start = start + text.len() - text.trim_start().len();
                self.error_within(MANIFESTS, template, &(start..start + text.trim().len()), message)
            }
            None => {
                let label = format!("in line {} of what the template makes", line + 1);
                self.error_at_key(MANIFESTS, message).label(label)
            }
        }
    }

    /// The place of byte `range` of the text that the node at `pointer` holds.
    fn place_within(&self, pointer: &str, text: &str, range: &Range<usize>) -> Place {
        let node = self.places.value(pointer);
        let Some(before) = text.get(..range.start).filter(|_| !range.is_empty()) else { return node };
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = text[line_start..].lines().next().unwrap_or_default().trim();
        if line.is_empty() {
            return node;
        }
        // Equal lines may come before it; block scalars keep their order.
        let earlier = text[..line_start].lines().filter(|l| l.trim() == line).count();
        let written = node.slice(&self.source.text);
        let whole = nth_line(written, line, earlier);
        let Some(at) = whole.or_else(|| Some(written.match_indices(line).nth(earlier)?.0)) else {
            return node;
        };
        let indent = text[line_start..].len() - text[line_start..].trim_start().len();
        let within = (range.start - line_start).saturating_sub(indent);
        Place::in_text(&self.source.text, node.offset + at + within, range.len())
    }
}

/// Where the nth of the lines begins that are `line` but for the space around.
fn nth_line(text: &str, line: &str, nth: usize) -> Option<usize> {
    let begins = text.split_inclusive('\n').scan(0, |at, l| {
        let begins = *at;
        *at += l.len();
        Some((begins + l.len() - l.trim_start().len(), l))
    });
    Some(begins.filter(|(_, l)| l.trim() == line).nth(nth)?.0)
}
