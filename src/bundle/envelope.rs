//! The envelope around the signed bytes: DSSE v1 (Dead Simple Signing Envelope), read more strictly than it asks for.
//!
//! A field that DSSE does not know would not be signed, so there is none. The key id is the public key itself: with it the signature
//! is checked before anything of the payload is read. The payload names its key, too, so nobody can sign another's payload as theirs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::counted;
use super::error::BundleError;
use super::format::TYPE;
use super::key::{PublicKey, SIGNATURE, SigningKey};

/// How the types of all versions begin.
const FAMILY: &str = "application/vnd.satrain.bundle.v";

/// Signatures that are counted before the rest is refused.
const MOST_SIGNATURES: usize = 16;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Envelope<'a> {
    payload_type: &'a str,
    payload: &'a str,
    #[serde(borrow, deserialize_with = "counted::list::<_, _, MOST_SIGNATURES>")]
    signatures: Vec<Signature<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature<'a> {
    keyid: &'a str,
    sig: &'a str,
}

/// The envelope of `payload`, signed.
pub(super) fn seal(payload: &[u8], key: &SigningKey) -> Result<Vec<u8>, BundleError> {
    let sig = STANDARD.encode(key.sign(&signed_text(payload)));
    let (keyid, payload) = (key.public().to_string(), STANDARD.encode(payload));
    let signatures = vec![Signature { keyid: &keyid, sig: &sig }];
    serde_json::to_vec(&Envelope { payload_type: TYPE, payload: &payload, signatures })
        .map_err(BundleError::malformed)
}

/// The payload and who signed exactly it. Nothing of the payload has been read then.
pub(super) fn open(text: &[u8]) -> Result<(Vec<u8>, PublicKey), BundleError> {
    // A sequence of the right values would do for the parser.
    if text.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') {
        return Err(BundleError::not_an_envelope("it is no JSON object"));
    }
    let envelope: Envelope<'_> = serde_json::from_slice(text).map_err(BundleError::not_an_envelope)?;
    if envelope.payload_type != TYPE {
        return Err(match envelope.payload_type.starts_with(FAMILY) {
            true => BundleError::other_version(envelope.payload_type),
            false => BundleError::not_an_envelope(format!("its type is {}", envelope.payload_type)),
        });
    }
    let [signature] = envelope.signatures.as_slice() else {
        return Err(BundleError::Signatures { count: envelope.signatures.len() });
    };
    let signer = PublicKey::parse(signature.keyid).ok_or(BundleError::WrongKeyId)?;
    let sig = STANDARD.decode(signature.sig).ok().and_then(|sig| <[u8; SIGNATURE]>::try_from(sig).ok());
    let sig = sig.ok_or(BundleError::Base64 { field: "sig" })?;
    // In one place with what stands before it: a payload may be large.
    let mut message = signed_head(decoded_length(envelope.payload));
    let head = message.len();
    if STANDARD.decode_vec(envelope.payload, &mut message).is_err() {
        return Err(BundleError::Base64 { field: "payload" });
    }
    match signer.signed(&message, &sig) {
        true => {
            message.drain(..head);
            Ok((message, signer))
        }
        false => Err(BundleError::WrongSignature),
    }
}

/// What is signed: DSSE's pre-authentication encoding, which binds the type to the payload.
fn signed_text(payload: &[u8]) -> Vec<u8> {
    [&signed_head(payload.len()), payload].concat()
}

/// What stands before a payload of that many bytes.
fn signed_head(length: usize) -> Vec<u8> {
    format!("DSSEv1 {} {TYPE} {length} ", TYPE.len()).into_bytes()
}

/// How many bytes this base64 is, if it is well formed; a wrong length is a wrong signature.
fn decoded_length(base64: &str) -> usize {
    let padding = base64.bytes().rev().take_while(|b| *b == b'=').count();
    (base64.len() / 4 * 3).saturating_sub(padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_signed_with_the_payload() {
        let text = signed_text(b"hello");
        assert_eq!(text, b"DSSEv1 38 application/vnd.satrain.bundle.v1+json 5 hello");
    }

    #[test]
    fn an_envelope_is_as_others_write_it() {
        let (key, _) = SigningKey::generate().unwrap();
        let text = seal(b"{}", &key).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(value["payloadType"], TYPE);
        assert_eq!(value["payload"], "e30=");
        assert_eq!(value["signatures"][0]["keyid"], key.public().to_string());
        assert_eq!(open(&text).unwrap(), (b"{}".to_vec(), key.public()));
    }
}
