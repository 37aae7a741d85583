//! YAML and JSON inside a script, as a tree of byte ranges.
//!
//! In: a text in which expansions are masked. Out: documents whose nodes say where they stand. Never: values of
//! other types than a text; what is to be changed is changed in the text.

use std::ops::Range;

use tree_sitter::{Node as Syntax, Parser};

use super::view::children;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) range: Range<usize>,
    pub(super) value: Value,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Scalar,
    Sequence(Vec<Part>),
    Mapping(Vec<Part>),
}

/// An element of a sequence, or an entry of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// With its key or its dash.
    pub(super) range: Range<usize>,
    /// The key as written, quotes removed; None in a sequence.
    pub(super) key: Option<String>,
    pub(super) node: Option<Node>,
}

impl Node {
    /// The value under a key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let Value::Mapping(parts) = &self.value else { return None };
        parts.iter().find(|p| p.key.as_deref() == Some(key))?.node.as_ref()
    }

    /// Whether some mapping in it has an entry with a value.
    fn has_entry(&self) -> bool {
        match &self.value {
            Value::Scalar => false,
            Value::Mapping(parts) => parts.iter().any(|p| p.node.is_some()),
            Value::Sequence(parts) => parts.iter().filter_map(|p| p.node.as_ref()).any(Node::has_entry),
        }
    }
}

/// The documents of a here-document: mappings all of them, else it is no manifest.
pub(super) fn documents(text: &str) -> Option<Vec<Node>> {
    let nodes = parse(text, 0)?;
    let manifests =
        !nodes.is_empty() && nodes.iter().all(|n| matches!(n.value, Value::Mapping(_)) && n.has_entry());
    manifests.then_some(nodes)
}

/// The JSON or YAML that an argument holds from byte `from` on, whole or as some elements of a list.
pub(super) fn argument(text: &str, from: usize) -> Option<Node> {
    let part = text.get(from..)?;
    if !part.contains('{') {
        return None;
    }
    let whole = parse(part, 0).filter(|nodes| matches!(nodes.as_slice(), [one] if one.has_entry()));
    let (mut nodes, added) = match whole {
        Some(nodes) => (nodes, 0),
        None => (parse(&format!("[{part}]"), 1)?, 1),
    };
    let mut node = nodes.pop().filter(|node| nodes.is_empty() && node.has_entry())?;
    if added > 0 {
        node.range = 0..part.len();
    }
    shift(&mut node, from);
    Some(node)
}

fn shift(node: &mut Node, by: usize) {
    node.range = node.range.start + by..node.range.end + by;
    if let Value::Sequence(parts) | Value::Mapping(parts) = &mut node.value {
        for part in parts {
            part.range = part.range.start + by..part.range.end + by;
            part.node.iter_mut().for_each(|n| shift(n, by));
        }
    }
}

/// The documents of a YAML text whose first `added` bytes are not the caller's.
fn parse(text: &str, added: usize) -> Option<Vec<Node>> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_yaml::LANGUAGE.into()).ok()?;
    let tree = parser.parse(text, None).filter(|t| !t.root_node().has_error())?;
    let reader = Reader { text, added };
    let documents = children(tree.root_node()).into_iter().filter(|n| n.kind() == "document");
    documents.map(|document| reader.node(content(document)?, 0)).collect()
}

/// How deep data may nest; what is deeper is no manifest, and must not exhaust the stack.
const MAX_DEPTH: usize = 64;

struct Reader<'a> {
    text: &'a str,
    added: usize,
}

impl Reader<'_> {
    fn node(&self, syntax: Syntax<'_>, depth: usize) -> Option<Node> {
        if depth > MAX_DEPTH {
            return None;
        }
        match syntax.kind() {
            "block_node" | "flow_node" => self.node(content(syntax)?, depth),
            "block_mapping" | "flow_mapping" => {
                let parts = parts(syntax, &["block_mapping_pair", "flow_pair", "flow_node"]);
                self.collection(
                    syntax,
                    parts.into_iter().map(|p| self.entry(p, depth + 1)).collect(),
                    Value::Mapping,
                )
            }
            "block_sequence" | "flow_sequence" => {
                let parts = parts(syntax, &["block_sequence_item", "flow_node", "flow_pair"]);
                self.collection(
                    syntax,
                    parts.into_iter().map(|p| self.element(p, depth + 1)).collect(),
                    Value::Sequence,
                )
            }
            _ => Some(Node { range: self.range(syntax, None), value: Value::Scalar }),
        }
    }

    fn collection(
        &self,
        syntax: Syntax<'_>,
        parts: Option<Vec<Part>>,
        value: fn(Vec<Part>) -> Value,
    ) -> Option<Node> {
        let parts = parts?;
        // A block ends where its last part does; what the grammar counts to it beyond are comments.
        let block = syntax.kind().starts_with("block");
        let end = parts.last().map(|p| p.range.end).filter(|_| block);
        Some(Node { range: self.range(syntax, end), value: value(parts) })
    }

    fn entry(&self, syntax: Syntax<'_>, depth: usize) -> Option<Part> {
        let key = syntax.child_by_field_name("key").unwrap_or(syntax);
        let node = match syntax.child_by_field_name("value") {
            Some(value) => Some(self.node(value, depth)?),
            None => None,
        };
        let end = node.as_ref().map(|n| n.range.end);
        let key = self.text[key.byte_range()].trim_matches(['"', '\'']).to_owned();
        Some(Part { range: self.range(syntax, end), key: Some(key), node })
    }

    fn element(&self, syntax: Syntax<'_>, depth: usize) -> Option<Part> {
        let held = if syntax.kind() == "block_sequence_item" { content(syntax) } else { Some(syntax) };
        let node = match held {
            Some(value) => Some(self.node(value, depth)?),
            None => None,
        };
        let end = node.as_ref().map(|n| n.range.end);
        Some(Part { range: self.range(syntax, end), key: None, node })
    }

    fn range(&self, syntax: Syntax<'_>, end: Option<usize>) -> Range<usize> {
        let own = |at: usize| at.saturating_sub(self.added);
        own(syntax.start_byte())..end.unwrap_or(own(syntax.end_byte()))
    }
}

fn parts<'t>(syntax: Syntax<'t>, kinds: &[&str]) -> Vec<Syntax<'t>> {
    children(syntax).into_iter().filter(|n| kinds.contains(&n.kind())).collect()
}

/// What a wrapper holds, beside comments, anchors and tags.
fn content(syntax: Syntax<'_>) -> Option<Syntax<'_>> {
    let beside = |n: &Syntax<'_>| !n.is_named() || matches!(n.kind(), "comment" | "anchor" | "tag");
    children(syntax).into_iter().rfind(|n| !beside(n))
}
