//! In which line of a YAML text of several documents each node stands.
//!
//! In: YAML text, and within which bounds it is read. Out: the lines of each document that holds something. Never: meaning.

use serde_saphyr::{Options, Spanned};

use super::tree::{Node, Places};

/// The lines of one document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines(Places);

impl Lines {
    /// One for each document that is not empty; none if it is no YAML.
    pub(crate) fn of_documents(text: &str, options: Options) -> Vec<Self> {
        let read: Result<Vec<Spanned<Node>>, _> = serde_saphyr::from_multiple_with_options(text, options);
        read.unwrap_or_default().iter().map(|document| Self(Places::of(document))).collect()
    }

    /// The line, from 0, of the key at `pointer` (`/spec/replicas`), or of the nearest node around it.
    pub(crate) fn of(&self, pointer: &str) -> Option<usize> {
        usize::try_from(self.0.key(pointer).line).ok()?.checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_found_in_its_own_document() {
        let text = "# A\na: 1\n---\n\n---\nb:\n  - c: {d: 1}\n  - c: 2\n";
        let lines = Lines::of_documents(text, Options::default());
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].of("/a"), lines[1].of("/b")), (Some(1), Some(5)));
        assert_eq!((lines[1].of("/b/0/c/d"), lines[1].of("/b/1/c")), (Some(6), Some(7)));
        assert_eq!(lines[1].of("/b/1/x/y"), Some(7));
        assert!(Lines::of_documents("a: [", Options::default()).is_empty());
    }
}
