//! Replaces everything that looks like a JWT by what it claims and a short fingerprint.
//!
//! Over-cautious on purpose: whatever begins like a JWT (`eyJ…` twice, with a dot between) goes, even when it
//! is cut off or broken, because half a token with the signature elsewhere is still a leak.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Claims;

/// `eyJ` is base64 of `{"`: how a JWT's header and payload begin. White space inside is not followed.
static JWT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"eyJ[A-Za-z0-9_=-]{4,}\.[A-Za-z0-9_=-]{4,}(?:\.[A-Za-z0-9_=-]*)?").ok());

/// The same, base64-encoded once more, as a Secret's data is written (`ZXlK` is base64 of `eyJ`).
static ENCODED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"ZXlK[A-Za-z0-9+/_-]{40,}={0,2}").ok());

/// The first 12 hexadecimal digits of the SHA-256: enough to recognise a token again, useless to use it.
pub fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(6).map(|b| format!("{b:02x}")).collect()
}

/// `text` with each token-looking part replaced by `<token sub=… aud=… exp=… sha256:…>`.
pub fn redact(text: &str) -> Cow<'_, str> {
    let (Some(jwt), Some(encoded)) = (JWT.as_ref(), ENCODED.as_ref()) else {
        return Cow::Borrowed("<text withheld: it could not be searched for tokens>");
    };
    if !text.contains("eyJ") && !text.contains("ZXlK") {
        return Cow::Borrowed(text);
    }
    let once = jwt.replace_all(text, |found: &regex::Captures<'_>| label(&found[0]));
    let twice = encoded.replace_all(&once, |found: &regex::Captures<'_>| label(&found[0]));
    Cow::Owned(twice.into_owned())
}

/// Redacts every string inside `value`, keys too.
pub fn redact_json(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(clean) = redact(text) {
                *text = clean;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact_json),
        Value::Object(fields) => {
            let leaky: Vec<String> =
                fields.keys().filter(|k| matches!(redact(k), Cow::Owned(_))).cloned().collect();
            for key in leaky {
                if let Some(inner) = fields.remove(&key) {
                    fields.insert(redact(&key).into_owned(), inner);
                }
            }
            fields.values_mut().for_each(redact_json);
        }
        _ => {}
    }
}

fn label(token: &str) -> String {
    let claims = Claims::of(token).unwrap_or_default();
    let mut out = String::from("<token");
    if let Some(sub) = &claims.sub {
        out += &format!(" sub={}", plain(sub));
    }
    if !claims.aud.is_empty() {
        out += &format!(" aud={}", plain(&claims.aud.join(",")));
    }
    if let Some(exp) = claims.exp {
        out += &format!(" exp={exp}");
    }
    out + &format!(" sha256:{}>", fingerprint(token.as_bytes()))
}

/// A claim is somebody else's text: a token inside a claim must not come out whole.
fn plain(claim: &str) -> String {
    claim.replace("eyJ", "ey…").replace("ZXlK", "ZX…").chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    fn jwt(payload: &str) -> String {
        format!(
            "{}.{}.c2lnbmF0dXJl",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#),
            URL_SAFE_NO_PAD.encode(payload)
        )
    }

    #[test]
    fn a_token_in_text_is_replaced_by_its_claims() {
        let token = jwt(r#"{"sub":"system:serviceaccount:a:b","aud":["x"],"exp":99}"#);
        let clean = redact(&format!("Bearer {token}\nnext")).into_owned();
        assert!(
            clean.starts_with("Bearer <token sub=system:serviceaccount:a:b aud=x exp=99 sha256:"),
            "{clean}"
        );
        assert!(clean.ends_with(">\nnext") && !clean.contains("eyJ"), "{clean}");
    }

    #[test]
    fn broken_unsigned_and_encoded_tokens_go_too() {
        let token = jwt(r#"{"sub":"a"}"#);
        let unsigned = token.rsplit_once('.').map(|(head, _)| format!("{head}.")).unwrap();
        for leak in [unsigned.clone(), unsigned.trim_end_matches('.').to_owned(), STANDARD.encode(&token)] {
            let clean = redact(&leak).into_owned();
            assert!(clean.starts_with("<token") && !clean.contains("eyJ"), "{leak} -> {clean}");
        }
    }

    #[test]
    fn a_token_hidden_in_a_claim_does_not_come_out() {
        let inner = jwt(r#"{"sub":"a"}"#);
        let clean = redact(&jwt(&format!(r#"{{"sub":"{inner}"}}"#))).into_owned();
        assert!(!clean.contains("eyJ"), "{clean}");
    }

    #[test]
    fn ordinary_text_is_untouched() {
        for text in ["", "hello", "a.b.c", "https://kubernetes.default.svc", "eyJ"] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn json_is_searched_in_depth_and_in_keys() {
        let token = jwt(r#"{"sub":"a"}"#);
        let mut value = serde_json::json!({"a": [{"b": token}], (token.clone()): 1});
        redact_json(&mut value);
        assert!(!value.to_string().contains("eyJ"), "{value}");
    }
}
