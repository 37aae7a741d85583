//! The release archive of the distribution that belongs to this program: where it is, and its SHA-256.
//!
//! `release/bundle` sets both when it compiles the program that it publishes. A program from sources knows none.

/// Where this program's distribution is published.
const URL: Option<&str> = option_env!("SATRAIN_RELEASE_URL");
/// Its SHA-256.
const SHA256: Option<&str> = option_env!("SATRAIN_RELEASE_SHA256");

/// A file that is downloaded, known by its sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pinned {
    /// Its address.
    pub url: &'static str,
    /// Its SHA-256, in lower-case hexadecimal.
    pub sha256: &'static str,
}

/// The archive that belongs to this program, if it was released.
pub fn release() -> Option<Pinned> {
    pinned(URL, SHA256)
}

fn pinned(url: Option<&'static str>, sha256: Option<&'static str>) -> Option<Pinned> {
    let sum = sha256.filter(|sum| is_sum(sum))?;
    Some(Pinned { url: url.filter(|url| !url.is_empty())?, sha256: sum })
}

/// The sum of the archive that `url` names in its last segment, wherever it is published.
pub fn find(url: &str) -> Option<&'static str> {
    sum_of(url, release()?)
}

/// Whether a text has the form of a SHA-256.
pub fn is_sum(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn sum_of(url: &str, release: Pinned) -> Option<&'static str> {
    let name = |url: &str| Some(url.split(['?', '#']).next()?.rsplit('/').next()?.to_owned());
    (name(url) == name(release.url)).then_some(release.sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "732c9135564fc71337e0e05fb4da4d11e6c28c1834bce3e405e575afef2a52f5";

    #[test]
    fn a_release_needs_an_address_and_a_whole_sum() {
        let release = pinned(Some("https://example.org/v1/a.tar.zst"), Some(SUM)).unwrap();
        assert_eq!(release.url, "https://example.org/v1/a.tar.zst");
        for (url, sum) in [
            (None, Some(SUM)),
            (Some(""), Some(SUM)),
            (Some("https://e"), None),
            (Some("https://e"), Some("732c")),
        ] {
            assert_eq!(pinned(url, sum), None);
        }
    }

    #[test]
    fn a_mirror_of_the_release_needs_no_sum() {
        let release = pinned(Some("https://example.org/v1/a.tar.zst"), Some(SUM)).unwrap();
        assert_eq!(sum_of("http://mirror.example/x/a.tar.zst?token=1", release), Some(SUM));
        assert_eq!(sum_of("http://mirror.example/x/b.tar.zst", release), None);
    }
}
