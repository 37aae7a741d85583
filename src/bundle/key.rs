//! The keys of a learner's machine: Ed25519 (RFC 8032).
//!
//! Nothing shows a private key but the file that it is kept in, whose bytes are wiped from memory after use.

use std::borrow::Cow;
use std::fmt;

use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::error::BundleError;
use super::format::is_hex;

/// The bytes of a public key.
const PUBLIC: usize = 32;
/// The bytes of a signature.
pub(super) const SIGNATURE: usize = 64;

/// Points of a small order, apart from the sign: under such a key one signature fits every text. Source: libsodium,
/// `ge25519_has_small_order`.
const WEAK: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/// What checks signatures; written as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; PUBLIC]);

impl PublicKey {
    /// Reads 64 hexadecimal digits, in lower case. None: they are none, or a key under which a signature means nothing.
    pub fn parse(text: &str) -> Option<Self> {
        if !is_hex(text, 2 * PUBLIC) {
            return None;
        }
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok()).unwrap_or_default();
        let mut bytes = [0; PUBLIC];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = pair.iter().fold(0, |n, d| (n << 4) | digit(*d));
        }
        let mut unsigned = bytes;
        unsigned[PUBLIC - 1] &= 0x7f;
        match WEAK.contains(&Self(unsigned).to_string().as_str()) {
            true => None,
            false => Some(Self(bytes)),
        }
    }

    /// Whether this key signed exactly these bytes.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8; SIGNATURE]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("a public key has 64 hexadecimal digits"))
    }
}

impl JsonSchema for PublicKey {
    fn schema_name() -> Cow<'static, str> {
        "PublicKey".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An Ed25519 public key.",
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
        })
    }
}

/// What signs: a secret of the learner's machine.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// A new key, and the bytes (PKCS#8) from which [`read`](Self::read) has it again.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn generate() -> Result<(Self, Zeroizing<Vec<u8>>), BundleError> {
        let document =
            Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| BundleError::NoRandom)?;
        let bytes = Zeroizing::new(document.as_ref().to_vec());
        Ok((Self::read(&bytes)?, bytes))
    }

    /// Reads what [`generate`](Self::generate) gave.
    ///
    /// # Errors
    /// When the bytes are no whole key.
    pub fn read(bytes: &[u8]) -> Result<Self, BundleError> {
        Ed25519KeyPair::from_pkcs8(bytes).map(Self).map_err(|_| BundleError::NoKey)
    }

    /// What checks its signatures.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; PUBLIC];
        bytes.iter_mut().zip(self.0.public_key().as_ref()).for_each(|(to, from)| *to = *from);
        PublicKey(bytes)
    }

    /// The signature of these bytes, always the same.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_and_read_and_never_shown() {
        let (key, bytes) = SigningKey::generate().unwrap();
        let again = SigningKey::read(&bytes).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(again.sign(b"x"), key.sign(b"x"));
        assert_eq!(format!("{key:?}"), "SigningKey(hidden)");
        assert_eq!(PublicKey::parse(&key.public().to_string()), Some(key.public()));
        assert_ne!(SigningKey::generate().unwrap().0.public(), key.public());
    }

    #[test]
    fn a_damaged_key_is_none() {
        let (_, bytes) = SigningKey::generate().unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.to_vec();
            damaged[at] ^= 1;
            assert!(matches!(SigningKey::read(&damaged), Err(BundleError::NoKey)), "{at}");
            assert!(matches!(SigningKey::read(&bytes[..at]), Err(BundleError::NoKey)), "{at}");
        }
    }

    #[test]
    fn a_public_key_has_one_spelling() {
        let text = SigningKey::generate().unwrap().0.public().to_string();
        for wrong in
            ["", &text[1..], &format!("{text}0"), &text.to_uppercase(), &"g".repeat(64), &"é".repeat(32)]
        {
            assert_eq!(PublicKey::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_key_whose_signature_fits_everything_is_none() {
        // R is the neutral point and s is 0: s·B = R + k·A for each A that is the neutral point.
        let mut neutral = [0; PUBLIC];
        neutral[0] = 1;
        let mut signature = [0; SIGNATURE];
        signature[0] = 1;
        let weak = PublicKey(neutral);
        assert!(weak.signed(b"this", &signature) && weak.signed(b"that", &signature));
        assert_eq!(PublicKey::parse(&weak.to_string()), None);
        for text in WEAK {
            assert_eq!(PublicKey::parse(text), None);
            let end = if text.ends_with("7f") { "ff" } else { "80" };
            if text.ends_with("7f") || text.ends_with("00") {
                assert_eq!(PublicKey::parse(&format!("{}{end}", &text[..62])), None);
            }
        }
    }

    #[test]
    fn it_signs_as_others_do() {
        // RFC 8032, 7.1, test 2.
        let key =
            PublicKey::parse("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c").unwrap();
        let signature: Vec<u8> = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        let signature: [u8; SIGNATURE] = signature.try_into().unwrap();
        assert!(key.signed(&[0x72], &signature) && !key.signed(&[0x73], &signature));
    }
}
