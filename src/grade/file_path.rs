//! Places in a file system, compared by what the kernel finds there and not by how they are written.
//!
//! In: a path as somebody wrote it. Out: its components without `.`, `..`, doubled and trailing slashes. `/var/run` is a
//! link to `/run` in every usual image and on every usual node, so both are one place. Pure.

use std::fmt;

/// An absolute path. Equal ones lead to the same place.
#[derive(Debug, Clone)]
pub(super) struct FilePath {
    components: Vec<String>,
}

/// A path inside of a volume that the kubelet writes (Secret, ConfigMap, projected, downward API), empty for all of it.
///
/// The kubelet keeps such a volume's files in a dated folder, `..2026_01_01_…`, and `..data` is a link to it: what is
/// read through them is the same file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct VolumePath {
    components: Vec<String>,
}

impl FilePath {
    /// Reads a path; one that does not begin with `/` begins there all the same, as the kubelet has it.
    pub(super) fn new(text: &str) -> Self {
        let mut components = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                // `/var/run/..` is where the link leads, and then one up.
                ".." if components == ["var", "run"] => components.clear(),
                ".." => {
                    components.pop();
                }
                name => components.push(name.to_owned()),
            }
        }
        Self { components }
    }

    /// The place below this one.
    pub(super) fn join(&self, below: &VolumePath) -> Self {
        Self { components: [self.components.as_slice(), &below.components].concat() }
    }

    /// Whether this place is `folder`, or inside of it.
    pub(super) fn is_within(&self, folder: &Self) -> bool {
        self.meaning().starts_with(folder.meaning())
    }

    /// The names on the way to this place.
    pub(super) fn parts(&self) -> Vec<&str> {
        self.meaning().iter().map(String::as_str).collect()
    }

    /// The one way to write this place.
    pub(super) fn resolved(&self) -> String {
        format!("/{}", self.meaning().join("/"))
    }

    /// The components that say where it is; `/run` for `/var/run`.
    fn meaning(&self) -> &[String] {
        match self.components.as_slice() {
            [var, run, ..] if var == "var" && run == "run" => &self.components[1..],
            all => all,
        }
    }
}

impl PartialEq for FilePath {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Eq for FilePath {}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.components.join("/"))
    }
}

impl VolumePath {
    /// Reads a path inside of a volume.
    pub(super) fn new(text: &str) -> Self {
        let mut components: Vec<String> = FilePath::new(text).components;
        if components.first().is_some_and(|first| first.starts_with("..")) {
            components.remove(0);
        }
        Self { components }
    }

    /// What is left of this path inside of `folder`; None when it is not in there.
    pub(super) fn below(&self, folder: &Self) -> Option<Self> {
        let rest = self.components.strip_prefix(folder.components.as_slice())?;
        Some(Self { components: rest.to_vec() })
    }

    /// Whether it stands for the whole volume.
    pub(super) fn is_whole(&self) -> bool {
        self.components.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_place_are_equal() {
        let place = FilePath::new("/var/run/secrets/tokens");
        for same in [
            "/var/run/secrets/tokens/",
            "//var//run/./secrets/tokens",
            "/run/secrets/tokens",
            "run/secrets/tokens",
            "/var/run/secrets/other/../tokens",
            "/var/run/../run/secrets/tokens",
        ] {
            assert_eq!(FilePath::new(same), place, "{same}");
        }
        for other in ["/var/run/secrets", "/var/run/secrets/tokens2", "/var/runs/secrets/tokens", "/"] {
            assert_ne!(FilePath::new(other), place, "{other}");
        }
        assert_eq!(FilePath::new("/../.."), FilePath::new("/"));
    }

    #[test]
    fn a_place_is_within_its_folders() {
        let kubelet = FilePath::new("/var/lib/kubelet");
        for folder in ["/", "/var", "/var/lib/", "/var/./lib", "/var/lib/kubelet"] {
            assert!(kubelet.is_within(&FilePath::new(folder)), "{folder}");
        }
        assert!(!FilePath::new("/var/lib/kubelet2").is_within(&kubelet));
        assert!(FilePath::new("/var/run/x").is_within(&FilePath::new("/run")));
    }

    #[test]
    fn what_the_kubelet_writes_is_read_through_its_links_too() {
        let file = VolumePath::new("token");
        for same in ["./token", "token/", "..data/token", "..2026_01_01_00_00_00.1/token", "a/../token"] {
            assert_eq!(VolumePath::new(same), file, "{same}");
        }
        assert!(VolumePath::new("..data").is_whole() && VolumePath::new("./").is_whole());
        let deep = VolumePath::new("deep/token");
        assert_eq!(deep.below(&VolumePath::new("deep")), Some(file.clone()));
        assert_eq!(deep.below(&VolumePath::new("dee")), None);
        assert_eq!(FilePath::new("/data/").join(&deep).to_string(), "/data/deep/token");
    }
}
