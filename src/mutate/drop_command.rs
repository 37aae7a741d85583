//! The operator `drop-command`: a statement does nothing, or a loop over words leaves one out.

use tree_sitter::Node;

use super::edit::Edit;
use super::place::{brief, statement, subject};
use super::script::{Region, Script, descendants};
use super::{Draft, Operator};

pub(super) fn drafts(script: &Script<'_>) -> Vec<Draft> {
    let regions = script.reached();
    let all: Vec<(&Region<'_>, Vec<Node<'_>>)> = regions.iter().map(|r| (r, script.statements(r))).collect();
    let mut drafts = Vec::new();
    for (region, statements) in &all {
        if !same_as_its_call(script, region, statements, &all) {
            drafts.extend(statements.iter().map(|node| drop(script, region, *node)));
        }
        let loops = descendants(region.node).into_iter().filter(|n| n.kind() == "for_statement");
        drafts.extend(loops.flat_map(|node| passes(script, region, node)));
    }
    drafts
}

/// A no-op takes its place: valid wherever a statement is, even as the only one of a function.
fn drop(script: &Script<'_>, region: &Region<'_>, node: Node<'_>) -> Draft {
    let label = statement(script, node);
    Draft {
        operator: Operator::DropCommand,
        subject: subject(region, &label),
        what: format!("omits `{label}`"),
        edits: vec![Edit::replace(node.byte_range(), ":")],
        reaches_out: false,
    }
}

/// Whether leaving out the only statement of a function is leaving out the only call of that function.
fn same_as_its_call(
    script: &Script<'_>,
    region: &Region<'_>,
    statements: &[Node<'_>],
    all: &[(&Region<'_>, Vec<Node<'_>>)],
) -> bool {
    let (Some(name), [_]) = (&region.function, statements) else { return false };
    let calls = all
        .iter()
        .flat_map(|(r, _)| descendants(r.node))
        .filter(|n| n.kind() == "command_name" && script.source(*n) == *name)
        .count();
    let is_call = |n: &Node<'_>| {
        n.kind() == "command" && n.child_by_field_name("name").is_some_and(|c| script.source(c) == *name)
    };
    calls == 1 && all.iter().flat_map(|(_, statements)| statements).any(is_call)
}

fn passes(script: &Script<'_>, region: &Region<'_>, node: Node<'_>) -> Vec<Draft> {
    let mut cursor = node.walk();
    let words: Vec<Node<'_>> = node.children_by_field_name("value", &mut cursor).collect();
    if words.len() < 2 {
        return Vec::new();
    }
    let head = brief(script.source(node).lines().next().unwrap_or_default());
    words
        .iter()
        .filter_map(|word| {
            let said = script.source(*word);
            let before = word.prev_sibling()?;
            Some(Draft {
                operator: Operator::DropCommand,
                subject: subject(region, &format!("{said} of {head}")),
                what: format!("omits the pass with `{said}` of `{head}`"),
                edits: vec![Edit::delete(before.end_byte()..word.end_byte())],
                reaches_out: false,
            })
        })
        .collect()
}
