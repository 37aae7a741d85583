//! Pure: from what was kept of attempts to the bytes of a file.

use super::envelope::seal;
use super::error::BundleError;
use super::format::{MAX_FILE, MAX_UNPACKED};
use super::gzip::squeeze;
use super::key::SigningKey;
use super::model::Bundle;
use super::secrets::{Place, secrets_in, token_or_key_in};

/// The bytes of a file with this bundle, signed: the same for the same bundle and key.
///
/// # Errors
/// When it exceeds a bound, holds a credential, or names another key.
pub fn pack(bundle: &Bundle, key: &SigningKey) -> Result<Vec<u8>, BundleError> {
    bundle.check()?;
    if bundle.public_key != key.public() {
        return Err(BundleError::OtherKey);
    }
    without_secrets(bundle)?;
    let payload = serde_json::to_vec(bundle).map_err(BundleError::malformed)?;
    pack_bytes(&payload, key)
}

/// The bytes of a file with this payload, whatever it is.
pub(super) fn pack_bytes(payload: &[u8], key: &SigningKey) -> Result<Vec<u8>, BundleError> {
    let text = seal(payload, key)?;
    if text.len() > MAX_UNPACKED {
        return Err(BundleError::TooLarge { what: "unpacked", mebibytes: MAX_UNPACKED >> 20 });
    }
    let file = squeeze(&text).map_err(BundleError::unreadable)?;
    match file.len() > MAX_FILE {
        true => Err(BundleError::TooLarge { what: "compressed", mebibytes: MAX_FILE >> 20 }),
        false => Ok(file),
    }
}

fn without_secrets(bundle: &Bundle) -> Result<(), BundleError> {
    let refuse = |field: String, found: Option<Place>| match found {
        Some(place) => Err(BundleError::HoldsSecret { field, place }),
        None => Ok(()),
    };
    let first = |text: &str| secrets_in(text).into_iter().next();
    for (at, attempt) in bundle.attempts.iter().enumerate() {
        let field = |name: &str| format!("attempts[{at}].{name}");
        refuse(field("script"), attempt.script.as_deref().and_then(first))?;
        refuse(field("history"), attempt.history.as_deref().and_then(first))?;
        for value in attempt.values.values() {
            refuse(field("values"), first(value))?;
        }
        // What else a lab holds is not the learner's to take out.
        refuse(field("recording"), token_or_key_in(&attempt.recording))?;
        for (number, request) in attempt.requests.iter().enumerate() {
            let found = first(&request.path).or_else(|| first(&request.user));
            refuse(field(&format!("requests[{number}]")), found)?;
        }
    }
    for (at, answers) in bundle.answers.iter().enumerate() {
        refuse(format!("answers[{at}].file"), first(&answers.file))?;
    }
    Ok(())
}
