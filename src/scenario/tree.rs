//! Where each node of a YAML text stands: a map from JSON pointers (`/checks/0/id`) to places.
//!
//! In: bounded YAML text. Out: [`Places`]. The typed parse loses positions inside flattened and untagged
//! parts; this untyped pass keeps them all. Never: meaning.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::error::{Place, to_u32};

/// The place of each node, by JSON pointer; of the keys of mappings too.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    values: BTreeMap<String, Place>,
    keys: BTreeMap<String, Place>,
}

impl Places {
    /// Flattens a parsed tree.
    pub(super) fn of(root: &Spanned<Node>) -> Self {
        let mut places = Self::default();
        places.add("", root);
        places
    }

    /// The value at `pointer`, or the nearest node around it.
    pub(super) fn value(&self, pointer: &str) -> Place {
        nearest(&self.values, pointer)
    }

    /// The key at `pointer` (the last part of it), or the nearest value around it.
    pub(super) fn key(&self, pointer: &str) -> Place {
        self.keys.get(pointer).copied().unwrap_or_else(|| self.value(pointer))
    }

    /// The keys of the mapping at `pointer`, in the order of their names.
    pub(super) fn children<'a>(&'a self, pointer: &'a str) -> impl Iterator<Item = &'a str> {
        self.keys.keys().filter_map(move |key| {
            let rest = key.strip_prefix(pointer)?.strip_prefix('/')?;
            (!rest.contains('/')).then_some(rest)
        })
    }

    /// How many items the sequence at `pointer` holds.
    pub(super) fn count(&self, pointer: &str) -> usize {
        (0..).take_while(|i| self.values.contains_key(&format!("{pointer}/{i}"))).count()
    }

    fn add(&mut self, pointer: &str, node: &Spanned<Node>) {
        self.values.insert(pointer.to_owned(), place(node));
        match &node.value {
            Node::Scalar => {}
            Node::Sequence(items) => {
                for (i, item) in items.iter().enumerate() {
                    self.add(&format!("{pointer}/{i}"), item);
                }
            }
            Node::Mapping(entries) => {
                for (key, value) in entries {
                    let pointer = format!("{pointer}/{}", escape(&key.value));
                    self.keys.insert(pointer.clone(), place(key));
                    self.add(&pointer, value);
                }
            }
        }
    }
}

/// A key as a part of a JSON pointer (RFC 6901).
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn nearest(map: &BTreeMap<String, Place>, pointer: &str) -> Place {
    let mut pointer = pointer;
    loop {
        if let Some(place) = map.get(pointer) {
            return *place;
        }
        match pointer.rfind('/') {
            Some(at) => pointer = &pointer[..at],
            None => return Place::default(),
        }
    }
}

/// The place of a parsed value.
fn place<T>(node: &Spanned<T>) -> Place {
    of_location(node.referenced).unwrap_or_default()
}

/// The place that serde-saphyr reports; None: it knows line and column only.
pub(super) fn of_location(location: serde_saphyr::Location) -> Option<Place> {
    let span = location.span();
    let bytes = |n: Option<u64>| usize::try_from(n?).ok();
    let (line, column) = line_and_column(location);
    Some(Place { offset: bytes(span.byte_offset())?, len: bytes(span.byte_len())?, line, column })
}

/// Both 1-based.
pub(super) fn line_and_column(location: serde_saphyr::Location) -> (u32, u32) {
    let number = |n: u64| to_u32(usize::try_from(n).unwrap_or_default());
    (number(location.line()), number(location.column()))
}

/// A YAML node without its scalars' values.
#[derive(Debug)]
pub(super) enum Node {
    Scalar,
    Sequence(Vec<Spanned<Node>>),
    Mapping(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("YAML")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_str<E>(self, _: &str) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Node::Mapping(entries))
    }
}
