//! What is taken out of objects before they are kept: noise, and everything secret.
//!
//! A Secret's `data` becomes `{key: {"sha256": …, "jwt": {claims}}}`; any other text that looks like a token is
//! replaced by its claims. Observations are saved and shown, so this comes first, at the edge.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::token::{Claims, fingerprint, redact, redact_json};

/// The annotation in which kubectl keeps a copy of what was applied, a Secret's data too.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Cleans one object of kind `kind` in place.
pub(super) fn sanitize(api_version: &str, kind: &str, object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove(LAST_APPLIED);
            if annotations.is_empty() {
                metadata.remove("annotations");
            }
        }
    }
    if let Some(fields) = object.as_object_mut() {
        // Elements of a list carry neither.
        fields.entry("apiVersion").or_insert_with(|| api_version.into());
        fields.entry("kind").or_insert_with(|| kind.into());
        if kind == "Secret" {
            fields.remove("stringData");
            if let Some(data) = fields.get_mut("data").and_then(Value::as_object_mut) {
                data.values_mut().for_each(digest);
            }
        }
    }
    redact_json(object);
}

fn digest(value: &mut Value) {
    let encoded = value.as_str().unwrap_or_default();
    let bytes = STANDARD.decode(encoded).unwrap_or_else(|_| encoded.as_bytes().to_vec());
    let mut digest = Map::new();
    digest.insert("sha256".into(), fingerprint(&bytes).into());
    let text = String::from_utf8_lossy(&bytes);
    if let Some(claims) = Claims::of(&text) {
        digest.insert("jwt".into(), json!(claims));
    } else if redact(&text) != text {
        // A token inside something larger, as in a kubeconfig.
        digest.insert("jwt".into(), json!({}));
    }
    *value = Value::Object(digest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    #[test]
    fn a_secrets_token_leaves_its_claims_only() {
        let token = format!(
            "{}.{}.c2lnbmF0dXJl",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#),
            URL_SAFE_NO_PAD.encode(r#"{"sub":"system:serviceaccount:a:b"}"#)
        );
        let mut secret = json!({
            "metadata": {"name": "s", "managedFields": [{}], "annotations": {LAST_APPLIED: token.clone()}},
            "data": {"token": STANDARD.encode(&token), "password": STANDARD.encode("hunter2")},
        });
        sanitize("v1", "Secret", &mut secret);
        let text = secret.to_string();
        assert!(!text.contains("eyJ") && !text.contains("ZXlK") && !text.contains("aHVudGVyMg"), "{text}");
        assert_eq!(secret["data"]["token"]["jwt"]["sub"], "system:serviceaccount:a:b");
        assert!(secret["data"]["password"].get("jwt").is_none());
        assert!(secret["metadata"].get("managedFields").is_none());
        assert_eq!(secret["kind"], "Secret");
    }
}
