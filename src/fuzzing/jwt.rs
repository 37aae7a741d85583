//! Anybody's text that may hold tokens: what is kept of it holds none.

use serde_json::Value;

use crate::grade::token_ref::TokenFacts;
use crate::token::{Claims, holds_token, redact, redact_json};

/// Text with tokens, whole, cut, folded, encoded; or JSON with such texts.
pub fn jwt(input: &[u8]) {
    let text = super::text(input);
    if let Some(claims) = Claims::of(&text) {
        let _ = (claims.lifetime(), claims.lifeline());
    }
    let clean = redact(&text);
    assert!(is_clean(&clean), "a token is left in {clean:?}");
    assert_eq!(redact(&clean), clean, "what is clean stays as it is");
    let facts = serde_json::to_value(TokenFacts::of(&text)).unwrap_or_default();
    assert!(all_clean(&facts), "a token is left in {facts}");
    if let Ok(mut value) = serde_json::from_slice::<Value>(input) {
        redact_json(&mut value);
        assert!(all_clean(&value), "a token is left in {value}");
    }
}

fn all_clean(value: &Value) -> bool {
    match value {
        Value::String(text) => is_clean(text),
        Value::Array(items) => items.iter().all(all_clean),
        Value::Object(fields) => fields.iter().all(|(key, value)| is_clean(key) && all_clean(value)),
        _ => true,
    }
}

/// No `eyJ…`, a dot and something that goes on after it; looked for in another way than `redact` does.
fn is_clean(text: &str) -> bool {
    let in_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let token = text.match_indices("eyJ").any(|(at, sign)| {
        let rest = &text.as_bytes()[at + sign.len()..];
        let part = rest.iter().take_while(|b| in_part(b)).count();
        let after = rest.get(part + 1..).unwrap_or_default();
        part >= 4 && rest.get(part) == Some(&b'.') && after.iter().take(4).filter(|b| in_part(b)).count() == 4
    });
    !token && !holds_token(text) && !text.contains("PRIVATE KEY-----")
}
