//! The operators `widen`, `swap-namespace` and `flip-boolean` on the arguments of commands.

use std::ops::Range;

use tree_sitter::Node;

use super::edit::Edit;
use super::place::{statement, subject};
use super::script::{Script, descendants};
use super::view::{Insert, View};
use super::{Draft, Operator};

const WIDENED: [&str; 2] = ["--verb", "--resource"];
const NAMES: &str = "--resource-name";
const NAMESPACES: [&str; 2] = ["--namespace", "-n"];
/// What stands before the Namespace in the names of ServiceAccounts and of their groups.
const ACCOUNTS: [&str; 3] = ["--serviceaccount=", "system:serviceaccount:", "system:serviceaccounts:"];

/// An argument with the one before it.
struct Argument<'a, 't, 's> {
    node: Node<'t>,
    view: &'a View<'s>,
    before: Option<&'a View<'s>>,
    /// Where the word before it ends.
    after: usize,
}

pub(super) fn drafts(script: &Script<'_>, others: &[String]) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for region in script.reached() {
        for command in descendants(region.node).into_iter().filter(|n| n.kind() == "command") {
            let arguments = script.arguments(command);
            for (i, (node, view)) in arguments.iter().enumerate() {
                let before = i.checked_sub(1).map(|i| &arguments[i].1);
                let after = node.prev_sibling().map_or(node.start_byte(), |n| n.end_byte());
                let argument = Argument { node: *node, view, before, after };
                let changes = [widen(&argument), swap(&argument, others), flip(&argument)];
                let said = said(&argument);
                drafts.extend(changes.into_iter().flatten().map(|(operator, edits, becomes)| {
                    let label = statement(script, command);
                    Draft {
                        operator,
                        subject: subject(&region, &format!("{said} of {label}")),
                        what: format!("`{said}` becomes {becomes} in `{label}`"),
                        edits,
                        reaches_out: operator == Operator::SwapNamespace
                            && reaches_out(&arguments, i, others),
                    }
                }));
            }
        }
    }
    drafts
}

/// Another Namespace of the scenario is the attempt's own, but `default` is everybody's; a subject's Namespace is
/// only a name, and looking changes nothing.
fn reaches_out(arguments: &[(Node<'_>, View<'_>)], i: usize, others: &[String]) -> bool {
    let mut words = arguments.iter().map(|(_, view)| view.text.as_str());
    let reads = match words.next() {
        Some("get" | "wait" | "describe" | "logs") => true,
        Some("rollout") => words.next() == Some("status"),
        _ => false,
    };
    others.len() < 2 && !reads && account_namespace(&arguments[i].1.text).is_none()
}

type Change = (Operator, Vec<Edit>, String);

/// The argument as a person would say it: with the option that it belongs to.
fn said(argument: &Argument<'_, '_, '_>) -> String {
    let value = argument.view.said(0..argument.view.text.len());
    match argument.before.map(|v| v.text.as_str()) {
        Some(option) if option.starts_with('-') && !option.contains('=') && !value.starts_with('-') => {
            format!("{option} {value}")
        }
        _ => value,
    }
}

/// The value of one of the options: `--option=VALUE`, or VALUE after `--option`.
fn value_of(argument: &Argument<'_, '_, '_>, options: &[&str]) -> Option<Range<usize>> {
    let text = &argument.view.text;
    if argument.before.is_some_and(|b| options.contains(&b.text.as_str())) {
        return Some(0..text.len());
    }
    let (option, _) = text.split_once('=')?;
    options.contains(&option).then_some(option.len() + 1..text.len())
}

fn widen(argument: &Argument<'_, '_, '_>) -> Option<Change> {
    if let Some(value) = value_of(argument, &WIDENED) {
        let edits = argument.view.edit(value, Some(Insert::Text("*")));
        return Some((Operator::Widen, edits, "`*`".into()));
    }
    value_of(argument, &[NAMES])?;
    // The option in a word of its own goes too.
    let own = argument.before.filter(|b| b.text == NAMES).is_some();
    let from = if own { argument.node.prev_sibling()?.prev_sibling()?.end_byte() } else { argument.after };
    let edits = vec![Edit::delete(from..argument.node.end_byte())];
    Some((Operator::Widen, edits, "every name".into()))
}

fn swap(argument: &Argument<'_, '_, '_>, others: &[String]) -> Option<Change> {
    let view = argument.view;
    let range = value_of(argument, &NAMESPACES).or_else(|| account_namespace(&view.text))?;
    let (insert, becomes) = other_namespace(&view.said(range.clone()), others)?;
    Some((Operator::SwapNamespace, view.edit(range, Some(insert)), format!("`{becomes}`")))
}

/// Where the Namespace is in `--serviceaccount=NAMESPACE:NAME` and the like.
fn account_namespace(text: &str) -> Option<Range<usize>> {
    let (before, rest) =
        ACCOUNTS.iter().find_map(|p| Some((text.find(p)? + p.len(), p))).map(|(at, _)| text.split_at(at))?;
    let len = rest.find(':').unwrap_or(rest.len());
    (len > 0).then_some(before.len()..before.len() + len)
}

/// Another Namespace than the one that is said: one of the scenario's, else `default`.
pub(super) fn other_namespace<'a>(said: &str, others: &'a [String]) -> Option<(Insert<'a>, String)> {
    let named = |name: &String| said == format!("${name}") || said == format!("${{{name}}}");
    match others.iter().find(|name| !named(name)).filter(|_| others.len() > 1 || !others.iter().any(named)) {
        Some(name) => Some((Insert::Variable(name), format!("${name}"))),
        None if said == "default" => None,
        None => Some((Insert::Text("default"), "default".into())),
    }
}

fn flip(argument: &Argument<'_, '_, '_>) -> Option<Change> {
    let text = &argument.view.text;
    let (_, value) = text.rsplit_once('=')?;
    let flipped = flipped(value)?;
    let edits = argument.view.edit(text.len() - value.len()..text.len(), Some(Insert::Text(flipped)));
    Some((Operator::FlipBoolean, edits, format!("`{flipped}`")))
}

/// The other one of true and false.
pub(super) fn flipped(value: &str) -> Option<&'static str> {
    match value {
        "true" => Some("false"),
        "false" => Some("true"),
        _ => None,
    }
}
