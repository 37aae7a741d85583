//! Fields of an object: partial match, and paths.
//!
//! A pattern matches an object when every key it lists is there with a matching value:
//! - objects match in part: keys that the pattern does not list do not matter;
//! - a list matches a list of the same length, whose elements match one to one in any order (so a surplus verb or
//!   subject never slips through; use CEL where "contains" is meant);
//! - `[]`, `{}` and `null` also match a field that is not there, because the API leaves empty fields out;
//! - text, numbers and booleans must be equal and of the same type.

use serde_json::Value;

/// Where an object does not match, with what was expected and seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// Field path, as in `.spec.containers[0].image`.
    pub(super) path: String,
    /// What the pattern has there.
    pub(super) expected: String,
    /// What the object has there.
    pub(super) seen: String,
}

/// The text at a JSON pointer; empty when there is none.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Every place where `object` does not match `pattern`.
pub(super) fn mismatches(pattern: &Value, object: &Value) -> Vec<Mismatch> {
    let mut found = Vec::new();
    walk(pattern, Some(object), String::new(), &mut found);
    found
}

fn walk(pattern: &Value, object: Option<&Value>, path: String, found: &mut Vec<Mismatch>) {
    let object = object.unwrap_or(&Value::Null);
    match (pattern, object) {
        (Value::Object(fields), Value::Object(there)) => {
            for (key, inner) in fields {
                walk(inner, there.get(key), format!("{path}.{key}"), found);
            }
        }
        (Value::Object(fields), Value::Null) if !fields.is_empty() => {
            for (key, inner) in fields {
                walk(inner, None, format!("{path}.{key}"), found);
            }
        }
        (Value::Array(wanted), Value::Array(there)) if one_to_one(wanted, there) => {}
        (empty, Value::Null) if is_empty(empty) => {}
        (wanted, there) if wanted == there => {}
        (wanted, there) => {
            found.push(Mismatch { path, expected: show(wanted), seen: show(there) });
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// Whether each pattern can be given an element of its own (augmenting paths; lists are short).
fn one_to_one(patterns: &[Value], elements: &[Value]) -> bool {
    if patterns.len() != elements.len() {
        return false;
    }
    let fits: Vec<Vec<bool>> =
        patterns.iter().map(|p| elements.iter().map(|e| mismatches(p, e).is_empty()).collect()).collect();
    let mut taken_by: Vec<Option<usize>> = vec![None; elements.len()];
    (0..patterns.len()).all(|p| assign(p, &fits, &mut vec![false; elements.len()], &mut taken_by))
}

fn assign(p: usize, fits: &[Vec<bool>], tried: &mut [bool], taken_by: &mut [Option<usize>]) -> bool {
    for e in 0..taken_by.len() {
        if fits[p][e] && !tried[e] {
            tried[e] = true;
            if taken_by[e].is_none_or(|other| assign(other, fits, tried, taken_by)) {
                taken_by[e] = Some(p);
                return true;
            }
        }
    }
    false
}

/// The value at a path: `metadata.labels`, `spec.containers.0.image`, or a JSON pointer that begins with `/`.
pub(super) fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    if path.starts_with('/') {
        return object.pointer(path);
    }
    path.trim_start_matches('.').split('.').try_fold(object, |value, key| match value {
        Value::Array(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
        other => other.get(key),
    })
}

/// A value for a person: short JSON, `not set` for nothing.
pub(super) fn show(value: &Value) -> String {
    if value.is_null() {
        return "not set".into();
    }
    let text = value.to_string();
    match text.char_indices().nth(160) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pattern_matches_in_part() {
        assert_eq!(mismatches(&json!({"a": {"b": 1}}), &json!({"a": {"b": 1, "c": 2}, "d": 3})), []);
    }

    #[test]
    fn a_missing_field_and_the_text_false_are_no_false() {
        for object in [json!({}), json!({"automount": "false"}), json!({"automount": true})] {
            let found = mismatches(&json!({"automount": false}), &object);
            assert_eq!(found.len(), 1, "{object}");
            assert_eq!(found[0].path, ".automount");
        }
    }

    #[test]
    fn lists_match_one_to_one_in_any_order() {
        let verbs = json!({"verbs": ["get", "list"]});
        assert!(mismatches(&verbs, &json!({"verbs": ["list", "get"]})).is_empty());
        assert!(!mismatches(&verbs, &json!({"verbs": ["list", "get", "watch"]})).is_empty());
        assert!(!mismatches(&verbs, &json!({"verbs": ["get", "get"]})).is_empty());
        let partial = json!([{"name": "a"}, {}]);
        assert!(mismatches(&partial, &json!([{"name": "b"}, {"name": "a", "x": 1}])).is_empty());
    }

    #[test]
    fn empty_patterns_match_what_is_not_there() {
        assert!(mismatches(&json!({"a": [], "b": {}, "c": null}), &json!({})).is_empty());
        assert!(!mismatches(&json!({"a": []}), &json!({"a": [1]})).is_empty());
        assert!(!mismatches(&json!({"c": null}), &json!({"c": 1})).is_empty());
    }

    #[test]
    fn paths_reach_into_lists_and_keys_with_dots() {
        let object = json!({"a": [{"b": 1}], "m": {"x.y/z": 2}});
        assert_eq!(at(&object, "a.0.b"), Some(&json!(1)));
        assert_eq!(at(&object, "/m/x.y~1z"), Some(&json!(2)));
        assert_eq!(at(&object, "a.b"), None);
    }
}
