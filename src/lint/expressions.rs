//! Lint of CEL expressions, regular expressions and label selectors, wherever a check holds one.

use super::Report;
use crate::grade::checks::{Expression, Language};
use crate::scenario::template;

/// Deeper nesting is refused before the parser sees it: parsers recurse.
const MAX_NESTING: usize = 32;
const MAX_LENGTH: usize = 4096;

pub(super) fn lint(report: &mut Report<'_>) {
    for expected in report.loaded.scenario.expectations() {
        let kind = &expected.is.kind;
        for Expression { field, language, text } in kind.expressions() {
            // Rendered texts differ in names only, so a template that parses as it stands is judged as it stands.
            let text = if template::is_template(text) { neutral(text) } else { text.to_owned() };
            if let Err(why) = parses(language, &text) {
                report.error(&format!("{}/{}/{field}", expected.pointer, kind.key()), why, "");
            }
        }
    }
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
