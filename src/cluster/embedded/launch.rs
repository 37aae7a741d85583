//! Starting the supervisor with the rights it needs, and removing what a dead one left.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, Stdio};

use super::layout::Layout;
use super::preflight::{Launcher, SudoMode};
use super::record::Privilege;
use crate::cluster::error::{ClusterError, Result};
use crate::fs::Owner;

impl Launcher {
    /// The rights the supervisor will have.
    pub(crate) fn privilege(self) -> Privilege {
        match self {
            Self::Root { .. } => Privilege::Root,
            Self::Sudo { .. } => Privilege::Sudo,
            Self::Rootless => Privilege::Rootless,
        }
    }

    /// To whom a supervisor of other rights must hand its files.
    pub(crate) fn owner(self) -> Option<Owner> {
        let (uid, gid) = (nix::unistd::getuid().as_raw(), nix::unistd::getgid().as_raw());
        matches!(self, Self::Sudo { .. }).then_some(Owner { uid, gid })
    }

    /// The whole command line that starts `program supervise …`.
    fn line(self, program: &Path, id: &str, sudo: SudoMode, supervise: &[&OsStr]) -> Vec<OsString> {
        let mut line: Vec<OsString> = Vec::new();
        let (scope, user) = match self {
            Self::Root { scope } | Self::Sudo { scope } => (scope, false),
            Self::Rootless => (true, true),
        };
        if matches!(self, Self::Sudo { .. }) {
            line.push("sudo".into());
            if sudo == SudoMode::Quiet {
                line.push("-n".into());
            }
            line.push("--".into());
        }
        if scope {
            line.push("systemd-run".into());
            if user {
                line.push("--user".into());
            }
            for arg in ["--scope", "--quiet", "--collect", "--property=Delegate=yes"] {
                line.push(arg.into());
            }
            line.push(format!("--unit=satrain-{id}").into());
            line.push("--".into());
        }
        line.push(program.into());
        line.push("supervise".into());
        if scope {
            line.push("--delegated".into());
        }
        line.extend(supervise.iter().map(|a| (*a).to_owned()));
        line
    }
}

/// How a supervisor is started: the program, and with which rights.
pub(crate) struct Launch<'a> {
    pub(crate) program: &'a Path,
    pub(crate) launcher: Launcher,
    pub(crate) sudo: SudoMode,
    pub(crate) id: &'a str,
    /// Its only variables.
    pub(crate) variables: &'a [(OsString, OsString)],
}

impl Launch<'_> {
    /// Starts the supervisor of the layout's cluster; returns when it has become a daemon.
    pub(crate) fn supervise(&self, layout: &Layout) -> Result<()> {
        self.run(self.launcher, &[OsStr::new("--dir"), layout.dir().as_os_str()])
    }

    /// Removes control groups and data of a dead cluster.
    pub(crate) fn clean(&self, layout: &Layout) -> Result<()> {
        // Cleaning needs rights, but no control group.
        let launcher = match self.launcher {
            Launcher::Sudo { .. } => Launcher::Sudo { scope: false },
            other => other,
        };
        self.run(launcher, &[OsStr::new("--clean"), OsStr::new("--dir"), layout.dir().as_os_str()])
    }

    fn run(&self, launcher: Launcher, supervise: &[&OsStr]) -> Result<()> {
        let line = launcher.line(self.program, self.id, self.sudo, supervise);
        let (program, args) = line.split_first().unwrap_or_else(|| unreachable!("a line names its program"));
        let failed =
            |said: String| ClusterError::Launch { program: program.to_string_lossy().into_owned(), said };
        let output = Command::new(program)
            .args(args)
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(if self.sudo == SudoMode::Ask { Stdio::inherit() } else { Stdio::null() })
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .map_err(|e| failed(e.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&output.stderr);
        Err(failed(format!("{}: {}", output.status, words.trim())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(launcher: Launcher, sudo: SudoMode) -> String {
        let line =
            launcher.line(Path::new("/x/satrain"), "1a", sudo, &[OsStr::new("--dir"), OsStr::new("/d")]);
        line.join(OsStr::new(" ")).into_string().unwrap()
    }

    #[test]
    fn root_without_systemd_starts_it_directly() {
        assert_eq!(line(Launcher::Root { scope: false }, SudoMode::Ask), "/x/satrain supervise --dir /d");
    }

    #[test]
    fn only_the_supervisor_goes_through_sudo() {
        let got = line(Launcher::Sudo { scope: false }, SudoMode::Quiet);
        assert_eq!(got, "sudo -n -- /x/satrain supervise --dir /d");
        assert!(
            line(Launcher::Sudo { scope: true }, SudoMode::Ask).starts_with("sudo -- systemd-run --scope")
        );
    }

    #[test]
    fn a_rootless_supervisor_gets_a_delegated_scope_of_the_user() {
        let got = line(Launcher::Rootless, SudoMode::Never);
        assert!(got.starts_with("systemd-run --user --scope"), "{got}");
        assert!(
            got.contains("Delegate=yes") && got.ends_with("-- /x/satrain supervise --delegated --dir /d"),
            "{got}"
        );
    }
}
