//! Pure: the objects of a YAML text.

use serde::Deserialize;
use serde_json::Value;

use crate::lab::error::{LabError, Result};

/// The objects of a YAML text; a `List` counts as its items, an empty document as none.
pub(in crate::lab) fn documents(yaml: &str) -> Result<Vec<Value>> {
    #[derive(Deserialize)]
    struct List {
        items: Vec<Value>,
    }
    let broken = |why: String| LabError::Manifest { object: "its manifests".into(), why };
    let all: Vec<Value> = serde_saphyr::from_multiple(yaml).map_err(|e| broken(e.to_string()))?;
    let mut objects = Vec::new();
    for document in all {
        match &document {
            Value::Null => {}
            Value::Object(fields) if fields.get("kind").and_then(Value::as_str) == Some("List") => {
                let list: List = serde_json::from_value(document).map_err(|e| broken(e.to_string()))?;
                objects.extend(list.items);
            }
            _ => objects.push(document),
        }
    }
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use super::documents;

    #[test]
    fn a_list_counts_as_its_items_and_an_empty_document_as_none() {
        let yaml = "kind: Namespace\n---\n---\nkind: List\nitems: [{kind: Pod}, {kind: Secret}]\n";
        let kinds: Vec<String> =
            documents(yaml).unwrap().iter().map(|d| d["kind"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, ["Namespace", "Pod", "Secret"]);
    }
}
