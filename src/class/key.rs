//! The key of a class: 32 bytes by which each learner's variant is drawn. Pure; nothing shows it but [`ClassKey::text`].

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The bytes of a key.
const BYTES: usize = 32;

/// A secret of the instructor: who has it knows everybody's variant.
#[derive(Clone)]
pub struct ClassKey([u8; BYTES]);

impl ClassKey {
    /// The key of these bytes, which nobody can guess.
    pub(super) const fn new(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads the text of a key's file: 64 hexadecimal digits.
    pub(super) fn read(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text
            .trim()
            .chars()
            .map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()))
            .collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |n, d| (n << 4) | d)).collect();
        match digits.len() == 2 * BYTES {
            true => Some(Self(bytes.try_into().ok()?)),
            false => None,
        }
    }

    /// The text of its file.
    pub(super) fn text(&self) -> String {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{digits}\n")
    }

    /// The HMAC-SHA256 (RFC 2104) of `message`.
    pub(super) fn sign(&self, message: &[u8]) -> [u8; 32] {
        // A key that is shorter than a block is filled up with zeros.
        let mut block = [0; 64];
        block[..BYTES].copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(message);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for ClassKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClassKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_and_read_and_never_shown() {
        let key = ClassKey::new([0xa7; BYTES]);
        let text = key.text();
        assert_eq!(text, format!("{}\n", "a7".repeat(32)));
        assert_eq!(ClassKey::read(&text).unwrap().text(), text);
        assert_eq!(ClassKey::read(&text.to_uppercase()).unwrap().text(), text);
        assert!(!format!("{key:?}").contains("a7") && !format!("{key:?}").contains("167"));
        for wrong in ["", "a7", &"a7".repeat(31), &"a7".repeat(33), &"g7".repeat(32), &"ä7".repeat(32)] {
            assert!(ClassKey::read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn it_signs_as_others_do() {
        // python3 -c 'import hmac; print(hmac.new(bytes([0x0b] * 32), b"Hi There", "sha256").hexdigest())'
        let signed = ClassKey::new([0x0b; BYTES]).sign(b"Hi There");
        let digits: String = signed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digits, "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7");
    }
}
