//! Replaces everything that looks like a JWT by what it claims and a short fingerprint, and private keys by theirs.
//!
//! Over-cautious on purpose: whatever begins like a JWT (`eyJ…` twice, with a dot between) goes, even when it
//! is cut off, broken or folded into lines, because half a token with the signature elsewhere is still a leak.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use regex::{Captures, Regex};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Claims;

/// `eyJ` is base64 of `{"`: how a JWT's header and payload begin. A part may go on over lines, as a terminal or a
/// mail folds them: what comes before a dot always, the last part as long as its lines are long, and one more.
static JWT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let part = r"[A-Za-z0-9_=-]{4,}(?:\r?\n[A-Za-z0-9_=-]+)*(?:\r?\n)?";
    let end = r"[A-Za-z0-9_=-]*(?:(?:\r?\n[A-Za-z0-9_=-]{20,})+(?:\r?\n[A-Za-z0-9_=-]+)?)?";
    let cut = r"[A-Za-z0-9_=-]{4,}(?:(?:\r?\n[A-Za-z0-9_=-]{20,})+(?:\r?\n[A-Za-z0-9_=-]+)?)?";
    Regex::new(&format!(r"eyJ{part}\.(?:\r?\n)?(?:{part}\.(?:\r?\n)?{end}|{cut})")).ok()
});

/// The same, base64-encoded once more, as a Secret's data is written (`ZXlK` is base64 of `eyJ`), folded or not.
static ENCODED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let line = r"[A-Za-z0-9+/_-]";
    Regex::new(&format!(r"ZXlK{line}{{40,}}(?:(?:\r?\n{line}{{20,}})+(?:\r?\n{line}+)?)?={{0,2}}")).ok()
});

/// A header or payload alone, as a cut leaves it; or any other JSON in base64, such as a registry's credentials.
static PART: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"eyJ[A-Za-z0-9+/_-]{40,}={0,2}").ok());

/// A private key (RFC 7468), also one of which the end is missing, or the beginning.
static KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let body = r"[A-Za-z0-9+/=\s:,-]*?";
    let marker = "PRIVATE KEY-----";
    let tail = r"(?:[A-Za-z0-9+/]{20,}={0,2}\s+)*(?:[A-Za-z0-9+/]+={0,2}\s+)?";
    Regex::new(&format!(
        r"-----BEGIN [A-Z ]*{marker}(?:{body}-----END [A-Z ]*{marker}|[A-Za-z0-9+/=\s]*)|{tail}-----END [A-Z ]*{marker}"
    ))
    .ok()
});

/// What is left of a private key with a marker that is broken: the marker, and the long lines about it.
static BROKEN_KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let line = r"[A-Za-z0-9+/]{20,}={0,2}";
    Regex::new(&format!(
        r"(?:(?:{line}\s+)+(?:[A-Za-z0-9+/]+={{0,2}}\s+)?)?[^\n]{{0,40}}?PRIVATE KEY-----(?:\s*{line})*"
    ))
    .ok()
});

/// The same, base64-encoded once more, as in a kubeconfig (`LS0tLS1CRUdJTi` is base64 of `-----BEGIN `).
static ENCODED_KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let line = r"[A-Za-z0-9+/_-]";
    Regex::new(&format!(r"LS0tLS1CRUdJTi{line}{{20,}}(?:(?:\r?\n{line}{{20,}})+(?:\r?\n{line}+)?)?={{0,2}}"))
        .ok()
});

const WITHHELD: &str = "<text withheld: it could not be searched for tokens>";

/// More passes than any text needs that was not made for it.
const MAX_PASSES: usize = 8;

/// The first 12 hexadecimal digits of the SHA-256: enough to recognise a token again, useless to use it.
pub fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(6).map(|b| format!("{b:02x}")).collect()
}

/// `text` with each token-looking part replaced by `<token sub=… aud=… exp=… sha256:…>`, and each private key.
///
/// What one replacement leaves may look like another token than before, so all are made until nothing changes.
pub fn redact(text: &str) -> Cow<'_, str> {
    let suspicious = ["eyJ", "ZXlK", "PRIVATE KEY", "LS0tLS1CRUdJTi"];
    if !suspicious.iter().any(|sign| text.contains(sign)) {
        return Cow::Borrowed(text);
    }
    let mut clean = once(text);
    for _ in 0..MAX_PASSES {
        let again = once(&clean);
        if again == clean {
            return Cow::Owned(clean);
        }
        clean = again;
    }
    Cow::Borrowed(WITHHELD)
}

fn once(text: &str) -> String {
    let (Some(jwt), Some(encoded), Some(part)) = (JWT.as_ref(), ENCODED.as_ref(), PART.as_ref()) else {
        return WITHHELD.into();
    };
    let clean = without_keys(text);
    let clean = jwt.replace_all(&clean, |found: &Captures<'_>| label(&found[0]));
    let clean = encoded.replace_all(&clean, |found: &Captures<'_>| label(&found[0]));
    // Not called a token: most of these are none.
    let clean = part.replace_all(&clean, |found: &Captures<'_>| {
        format!("<encoded JSON sha256:{}>", fingerprint(found[0].as_bytes()))
    });
    clean.into_owned()
}

fn without_keys(text: &str) -> String {
    let (Some(key), Some(broken_key), Some(encoded_key)) =
        (KEY.as_ref(), BROKEN_KEY.as_ref(), ENCODED_KEY.as_ref())
    else {
        return WITHHELD.into();
    };
    let clean = key.replace_all(text, |found: &Captures<'_>| key_label(&found[0]));
    let clean = broken_key.replace_all(&clean, |found: &Captures<'_>| key_label(&found[0]));
    let clean = encoded_key.replace_all(&clean, |found: &Captures<'_>| match holds_key(&found[0]) {
        true => key_label(&found[0]),
        // A certificate is public.
        false => found[0].to_owned(),
    });
    clean.into_owned()
}

/// Whether something in `text` looks like a token.
pub fn holds_token(text: &str) -> bool {
    [&JWT, &ENCODED].iter().any(|pattern| pattern.as_ref().is_none_or(|p| p.is_match(text)))
}

fn holds_key(encoded: &str) -> bool {
    let joined: String = encoded.chars().filter(|c| !c.is_whitespace() && *c != '=').collect();
    // Any whole groups of four letters will do: the sign stands at the beginning.
    let head = joined.get(..joined.len().min(80) / 4 * 4).unwrap_or_default();
    STANDARD.decode(head).is_ok_and(|b| String::from_utf8_lossy(&b).contains("PRIVATE KEY"))
}

fn key_label(key: &str) -> String {
    format!("<private key sha256:{}>", fingerprint(key.as_bytes()))
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
    // A token folded into lines is the same token.
    let token: String = token.chars().filter(|c| !c.is_whitespace()).collect();
    let claims = Claims::of(&token).unwrap_or_default();
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

/// Whether a token was taken out of `text`. Somebody's own placeholder, such as `<token of the Pod>`, has no fingerprint.
pub fn is_labelled(text: &str) -> bool {
    text.split_once("<token ").is_some_and(|(_, rest)| rest.contains("sha256:"))
}

/// A claim is somebody else's text: a token or a key inside a claim must not come out whole.
fn plain(claim: &str) -> String {
    without_keys(claim).replace("eyJ", "ey…").replace("ZXlK", "ZX…").chars().take(120).collect()
}

#[cfg(test)]
#[path = "redact_tests.rs"]
mod tests;
