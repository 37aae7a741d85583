//! What is taken out of objects before they are kept: noise, and everything secret.
//!
//! A Secret's `data` and a ConfigMap's `binaryData` become `{key: {"sha256": …, "jwt": {claims}}}`; any other text that
//! looks like a token or a private key is replaced, also in another spelling and in pieces. Observations are saved and shown, so
//! this comes first, at the edge.
//!
//! A digest tells whether a value is still the same. A password can be guessed from its digest, and recordings are
//! given away: so digests are salted, and the salt stays with the attempt. A token cannot be guessed; its digest is
//! not salted, so that it is recognised wherever it turns up again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::pieces;
use crate::token::{Claims, fingerprint, hides_token, holds_token, redact_json};

/// The annotation in which kubectl keeps a copy of what was applied, a Secret's data too.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Kinds of which a text may end up in a container.
const MAY_BRING: [&str; 3] = ["Pod", "ConfigMap", "ClusterTrustBundle"];

/// Kinds whose values a container may take at its start and keep: when they were changed matters.
const MAY_BE_KEPT: [&str; 2] = ["Secret", "ConfigMap"];

/// No token is shorter.
const SHORTEST: usize = 60;

/// The group of what decides about admission.
const ADMISSION: &str = "admissionregistration.k8s.io/";

/// Makes digests of Secrets' values worthless to whoever does not have it. Without one (the default) they can be
/// compared with those of any other attempt, and guessed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Salt(String);

impl Salt {
    /// Salt from 16 random bytes.
    pub fn new(random: [u8; 16]) -> Self {
        Self(random.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt")
    }
}

/// Cleans one object of kind `kind` in place.
pub(super) fn sanitize(api_version: &str, kind: &str, object: &mut Value, salt: &Salt) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        let managed = metadata.remove("managedFields");
        // Admission's rules say nowhere else when they were changed; a status is no change of the rule.
        if api_version.starts_with(ADMISSION)
            && let Some(newest) = managed.as_ref().and_then(newest_change)
        {
            metadata.insert("managedFields".into(), json!([{"time": newest}]));
        }
        if MAY_BE_KEPT.contains(&kind) {
            let managed = managed.as_ref().unwrap_or(&Value::Null);
            let content = newest_change_of(managed, &["/f:data", "/f:binaryData", "/f:stringData"]);
            metadata.insert("changed".into(), json!({"content": content, "any": newest_change(managed)}));
        }
        // What the downward API shows of a Pod.
        let shown = ["/f:metadata/f:annotations", "/f:metadata/f:labels"];
        if kind == "Pod"
            && let Some(newest) = managed.as_ref().and_then(|managed| newest_change_of(managed, &shown))
        {
            metadata.insert("managedFields".into(), json!([{"time": newest}]));
        }
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            let applied = annotations.remove(LAST_APPLIED);
            // A container can read it like any other annotation, and anything may be written into it.
            if kind == "Pod"
                && let Some(Value::String(text)) = applied
                && let Some(token) = hidden(&text)
            {
                annotations.insert(LAST_APPLIED.into(), token);
            }
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
                digests(data, salt);
            }
        }
        if kind == "ConfigMap"
            && let Some(data) = fields.get_mut("binaryData").and_then(Value::as_object_mut)
        {
            digests(data, salt);
        }
    }
    if MAY_BRING.contains(&kind) {
        decoded(object);
        pieces::hide(object);
    }
    redact_json(object);
}

/// Replaces texts that are a token once they are decoded.
fn decoded(value: &mut Value) {
    match value {
        Value::String(text) => {
            // A token in the open is taken out of its text later.
            if text.len() >= SHORTEST
                && !holds_token(text)
                && let Some(token) = hidden(text)
            {
                *value = token;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(decoded),
        Value::Object(fields) => fields.values_mut().for_each(decoded),
        _ => {}
    }
}

/// What is left of a text with a token in it, in the open or in another spelling; None where there is none.
fn hidden(text: &str) -> Option<Value> {
    hides_token(text.as_bytes()).then(|| format!("<token sha256:{}>", fingerprint(text.as_bytes())).into())
}

/// When the object, its status apart, was last changed.
fn newest_change(managed: &Value) -> Option<String> {
    let entries = managed.as_array()?.iter().filter(|entry| entry.get("subresource").is_none());
    entries.filter_map(|entry| entry.get("time")?.as_str()).max().map(str::to_owned)
}

/// When something of these fields was last changed.
fn newest_change_of(managed: &Value, fields: &[&str]) -> Option<String> {
    let entries = managed.as_array()?.iter().filter(|entry| {
        let owns = |field: &&str| entry.get("fieldsV1").is_some_and(|owned| owned.pointer(field).is_some());
        entry.get("subresource").is_none() && fields.iter().any(owns)
    });
    entries.filter_map(|entry| entry.get("time")?.as_str()).max().map(str::to_owned)
}

/// Replaces values by their digests. A token in pieces is one, too: a container sees them side by side.
fn digests(data: &mut Map<String, Value>, salt: &Salt) {
    let bytes: Vec<Vec<u8>> = data.values().map(bytes_of).collect();
    data.values_mut().for_each(|value| digest(value, salt));
    let in_pieces = bytes.len() > 1 && data.values().all(|digest| digest.get("jwt").is_none());
    if in_pieces && hides_token(&bytes.concat()) {
        for digest in data.values_mut() {
            digest["jwt"] = json!({});
        }
    }
}

fn bytes_of(value: &Value) -> Vec<u8> {
    let encoded = value.as_str().unwrap_or_default();
    STANDARD.decode(encoded).unwrap_or_else(|_| encoded.as_bytes().to_vec())
}

fn digest(value: &mut Value, salt: &Salt) {
    let bytes = bytes_of(value);
    let salted = || fingerprint(&[salt.0.as_bytes(), &bytes].concat());
    *value = match Claims::of(&String::from_utf8_lossy(&bytes)) {
        Some(claims) => json!({"sha256": fingerprint(&bytes), "jwt": claims}),
        // A token inside something larger, as in a kubeconfig.
        None if hides_token(&bytes) => json!({"sha256": salted(), "jwt": {}}),
        None => json!({"sha256": salted()}),
    };
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
        sanitize("v1", "Secret", &mut secret, &Salt::default());
        let text = secret.to_string();
        assert!(!text.contains("eyJ") && !text.contains("ZXlK") && !text.contains("aHVudGVyMg"), "{text}");
        assert_eq!(secret["data"]["token"]["jwt"]["sub"], "system:serviceaccount:a:b");
        assert!(secret["data"]["password"].get("jwt").is_none());
        assert!(secret["metadata"].get("managedFields").is_none());
        assert_eq!(secret["kind"], "Secret");
    }

    #[test]
    fn a_password_is_recognised_with_the_same_salt_and_cannot_be_guessed_without() {
        let digest = |value: &str, salt: &Salt| {
            let mut secret = json!({"data": {"a": STANDARD.encode(value)}});
            sanitize("v1", "Secret", &mut secret, salt);
            secret["data"]["a"]["sha256"].as_str().unwrap().to_owned()
        };
        let (mine, other) = (Salt::new([1; 16]), Salt::new([2; 16]));
        assert_eq!(digest("hunter2", &mine), digest("hunter2", &mine));
        assert_ne!(digest("hunter2", &mine), digest("hunter3", &mine));
        assert_ne!(digest("hunter2", &mine), digest("hunter2", &other));
        assert_ne!(digest("hunter2", &mine), fingerprint(b"hunter2"));
    }

    #[test]
    fn of_admissions_rules_the_time_of_the_last_change_is_kept() {
        let mut policy = json!({"metadata": {"managedFields": [
            {"manager": "a", "time": "2026-01-01T00:00:02Z", "fieldsV1": {}},
            {"manager": "b", "time": "2026-01-01T00:00:05Z", "fieldsV1": {}},
            {"manager": "c", "time": "2026-01-01T00:00:09Z", "subresource": "status"},
        ]}});
        let version = "admissionregistration.k8s.io/v1";
        sanitize(version, "ValidatingAdmissionPolicyBinding", &mut policy, &Salt::default());
        assert_eq!(policy["metadata"]["managedFields"], json!([{"time": "2026-01-01T00:00:05Z"}]));
    }

    #[test]
    fn a_token_is_found_however_it_is_kept() {
        let token = format!(
            "{}.{}.c2lnbmF0dXJl",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","kid":"0123456789012345678901234567890"}"#),
            URL_SAFE_NO_PAD.encode(r#"{"sub":"system:serviceaccount:a:b"}"#)
        );
        let encoded = STANDARD.encode(format!(" {token}"));
        let twice = STANDARD.encode(&encoded);
        let clean = |kind: &str, mut object: Value| {
            sanitize("v1", kind, &mut object, &Salt::default());
            let text = object.to_string();
            assert!(
                !text.contains("eyJ") && !text.contains(&encoded[4..40]) && !text.contains(&twice[4..40])
            );
            object
        };
        let map = clean(
            "ConfigMap",
            json!({"data": {"a": encoded, "b": "plain"}, "binaryData": {"c": encoded, "d": "AAEC"}}),
        );
        assert!(map["data"]["a"].as_str().unwrap().contains("<token "));
        assert_eq!(map["data"]["b"], "plain");
        assert!(map["binaryData"]["c"].get("jwt").is_some() && map["binaryData"]["d"].get("jwt").is_none());
        let secret =
            clean("Secret", json!({"data": {"a": STANDARD.encode(&twice), "b": STANDARD.encode("x")}}));
        assert!(secret["data"]["a"].get("jwt").is_some() && secret["data"]["b"].get("jwt").is_none());
        let pod =
            clean("Pod", json!({"metadata": {"annotations": {LAST_APPLIED: token, "a": twice, "b": "c"}}}));
        let annotations = &pod["metadata"]["annotations"];
        assert!(annotations[LAST_APPLIED].as_str().unwrap().starts_with("<token "), "{pod}");
        assert!(annotations["a"].as_str().unwrap().starts_with("<token "), "{pod}");
        let plain = clean("Pod", json!({"metadata": {"annotations": {LAST_APPLIED: "{}", "b": "c"}}}));
        assert!(plain["metadata"]["annotations"].get(LAST_APPLIED).is_none());
    }

    #[test]
    fn a_token_in_pieces_is_found_where_a_container_sees_them_side_by_side() {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let token = format!(
            "{}.{}.{}",
            part(r#"{"alg":"RS256","kid":"0123456789012345678901234567890"}"#),
            part(r#"{"sub":"system:serviceaccount:a:b"}"#),
            part(&"signature".repeat(28))
        );
        let pieces: Vec<&str> =
            token.as_bytes().chunks(58).map(|c| std::str::from_utf8(c).unwrap()).collect();
        let keyed = |make: &dyn Fn(&str) -> String| -> Value {
            pieces
                .iter()
                .enumerate()
                .map(|(n, piece)| (format!("p{n:02}"), json!(make(piece))))
                .collect::<Map<_, _>>()
                .into()
        };
        let clean = |kind: &str, mut object: Value| {
            sanitize("v1", kind, &mut object, &Salt::default());
            let text = object.to_string();
            let whole = pieces.iter().filter(|piece| piece.len() == 58);
            assert!(!whole.into_iter().any(|piece| text.contains(&piece[..16])), "{text}");
            text
        };
        assert!(clean("Secret", json!({"data": keyed(&|p| STANDARD.encode(p))})).contains("jwt"));
        assert!(clean("ConfigMap", json!({"data": keyed(&str::to_owned)})).contains("<token "));
        assert!(clean("ConfigMap", json!({"binaryData": keyed(&|p| STANDARD.encode(p))})).contains("jwt"));
        assert!(
            clean("Pod", json!({"metadata": {"labels": keyed(&|p| format!("x{p}x"))}})).contains("<token ")
        );
        assert!(
            clean("Pod", json!({"metadata": {"annotations": keyed(&str::to_owned)}})).contains("<token ")
        );
        let env: Vec<Value> = pieces.iter().map(|piece| json!({"name": "N", "value": piece})).collect();
        assert!(
            clean("Pod", json!({"spec": {"containers": [{"name": "c", "env": env}]}})).contains("<token ")
        );
        let words = json!({"spec": {"initContainers": [{"name": "c", "command": ["echo"], "args": pieces}]}});
        assert!(clean("Pod", words).contains("<token "));
        let names = json!({"spec": {"hostAliases": [{"ip": "10.0.0.1", "hostnames": pieces}]}});
        assert!(clean("Pod", names).contains("<token "));
    }

    #[test]
    fn of_what_a_container_may_keep_the_time_of_the_last_change_is_kept() {
        let managed = json!([
            {"manager": "a", "time": "2026-01-01T00:00:02Z", "fieldsV1": {"f:data": {"f:k": {}}}},
            {"manager": "b", "time": "2026-01-01T00:00:05Z", "fieldsV1": {"f:metadata": {"f:labels": {}}}},
        ]);
        for kind in ["Secret", "ConfigMap"] {
            let mut object = json!({"metadata": {"managedFields": managed}, "data": {}});
            sanitize("v1", kind, &mut object, &Salt::default());
            let changed = json!({"content": "2026-01-01T00:00:02Z", "any": "2026-01-01T00:00:05Z"});
            assert_eq!(object["metadata"]["changed"], changed);
        }
        let mut pod = json!({"metadata": {"managedFields": managed}});
        sanitize("v1", "Pod", &mut pod, &Salt::default());
        assert_eq!(pod["metadata"]["managedFields"], json!([{"time": "2026-01-01T00:00:05Z"}]));
    }

    #[test]
    fn a_private_key_in_a_secret_is_no_token() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n";
        let mut secret = json!({"data": {"tls.key": STANDARD.encode(key)}});
        sanitize("v1", "Secret", &mut secret, &Salt::default());
        assert!(secret["data"]["tls.key"].get("jwt").is_none(), "{secret}");
    }
}
