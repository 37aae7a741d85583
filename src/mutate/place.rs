//! Words for a place in a script: parts of ids and of sentences.

use tree_sitter::Node;

use super::script::{Region, Script};

/// How much of a command an id holds.
const LONGEST: usize = 64;

/// A text in one line, cut.
pub(super) fn brief(text: &str) -> String {
    let line = text.replace("\\\n", " ");
    let words: Vec<&str> = line.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", line[..at].trim_end()),
        None => line,
    }
}

/// A statement or command: its first line when a here-document follows.
pub(super) fn statement(script: &Script<'_>, node: Node<'_>) -> String {
    let text = script.source(node);
    match text.contains("<<") {
        true => brief(text.lines().next().unwrap_or_default()),
        false => brief(text),
    }
}

/// The last parts of an id: the function, if it is in one, and what is changed.
pub(super) fn subject(region: &Region<'_>, what: &str) -> String {
    match &region.function {
        Some(name) => format!("{name}/{what}"),
        None => what.to_owned(),
    }
}
