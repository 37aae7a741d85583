//! A solution's bash, taken apart: which parts of it run, their statements, commands and here-documents.
//!
//! In: the text, helpers first. Out: syntax nodes with their byte ranges. Only what the solution reaches counts:
//! a change of a function that it never calls is no change.

use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::{Node, Parser, Tree};

use super::view::{View, children};

/// Statements that can be left out.
const STATEMENTS: [&str; 7] = [
    "command",
    "redirected_statement",
    "pipeline",
    "variable_assignment",
    "declaration_command",
    "test_command",
    "negated_command",
];
/// What statements stand in.
const BODIES: [&str; 11] = [
    "program",
    "compound_statement",
    "do_group",
    "if_statement",
    "elif_clause",
    "else_clause",
    "case_item",
    "subshell",
    "list",
    "heredoc_redirect",
    "while_statement",
];

/// A parsed script.
pub(super) struct Script<'s> {
    pub(super) text: &'s str,
    tree: Tree,
    /// Where the solution begins, after its helpers.
    run_at: usize,
}

/// A part of the script that the solution reaches.
#[derive(Clone)]
pub(super) struct Region<'t> {
    /// The function whose body it is.
    pub(super) function: Option<String>,
    pub(super) node: Node<'t>,
}

/// A here-document.
pub(super) struct HereDocument<'t> {
    pub(super) body: Node<'t>,
    /// Whether variables in it are left alone.
    pub(super) quoted: bool,
}

impl<'s> Script<'s> {
    /// Parses a script whose own part begins at `run_at`; an error is the text that is not understood.
    pub(super) fn parse(text: &'s str, run_at: usize) -> Result<Self, String> {
        let language = tree_sitter_bash::LANGUAGE.into();
        let mut parser = Parser::new();
        let tree = parser.set_language(&language).ok().and_then(|()| parser.parse(text, None));
        let script = tree.map(|tree| Self { text, tree, run_at }).ok_or_else(String::new)?;
        match broken(script.tree.root_node()) {
            None => Ok(script),
            Some(node) => Err(script.line_of(node)),
        }
    }

    /// The source of a node.
    pub(super) fn source(&self, node: Node<'_>) -> &'s str {
        &self.text[node.byte_range()]
    }

    /// What of the script runs, in its order.
    pub(super) fn reached(&self) -> Vec<Region<'_>> {
        let mut functions: BTreeMap<&str, Node<'_>> = BTreeMap::new();
        let mut shared: BTreeMap<&str, Node<'_>> = BTreeMap::new();
        let mut todo: Vec<Region<'_>> = Vec::new();
        for node in children(self.tree.root_node()) {
            let helper = node.start_byte() < self.run_at;
            match (node.kind(), node.child_by_field_name("name"), node.child_by_field_name("body")) {
                ("function_definition", Some(name), Some(body)) => {
                    functions.insert(self.source(name), body);
                }
                ("variable_assignment", Some(name), _) if helper => {
                    shared.insert(self.source(name), node);
                }
                ("comment", ..) => {}
                _ => todo.push(Region { function: None, node }),
            }
        }
        let mut seen = BTreeSet::new();
        let mut reached = Vec::new();
        while let Some(region) = todo.pop() {
            if !seen.insert(region.node.id()) {
                continue;
            }
            for node in descendants(region.node) {
                match node.kind() {
                    "command_name" => {
                        let called = functions.get_key_value(self.source(node));
                        todo.extend(
                            called.map(|(name, body)| Region {
                                function: Some((*name).to_owned()),
                                node: *body,
                            }),
                        );
                    }
                    "variable_name" => {
                        let value = shared.get(self.source(node));
                        todo.extend(value.map(|value| Region { function: None, node: *value }));
                    }
                    _ => {}
                }
            }
            reached.push(region);
        }
        reached.sort_by_key(|r| r.node.start_byte());
        reached
    }

    /// The statements of a region that can be left out one by one, those inside loops and branches too.
    pub(super) fn statements<'t>(&self, region: &Region<'t>) -> Vec<Node<'t>> {
        let stands = |node: &Node<'t>| {
            let inside = node.parent().is_some_and(|p| BODIES.contains(&p.kind()));
            STATEMENTS.contains(&node.kind()) && (inside || node.id() == region.node.id())
        };
        let nothing = |node: &Node<'t>| matches!(self.source(*node), ":" | "true");
        let all = descendants(region.node).into_iter();
        all.filter(|n| stands(n) && !nothing(n) && !is_needed(region.node, *n)).collect()
    }

    /// The here-document of a redirection.
    pub(super) fn here_document<'t>(&self, redirect: Node<'t>) -> Option<HereDocument<'t>> {
        let of_kind = |kind: &str| children(redirect).into_iter().find(|n| n.kind() == kind);
        let start = self.source(of_kind("heredoc_start")?);
        Some(HereDocument { body: of_kind("heredoc_body")?, quoted: start.contains(['\'', '"', '\\']) })
    }

    /// The arguments of a command, its name left out.
    pub(super) fn arguments<'t>(&self, command: Node<'t>) -> Vec<(Node<'t>, View<'s>)> {
        let argument =
            |n: &Node<'_>| n.kind() != "command_name" && n.is_named() && !n.kind().ends_with("redirect");
        children(command).into_iter().filter(argument).map(|n| (n, View::of_word(self.text, n))).collect()
    }

    fn line_of(&self, node: Node<'_>) -> String {
        let line = self.text[node.start_byte()..].lines().next().unwrap_or_default();
        line.trim().chars().take(60).collect()
    }
}

/// Whether a statement of `region` is the condition of a `while`, which would not end without it, or part of a
/// substitution, whose whole is a word.
fn is_needed(region: Node<'_>, statement: Node<'_>) -> bool {
    let upwards = std::iter::successors(Some(statement), |n| n.parent().filter(|_| n.id() != region.id()));
    let pairs = upwards.clone().zip(upwards.skip(1));
    pairs.into_iter().any(|(inner, outer)| match outer.kind() {
        "while_statement" => inner.kind() != "do_group",
        kind => kind == "command_substitution",
    })
}

/// The node and all below it, in the order of the text; functions defined inside are another region.
pub(super) fn descendants(node: Node<'_>) -> Vec<Node<'_>> {
    let mut all = Vec::new();
    let mut todo = vec![node];
    while let Some(node) = todo.pop() {
        all.push(node);
        todo.extend(children(node).into_iter().rev().filter(|n| n.kind() != "function_definition"));
    }
    all
}

fn broken(root: Node<'_>) -> Option<Node<'_>> {
    let mut todo = vec![root];
    while let Some(node) = todo.pop() {
        if node.is_error() || node.is_missing() {
            return Some(node);
        }
        todo.extend(children(node).into_iter().rev().filter(Node::has_error));
    }
    None
}
