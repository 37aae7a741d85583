//! The SHA-256 of released archives, so that `fetch URL` needs no `--sha256` for them.
//!
//! In: an address. Out: the sum of the archive with that file name. Empty as of now: no archive was released
//! yet. At a release, `satrain distribution pack` writes `SHA256SUMS`; its lines become lines here.

/// (file name, SHA-256 in lower-case hexadecimal)
const PINNED: &[(&str, &str)] = &[];

/// The sum of the archive that `url` names in its last segment.
pub fn find(url: &str) -> Option<&'static str> {
    let name = url.split(['?', '#']).next()?.rsplit('/').next()?;
    PINNED.iter().find(|(pinned, _)| *pinned == name).map(|(_, sum)| *sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pin_is_a_sum() {
        assert!(
            PINNED.iter().all(|(_, sum)| sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()))
        );
        assert_eq!(find("https://example.invalid/unknown.tar.gz"), None);
    }
}
