//! From the bytes of a file to a bundle whose signature held, in this order: size, compression, envelope, signature, content.
//!
//! Each step drops what it was given, so the file, what it unpacks to, its payload and its content are never held all at once.

use std::io::Read;

use sha2::{Digest, Sha256};

use super::envelope::open;
use super::error::BundleError;
use super::format::{MAX_FILE, MAX_UNPACKED};
use super::gzip::inflate;
use super::key::PublicKey;
use super::model::Bundle;

/// A bundle that nobody changed who does not have the key. Whose key it is, it does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Signed {
    /// What was signed.
    pub bundle: Bundle,
    /// Who signed it.
    pub signer: PublicKey,
    /// The SHA-256 of the signed bytes, in hexadecimal: however it is compressed, the same bundle has the same.
    pub digest: String,
}

/// Why a bundle does not count where it was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is for another class.
    #[error(
        "the bundle is for the class {named}, and this is the class {wanted}\nSubmit again with the file of this class."
    )]
    Class {
        /// The class it names.
        named: String,
        /// This one.
        wanted: String,
    },
    /// It is another learner's.
    #[error(
        "the bundle is of the learner `{named}`, but was handed in as `{wanted}`\nEach learner hands in their own. Ask both how this came about."
    )]
    Learner {
        /// The learner it names.
        named: String,
        /// Under whose name it was found.
        wanted: String,
    },
}

impl Signed {
    /// Whether it is for this class and of this learner, whose id may be in another case, as in a roster.
    ///
    /// # Errors
    /// When it names another class or another learner.
    pub fn is_for(&self, class: &str, learner: &str) -> Result<(), Refused> {
        let Bundle { class: named, learner: by, .. } = &self.bundle;
        if named != class {
            return Err(Refused::Class { named: named.clone(), wanted: class.into() });
        }
        match by.to_lowercase() == learner.trim().to_lowercase() {
            true => Ok(()),
            false => Err(Refused::Learner { named: by.clone(), wanted: learner.into() }),
        }
    }
}

/// Reads a bundle. Its signature has held before any of its content is looked at.
///
/// # Errors
/// When the bytes are no bundle of this version, whole, within its bounds and signed once; or reading fails.
pub fn unpack(bytes: impl Read) -> Result<Signed, BundleError> {
    let (payload, signer) = {
        let envelope = {
            let file = whole(bytes)?;
            inflate(&file, MAX_UNPACKED)?
        };
        open(&envelope)?
    };
    let digest = Sha256::digest(&payload).iter().map(|byte| format!("{byte:02x}")).collect();
    if payload.first() != Some(&b'{') {
        return Err(BundleError::malformed("it is no JSON object"));
    }
    let bundle: Bundle = serde_json::from_slice(&payload).map_err(BundleError::malformed)?;
    if bundle.public_key != signer {
        return Err(BundleError::OtherKey);
    }
    bundle.check()?;
    Ok(Signed { bundle, signer, digest })
}

fn whole(bytes: impl Read) -> Result<Vec<u8>, BundleError> {
    let mut file = Vec::new();
    let bound = u64::try_from(MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    bytes.take(bound).read_to_end(&mut file).map_err(BundleError::unreadable)?;
    match file.len() > MAX_FILE {
        true => Err(BundleError::TooLarge { what: "compressed", mebibytes: MAX_FILE >> 20 }),
        false => Ok(file),
    }
}
