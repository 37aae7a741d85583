//! Walks all strings of a scenario by JSON pointer, and says which of them are templates.
//!
//! In: the typed scenario. Out: its strings, or the same scenario with strings replaced. One walk serves
//! verification, binding and lint, so that no field can be forgotten. Never: a file.

use serde_json::Value;

use super::model::Scenario;
use super::tree::escape;

/// Every string value of the scenario with its JSON pointer.
pub(crate) fn all(scenario: &Scenario) -> Vec<(String, String)> {
    let mut found = Vec::new();
    // A typed scenario always serializes: all its keys are strings.
    if let Ok(mut value) = serde_json::to_value(scenario) {
        let collect = &mut |pointer: &str, text: &str| -> Result<Option<String>, std::convert::Infallible> {
            found.push((pointer.to_owned(), text.to_owned()));
            Ok(None)
        };
        let Ok(()) = walk(&mut value, "", collect);
    }
    found
}

/// Whether the string at `pointer` is a template. Names of things within the file are not, parameters are
/// not, and scripts are not: they get parameters as variables, and shell has its own braces.
pub(crate) fn is_rendered(pointer: &str) -> bool {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    !matches!(
        parts.as_slice(),
        [
            "apiVersion"
                | "id"
                | "difficulty"
                | "domains"
                | "after"
                | "covers"
                | "equivalents"
                | "helpers"
                | "params"
                | "proof"
                | "topics",
            ..,
        ] | ["setup", "run"]
            | ["setup", "manifests", "file"]
            | ["checks" | "guards", _, "id" | "within" | "consistently"]
            | ["checks", _, "requires", ..]
            | ["guards", _, "protects", ..]
            | ["solutions" | "mistakes", _, "name" | "run"]
            | ["mistakes", _, "fails" | "given", ..]
    )
}

/// Calls `visit` for every string below `value`; a returned text takes the string's place.
pub(crate) fn walk<E>(
    value: &mut Value,
    pointer: &str,
    visit: &mut impl FnMut(&str, &str) -> Result<Option<String>, E>,
) -> Result<(), E> {
    match value {
        Value::String(text) => {
            if let Some(new) = visit(pointer, text)? {
                *text = new;
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter_mut().enumerate() {
                walk(item, &format!("{pointer}/{i}"), visit)?;
            }
        }
        Value::Object(map) => {
            for (key, item) in map.iter_mut() {
                walk(item, &format!("{pointer}/{}", escape(key)), visit)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}
