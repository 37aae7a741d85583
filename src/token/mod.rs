//! Tokens as data: what a JWT claims, and text with every token-looking part replaced.
//!
//! In: text that somebody else produced. Out: claims (never the signature) and redacted text. Pure. Claims are
//! *not* authenticated here: never grade by them before a TokenReview said that the token is good.

mod claims;
mod hidden;
mod redact;

pub use claims::{Claims, LegacyClaims, Lifeline};
pub use hidden::hides_token;
pub use redact::{fingerprint, holds_token, is_labelled, redact, redact_json};

/// The type of a Secret that the control plane puts a long-lived token in.
pub const SECRET_TYPE: &str = "kubernetes.io/service-account-token";
