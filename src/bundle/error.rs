//! Why there is no bundle; each message says what to do next.
//!
//! A bundle comes from anybody: what a message repeats of it is made harmless first.

use std::fmt::Display;

use super::format::TYPE;
use super::secrets::Place;
use crate::printable::excerpt;

/// How much of the file a message may repeat, in characters.
const LONGEST: usize = 300;

/// Why a bundle cannot be packed, or bytes are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Reading failed: a fault of this machine, and not of the bundle.
    #[error(
        "the bundle cannot be read: {why}\nTry again. If it fails again, copy the file to another place."
    )]
    Unreadable {
        /// What the system says.
        why: String,
    },
    /// There is nothing in it.
    #[error("the bundle is empty\nUpload it again, or take another copy.")]
    Empty,
    /// It is something else.
    #[error("the file is not a bundle\nHand in the file that `satrain submit` made, as it is.")]
    NotGzip,
    /// Something compressed it once more or otherwise.
    #[error(
        "another program has compressed the bundle\nHand in the file that `satrain submit` made, as it is."
    )]
    OtherHeader,
    /// It ends in the middle.
    #[error("the bundle is truncated\nThe copy is incomplete; take another one.")]
    Truncated,
    /// What is compressed does not fit its checksum.
    #[error("the bundle is damaged\nTake another copy.")]
    Damaged,
    /// Something stands behind its end.
    #[error("the bundle goes on behind its end\nHand in the file that `satrain submit` made, as it is.")]
    More,
    /// It is larger than any real one.
    #[error(
        "the bundle is too large: {what}, it has more than {mebibytes} MiB\nHand in fewer attempts at once."
    )]
    TooLarge {
        /// In which state.
        what: &'static str,
        /// The bound.
        mebibytes: usize,
    },
    /// What is compressed is something else.
    #[error("the file is not a bundle: {why}\nHand in the file that `satrain submit` made, as it is.")]
    NotAnEnvelope {
        /// What is wrong, with the place where there is one.
        why: String,
    },
    /// It was written by another version.
    #[error(
        "the bundle has the type {found}, but this satrain reads {TYPE}\nUse a newer satrain, or the one that made the bundle."
    )]
    OtherVersion {
        /// The type it names.
        found: String,
    },
    /// It is not signed once.
    #[error("the bundle has {count} signatures, but needs exactly one\nMake it again with `satrain submit`.")]
    Signatures {
        /// How many there are.
        count: usize,
    },
    /// The key id is no usable public key.
    #[error(
        "the key id of the bundle is not a public key that can be used\nMake the bundle again with `satrain submit`."
    )]
    WrongKeyId,
    /// It is not encoded as it must be.
    #[error(
        "the field `{field}` of the bundle is not in base64 as it must be\nTake another copy, or make the bundle again."
    )]
    Base64 {
        /// The field.
        field: &'static str,
    },
    /// The signature is not of this payload by this key.
    #[error(
        "the signature does not fit the bundle\nSomething changed the file after it was signed. Make it again with `satrain submit`."
    )]
    WrongSignature,
    /// The payload names another key than the one that signed it.
    #[error(
        "the bundle was signed with another key than the one it names\nMake it again with `satrain submit`, on the machine where the lab was played."
    )]
    OtherKey,
    /// It is signed, and not made like a bundle.
    #[error("the bundle cannot be parsed: {why}\nMake it again with `satrain submit`.")]
    Malformed {
        /// What is wrong, with the place where there is one.
        why: String,
    },
    /// A field breaks its rule.
    #[error(
        "the field `{field}` of the bundle breaks a rule: {rule}\nMake the bundle again with `satrain submit`."
    )]
    OutOfBounds {
        /// The field.
        field: String,
        /// The rule.
        rule: &'static str,
    },
    /// A credential would be handed in.
    #[error("the field `{field}` of the bundle holds {place}\nTake it out, and submit again.")]
    HoldsSecret {
        /// The field.
        field: String,
        /// Where it stands, and what it is; never the credential itself.
        place: Place,
    },
    /// The bytes are no key of this machine.
    #[error(
        "the file of the signing key does not hold a whole key\nRestore it. If you have no copy, remove the file; the next `satrain submit` makes a new key."
    )]
    NoKey,
    /// There are no random numbers.
    #[error("the system has no random numbers for a key\nTry again later.")]
    NoRandom,
}

impl BundleError {
    /// Whether this machine is at fault, and not the bundle: trying again may help.
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::NoRandom)
    }

    pub(super) fn unreadable(why: impl Display) -> Self {
        Self::Unreadable { why: short(why) }
    }

    pub(super) fn not_an_envelope(why: impl Display) -> Self {
        Self::NotAnEnvelope { why: short(why) }
    }

    pub(super) fn other_version(found: impl Display) -> Self {
        Self::OtherVersion { found: short(found) }
    }

    pub(super) fn malformed(why: impl Display) -> Self {
        Self::Malformed { why: short(why) }
    }
}

/// A part of the file as a message may repeat it: in one line.
fn short(text: impl Display) -> String {
    let one_line = |c: char| if matches!(c, '\n' | '\t') { ' ' } else { c };
    let text: String = text.to_string().chars().take(LONGEST + 1).map(one_line).collect();
    excerpt(&text, LONGEST)
}
