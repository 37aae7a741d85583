//! Versions of Go: `go1.26.8`, `1.26`, `go1.27rc1`.
//!
//! In: what `go env GOVERSION` or a go.mod's `go` line says. Out: an ordered [`GoVersion`]. A release
//! candidate sorts before its release, as go itself does (go.dev/doc/toolchain).

use std::fmt;

/// A version of the Go toolchain or language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoVersion {
    major: u32,
    minor: u32,
    /// Release candidates are 0, everything else 1.
    release: u32,
    patch: u32,
}

/// The first Go that fetches a newer toolchain by itself (`GOTOOLCHAIN=auto`).
pub const FIRST_WITH_TOOLCHAINS: GoVersion = GoVersion { major: 1, minor: 21, release: 1, patch: 0 };

impl GoVersion {
    /// Reads `go1.26.8`, `1.26`, `1.27rc1`, `go1.26.8-custom X:flags`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix("go").unwrap_or(text);
        let text = text.split([' ', '-', '+', '~']).next()?;
        let mut parts = text.splitn(3, '.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?;
        if let Some((minor, _)) = minor.split_once("rc").or_else(|| minor.split_once("beta")) {
            return Some(Self { major, minor: minor.parse().ok()?, release: 0, patch: 0 });
        }
        let patch = parts.next().map_or(Some(0), |patch| patch.parse().ok())?;
        Some(Self { major, minor: minor.parse().ok()?, release: 1, patch })
    }

    /// The version that a go.mod asks for in its `go` line.
    pub fn of_go_mod(go_mod: &str) -> Option<Self> {
        go_mod.lines().find_map(|line| Self::parse(line.strip_prefix("go ")?))
    }
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if self.release == 0 { write!(f, "rc") } else { write!(f, ".{}", self.patch) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_sort_as_go_sorts_them() {
        let order = ["go1.9", "1.19.8", "go1.21", "1.26rc1", "go1.26", "go1.26.6", "go1.26.10 X:nocoverage"];
        let parsed: Vec<_> = order.iter().map(|text| GoVersion::parse(text).unwrap()).collect();
        assert!(parsed.is_sorted(), "{parsed:?}");
        assert_eq!(GoVersion::parse("go1.26"), GoVersion::parse("1.26.0"));
    }

    #[test]
    fn nonsense_is_no_version() {
        for text in ["", "go", "devel", "go1", "1.x", "1.2.y"] {
            assert_eq!(GoVersion::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_go_mod_names_the_version_it_needs() {
        let text = "module x\n\ngo 1.26.6\n\ngodebug default=go1.26\n";
        assert_eq!(GoVersion::of_go_mod(text).unwrap().to_string(), "1.26.6");
    }
}
