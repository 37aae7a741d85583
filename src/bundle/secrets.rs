//! Pure: where a text that somebody typed holds a credential.
//!
//! What looks like a JWT or a private key is known by `token`. Added is what has no form of its own and is known by what stands before
//! it: tokens behind `Bearer`, and the credentials of a kubeconfig. A variable or a short word there is none.

use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use crate::token::{holds_token, redact};

/// What a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Secret {
    /// A token.
    Token,
    /// A private key.
    PrivateKey,
    /// A line of a kubeconfig.
    Kubeconfig,
}

/// Where a credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1 on.
    pub line: usize,
    /// What it is.
    pub secret: Secret,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.secret {
            Secret::Token => "a token",
            Secret::PrivateKey => "a private key",
            Secret::Kubeconfig => "a credential of a kubeconfig",
        };
        write!(f, "{what} in line {}", self.line)
    }
}

/// A token behind `Bearer`, or after the option that takes one.
static BEARER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:\bbearer\s+|--token[= ]['\x22]?)([a-z0-9][a-z0-9._~+/=-]{19,})").ok()
});

/// A line of a kubeconfig with a credential, in YAML or JSON.
static KUBECONFIG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r#"(?:^|[\s{,])["']?(?:client-key-data|token|id-token|refresh-token)["']?:\s*["']?"#;
    Regex::new(&format!(r"{name}([A-Za-z0-9][A-Za-z0-9._~+/=-]{{19,}})")).ok()
});

/// What stands before a private key in a text, and in a text that is encoded once more.
const KEY_SIGNS: [&str; 2] = ["PRIVATE KEY-----", "LS0tLS1CRUdJTi"];

/// The lines of `text` in which a credential stands, in order. Of one that goes over several lines, the first is told, and only where no
/// other token or key was found.
pub fn secrets_in(text: &str) -> Vec<Place> {
    let lines = text.lines().enumerate();
    let found = lines.filter_map(|(at, line)| Some(Place { line: at + 1, secret: secret(line)? }));
    let found: Vec<Place> = found.collect();
    if found.iter().any(|place| place.secret != Secret::Kubeconfig) {
        return found;
    }
    // It may go over several lines.
    let mut found: Vec<Place> = found.into_iter().chain(token_or_key_in(text)).collect();
    found.sort_by_key(|place| place.line);
    found
}

/// The first token or private key in `text`, also one that goes over several lines.
pub(super) fn token_or_key_in(text: &str) -> Option<Place> {
    let secret = form(text)?;
    let clean = redact(text);
    let same = text.bytes().zip(clean.bytes()).take_while(|(a, b)| a == b).count();
    let line = 1 + text.bytes().take(same).filter(|b| *b == b'\n').count();
    Some(Place { line, secret })
}

fn secret(line: &str) -> Option<Secret> {
    let is = |pattern: &Option<Regex>| {
        // Words that people choose seldom have a digit.
        let is_chosen = |found: regex::Captures<'_>| !found[1].bytes().any(|b| b.is_ascii_digit());
        pattern.as_ref().is_none_or(|p| p.captures_iter(line).any(|found| !is_chosen(found)))
    };
    form(line)
        .or_else(|| is(&BEARER).then_some(Secret::Token))
        .or_else(|| is(&KUBECONFIG).then_some(Secret::Kubeconfig))
}

/// What is known by its form.
fn form(text: &str) -> Option<Secret> {
    if holds_token(text) {
        return Some(Secret::Token);
    }
    // A certificate is encoded like a key and is none.
    let keys = |text: &str| text.matches("<private key sha256:").count();
    let is_key = KEY_SIGNS.iter().any(|sign| text.contains(sign)) && keys(&redact(text)) > keys(text);
    is_key.then_some(Secret::PrivateKey)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    fn token() -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let head = part(r#"{"alg":"RS256","kid":"0123456789012345678901234567890123456789"}"#);
        format!("{head}.{}.{}", part(r#"{"sub":"system:serviceaccount:a:b"}"#), part(&"sign".repeat(16)))
    }

    fn key() -> String {
        let body = STANDARD.encode([0x2a; 48]);
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    }

    fn only(text: &str) -> Place {
        let found = secrets_in(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        found[0]
    }

    #[test]
    fn planted_credentials_are_found() {
        let opaque = "d5f1c2.0123456789abcdef";
        for (secret, text) in [
            (Secret::Token, token()),
            (Secret::Token, format!("curl -H 'Authorization: Bearer {}'", token())),
            (Secret::Token, format!("curl -H 'Authorization: Bearer {opaque}'")),
            (Secret::Token, format!("kubectl --token={opaque} get pods")),
            (Secret::Token, format!("data: {}", STANDARD.encode(token()))),
            (Secret::PrivateKey, key().replace('\n', " ")),
            (Secret::PrivateKey, format!("client-key-data: {}", STANDARD.encode(key()))),
            (
                Secret::Kubeconfig,
                format!("    client-key-data: {}", STANDARD.encode((0..60).collect::<Vec<u8>>())),
            ),
            (Secret::Kubeconfig, format!("    token: {opaque}")),
            (Secret::Kubeconfig, format!(r#"{{"user":{{"token":"{opaque}"}}}}"#)),
        ] {
            let found = only(&format!("#!/bin/bash\nset -e\n{text}\nexit"));
            assert_eq!(found, Place { line: 3, secret }, "{text}");
            assert!(!found.to_string().contains(opaque));
        }
    }

    #[test]
    fn what_goes_over_lines_is_found_where_it_begins() {
        let key = format!("a\nb\n{}c", key());
        assert!(
            secrets_in(&key).contains(&Place { line: 3, secret: Secret::PrivateKey }),
            "{:?}",
            secrets_in(&key)
        );
        let token = token();
        let (head, rest) = token.split_at(30);
        let folded = format!("a\n{head}\n{rest}\n");
        assert_eq!(secrets_in(&folded).first().map(|place| place.secret), Some(Secret::Token));
    }

    #[test]
    fn all_lines_are_told() {
        let text = format!("{}\nfine\n{}\n", token(), token());
        let lines: Vec<usize> = secrets_in(&text).iter().map(|place| place.line).collect();
        assert_eq!(lines, [1, 3]);
    }

    #[test]
    fn ordinary_scripts_hold_none() {
        let certificate =
            "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQxR0\n-----END CERTIFICATE-----\n";
        let encoded = STANDARD.encode(certificate);
        for text in [
            "",
            "curl -H \"Authorization: Bearer $(cat $own/token)\"",
            "curl -H \"Authorization: Bearer ${SERVICE_ACCOUNT_TOKEN_OF_IT}\"",
            "token: none\npassword: for-the-backend-only\nautomountServiceAccountToken: false",
            "TOKEN=$(kubectl create token \"$NAME\" --duration=600s)",
            "kubectl --token=\"$TOKEN\" auth can-i --list",
            "kubectl config view --raw",
            "token: /var/run/secrets/kubernetes.io/serviceaccount1/token",
            "token: the-one-of-the-service-account",
            "env | grep -q eyJ",
            "serviceAccountToken:\n  path: token\n  audience: https://kubernetes.default.svc",
            certificate,
            &format!("certificate-authority-data: {encoded}"),
        ] {
            assert_eq!(secrets_in(text), [], "{text}");
        }
    }
}
