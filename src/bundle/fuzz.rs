//! What fuzzing asks of bundles; see `crate::fuzzing`.

use std::sync::LazyLock;

use super::gzip::squeeze;
use super::pack::pack_bytes;
use super::{BundleError, SigningKey, pack, secrets_in, unpack};

static KEY: LazyLock<Option<SigningKey>> = LazyLock::new(|| SigningKey::generate().ok().map(|(key, _)| key));

/// The key that signs.
#[cfg(test)]
pub(super) fn key() -> &'static SigningKey {
    KEY.as_ref().unwrap()
}

/// Any bytes as a file, as what is compressed in one, and as what is signed in one. Where a text says `PUBLIC`, the key stands.
pub(crate) fn bundle(input: &[u8]) {
    read(input);
    if let Ok(file) = squeeze(input) {
        read(&file);
    }
    let Some(key) = KEY.as_ref() else { return };
    let text = String::from_utf8_lossy(input);
    let payload = match text.contains("PUBLIC") {
        true => text.replace("PUBLIC", &key.public().to_string()).into_bytes(),
        false => input.to_vec(),
    };
    if let Ok(file) = pack_bytes(&payload, key) {
        read(&file);
    }
    secrets_in(&text).windows(2).for_each(|pair| assert!(pair[0].line <= pair[1].line, "in order"));
}

fn read(file: &[u8]) {
    let signed = match unpack(file) {
        Ok(signed) => signed,
        Err(error) => return explained(&error),
    };
    assert_eq!(signed.bundle.check(), Ok(()), "what was read is within its bounds");
    assert_eq!(signed.bundle.public_key, signed.signer);
    assert_eq!(signed.is_for(&signed.bundle.class, &signed.bundle.learner), Ok(()));
    let Some(key) = KEY.as_ref().filter(|key| key.public() == signed.signer) else { return };
    match pack(&signed.bundle, key) {
        Ok(again) => {
            assert_eq!(unpack(again.as_slice()).map(|again| again.bundle), Ok(signed.bundle), "packed again");
        }
        Err(BundleError::HoldsSecret { .. } | BundleError::TooLarge { .. }) => {}
        Err(error) => panic!("what was read cannot be packed: {error:?}"),
    }
}

/// One line of what happened, one of what to do, and nothing that a terminal obeys.
fn explained(error: &BundleError) {
    let text = error.to_string();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(!text.contains(crate::printable::is_hidden), "{text:?}");
}
