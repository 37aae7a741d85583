//! Lint of the setup's manifests: objects that Kubernetes would take, in the scenario's own Namespaces, quick
//! to end, from images that every lab has.

mod fields;
mod objects;
mod pods;
#[cfg(test)]
mod tests;
mod types;
mod values;

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::Value;
use serde_saphyr::{DefaultMessageFormatter, Error, MessageFormatter, Options};

use super::{Report, Severity};
use crate::scenario::{BoundScenario, Lines, MANIFESTS};

const MAX_DOCUMENTS: usize = 500;
const MAX_NODES: usize = 500_000;

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_documents: MAX_DOCUMENTS, max_depth: 64, max_nodes: MAX_NODES },
        strict_booleans: true,
        with_snippet: false,
    }
}

pub(super) fn lint(report: &mut Report<'_>, bound: &BoundScenario) {
    let documents: Vec<Value> = match serde_saphyr::from_multiple_with_options(&bound.manifests, options()) {
        Ok(documents) => documents,
        Err(error) => {
            let line = error.location().and_then(|l| usize::try_from(l.line()).ok()?.checked_sub(1));
            let message = format!("the manifests are not valid YAML: {}", words(&error));
            let (lines, nodes) = (0..0, Lines::default());
            return Manifest { report, bound, lines, nodes }.problem(line, message, "");
        }
    };
    let documents: Vec<Value> = documents.into_iter().filter(|d| !d.is_null()).collect();
    let mut lines = lines_of_documents(&bound.manifests);
    let mut nodes = Lines::of_documents(&bound.manifests, options());
    if lines.len() != documents.len() {
        lines.clear();
    }
    if nodes.len() != documents.len() {
        nodes.clear();
    }
    let made = pods::Accounts::made_by(&documents, bound);
    let mut seen = BTreeSet::new();
    for (n, document) in documents.iter().enumerate() {
        let (lines, nodes) =
            (lines.get(n).cloned().unwrap_or_default(), nodes.get(n).cloned().unwrap_or_default());
        let mut manifest = Manifest { report, bound, lines, nodes };
        manifest.object(document, &made);
        let text = |path: &str| text(document, path);
        if !seen.insert([text("/kind"), text("/metadata/namespace"), text("/metadata/name")]) {
            manifest.says_of_it(format!("{} appears twice", title(document)), "");
        }
    }
}

fn words(error: &Error) -> String {
    match error {
        Error::DuplicateMappingKey { key, .. } => {
            format!("the key `{}` appears twice", key.as_deref().unwrap_or("?"))
        }
        Error::Budget { .. } => {
            format!("they hold too much: {MAX_DOCUMENTS} objects and {MAX_NODES} values are allowed")
        }
        other => DefaultMessageFormatter.format_message(other).into_owned(),
    }
}

/// The lines of each document that holds more than comments.
fn lines_of_documents(text: &str) -> Vec<Range<usize>> {
    let lines: Vec<&str> = text.lines().collect();
    let is_end = |line: &str| {
        line.strip_prefix("---").is_some_and(|rest| rest.trim_start() != rest || rest.is_empty())
    };
    let ends = (0..lines.len()).filter(|n| is_end(lines[*n])).chain([lines.len()]);
    let mut begin = 0;
    let all = ends.map(|end| std::mem::replace(&mut begin, end + 1)..end);
    all.filter(|document| lines[document.clone()].iter().any(|line| is_content(line))).collect()
}

/// One object of the manifests, and where it stands.
struct Manifest<'a, 'r> {
    report: &'a mut Report<'r>,
    bound: &'a BoundScenario,
    /// Its own lines among them; none: they are not known.
    lines: Range<usize>,
    /// The lines of its fields, as far as they are known.
    nodes: Lines,
}

impl Manifest<'_, '_> {
    /// A problem of the object.
    fn says_of_it(&mut self, message: String, help: &str) {
        self.says_of(&["kind:"], message, help);
    }

    /// A problem of the field at a JSON pointer.
    fn says_at(&mut self, pointer: &str, message: String, help: &str) {
        match self.nodes.of(pointer) {
            Some(line) => self.problem(Some(line), message, help),
            None => self.says_of_it(message, help),
        }
    }

    /// A problem of that line of the object that has all `words`; of its first line, if none has.
    fn says_of(&mut self, words: &[&str], message: String, help: &str) {
        let played = self.bound.manifests.lines().enumerate();
        let mut own = played.take(self.lines.end).skip(self.lines.start).filter(|(_, line)| is_content(line));
        let first = own.clone().next();
        let line = own.find(|(_, line)| words.iter().all(|word| line.contains(word))).or(first);
        self.problem(line.map(|(number, _)| number), message, help);
    }

    /// A problem of a line of the manifests.
    fn problem(&mut self, line: Option<usize>, message: String, help: &str) {
        let loaded = self.report.loaded;
        let error = match line {
            Some(line) => loaded.error_in_manifests(&self.bound.values, line, message),
            None => loaded.error_at_key(MANIFESTS, message),
        };
        self.report.add(Severity::Error, if help.is_empty() { error } else { error.help(help) });
    }
}

fn is_content(line: &str) -> bool {
    !line.trim().is_empty() && !line.trim_start().starts_with('#')
}

fn title(object: &Value) -> String {
    format!("{} {}", text(object, "/kind"), text(object, "/metadata/name"))
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
