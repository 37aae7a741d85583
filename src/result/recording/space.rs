//! How much memory JSON takes when it is read: a few bytes of text can become a hundred times as many.
//!
//! In: bytes or a value. Out: an estimate from above, in bytes. Pure, and without reading anything twice.

use serde_json::Value;

/// A mapping with up to eleven entries (a node of a B-tree) beside its texts.
const MAPPING: u64 = 700;

/// Any value, as an element that may have been reserved twice.
const ELEMENT: u64 = 64;

/// What the text of a JSON document takes as values. It need not be valid.
pub(super) fn of_text(bytes: &[u8]) -> u64 {
    let mut space = bytes.len() as u64;
    let (mut in_text, mut escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' => space = space.saturating_add(MAPPING),
            b'[' | b',' | b':' => space = space.saturating_add(ELEMENT),
            _ => {}
        }
    }
    space
}

/// What one more copy of a value takes.
pub(super) fn of_value(value: &Value) -> u64 {
    match value {
        Value::String(text) => ELEMENT + text.len() as u64,
        Value::Array(items) => items.iter().map(of_value).fold(ELEMENT, u64::saturating_add),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| ELEMENT + key.len() as u64 + of_value(value))
            .fold(MAPPING, u64::saturating_add),
        _ => ELEMENT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_do_not_count_as_structure() {
        assert_eq!(of_text(br#""{[,:\"{""#), 9);
        assert_eq!(of_text(b"{}"), 2 + MAPPING);
        assert_eq!(of_text(b"[1,2]"), 5 + 2 * ELEMENT);
    }

    #[test]
    fn an_object_counts_its_keys_and_values() {
        let value = serde_json::json!({"ab": ["c", 1]});
        assert_eq!(of_value(&value), MAPPING + (ELEMENT + 2) + ELEMENT + (ELEMENT + 1) + ELEMENT);
    }
}
