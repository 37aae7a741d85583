//! Pure: whether an object of a well-known kind has the fields of its kind, each of the type that Kubernetes reads.
//!
//! In: an object. Out: what is wrong with which field, by its JSON pointer. What types there are, `k8s_openapi` knows:
//! an object is read as its type and written again, and what was lost on the way is no field. Values never get into
//! messages: a Secret may hold them.

use serde_json::{Value, json};

use super::types::{self, Read};
use crate::scenario::escape;

/// A field that Kubernetes does not take.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Where it is: `/spec/containers/0/image`.
    pub(super) pointer: String,
    /// What is wrong, about the field as [`spelled`].
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: &'static str,
}

/// The fields that Kubernetes does not take. Of other kinds than the well-known ones, only the metadata is judged.
pub(super) fn wrong(object: &Value) -> Vec<Wrong> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let Some(read) = types::of(api_version, kind) else {
        // Metadata is the same everywhere.
        let metadata = json!({"metadata": object.get("metadata")});
        return judged(&metadata, types::of_metadata());
    };
    judged(&without_line_ends(object), read)
}

/// Bytes as base64.
const BASE64: [&str; 2] = ["/data/", "/binaryData/"];

/// Base64 may have line ends: Kubernetes passes over them.
fn without_line_ends(object: &Value) -> Value {
    let mut object = object.clone();
    for map in BASE64 {
        let entries = object.pointer_mut(map.trim_end_matches('/')).and_then(Value::as_object_mut);
        for value in entries.into_iter().flat_map(serde_json::Map::values_mut) {
            if let Value::String(text) = value {
                text.retain(|c| !matches!(c, '\n' | '\r'));
            }
        }
    }
    object
}

fn judged(object: &Value, read: Read) -> Vec<Wrong> {
    let mut found = Vec::new();
    match read(object) {
        Ok(written) => lost(object, &written, "", &mut found),
        Err(error) => misread(object, &mut Vec::new(), read, error, &mut found),
    }
    found
}

/// A step from a value to one inside of it.
#[derive(Clone)]
enum Step {
    Key(String),
    Index(usize),
}

/// The innermost values that cannot be read: each is tried alone, since a type needs none of its fields.
fn misread(value: &Value, path: &mut Vec<Step>, read: Read, error: String, found: &mut Vec<Wrong>) {
    let none = if value.is_array() { json!([]) } else { json!({}) };
    let inner: Vec<(Step, &Value)> = match value {
        // A list in the place of a mapping, or the other way round.
        Value::Object(_) | Value::Array(_) if read(&alone(path, &none)).is_err() => Vec::new(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (Step::Key(key.clone()), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(i, value)| (Step::Index(i), value)).collect(),
        _ => Vec::new(),
    };
    let before = found.len();
    for (step, value) in inner {
        path.push(step);
        if let Err(error) = read(&alone(path, value)) {
            misread(value, path, read, error, found);
        }
        path.pop();
    }
    if found.len() == before {
        found.push(of_another_type(value, &pointer(path), &error));
    }
}

/// An object that has nothing but a value at its place.
fn alone(path: &[Step], value: &Value) -> Value {
    path.iter().rev().fold(value.clone(), |inner, step| match step {
        Step::Key(key) => json!({key: inner}),
        Step::Index(_) => json!([inner]),
    })
}

fn pointer(path: &[Step]) -> String {
    path.iter().fold(String::new(), |pointer, step| match step {
        Step::Key(key) => format!("{pointer}/{}", escape(key)),
        Step::Index(index) => format!("{pointer}/{index}"),
    })
}

fn of_another_type(value: &Value, pointer: &str, error: &str) -> Wrong {
    let field = spelled(pointer);
    // serde's words: `invalid type: integer, expected a string`.
    let expected = error.rsplit_once("expected ").map_or("", |(_, expected)| expected);
    let (message, help) = match (value, expected) {
        (Value::Bool(_) | Value::Number(_), "a string" | "string") => {
            (format!("{field} is no text"), "put it in quotes")
        }
        (Value::String(_), _) if BASE64.iter().any(|map| pointer.starts_with(map)) => {
            (format!("{field} is not base64"), "encode it; in a Secret, `stringData` is plain text")
        }
        (Value::String(_), "i32" | "i64" | "u32" | "u64") => (format!("{field} is text, not a number"), ""),
        (Value::String(_), "a boolean") => (format!("{field} is text, not true or false"), ""),
        _ => (format!("{field} is not what Kubernetes reads there"), ""),
    };
    Wrong { pointer: pointer.to_owned(), message, help }
}

/// What is not there any more after an object was read and written.
fn lost(given: &Value, written: &Value, pointer: &str, found: &mut Vec<Wrong>) {
    match (given, written) {
        (Value::Object(given), Value::Object(written)) => {
            for (key, value) in given.iter().filter(|(_, value)| !is_empty(value)) {
                let pointer = format!("{pointer}/{}", escape(key));
                match written.get(key) {
                    Some(written) => lost(value, written, &pointer, found),
                    None => found.push(Wrong {
                        message: format!("{} is no field that Kubernetes knows", spelled(&pointer)),
                        pointer,
                        help: "is it misspelt, or does it belong elsewhere?",
                    }),
                }
            }
        }
        (Value::Array(given), Value::Array(written)) => {
            for (i, (given, written)) in given.iter().zip(written).enumerate() {
                lost(given, written, &format!("{pointer}/{i}"), found);
            }
        }
        _ => {}
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

/// A field for a person: `image` of spec.containers[0].
pub(super) fn spelled(pointer: &str) -> String {
    let mut path = String::new();
    let mut last = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if part.parse::<usize>().is_ok() {
            last = format!("{last}[{part}]");
            continue;
        }
        let dot = if path.is_empty() { "" } else { "." };
        path = format!("{path}{dot}{last}");
        last = part;
    }
    if path.is_empty() { format!("`{last}`") } else { format!("`{last}` of {path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(object: Value) -> Vec<(String, String)> {
        let mut all: Vec<_> =
            wrong(&object).into_iter().map(|wrong| (wrong.pointer, wrong.message)).collect();
        all.sort();
        all
    }

    fn one(pointer: &str, message: &str) -> Vec<(String, String)> {
        vec![(pointer.to_owned(), message.to_owned())]
    }

    #[test]
    fn a_field_is_spelled_with_the_way_to_it() {
        assert_eq!(spelled("/data"), "`data`");
        assert_eq!(spelled("/spec/containers/0/env/1/value"), "`value` of spec.containers[0].env[1]");
        assert_eq!(spelled("/metadata/labels/a~1b"), "`a/b` of metadata.labels");
        assert_eq!(spelled("/spec/containers/0/args/2"), "`args[2]` of spec.containers[0]");
    }

    #[test]
    fn a_value_of_another_type_is_named_wherever_it_is() {
        let container = json!({"name": "c", "env": [{"name": "A", "value": "a"}, {"name": "B", "value": true}], "args": [1]});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}});
        assert_eq!(
            found(pod),
            [
                ("/spec/containers/0/args/0".into(), "`args[0]` of spec.containers[0] is no text".into()),
                (
                    "/spec/containers/0/env/1/value".into(),
                    "`value` of spec.containers[0].env[1] is no text".into()
                ),
            ]
        );
        let deployment = |replicas: Value| json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": replicas}});
        assert_eq!(found(deployment(json!(2))), []);
        assert_eq!(
            found(deployment(json!("2"))),
            one("/spec/replicas", "`replicas` of spec is text, not a number")
        );
        let list = json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": {"name": "c"}}});
        assert_eq!(
            found(list),
            one("/spec/containers", "`containers` of spec is not what Kubernetes reads there")
        );
        let widget = json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"labels": {"a": 1}}, "size": 1});
        assert_eq!(found(widget), one("/metadata/labels/a", "`a` of metadata.labels is no text"));
    }

    #[test]
    fn what_is_no_base64_is_said_without_its_value() {
        let secret =
            json!({"apiVersion": "v1", "kind": "Secret", "data": {"door": "12!4", "ok": "M\nQ==\n"}});
        assert_eq!(found(secret), one("/data/door", "`door` of data is not base64"));
    }

    #[test]
    fn a_field_that_no_such_object_has_is_named() {
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "dat": {"next": "hall"}});
        assert_eq!(found(map), one("/dat", "`dat` is no field that Kubernetes knows"));
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "c", "program": ["x"],
            "resources": {"requests": {"cpu": 1}}}], "volumes": [{"name": "v", "emptyDir": {}}], "nodeSelector": null}});
        assert_eq!(
            found(pod),
            one(
                "/spec/containers/0/program",
                "`program` of spec.containers[0] is no field that Kubernetes knows"
            )
        );
    }
}
