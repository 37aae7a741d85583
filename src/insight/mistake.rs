//! A hand-in as a mistake of its scenario: the YAML that an author pastes below `mistakes`.
//!
//! In: a graded hand-in and its scenario. Out: an entry with the checks that it fails and the script, in which the values of the learner's
//! variant are the scenario's variables. A value is replaced where bash fills variables in; in a quoted here-document it stays.

use std::fmt::Write;

use tree_sitter::{Node, Parser, Tree};

use super::Values;
use super::pattern::failed;
use super::words::values_in;
use crate::printable::is_hidden;
use crate::result::format::ResultV1;
use crate::scenario::env_name;
use crate::scenario::model::Scenario;

/// Why a hand-in cannot become a mistake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoMistake {
    /// It is right.
    #[error("this hand-in fails nothing, so it is no mistake")]
    Right,
    /// A mistake runs as bash.
    #[error(
        "its first line names another program than a shell ({0})\nMistakes are bash: write what it does as a script by hand."
    )]
    NotBash(String),
    /// A scenario file refuses such characters.
    #[error("its script holds invisible characters, which a scenario file must not\nRemove them first.")]
    Hidden,
    /// The name is taken.
    #[error("the scenario has a mistake `{0}` already\nGive another name with `--name`.")]
    Taken(String),
    /// No check has such a name.
    #[error("`{0}` is no name of a mistake\nA name has lower-case letters, digits and dashes.")]
    Name(String),
}

/// The entry for `script`, which was played with `values` and came to `result`.
///
/// # Errors
/// When it cannot be one.
pub fn mistake(
    name: &str,
    scenario: &Scenario,
    result: &ResultV1,
    script: &str,
    values: &Values,
) -> Result<String, NoMistake> {
    let fails = failed(result);
    if fails.is_empty() {
        return Err(NoMistake::Right);
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.starts_with('-') || !name.chars().all(plain) {
        return Err(NoMistake::Name(name.escape_debug().to_string()));
    }
    if scenario.mistakes.iter().any(|mistake| mistake.name == name) {
        return Err(NoMistake::Taken(name.into()));
    }
    if script.contains(is_hidden) {
        return Err(NoMistake::Hidden);
    }
    let first = script.lines().next().unwrap_or_default();
    if let Some(program) = first.strip_prefix("#!").filter(|program| !is_shell(program)) {
        return Err(NoMistake::NotBash(program.trim().into()));
    }
    let cause = scenario.cause().and_then(|(name, _)| Some((name, values.get(name)?)));
    let mut variables = values.clone();
    if let Some((name, _)) = cause {
        variables.remove(name);
    }
    let mut text =
        format!("  - name: {name}\n    about: From a hand-in. Say here why somebody would do it.\n");
    // Writing to a String cannot fail.
    if let Some((name, value)) = cause {
        let _ = writeln!(text, "    given: {{{name}: {value}}}");
    }
    let _ = writeln!(text, "    fails: [{}]\n    run: |", Vec::from_iter(fails).join(", "));
    text += "      # A hand-in runs without these options.\n      set +o errexit +o nounset +o pipefail\n";
    // Its first line is a comment here.
    for options in first.split_whitespace().skip(1).filter(|word| is_options(word)) {
        let _ = writeln!(text, "      set {options}");
    }
    for line in with_variables(script, &variables).trim_end().lines() {
        let _ = writeln!(text, "{}", format!("      {line}").trim_end());
    }
    Ok(text)
}

/// Whether a word of the first line is options that `set` knows, such as `-eu`.
fn is_options(word: &str) -> bool {
    word.strip_prefix('-')
        .is_some_and(|letters| !letters.is_empty() && letters.chars().all(|c| "efuxv".contains(c)))
}

fn is_shell(program: &str) -> bool {
    let mut words = program.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    match words.next() {
        Some("env") => matches!(words.next(), Some("bash" | "sh")),
        word => matches!(word, Some("bash" | "sh")),
    }
}

/// The script with each value of the variant as the variable that the scenario's scripts have for it.
fn with_variables(script: &str, values: &Values) -> String {
    let Some(tree) = parsed(script) else { return script.to_owned() };
    let mut out = String::with_capacity(script.len());
    let mut at = 0;
    for (range, name) in values_in(script, values) {
        let variable = env_name(name);
        let Some(node) = tree.root_node().descendant_for_byte_range(range.start, range.end) else { continue };
        let filled = match manner(node, script) {
            Some(Manner::Bare) => format!("\"${variable}\""),
            Some(Manner::Quoted) => format!("${{{variable}}}"),
            Some(Manner::Raw) => format!("'\"${variable}\"'"),
            None => continue,
        };
        out.push_str(&script[at..range.start]);
        out.push_str(&filled);
        at = range.end;
    }
    out.push_str(&script[at..]);
    out
}

/// How a variable is written in a place.
enum Manner {
    /// In a word.
    Bare,
    /// In double quotes, or in a here-document that is filled in.
    Quoted,
    /// In single quotes.
    Raw,
}

/// The manner for a node; None: bash fills no variable in there, or it is no text.
fn manner(node: Node<'_>, script: &str) -> Option<Manner> {
    let mut here = Some(node);
    while let Some(node) = here {
        match node.kind() {
            "raw_string" => return Some(Manner::Raw),
            "string" => return Some(Manner::Quoted),
            "heredoc_body" => return is_filled_in(node, script).then_some(Manner::Quoted),
            "comment"
            | "ansi_c_string"
            | "variable_name"
            | "command_name"
            | "heredoc_start"
            | "heredoc_end"
            | "arithmetic_expansion"
            | "expansion"
            | "regex"
            | "function_definition" => return None,
            "command" | "variable_assignment" | "redirected_statement" | "for_statement" => {
                return Some(Manner::Bare);
            }
            _ => here = node.parent(),
        }
    }
    None
}

/// Whether bash fills variables in a here-document: it does unless the word that begins it is quoted.
fn is_filled_in(body: Node<'_>, script: &str) -> bool {
    let Some(redirect) = body.parent() else { return false };
    let mut cursor = redirect.walk();
    let start = redirect.children(&mut cursor).find(|node| node.kind() == "heredoc_start");
    start.is_some_and(|start| !script[start.byte_range()].contains(['\'', '"', '\\']))
}

/// The script as bash reads it; None: it does not.
fn parsed(script: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    parser.parse(script, None).filter(|tree| !tree.root_node().has_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(script: &str) -> String {
        let values = [("namespace", "payments"), ("app", "ledger"), ("serviceAccount", "pod-sa")];
        with_variables(script, &values.map(|(a, b)| (a.to_owned(), b.to_owned())).into())
    }

    #[test]
    fn values_become_variables_where_bash_fills_them_in() {
        for (script, wanted) in [
            ("kubectl -n payments get deploy/ledger", "kubectl -n \"$NAMESPACE\" get deploy/\"$APP\""),
            ("kubectl -n=payments", "kubectl -n=\"$NAMESPACE\""),
            ("echo \"in payments: pod-sa\"", "echo \"in ${NAMESPACE}: ${SERVICE_ACCOUNT}\""),
            ("patch -p '{\"name\": \"pod-sa\"}'", "patch -p '{\"name\": \"'\"$SERVICE_ACCOUNT\"'\"}'"),
            ("cat <<EOF\nns: payments\nEOF\n", "cat <<EOF\nns: ${NAMESPACE}\nEOF\n"),
            ("cat <<'EOF'\nns: payments\nEOF\n", "cat <<'EOF'\nns: payments\nEOF\n"),
            ("NS=payments\necho $NS # payments", "NS=\"$NAMESPACE\"\necho $NS # payments"),
            ("kubectl create rolebinding pod-sa-view", "kubectl create rolebinding pod-sa-view"),
            ("for n in payments other; do echo $n; done", "for n in \"$NAMESPACE\" other; do echo $n; done"),
            ("echo $(kubectl -n payments)", "echo $(kubectl -n \"$NAMESPACE\")"),
            ("if then payments (", "if then payments ("),
        ] {
            assert_eq!(with(script), wanted);
        }
    }

    #[test]
    fn a_shell_is_told_from_other_programs() {
        for program in ["/bin/bash", " /bin/sh -e", "/usr/bin/env bash"] {
            assert!(is_shell(program), "{program}");
        }
        for program in ["/usr/bin/python3", "/usr/bin/env python3", "", "/bin/bash3"] {
            assert!(!is_shell(program), "{program}");
        }
    }
}
