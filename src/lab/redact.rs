//! Takes tokens out of text before anybody sees or stores it; a hash prefix stays, to tell them apart.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use sha2::{Digest, Sha256};

/// Three base64url parts of which the first begins like a JSON object; the last may be empty (`alg: none`).
static JWT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*").ok());

/// `text` with every JWT replaced by `<token sha256:…>`.
pub fn redact(text: &str) -> Cow<'_, str> {
    match JWT.as_ref() {
        Some(jwt) => jwt.replace_all(text, |found: &Captures<'_>| {
            let sum = Sha256::digest(found[0].as_bytes());
            format!("<token sha256:{:02x}{:02x}{:02x}{:02x}>", sum[0], sum[1], sum[2], sum[3])
        }),
        None => Cow::Borrowed("<hidden>"),
    }
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn a_token_in_a_line_is_replaced_and_the_rest_stays() {
        let line = "token: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0xx.c2lnbmF0dXJl, kept";
        let shown = redact(line);
        assert!(shown.starts_with("token: <token sha256:") && shown.ends_with(">, kept"), "{shown}");
    }

    #[test]
    fn an_unsigned_token_is_a_token_too() {
        assert!(!redact("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0xx.").contains("eyJ"));
    }

    #[test]
    fn ordinary_text_is_untouched() {
        assert_eq!(redact("pod/myapp created"), "pod/myapp created");
    }
}
