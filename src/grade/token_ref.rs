//! Which token a probe is about: a place, never the token itself.
//!
//! In an observation a token is only ever its [`TokenFacts`]. The token itself lives in the ask that answers a probe
//! and, where a check needs it later than at setup, in the attempt's [`Vault`](super::Vault).

use serde::{Deserialize, Serialize};

use crate::token::Claims;

/// A token by the place where it is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRef {
    /// Where it is.
    pub place: TokenPlace,
    /// Whether the one that was there right after setup is meant.
    #[serde(default)]
    pub when: When,
}

/// Where a token is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "in")]
pub enum TokenPlace {
    /// A file of the learner's workspace.
    File {
        /// Relative path.
        path: String,
    },
    /// A key of a Secret.
    Secret {
        /// The Secret's namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The key, as in `token`.
        key: String,
    },
    /// A file inside a container.
    Pod {
        /// The Pod's namespace.
        namespace: String,
        /// Its name.
        pod: String,
        /// The container; None: the Pod's first.
        container: Option<String>,
        /// Absolute path.
        path: String,
    },
}

/// The token of which time is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum When {
    /// The one that is there now.
    #[default]
    Now,
    /// The one that was there right after setup.
    AtSetup,
}

impl TokenRef {
    /// The token that is in `place` now.
    pub fn now(place: TokenPlace) -> Self {
        Self { place, when: When::Now }
    }

    /// The token that was in `place` right after setup.
    pub fn at_setup(place: TokenPlace) -> Self {
        Self { place, when: When::AtSetup }
    }
}

impl TokenPlace {
    /// The key `token` of a Secret, where service-account-token Secrets have theirs.
    pub fn secret(namespace: &str, name: &str) -> Self {
        Self::Secret { namespace: namespace.into(), name: name.into(), key: "token".into() }
    }
}

impl std::fmt::Display for TokenPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { path } => write!(f, "{path}"),
            Self::Secret { namespace, name, key } => write!(f, "Secret {namespace}/{name} .data.{key}"),
            Self::Pod { namespace, pod, container, path } => {
                let container = container.as_ref().map(|c| format!(" container {c}")).unwrap_or_default();
                write!(f, "Pod {namespace}/{pod}{container} {path}")
            }
        }
    }
}

impl std::fmt::Display for TokenRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.when {
            When::Now => write!(f, "{}", self.place),
            When::AtSetup => write!(f, "{} as it was at the start", self.place),
        }
    }
}

/// What may be kept of a token: its claims, unauthenticated, and a fingerprint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TokenFacts {
    /// What it claims; None: the text does not have the form of a JWT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Claims>,
    /// The beginning of its SHA-256.
    pub sha256: String,
}

impl TokenFacts {
    /// The facts of a token's text. A token inside a claim does not come out.
    pub fn of(token: &str) -> Self {
        let clean = Claims::of(token).and_then(|claims| {
            let mut value = serde_json::to_value(claims).ok()?;
            crate::token::redact_json(&mut value);
            serde_json::from_value(value).ok()
        });
        Self { claims: clean, sha256: crate::token::fingerprint(token.as_bytes()) }
    }
}
