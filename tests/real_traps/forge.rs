//! Signs what a script cannot sign: a file `NAME.sign` with a JWT becomes `NAME`, signed by a key that the cluster does
//! not know. Header and claims stay as they are: only the signature tells.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PKCS_RSA_SHA256, SigningKey};
use rsa::pkcs8::{EncodePrivateKey, LineEnding};

/// Signs every `answers/NAME.sign` of a workspace.
pub fn sign(workspace: &Path) {
    for entry in std::fs::read_dir(workspace.join("answers")).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "sign") {
            let token = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path.with_extension(""), forged(token.trim())).unwrap();
        }
    }
}

fn forged(token: &str) -> String {
    let (signed, _) = token.rsplit_once('.').unwrap();
    let key = rsa::PrivateKey::new(&mut getrandom::SysRng, 2048).unwrap();
    let pem = key.to_pkcs8_pem(LineEnding::LF).unwrap();
    // RS256, as clusters sign.
    let key = KeyPair::from_pem_and_sign_algo(&pem, &PKCS_RSA_SHA256).unwrap();
    let signature = key.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
