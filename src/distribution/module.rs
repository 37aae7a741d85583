//! The Go module that a distribution is compiled from.
//!
//! In: the copy of `distro/` inside this program, or a folder (for those who work on `distro/`). Out:
//! [`Module`]: its files, in one order. Tests and test data are left out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Component, Path};

use include_dir::{Dir, DirEntry, include_dir};

use super::error::{Error, Result};

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/distro");

/// The files of the module by their `/`-separated path.
#[derive(Debug, Clone)]
pub struct Module {
    files: BTreeMap<String, Cow<'static, [u8]>>,
}

impl Module {
    /// The module inside this program.
    pub fn embedded() -> Self {
        let mut files = BTreeMap::new();
        let mut dirs = vec![&EMBEDDED];
        while let Some(dir) = dirs.pop() {
            for entry in dir.entries() {
                match entry {
                    DirEntry::Dir(dir) => dirs.push(dir),
                    DirEntry::File(file) => {
                        if let Some(name) = wanted(file.path()) {
                            files.insert(name, Cow::Borrowed(file.contents()));
                        }
                    }
                }
            }
        }
        Self { files }
    }

    /// The module in a folder.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn from_dir(root: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        let mut dirs = vec![root.to_owned()];
        while let Some(dir) = dirs.pop() {
            for entry in std::fs::read_dir(&dir).map_err(Error::io("read", &dir))? {
                let path = entry.map_err(Error::io("read", &dir))?.path();
                if path.is_dir() {
                    dirs.push(path);
                } else if let Some(name) = path.strip_prefix(root).ok().and_then(wanted) {
                    let content = std::fs::read(&path).map_err(Error::io("read", &path))?;
                    files.insert(name, Cow::Owned(content));
                }
            }
        }
        Ok(Self { files })
    }

    /// Name and content of every file, sorted by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(name, content)| (name.as_str(), content.as_ref()))
    }

    /// The text of `go.mod`, empty when there is none.
    pub fn go_mod(&self) -> Cow<'_, str> {
        self.files.get("go.mod").map_or_else(Cow::default, |content| String::from_utf8_lossy(content))
    }

    /// Writes the files below `dir`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&self, dir: &Path) -> Result<()> {
        for (name, content) in self.files() {
            let path = dir.join(name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
            }
            std::fs::write(&path, content).map_err(Error::io("write", &path))?;
        }
        Ok(())
    }
}

/// The name under which a file belongs to the module; tests, scripts, hidden files and documents do not.
fn wanted(path: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for component in path.components() {
        let Component::Normal(part) = component else { return None };
        let part = part.to_str()?;
        if part == "testdata" || part.starts_with('.') {
            return None;
        }
        parts.push(part);
    }
    let name = parts.last()?;
    let left_out = ["_test.go", ".md", ".sh"].iter().any(|end| name.ends_with(end));
    (!left_out).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_documents_stay_out() {
        for path in [
            "kube/main_test.go",
            "testdata/x.go",
            "a/testdata/b/c",
            "README.md",
            "test.sh",
            ".git/x",
            ".golangci.yml",
        ] {
            assert_eq!(wanted(Path::new(path)), None, "{path}");
        }
        assert_eq!(wanted(Path::new("kube/main.go")).as_deref(), Some("kube/main.go"));
    }

    #[test]
    fn the_embedded_module_is_the_one_in_the_folder() {
        let folder = Module::from_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("distro")).unwrap();
        let embedded = Module::embedded();
        assert!(embedded.files().eq(folder.files()));
        assert!(embedded.go_mod().contains("k8s.io/kubernetes v"));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        Module::embedded().write(dir.path()).unwrap();
        assert!(Module::from_dir(dir.path()).unwrap().files().eq(Module::embedded().files()));
    }
}
