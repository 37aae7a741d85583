//! The names of packages: what a distribution of Linux calls the things a build needs.
//!
//! In: a need and a [`Family`]. Out: package names and the command that installs them. Pure.

use crate::host::Family;

/// Something that must be installed to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tool {
    /// The Go tool.
    Go,
    /// A C compiler with the C library's headers and its static archive.
    CCompiler,
    /// pkg-config, which finds libseccomp.
    PkgConfig,
    /// libseccomp's headers and static archive.
    Libseccomp,
    /// A statically linked busybox, for the lab images.
    Busybox,
}

/// The packages that bring `tool`; empty where the name is not known.
pub const fn names(tool: Tool, family: Family) -> &'static [&'static str] {
    match (family, tool) {
        (Family::Debian, Tool::Go) => &["golang-go"],
        (Family::Debian, Tool::CCompiler) => &["gcc", "libc6-dev"],
        (Family::Debian, Tool::PkgConfig) => &["pkg-config"],
        (Family::Debian, Tool::Libseccomp) => &["libseccomp-dev"],
        (Family::Debian | Family::Alpine, Tool::Busybox) => &["busybox-static"],
        (Family::Fedora, Tool::Go) => &["golang"],
        (Family::Fedora, Tool::CCompiler) => &["gcc", "glibc-static"],
        (Family::Fedora, Tool::PkgConfig) => &["pkgconf-pkg-config"],
        (Family::Fedora, Tool::Libseccomp) => &["libseccomp-devel", "libseccomp-static"],
        (Family::Fedora | Family::Arch, Tool::Busybox) => &["busybox"],
        (Family::Alpine | Family::Arch | Family::Suse, Tool::Go) => &["go"],
        (Family::Alpine, Tool::CCompiler) => &["gcc", "musl-dev"],
        (Family::Alpine | Family::Arch, Tool::PkgConfig) => &["pkgconf"],
        (Family::Alpine, Tool::Libseccomp) => &["libseccomp-dev", "libseccomp-static"],
        (Family::Arch, Tool::CCompiler) => &["gcc"],
        (Family::Suse, Tool::CCompiler) => &["gcc", "glibc-devel-static"],
        (Family::Suse, Tool::PkgConfig) => &["pkg-config"],
        (Family::Suse, Tool::Libseccomp) => &["libseccomp-devel"],
        (Family::Suse, Tool::Busybox) => &["busybox-static"],
        (Family::Arch, Tool::Libseccomp) | (Family::Other, _) => &[],
    }
}

/// The program and first arguments that install packages without asking.
const fn installer(family: Family) -> Option<&'static [&'static str]> {
    match family {
        Family::Debian => Some(&["apt-get", "install", "-y"]),
        Family::Fedora => Some(&["dnf", "install", "-y"]),
        Family::Alpine => Some(&["apk", "add"]),
        Family::Arch => Some(&["pacman", "-S", "--needed"]),
        Family::Suse => Some(&["zypper", "install", "-y"]),
        Family::Other => None,
    }
}

/// What to look for where no package name is known.
pub const fn description(tool: Tool) -> &'static str {
    match tool {
        Tool::Go => "the Go toolchain (https://go.dev/dl/)",
        Tool::CCompiler => {
            "a C compiler (gcc or clang) with the C library's headers and static archive (libc.a)"
        }
        Tool::PkgConfig => "pkg-config",
        Tool::Libseccomp => {
            "libseccomp's headers and static archive (seccomp.h, libseccomp.a, libseccomp.pc)"
        }
        Tool::Busybox => "a statically linked busybox",
    }
}

/// One command that installs every tool of `tools` whose package is known; `None` when none is.
pub fn command(tools: &[Tool], family: Family, root: bool) -> Option<String> {
    let packages: Vec<&str> = tools.iter().flat_map(|tool| names(*tool, family)).copied().collect();
    let installer = installer(family).filter(|_| !packages.is_empty())?;
    let sudo = if root { "" } else { "sudo " };
    Some(format!("{sudo}{} {}", installer.join(" "), packages.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_command_brings_everything() {
        let tools = [Tool::CCompiler, Tool::Libseccomp];
        assert_eq!(
            command(&tools, Family::Debian, true).unwrap(),
            "apt-get install -y gcc libc6-dev libseccomp-dev"
        );
        assert_eq!(
            command(&tools, Family::Fedora, false).unwrap(),
            "sudo dnf install -y gcc glibc-static libseccomp-devel libseccomp-static"
        );
        assert_eq!(command(&tools, Family::Other, true), None);
        assert_eq!(command(&[Tool::Libseccomp], Family::Arch, true), None);
    }
}
