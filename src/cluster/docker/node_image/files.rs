//! Which files of this machine programs need to run elsewhere: themselves, and the libraries that the dynamic loader
//! would load. `ldd` tells which.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cluster::error::{Result, io};
use crate::host::SearchPath;

/// Where satrain is, in the image.
pub(super) const PROGRAM: &str = "usr/local/bin/satrain";
/// Folders that are links into /usr on most distributions.
const MERGED: [&str; 4] = ["bin", "sbin", "lib", "lib64"];

/// Files of an image, by their places in it.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Links, in the root.
    pub(super) links: BTreeMap<String, String>,
    /// Where each file of this machine goes.
    pub(super) files: BTreeMap<String, PathBuf>,
}

impl Files {
    /// satrain itself, the named programs, and all that they load.
    pub(super) fn of(satrain: &Path, programs: &[&str], path: &SearchPath) -> Result<Self> {
        let mut files = Self::default();
        for dir in MERGED {
            if let Ok(to) = std::fs::read_link(Path::new("/").join(dir)) {
                files.links.insert(dir.to_owned(), to.to_string_lossy().into_owned());
            }
        }
        files.files.insert(PROGRAM.to_owned(), satrain.to_owned());
        files.libraries_of(satrain)?;
        files.add_programs(programs, path)?;
        Ok(files)
    }

    /// The named programs, and all that they load.
    pub(super) fn add_programs(&mut self, programs: &[&str], path: &SearchPath) -> Result<()> {
        for name in programs {
            let program = path.find(name).ok_or_else(|| super::missing(name))?;
            self.libraries_of(&program)?;
            self.add(&program)?;
        }
        Ok(())
    }

    /// The certificates of authorities that this machine trusts, where there are any.
    pub(super) fn add_certificates(&mut self) {
        const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
        if let Ok(file) = Path::new(BUNDLE).canonicalize() {
            self.files.insert(BUNDLE.trim_start_matches('/').to_owned(), file);
        }
    }

    fn libraries_of(&mut self, program: &Path) -> Result<()> {
        let said = Command::new("ldd")
            .arg(program)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .map_err(io("running ldd on", program))?;
        libraries(&String::from_utf8_lossy(&said.stdout)).try_for_each(|library| self.add(library))
    }

    /// Adds a file at its own place; folders on the way are those that they really are, names of files are kept.
    fn add(&mut self, file: &Path) -> Result<()> {
        let folder = file.parent().unwrap_or(Path::new("/"));
        let real = folder
            .canonicalize()
            .map_err(io("looking at", folder))?
            .join(file.file_name().unwrap_or_default());
        let at = real.to_string_lossy().trim_start_matches('/').to_owned();
        self.files.insert(at, real);
        Ok(())
    }
}

/// The paths in ldd's answer: `name => /path (address)`, or `/path (address)` for the loader. A static program has none.
fn libraries(ldd: &str) -> impl Iterator<Item = &Path> {
    ldd.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')).map(Path::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_the_loader_are_read_from_ldd() {
        let said = "\tlinux-vdso.so.1 (0x7f)\n\tlibc.so.6 => /lib/x/libc.so.6 (0x7f)\n\t/lib64/ld-linux.so.2 (0x7f)\n";
        let found: Vec<&Path> = libraries(said).collect();
        assert_eq!(found, [Path::new("/lib/x/libc.so.6"), Path::new("/lib64/ld-linux.so.2")]);
        assert_eq!(libraries("\tnot a dynamic executable\n").count(), 0);
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let path = SearchPath::parse(std::ffi::OsStr::new("/bin"));
        let error = Files::of(Path::new("/bin/sh"), &["no-such-program"], &path).unwrap_err();
        assert!(error.to_string().contains("no-such-program"), "{error}");
    }
}
