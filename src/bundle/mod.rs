//! Bundles: what a learner hands in beside or instead of a script, in one signed file.
//!
//! In: what the learner's machine kept of attempts and answers, or the bytes of a file from anybody. Out: bytes, or a [`Signed`]
//! bundle whose signature held before its content was read. A bundle has no paths and runs nothing. Pure. Never: a token or a private
//! key in a bundle that is packed; trust in what a bundle says of its time, its learner or its marks.

mod bounds;
mod counted;
mod envelope;
mod error;
mod format;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod gzip;
mod key;
mod model;
mod pack;
mod secrets;
#[cfg(test)]
mod tests;
mod unpack;

pub use error::BundleError;
pub use format::MAX_FILE;
pub use key::{PublicKey, SigningKey};
pub use model::{Answers, Attempt, Bundle, BundleVersion, Request};
pub use pack::pack;
pub use secrets::{Place, Secret, secrets_in};
pub use unpack::{Refused, Signed, unpack};

/// The ending of a bundle's file, without the dot.
pub const ENDING: &str = "satrain";

/// Whether a text may be the id of a class.
pub fn is_class(text: &str) -> bool {
    format::is_hex(text, 16)
}

/// The JSON Schema of what is signed.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Bundle).to_value()
}
