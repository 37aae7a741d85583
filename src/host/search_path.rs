//! Finding programs the way a shell does.
//!
//! In: the value of `PATH`, given by the caller. Out: absolute paths of executables.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The directories of a `PATH`, in order.
#[derive(Debug, Clone, Default)]
pub struct SearchPath(Vec<PathBuf>);

impl SearchPath {
    /// Splits the value of `PATH`; relative and empty entries are dropped.
    pub fn parse(path: &OsStr) -> Self {
        Self(std::env::split_paths(path).filter(|dir| dir.is_absolute()).collect())
    }

    /// The same with `dirs` behind the others.
    #[must_use]
    pub fn with(mut self, dirs: impl IntoIterator<Item = PathBuf>) -> Self {
        self.0.extend(dirs);
        self
    }

    /// The first executable called `name`.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        self.find_all(name).next()
    }

    /// Every executable called `name`, in order.
    pub fn find_all(&self, name: &str) -> impl Iterator<Item = PathBuf> {
        self.0.iter().map(move |dir| dir.join(name)).filter(|path| is_executable(path))
    }
}

/// A regular file (or a link to one) with an execute permission.
pub fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_executable_files_of_absolute_directories_are_found() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("tool"), "").unwrap();
        let path = SearchPath::parse(std::env::join_paths([Path::new("."), dir.path()]).unwrap().as_os_str());
        assert_eq!(path.find("tool"), None);
        std::fs::set_permissions(dir.path().join("tool"), PermissionsExt::from_mode(0o755)).unwrap();
        assert_eq!(path.find("tool"), Some(dir.path().join("tool")));
    }
}
