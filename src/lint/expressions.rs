//! Lint of CEL expressions, regular expressions and label selectors, wherever a check holds one.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::{Report, presence};
use crate::grade::checks::{CheckKind, Expression, Language};
use crate::scenario::{BoundScenario, did_you_mean, template};

/// Deeper nesting is refused before the parser sees it: parsers recurse.
const MAX_NESTING: usize = 32;
const MAX_LENGTH: usize = 4096;

/// CEL's own names of types and of families of functions.
const OWN_NAMES: [&str; 18] = [
    "bool",
    "bytes",
    "double",
    "dyn",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "type",
    "uint",
    "optional",
    "cel",
    "math",
    "sets",
    "lists",
    "strings",
    "base64",
];

/// A macro and the names that it gives to what it goes over.
static MACRO: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\.\s*\w+\s*\(\s*([A-Za-z_]\w*)\s*,(?:\s*([A-Za-z_]\w*)\s*,)?").ok());

pub(super) fn lint(report: &mut Report<'_>) {
    for expected in report.loaded.scenario.expectations() {
        let kind = &expected.is.kind;
        for Expression { field, language, text, .. } in kind.expressions() {
            // Rendered texts differ in names only, so a template that parses as it stands is judged as it stands.
            let text = if template::is_template(text) { neutral(text) } else { text.to_owned() };
            if let Err(why) = parses(language, &text) {
                report.error(&format!("{}/{}/{field}", expected.pointer, kind.key()), why, "");
            }
        }
    }
}

/// CEL that names what is not there: with the values of the parameters in it, which may be names, too.
pub(super) fn lint_bound(report: &mut Report<'_>, bound: &BoundScenario) {
    for expected in bound.scenario.expectations() {
        let kind = &expected.is.kind;
        for Expression { field, language, text, variables } in kind.expressions() {
            if language != Language::Cel || parses(language, text).is_err() {
                continue;
            }
            let Ok(program) = cel::Program::compile(text) else { continue };
            let pointer = format!("{}/{}/{field}", expected.pointer, kind.key());
            // What an answer is computed from, the scenario itself made; all else may be a learner's doing.
            let unasked = if matches!(kind, CheckKind::Answer(_)) {
                BTreeSet::new()
            } else {
                presence::unasked(&program)
            };
            for path in unasked {
                let message = format!("the CEL expression reads `{path}` and never asks `has({path})`");
                let help = format!(
                    "Kubernetes leaves the field out when nobody sets it, and then the expression has no value: write `has({path}) && …`, or `!has({path}) || …` where its absence is right"
                );
                report.warning(&pointer, message, &help);
            }
            for name in unknown_names(&program, text, &variables) {
                let known = variables.join("`, `");
                let message =
                    format!("the CEL expression names `{name}`, which is not there; known here: `{known}`");
                let near = did_you_mean(&name, variables.iter().copied());
                let help = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
                report.error(&pointer, message, &help);
            }
        }
    }
}

/// The names that an expression uses and nobody gives it: neither satrain nor a macro of its own.
fn unknown_names(program: &cel::Program, text: &str, variables: &[&str]) -> BTreeSet<String> {
    let bound = |name: &str| {
        MACRO.as_ref().is_some_and(|of| {
            of.captures_iter(text).any(|names| names.iter().skip(1).flatten().any(|m| m.as_str() == name))
        })
    };
    let references = program.references();
    let used = references.variables().into_iter();
    let unknown = used.filter(|name| {
        !variables.contains(name) && !OWN_NAMES.contains(name) && !name.starts_with("__") && !bound(name)
    });
    unknown.map(str::to_owned).collect()
}

/// Puts a name where a parameter stands.
fn neutral(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        out.push('x');
        rest = after.split_once("}}").map_or("", |(_, rest)| rest);
    }
    out + rest
}

fn parses(language: Language, text: &str) -> Result<(), String> {
    if text.len() > MAX_LENGTH {
        return Err(format!("the expression is longer than {MAX_LENGTH} characters"));
    }
    if nesting(text) > MAX_NESTING {
        return Err(format!("the expression is nested deeper than {MAX_NESTING} levels"));
    }
    let (what, error) = match language {
        Language::Cel => ("CEL", cel::Program::compile(text).err().map(|e| e.to_string())),
        Language::Regex => ("regular", regex::Regex::new(text).err().map(|e| e.to_string())),
    };
    // The parsers draw pictures over several lines; the last line of a regex error and the first of CEL say it.
    match error.as_deref().map(|text| (text.lines().next(), text.lines().last())) {
        None => Ok(()),
        Some((first, last)) => {
            let words = if what == "CEL" { first } else { last };
            Err(format!("the {what} expression is invalid: {}", words.unwrap_or_default()))
        }
    }
}

/// How deep brackets, and operators that bind to the right, can nest: an upper bound.
fn nesting(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    let mut prefixes = 0;
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '!' | '-' | '?' => prefixes += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest.max(prefixes)
}
