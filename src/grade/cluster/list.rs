//! Reads the answer to a list. In: the API's text. Out: the objects, cleaned of everything secret.
//!
//! `metadata.managedFields` is skipped while reading: nobody looks at it, and it is a third of a Pod.

use std::fmt;

use kube::Error;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::{Map, Value};

use super::api_resource;
use crate::grade::observation::Observation;
use crate::grade::probe::ResourceType;
use crate::grade::sanitize::sanitize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    metadata: Metadata,
    items: Option<Vec<Item>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    resource_version: String,
}

/// The objects of a list of `resource`, and the list's version.
pub(super) fn read(text: &str, resource: &ResourceType) -> Result<Observation, Error> {
    let answer: Answer = serde_json::from_str(text).map_err(Error::SerdeError)?;
    let Some(items) = answer.items else {
        return Err(Error::SerdeError(de::Error::custom("the answer is no list")));
    };
    let api_version = api_resource(resource).api_version;
    let clean = |Item(mut item): Item| {
        sanitize(&api_version, &resource.kind, &mut item);
        item
    };
    let items = items.into_iter().map(clean).collect();
    Ok(Observation::Objects { items, version: answer.metadata.resource_version })
}

/// An object without its managed fields.
struct Item(Value);

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Lean::Object).map(Self)
    }
}

/// Which part of an object is read.
#[derive(Clone, Copy)]
enum Lean {
    Object,
    Metadata,
}

impl<'de> Visitor<'de> for Lean {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(key) = fields.next_key::<String>()? {
            match (self, key.as_str()) {
                (Self::Metadata, "managedFields") => drop(fields.next_value::<IgnoredAny>()?),
                (Self::Object, "metadata") => drop(kept.insert(key, fields.next_value_seed(Self::Metadata)?)),
                _ => drop(kept.insert(key, fields.next_value()?)),
            }
        }
        Ok(Value::Object(kept))
    }
}

impl<'de> DeserializeSeed<'de> for Lean {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pods(text: &str) -> Result<Observation, Error> {
        read(text, &ResourceType::of("v1", "Pod"))
    }

    #[test]
    fn objects_come_without_their_managed_fields() {
        let text = r#"{"metadata": {"resourceVersion": "7"}, "items": [{"metadata": {"name": "a",
            "managedFields": [{"manager": "kubectl"}], "labels": {"managedFields": "kept"}}, "spec": {"x": [1]}}]}"#;
        let wanted = serde_json::json!({"apiVersion": "v1", "kind": "Pod", "spec": {"x": [1]},
            "metadata": {"name": "a", "labels": {"managedFields": "kept"}}});
        let seen = pods(text).unwrap();
        assert_eq!(seen, Observation::Objects { items: vec![wanted], version: "7".into() });
    }

    #[test]
    fn what_is_no_list_of_objects_is_an_error() {
        for text in
            ["", "{}", "[]", r#"{"items": null}"#, r#"{"items": [1]}"#, r#"{"items": [{"metadata": 1}]}"#]
        {
            assert!(pods(text).is_err(), "{text}");
        }
    }
}
