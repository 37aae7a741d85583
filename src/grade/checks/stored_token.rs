//! Whether a Secret or ConfigMap holds a long-lived token, whatever its type and its keys are called.
//!
//! In: an object as it was observed, with tokens reduced to what they claim. Pure.

use jiff::Timestamp;
use serde_json::Value;

use crate::token::{Claims, is_labelled};

/// A token that is good for longer than a day is long-lived.
const LONG: i64 = 24 * 60 * 60;

/// How the names of ServiceAccounts begin.
const ACCOUNT: &str = "system:serviceaccount:";

/// Its values that are such a token, or hide a token whose claims nobody can read.
pub(super) fn long_lived(object: &Value, now: Timestamp) -> impl Iterator<Item = &Value> {
    let values = ["data", "binaryData"].into_iter().filter_map(|key| object.get(key)?.as_object());
    values.flat_map(serde_json::Map::values).filter(move |value| match (value.get("jwt"), value.as_str()) {
        (Some(claims), _) => is_long_lived(claims, now),
        (None, Some(text)) => {
            is_labelled(text) && labels(text).any(|label| is_labelled_long_lived(label, now))
        }
        (None, None) => false,
    })
}

fn is_long_lived(claims: &Value, now: Timestamp) -> bool {
    // A token inside of something larger.
    if claims.as_object().is_some_and(serde_json::Map::is_empty) {
        return true;
    }
    let Ok(claims) = serde_json::from_value::<Claims>(claims.clone()) else { return true };
    let of_an_account = claims.legacy.is_some()
        || claims.kubernetes.is_some()
        || claims.sub.is_some_and(|sub| sub.starts_with(ACCOUNT));
    of_an_account && lasts(claims.exp, now)
}

/// What was put in the place of each token in a text.
fn labels(text: &str) -> impl Iterator<Item = &str> {
    text.split("<token ").skip(1).filter_map(|rest| rest.split_once('>').map(|(label, _)| label))
}

fn is_labelled_long_lived(label: &str, now: Timestamp) -> bool {
    let claim = |name: &str| label.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let of_somebody_else = claim("sub").is_some_and(|sub| !sub.starts_with(ACCOUNT));
    !of_somebody_else && lasts(claim("exp").and_then(|exp| exp.parse().ok()), now)
}

fn lasts(exp: Option<i64>, now: Timestamp) -> bool {
    exp.is_none_or(|exp| exp - now.as_second() > LONG)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn holds(object: Value) -> bool {
        long_lived(&object, Timestamp::from_second(NOW).unwrap()).next().is_some()
    }

    #[test]
    fn a_secret_counts_by_what_it_holds() {
        let secret = |claims: Value| json!({"type": "Opaque", "data": {"x": {"sha256": "a", "jwt": claims}}});
        let sub = "system:serviceaccount:a:b";
        assert!(holds(secret(json!({"sub": sub}))));
        assert!(holds(secret(json!({"sub": sub, "exp": NOW + 10 * LONG}))));
        assert!(holds(secret(json!({}))), "inside of a kubeconfig, say");
        assert!(!holds(secret(json!({"sub": sub, "exp": NOW + 3600}))));
        assert!(!holds(secret(json!({"sub": sub, "exp": NOW - 3600}))));
        assert!(!holds(secret(json!({"sub": "jane", "iss": "https://login.example.com"}))));
        assert!(!holds(json!({"type": "Opaque", "data": {"password": {"sha256": "a"}}})));
    }

    #[test]
    fn a_config_map_counts_as_well() {
        let map = |text: &str| json!({"data": {"x": text}});
        let sub = "sub=system:serviceaccount:a:b";
        assert!(holds(map(&format!("TOKEN=<token {sub} sha256:abc>"))));
        assert!(holds(map("<token sha256:abc>")));
        assert!(holds(map(&format!("<token {sub} exp={} sha256:abc>", NOW + 10 * LONG))));
        assert!(!holds(map(&format!("<token {sub} exp={} sha256:abc>", NOW + 60))));
        assert!(!holds(map("<token sub=jane sha256:abc>")));
        assert!(!holds(map("<token of the Pod>")) && !holds(map("plain")));
        assert!(holds(
            json!({"binaryData": {"x": {"sha256": "a", "jwt": {"sub": "system:serviceaccount:a:b"}}}})
        ));
    }
}
