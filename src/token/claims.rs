//! What a JWT claims, without a word on whether it is true.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The claims of a JWT that matter for ServiceAccount tokens (RFC 7519; `kubernetes.io` is private to Kubernetes).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// `system:serviceaccount:NS:NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// For whom it is; a single string in the token is a list of one here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aud: Vec<String>,
    /// Not valid from then on, in seconds since 1970; legacy tokens have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Issued then, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// The private claim `kubernetes.io`: namespace, Pod, ServiceAccount, node.
    #[serde(rename = "kubernetes.io", skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<Value>,
    /// What a long-lived token of a Secret says about itself; bound tokens have none of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legacy: Option<LegacyClaims>,
}

/// The claims `kubernetes.io/serviceaccount/…` of a token that is kept in a Secret
/// (`pkg/serviceaccount/legacy.go`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LegacyClaims {
    /// The ServiceAccount's namespace.
    pub namespace: String,
    /// The ServiceAccount's name.
    pub service_account: String,
    /// The ServiceAccount's UID.
    pub uid: String,
    /// The Secret's name.
    pub secret: String,
}

/// What a token's life depends on: when one of these objects is gone, so is the token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lifeline {
    /// The namespace of all of them.
    pub namespace: String,
    /// The ServiceAccount's name and UID.
    pub service_account: Option<(String, String)>,
    /// The Pod's name and UID.
    pub pod: Option<(String, String)>,
    /// The Secret's name and, for a bound token, its UID.
    pub secret: Option<(String, Option<String>)>,
}

impl Claims {
    /// Reads the claims of a JWT; None if `text` does not have the form of one.
    pub fn of(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('.');
        let (header, payload) = (parts.next()?, parts.next()?);
        parts.next()?;
        if parts.next().is_some() {
            return None;
        }
        let header: Value = serde_json::from_slice(&decode(header)?).ok()?;
        header.get("alg")?;
        let payload: Value = serde_json::from_slice(&decode(payload)?).ok()?;
        let claims = payload.as_object()?;
        let text = |key: &str| claims.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            sub: text("sub"),
            iss: text("iss"),
            aud: match claims.get("aud") {
                Some(Value::String(one)) => vec![one.clone()],
                Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                _ => Vec::new(),
            },
            exp: claims.get("exp").and_then(Value::as_i64),
            iat: claims.get("iat").and_then(Value::as_i64),
            kubernetes: claims.get("kubernetes.io").cloned(),
            legacy: legacy(&text),
        })
    }

    /// What the token's life depends on, by its claims.
    pub fn lifeline(&self) -> Lifeline {
        if let Some(legacy) = &self.legacy {
            return Lifeline {
                namespace: legacy.namespace.clone(),
                service_account: Some((legacy.service_account.clone(), legacy.uid.clone())),
                pod: None,
                secret: Some((legacy.secret.clone(), None)),
            };
        }
        let text =
            |path: &str| self.kubernetes.as_ref()?.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let object = |key: &str| text(&format!("/{key}/name")).zip(text(&format!("/{key}/uid")));
        Lifeline {
            namespace: text("/namespace").unwrap_or_default(),
            service_account: object("serviceaccount"),
            pod: object("pod"),
            secret: object("secret").map(|(name, uid)| (name, Some(uid))),
        }
    }

    /// For how long it was issued, in seconds: `exp − iat`.
    pub fn lifetime(&self) -> Option<i64> {
        self.exp?.checked_sub(self.iat?)
    }
}

fn legacy(text: &impl Fn(&str) -> Option<String>) -> Option<LegacyClaims> {
    let part = |name: &str| text(&format!("kubernetes.io/serviceaccount/{name}"));
    Some(LegacyClaims {
        secret: part("secret.name")?,
        namespace: part("namespace").unwrap_or_default(),
        service_account: part("service-account.name").unwrap_or_default(),
        uid: part("service-account.uid").unwrap_or_default(),
    })
}

/// Base64 of a JWT part; padding is tolerated, because pasted tokens sometimes have it.
fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(payload: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#), URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn claims_of_a_bound_token_are_read() {
        let claims = Claims::of(&jwt(
            r#"{"sub":"system:serviceaccount:a:b","aud":["x","y"],"exp":4600,"iat":1000,"kubernetes.io":{"namespace":"a"}}"#,
        ))
        .unwrap();
        assert_eq!(claims.sub.as_deref(), Some("system:serviceaccount:a:b"));
        assert_eq!(claims.aud, ["x", "y"]);
        assert_eq!(claims.lifetime(), Some(3600));
    }

    #[test]
    fn one_audience_as_text_is_a_list_of_one_and_a_legacy_token_has_no_lifetime() {
        let claims = Claims::of(&jwt(r#"{"aud":"x"}"#)).unwrap();
        assert_eq!(claims.aud, ["x"]);
        assert_eq!(claims.lifetime(), None);
    }

    #[test]
    fn a_tokens_life_depends_on_the_objects_it_names() {
        let legacy = Claims::of(&jwt(
            r#"{"kubernetes.io/serviceaccount/namespace":"a","kubernetes.io/serviceaccount/secret.name":"s",
                "kubernetes.io/serviceaccount/service-account.name":"b","kubernetes.io/serviceaccount/service-account.uid":"1"}"#,
        ));
        let lifeline = legacy.unwrap().lifeline();
        assert_eq!((lifeline.namespace.as_str(), lifeline.secret), ("a", Some(("s".into(), None))));
        assert_eq!(lifeline.service_account, Some(("b".into(), "1".into())));
        let bound = Claims::of(&jwt(
            r#"{"kubernetes.io":{"namespace":"a","pod":{"name":"p","uid":"2"},"serviceaccount":{"name":"b","uid":"1"}}}"#,
        ));
        let lifeline = bound.unwrap().lifeline();
        assert_eq!((lifeline.pod, lifeline.secret), (Some(("p".into(), "2".into())), None));
    }

    #[test]
    fn what_is_no_jwt_has_no_claims() {
        for text in ["", "a.b", "a.b.c", "www.example.com", "1.2.3", "e30.e30.e30.e30", "e30.e30.x"] {
            assert_eq!(Claims::of(text), None, "{text}");
        }
    }
}
