//! Which Linux distribution this is: `/etc/os-release` (freedesktop.org, os-release(5)).
//!
//! In: the file's text. Out: [`OsRelease`] and the [`Family`] whose package manager applies. Never guesses:
//! what is not known is [`Family::Other`].

/// Distributions that share a package manager and package names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Debian, Ubuntu and what descends from them: apt.
    Debian,
    /// Fedora, RHEL and what descends from them: dnf.
    Fedora,
    /// Alpine: apk.
    Alpine,
    /// Arch: pacman.
    Arch,
    /// openSUSE, SLE: zypper.
    Suse,
    /// Anything else.
    Other,
}

/// The fields of os-release that satrain uses.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OsRelease {
    /// `PRETTY_NAME`, or `ID` where there is none: for people.
    pub name: String,
    /// Whose packages to name.
    pub family: Family,
}

impl Default for OsRelease {
    fn default() -> Self {
        Self { name: "Linux".into(), family: Family::Other }
    }
}

impl OsRelease {
    /// Reads the text of an os-release file; unknown lines are skipped.
    pub fn parse(text: &str) -> Self {
        let field = |wanted: &str| {
            text.lines()
                .filter_map(|line| line.trim().split_once('='))
                .find(|(key, _)| *key == wanted)
                .map(|(_, value)| unquote(value))
                .filter(|value| !value.is_empty())
        };
        let id = field("ID").unwrap_or_else(|| "linux".into());
        let like = field("ID_LIKE").unwrap_or_default();
        let family = std::iter::once(id.as_str())
            .chain(like.split_whitespace())
            .map(family_of)
            .find(|family| *family != Family::Other)
            .unwrap_or(Family::Other);
        Self { name: field("PRETTY_NAME").unwrap_or(id), family }
    }
}

fn unquote(value: &str) -> String {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner.to_owned();
        }
    }
    value.to_owned()
}

fn family_of(id: &str) -> Family {
    match id {
        "debian" | "ubuntu" => Family::Debian,
        "fedora" | "rhel" | "centos" => Family::Fedora,
        "alpine" => Family::Alpine,
        "arch" => Family::Arch,
        "suse" | "opensuse" | "sles" => Family::Suse,
        _ => Family::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_family_comes_from_id_or_id_like() {
        for (text, family) in [
            ("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12\"", Family::Debian),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"", Family::Debian),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"", Family::Fedora),
            ("ID=opensuse-leap\nID_LIKE='suse opensuse'", Family::Suse),
            ("ID=alpine", Family::Alpine),
            ("ID=manjaro\nID_LIKE=arch", Family::Arch),
            ("ID=nixos", Family::Other),
            ("", Family::Other),
        ] {
            assert_eq!(OsRelease::parse(text).family, family, "{text}");
        }
    }

    #[test]
    fn the_name_is_the_pretty_one_without_quotes() {
        assert_eq!(OsRelease::parse("ID=debian\nPRETTY_NAME=\"Debian 12\"").name, "Debian 12");
        assert_eq!(OsRelease::parse("ID=void").name, "void");
    }
}
