//! Fields of an object: partial match, and paths.
//!
//! A pattern matches an object when every key it lists is there with a matching value:
//! - objects match in part: keys that the pattern does not list do not matter;
//! - a list matches a list of the same length, whose elements match one to one in any order (so a surplus verb or
//!   subject never slips through; use CEL where "contains" is meant);
//! - `[]`, `{}` and `null` also match a field that is not there, because the API leaves empty fields out;
//! - text, numbers and booleans must be equal and of the same type.

use serde_json::Value;

/// How many values may be compared with each other: lists match in any order, so each element is compared with each,
/// and lists inside of lists again. Real patterns take some hundreds.
const MAX_COMPARISONS: usize = 2_000_000;

/// Lists that are too long to be compared; nothing can be said about the object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("its lists are too long to compare in any order; check less, or use `cel`")]
pub(super) struct TooLong;

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
///
/// # Errors
/// When that takes too many comparisons.
pub(super) fn mismatches(pattern: &Value, object: &Value) -> Result<Vec<Mismatch>, TooLong> {
    let mut comparison = Comparison { left: MAX_COMPARISONS };
    let mut found = Vec::new();
    comparison.walk(pattern, Some(object), String::new(), &mut found)?;
    Ok(found)
}

/// One comparison of a pattern with an object, and how many steps it may still take.
struct Comparison {
    left: usize,
}

impl Comparison {
    fn walk(
        &mut self,
        pattern: &Value,
        object: Option<&Value>,
        path: String,
        found: &mut Vec<Mismatch>,
    ) -> Result<(), TooLong> {
        self.left = self.left.checked_sub(1).ok_or(TooLong)?;
        let object = object.unwrap_or(&Value::Null);
        match (pattern, object) {
            (Value::Object(fields), Value::Object(there)) => {
                for (key, inner) in fields {
                    self.walk(inner, there.get(key), format!("{path}.{key}"), found)?;
                }
            }
            (Value::Object(fields), Value::Null) if !fields.is_empty() => {
                for (key, inner) in fields {
                    self.walk(inner, None, format!("{path}.{key}"), found)?;
                }
            }
            (Value::Array(wanted), Value::Array(there)) if self.one_to_one(wanted, there)? => {}
            (empty, Value::Null) if is_empty(empty) => {}
            (wanted, there) if wanted == there => {}
            (wanted, there) => {
                found.push(Mismatch { path, expected: show(wanted), seen: show(there) });
            }
        }
        Ok(())
    }

    /// Whether each pattern can be given an element of its own (augmenting paths).
    fn one_to_one(&mut self, patterns: &[Value], elements: &[Value]) -> Result<bool, TooLong> {
        if patterns.len() != elements.len() {
            return Ok(false);
        }
        // Before memory is taken for all pairs.
        if patterns.len().saturating_mul(elements.len()) > self.left {
            return Err(TooLong);
        }
        let mut fits = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            let mut row = Vec::with_capacity(elements.len());
            for element in elements {
                let mut found = Vec::new();
                self.walk(pattern, Some(element), String::new(), &mut found)?;
                row.push(found.is_empty());
            }
            fits.push(row);
        }
        let mut taken_by: Vec<Option<usize>> = vec![None; elements.len()];
        Ok((0..patterns.len()).all(|p| assign(p, &fits, &mut vec![false; elements.len()], &mut taken_by)))
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

/// Whether a text is a path as [`at`] reads it: one that leads nowhere in any object is none.
pub(super) fn is_path(text: &str) -> bool {
    let (rest, separator) = match text.strip_prefix('/') {
        Some(rest) => (rest, '/'),
        None => (text.trim_start_matches('.'), '.'),
    };
    rest.split(separator).all(|part| !part.trim().is_empty())
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

    fn found(pattern: &Value, object: &Value) -> Vec<Mismatch> {
        mismatches(pattern, object).unwrap()
    }

    #[test]
    fn lists_that_are_too_long_to_be_compared_are_said_to_be() {
        let long = json!(vec![json!({}); 5000]);
        assert_eq!(mismatches(&long, &long), Err(TooLong));
        let nested = json!(vec![vec![json!({}); 100]; 100]);
        assert_eq!(mismatches(&nested, &nested), Err(TooLong));
        let usual = json!(vec![json!({"name": "a"}); 200]);
        assert_eq!(mismatches(&usual, &usual), Ok(Vec::new()));
    }

    #[test]
    fn a_pattern_matches_in_part() {
        assert_eq!(found(&json!({"a": {"b": 1}}), &json!({"a": {"b": 1, "c": 2}, "d": 3})), []);
    }

    #[test]
    fn a_missing_field_and_the_text_false_are_no_false() {
        for object in [json!({}), json!({"automount": "false"}), json!({"automount": true})] {
            let found = found(&json!({"automount": false}), &object);
            assert_eq!(found.len(), 1, "{object}");
            assert_eq!(found[0].path, ".automount");
        }
    }

    #[test]
    fn lists_match_one_to_one_in_any_order() {
        let verbs = json!({"verbs": ["get", "list"]});
        assert!(found(&verbs, &json!({"verbs": ["list", "get"]})).is_empty());
        assert!(!found(&verbs, &json!({"verbs": ["list", "get", "watch"]})).is_empty());
        assert!(!found(&verbs, &json!({"verbs": ["get", "get"]})).is_empty());
        let partial = json!([{"name": "a"}, {}]);
        assert!(found(&partial, &json!([{"name": "b"}, {"name": "a", "x": 1}])).is_empty());
    }

    #[test]
    fn empty_patterns_match_what_is_not_there() {
        assert!(found(&json!({"a": [], "b": {}, "c": null}), &json!({})).is_empty());
        assert!(!found(&json!({"a": []}), &json!({"a": [1]})).is_empty());
        assert!(!found(&json!({"c": null}), &json!({"c": 1})).is_empty());
    }

    #[test]
    fn paths_reach_into_lists_and_keys_with_dots() {
        let object = json!({"a": [{"b": 1}], "m": {"x.y/z": 2}});
        assert_eq!(at(&object, "a.0.b"), Some(&json!(1)));
        assert_eq!(at(&object, "/m/x.y~1z"), Some(&json!(2)));
        assert_eq!(at(&object, "a.b"), None);
    }
}
