//! Lint of CEL expressions, regular expressions and label selectors, wherever a check holds one.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Report, Severity, calls, patterns, presence};
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
            let is_template = template::is_template(text);
            let judged = if is_template { neutral(text) } else { text.to_owned() };
            let Err(Wrong { message, at }) = parses(language, &judged) else { continue };
            let pointer = format!("{}/{}/{field}", expected.pointer, kind.key());
            match at.filter(|_| !is_template) {
                Some(range) => {
                    let error = report.loaded.error_within(&pointer, text, &range, message);
                    report.add(Severity::Error, error);
                }
                None => report.error(&pointer, message, ""),
            }
        }
    }
}

/// CEL that names what is not there: with the values of the parameters in it, which may be names, too.
pub(super) fn lint_bound(report: &mut Report<'_>, bound: &BoundScenario) {
    for expected in bound.scenario.expectations() {
        let kind = &expected.is.kind;
        for Expression { field, language, text, variables } in kind.expressions() {
            if parses(language, text).is_err() {
                continue;
            }
            let pointer = format!("{}/{}/{field}", expected.pointer, kind.key());
            if let Language::Regex(part) = language {
                if patterns::accepts_all(text, part) {
                    let message = format!("the regular expression `{text}` matches whatever is written");
                    report.error(&pointer, message, "say what a right one has and a wrong one has not");
                }
                continue;
            }
            let Ok(program) = cel::Program::compile(text) else { continue };
            for message in calls::bad_patterns(&program) {
                report.error(&pointer, message, "");
            }
            let unknown = unknown_names(&program, text, &variables);
            // What an answer is computed from, the scenario itself made; all else may be a learner's doing.
            let unasked = if matches!(kind, CheckKind::Answer(_)) {
                BTreeSet::new()
            } else {
                presence::unasked(&program)
            };
            let is_known =
                |path: &String| !unknown.iter().any(|name| path.split('.').next() == Some(name.as_str()));
            for path in unasked.into_iter().filter(is_known) {
                let message = format!("the CEL expression reads `{path}` and never asks `has({path})`");
                let help = format!(
                    "Kubernetes leaves the field out when nobody sets it, and then the expression has no value: write `has({path}) && …`, or `!has({path}) || …` where its absence is right"
                );
                report.warning(&pointer, message, &help);
            }
            let reads = program.references().variables().into_iter().any(|name| variables.contains(&name));
            if !reads && unknown.is_empty() && !matches!(kind, CheckKind::Answer(_)) {
                let known = variables.join("`, `");
                let message =
                    "the CEL expression reads nothing: it has the same value whatever the learner does";
                report.error(&pointer, message, &format!("use what is known here: `{known}`"));
            }
            for name in unknown {
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

/// What is wrong with an expression, and where in its text.
struct Wrong {
    message: String,
    at: Option<Range<usize>>,
}

impl Wrong {
    fn anywhere(message: String) -> Self {
        Self { message, at: None }
    }
}

fn parses(language: Language, text: &str) -> Result<(), Wrong> {
    if text.len() > MAX_LENGTH {
        return Err(Wrong::anywhere(format!("the expression is longer than {MAX_LENGTH} characters")));
    }
    if nesting(text) > MAX_NESTING {
        return Err(Wrong::anywhere(format!("the expression is nested deeper than {MAX_NESTING} levels")));
    }
    match language {
        Language::Cel => cel::Program::compile(text).map(drop).map_err(|errors| {
            let Some(first) = errors.errors.first() else {
                return Wrong::anywhere("the CEL expression is invalid".into());
            };
            // What could stand there instead is a long list of the parser's own names.
            let words = first.msg.split(" expecting ").next().unwrap_or_default();
            let words = words.replace("'<EOF>'", "the end of the expression");
            let message = format!("the CEL expression is invalid: {words}");
            Wrong { message, at: place(text, first.pos) }
        }),
        // The parser draws a picture over several lines; the last one says it.
        Language::Regex(_) => patterns::parses(text).map_err(Wrong::anywhere),
    }
}

/// The byte that a line and a column, both from 1, name.
fn place(text: &str, (line, column): (isize, isize)) -> Option<Range<usize>> {
    let skipped = usize::try_from(line).ok()?.checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(skipped).map(str::len).sum();
    let here = text[start..].lines().next()?;
    let last = here.char_indices().last()?.0;
    let at =
        here.char_indices().nth(usize::try_from(column).ok()?.checked_sub(1)?).map_or(last, |(at, _)| at);
    Some(start + at..start + at + 1)
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
