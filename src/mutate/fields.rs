//! The operators on manifests and patches: `drop-field`, `widen`, `swap-namespace`, `flip-boolean`.

use std::ops::Range;

use super::arguments::{flipped, other_namespace};
use super::data::{self, Node, Part, Value};
use super::edit::Edit;
use super::place::{brief, statement, subject};
use super::script::{Region, Script, descendants};
use super::view::{Insert, View};
use super::{Draft, Operator};

/// Keys of a rule that `*` widens.
const WIDENED: [&str; 3] = ["verbs", "resources", "apiGroups"];

/// Data in a script.
struct Document<'a, 's> {
    region: &'a Region<'a>,
    view: &'a View<'s>,
    /// What it is called in ids: its kind, or the command that gets it.
    name: String,
    /// A whole object, whose kind and name say which one it is and stay.
    object: bool,
    others: &'a [String],
    drafts: Vec<Draft>,
}

pub(super) fn drafts(script: &Script<'_>, others: &[String]) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for region in &script.reached() {
        for node in descendants(region.node) {
            match node.kind() {
                "heredoc_redirect" => {
                    let Some(here) = script.here_document(node) else { continue };
                    let view = View::of_document(script.text, here.body, here.quoted);
                    let Some(roots) = data::documents(&view.text) else { continue };
                    drafts.extend(manifests(region, &view, &roots, others));
                }
                "command" | "variable_assignment" | "herestring_redirect" => {
                    let label = match node.kind() {
                        "herestring_redirect" => "here-string".to_owned(),
                        _ => statement(script, node),
                    };
                    for (_, view) in script.arguments(node) {
                        let from = if view.text.starts_with("--") {
                            view.text.find('=').map_or(0, |at| at + 1)
                        } else {
                            0
                        };
                        let Some(root) = data::argument(&view.text, from) else { continue };
                        drafts.extend(document(region, &view, &root, others, &label));
                    }
                }
                _ => {}
            }
        }
    }
    drafts
}

/// The manifests of a here-document; one of several can be left out as a whole.
fn manifests(region: &Region<'_>, view: &View<'_>, roots: &[Node], others: &[String]) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (i, root) in roots.iter().enumerate() {
        let kind = root.get("kind").map_or("manifest".to_owned(), |kind| view.said(kind.range.clone()));
        if roots.len() > 1 {
            let range = match i.checked_sub(1) {
                Some(before) => roots[before].range.end..root.range.end,
                None => root.range.start..roots[1].range.start,
            };
            drafts.push(Draft {
                operator: Operator::DropField,
                subject: subject(region, &format!("whole {kind}")),
                what: format!("omits the whole manifest of the {kind}"),
                edits: view.edit(range, None),
                reaches_out: false,
            });
        }
        drafts.extend(document(region, view, root, others, &kind));
    }
    drafts
}

fn document(region: &Region<'_>, view: &View<'_>, root: &Node, others: &[String], name: &str) -> Vec<Draft> {
    let object = root.get("kind").is_some() && root.get("apiVersion").is_some();
    let mut document = Document { region, view, name: name.to_owned(), object, others, drafts: Vec::new() };
    document.visit(root, "");
    document.drafts
}

impl Document<'_, '_> {
    fn visit(&mut self, node: &Node, path: &str) {
        let (Value::Sequence(parts) | Value::Mapping(parts)) = &node.value else { return };
        for (i, part) in parts.iter().enumerate() {
            let path = match &part.key {
                Some(key) => format!("{path}.{key}"),
                None => format!("{path}[{i}]"),
            };
            if !self.names_the_object(&path) {
                self.drop(node, parts, i, &path);
            }
            if let Some(value) = &part.node {
                self.change(part, value, &path);
                self.visit(value, &path);
            }
        }
    }

    /// An object without them is another one, or none.
    fn names_the_object(&self, path: &str) -> bool {
        self.object && matches!(path, ".apiVersion" | ".kind" | ".metadata" | ".metadata.name")
    }

    fn drop(&mut self, node: &Node, parts: &[Part], i: usize, path: &str) {
        let part = &parts[i];
        let edits = match (i.checked_sub(1), parts.get(i + 1)) {
            (Some(before), _) => self.view.edit(parts[before].range.end..part.range.end, None),
            (None, Some(next)) => self.view.edit(part.range.start..next.range.start, None),
            (None, None) => self.emptied(node, part),
        };
        let said = brief(&self.view.said(part.range.clone()));
        self.add(Operator::DropField, path, format!("omits `{said}`"), edits);
    }

    /// A collection without its only part. A block becomes `{}` or `[]`, one column to the right: a list may
    /// stand as far left as its key, brackets may not.
    fn emptied(&self, node: &Node, part: &Part) -> Vec<Edit> {
        let flow = self.view.text[node.range.clone()].starts_with(['{', '[']);
        let empty = if matches!(node.value, Value::Mapping(_)) { " {}" } else { " []" };
        match flow || node.range.start < part.range.start {
            true => self.view.edit(part.range.clone(), None),
            false => self.view.edit(node.range.clone(), Some(Insert::Text(empty))),
        }
    }

    fn change(&mut self, part: &Part, value: &Node, path: &str) {
        let range = value.range.clone();
        let said = self.view.said(range.clone());
        let key = part.key.as_deref().unwrap_or_default();
        if let Value::Sequence(items) = &value.value {
            let widest = items.iter().any(|p| self.view.text[p.range.clone()].contains('*'));
            if WIDENED.contains(&key) && !widest {
                self.put(Operator::Widen, path, range, &Insert::Text(" [\"*\"]"), "[*]");
            }
        } else if value.value == Value::Scalar {
            if let Some(flipped) = flipped(&said) {
                self.put(Operator::FlipBoolean, path, range, &Insert::Text(flipped), flipped);
            } else if key == "namespace" {
                let unquoted = said.trim_matches('"');
                let inner = range.start + usize::from(said.len() > unquoted.len());
                if let Some((insert, becomes)) = other_namespace(unquoted, self.others) {
                    let range = inner..inner + unquoted.len();
                    self.put(Operator::SwapNamespace, path, range, &insert, &becomes);
                }
            }
        }
    }

    fn put(
        &mut self,
        operator: Operator,
        path: &str,
        range: Range<usize>,
        insert: &Insert<'_>,
        becomes: &str,
    ) {
        let said = brief(&self.view.said(range.clone()));
        let edits = self.view.edit(range, Some(insert.clone()));
        self.add(operator, path, format!("`{said}` becomes `{becomes}`"), edits);
    }

    fn add(&mut self, operator: Operator, path: &str, what: String, edits: Vec<Edit>) {
        let place = format!("{path} of {}", self.name);
        self.drafts.push(Draft {
            operator,
            subject: subject(self.region, &place),
            what: format!("{what} ({place})"),
            edits,
            // An object without its Namespace is made in `default`.
            reaches_out: path == ".metadata.namespace"
                && (operator == Operator::DropField || self.others.len() < 2),
        });
    }
}
