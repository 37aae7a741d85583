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
        })
    }

    /// For how long it was issued, in seconds: `exp − iat`.
    pub fn lifetime(&self) -> Option<i64> {
        self.exp?.checked_sub(self.iat?)
    }
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
    fn what_is_no_jwt_has_no_claims() {
        for text in ["", "a.b", "a.b.c", "www.example.com", "1.2.3", "e30.e30.e30.e30", "e30.e30.x"] {
            assert_eq!(Claims::of(text), None, "{text}");
        }
    }
}
