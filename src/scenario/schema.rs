//! The JSON Schema of a scenario file, as editors need it.
//!
//! In: the schema as the types give it. Out: one in which each check kind is a property that says what it asks, so that an
//! editor shows it and proposes it once, and in which a workload's kind is one that is known. It admits what satrain reads.
//! Pure.

use serde_json::{Map, Value, json};

use crate::grade::workload_kinds;

/// What has one check kind beside its other fields.
const EXPECTATIONS: [&str; 2] = ["Check", "Guard"];

pub(super) fn for_editors(mut schema: Value) -> Value {
    let Some(types) = schema.get_mut("$defs").and_then(Value::as_object_mut) else { return schema };
    for name in EXPECTATIONS {
        if let Some(kinds) = types.get_mut(name).and_then(as_properties) {
            describe(types, &kinds);
        }
    }
    for fields in types.values_mut() {
        workloads(fields);
    }
    schema
}

/// Makes the kinds, which are alternatives of one property each, properties of which one is required. Out: the kinds.
fn as_properties(of: &mut Value) -> Option<Map<String, Value>> {
    let (mut kinds, mut one) = (Map::new(), Vec::new());
    for alternative in of.get("oneOf")?.as_array()? {
        for (key, kind) in alternative.get("properties")?.as_object()? {
            let mut kind = kind.clone();
            if let (Some(fields), Some(about)) = (kind.as_object_mut(), alternative.get("description")) {
                fields.insert("description".into(), about.clone());
            }
            one.push(json!({"required": [key]}));
            kinds.insert(key.clone(), kind);
        }
    }
    let fields = of.as_object_mut()?;
    fields.get_mut("properties")?.as_object_mut()?.extend(kinds.clone());
    fields.insert("oneOf".into(), Value::Array(one));
    // All of them are properties now.
    if fields.remove("unevaluatedProperties").is_some() {
        fields.insert("additionalProperties".into(), false.into());
    }
    Some(kinds)
}

/// Lets the type of a kind say the same: some editors show the one, some the other.
fn describe(types: &mut Map<String, Value>, kinds: &Map<String, Value>) {
    for kind in kinds.values() {
        let name = kind.get("$ref").and_then(Value::as_str).and_then(|of| of.rsplit('/').next());
        let spec = name.and_then(|name| types.get_mut(name)).and_then(Value::as_object_mut);
        if let (Some(spec), Some(about)) = (spec, kind.get("description")) {
            spec.insert("description".into(), about.clone());
        }
    }
}

/// Says which kinds of workload there are, where a field names one.
fn workloads(of: &mut Value) {
    let by_template = |about: &Value| about.as_str().is_some_and(|about| about.contains("cronjob/NAME"));
    let Some(field) = of.pointer_mut("/properties/workload").and_then(Value::as_object_mut) else { return };
    let templates = field.get("description").is_some_and(by_template);
    let kinds = workload_kinds(templates).join("|");
    // A parameter may stand for any part of it.
    field.insert("pattern".into(), format!(r"^pods$|^({kinds})/.+$|\{{\{{").into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::schema;

    #[test]
    fn each_check_kind_is_one_property_that_says_what_it_asks() {
        let schema = schema();
        for of in EXPECTATIONS {
            let properties = schema["$defs"][of]["properties"].as_object().unwrap();
            let mount = &properties["tokenMount"];
            assert!(mount["description"].as_str().unwrap().contains("API token"), "{mount}");
            let one_of = schema["$defs"][of]["oneOf"].as_array().unwrap();
            assert!(
                one_of.iter().all(|kind| kind.get("properties").is_none() && kind["required"].is_array())
            );
            assert_eq!(schema["$defs"][of]["additionalProperties"], false);
        }
        assert!(!schema.to_string().contains("What an author writes."));
    }

    #[test]
    fn a_workload_is_of_a_known_kind() {
        let schema = schema();
        let fits = |of: &str, workload: &str| {
            let pattern = &schema["$defs"][of]["properties"]["workload"]["pattern"];
            regex::Regex::new(pattern.as_str().unwrap()).unwrap().is_match(workload)
        };
        for good in ["pods", "pod/web", "deploy/{{ app }}", "cronjob/report", "{{ kind }}/web"] {
            assert!(fits("TokenMountSpec", good), "{good}");
        }
        assert!(!fits("TokenMountSpec", "cronjobs/report") && !fits("ExecSpec", "cronjob/report"));
        assert!(fits("Mounted", "sts/db") && !fits("Mounted", "web"));
    }
}
