//! What a machine must offer before a cluster is tried, and with which rights the supervisor then starts.
//!
//! Looking (`look`) is apart from deciding (`decide`), which is pure: which fact is missing gives which message.

use std::path::Path;

use nix::unistd::{Uid, User};

use super::cgroup::{self, Version};
use super::subid;
use super::users::Room;
use crate::cluster::error::{ClusterError, Result};
use crate::cluster::rootless::RootlessLack;
use crate::host::SearchPath;

/// The controllers without which a rootless kubelet starts no Pod.
const NEEDED: [&str; 3] = ["cpu", "memory", "pids"];

/// Each forbids user namespaces when it is 0: its file below /proc/sys, and the setting that allows them. The second
/// is Debian's own.
const NAMESPACE_SYSCTLS: [(&str, &str); 2] = [
    ("user/max_user_namespaces", "user.max_user_namespaces=10000"),
    ("kernel/unprivileged_userns_clone", "kernel.unprivileged_userns_clone=1"),
];

/// Overlayfs may be mounted in a user namespace since this version of Linux.
const OVERLAY_FOR_USERS: (u32, u32) = (5, 11);

/// How the supervisor gets its rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Launcher {
    /// This process is root.
    Root {
        /// Through `systemd-run --scope`, for a delegated control group.
        scope: bool,
    },
    /// `sudo`, for the supervisor alone.
    Sudo {
        /// Through `systemd-run --scope`, for a delegated control group.
        scope: bool,
    },
    /// `systemd-run --user --scope` and a user namespace.
    Rootless,
}

/// Whether `sudo` may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SudoMode {
    /// Never.
    Never,
    /// Only if it asks for no password.
    Quiet,
    /// It may ask on the terminal.
    Ask,
}

/// What was found on the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Whether this process is root.
    pub root: bool,
    /// The user's name, for messages.
    pub user: String,
    /// The version of control groups.
    pub cgroup: Option<Version>,
    /// Whether systemd runs the machine and `systemd-run` is there.
    pub systemd: bool,
    /// The controllers delegated to the user's session; `None` without a session.
    pub delegated: Option<Vec<String>>,
    /// The sysctls that would have to be set before user namespaces may be made.
    pub forbidding: Vec<&'static str>,
    /// Whether AppArmor restricts them.
    pub apparmor: bool,
    /// The users that this process may give to others: the text of its uid_map.
    pub users: String,
    /// The kernel's version.
    pub kernel: (u32, u32),
    /// Whether newuidmap and newgidmap are installed.
    pub uidmap: bool,
    /// Whether the user has subordinate IDs.
    pub subordinate: bool,
    /// Whether `sudo` is there.
    pub sudo: bool,
}

impl Machine {
    /// Looks at this machine. `path` is the value of PATH.
    pub fn look(path: &std::ffi::OsStr) -> Self {
        let uid = Uid::effective();
        let user = User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |u| u.name);
        let programs = SearchPath::parse(path);
        let has = |program: &str| programs.find(program).is_some();
        let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let subordinate = |file: &str| subid::range(&text(file), &user, uid.as_raw()).is_some();
        let session =
            format!("{}/user.slice/user-{uid}.slice/user@{uid}.service/cgroup.controllers", cgroup::MOUNT);
        Self {
            root: uid.is_root(),
            cgroup: cgroup::detect(Path::new(cgroup::MOUNT)),
            systemd: Path::new("/run/systemd/system").is_dir() && has("systemd-run"),
            delegated: std::fs::read_to_string(session)
                .ok()
                .map(|c| c.split_whitespace().map(str::to_owned).collect()),
            forbidding: NAMESPACE_SYSCTLS
                .into_iter()
                .filter(|(file, _)| text(&format!("/proc/sys/{file}")).trim() == "0")
                .map(|(_, setting)| setting)
                .collect(),
            apparmor: text("/proc/sys/kernel/apparmor_restrict_unprivileged_userns").trim() == "1",
            users: text("/proc/self/uid_map"),
            kernel: version(&text("/proc/sys/kernel/osrelease")),
            uidmap: has("newuidmap") && has("newgidmap"),
            subordinate: subordinate("/etc/subuid") && subordinate("/etc/subgid"),
            sudo: has("sudo"),
            user,
        }
    }

    /// What a rootless cluster lacks here.
    pub fn missing(&self) -> Vec<RootlessLack> {
        let mut missing = Vec::new();
        if self.cgroup == Some(Version::V2) {
            match &self.delegated {
                Some(have) if self.systemd => {
                    let lacking: Vec<_> =
                        NEEDED.into_iter().filter(|n| !have.iter().any(|h| h == n)).collect();
                    if !lacking.is_empty() {
                        missing.push(RootlessLack::Controllers(lacking));
                    }
                }
                _ => missing.push(RootlessLack::UserSession),
            }
        } else {
            missing.push(RootlessLack::CgroupV2);
        }
        if !self.forbidding.is_empty() {
            missing.push(RootlessLack::UserNamespaces(self.forbidding.clone()));
        } else if self.apparmor {
            missing.push(RootlessLack::AppArmor);
        }
        if !self.uidmap {
            missing.push(RootlessLack::Uidmap);
        }
        if !self.subordinate {
            missing.push(RootlessLack::SubordinateIds(self.user.clone()));
        }
        missing
    }

    /// Which users a cluster that root starts can have, who are nobody on the host; None: it has none of its own.
    pub(crate) fn users_to_give(&self) -> Option<Room> {
        // The first of the sysctls concerns root, too; the others ordinary users.
        let allowed = !self.forbidding.iter().any(|setting| setting.starts_with("user."));
        Room::of(&self.users).filter(|_| allowed && self.kernel >= OVERLAY_FOR_USERS)
    }

    /// With which rights the supervisor starts: none if possible, else root's.
    ///
    /// # Errors
    /// [`ClusterError::NeedsRoot`], with everything that is missing.
    pub fn decide(&self, sudo: SudoMode) -> Result<Launcher> {
        if !cfg!(target_os = "linux") {
            return Err(ClusterError::NeedsLinux);
        }
        let scope = self.systemd && self.cgroup == Some(Version::V2);
        if self.root {
            return Ok(Launcher::Root { scope });
        }
        let missing = self.missing();
        if missing.is_empty() {
            return Ok(Launcher::Rootless);
        }
        if self.sudo && sudo != SudoMode::Never {
            return Ok(Launcher::Sudo { scope });
        }
        Err(ClusterError::NeedsRoot { missing })
    }
}

/// The first two numbers of a kernel's release.
fn version(release: &str) -> (u32, u32) {
    let mut numbers =
        release.split(|letter: char| !letter.is_ascii_digit()).map(|n| n.parse().unwrap_or_default());
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modern() -> Machine {
        Machine {
            root: false,
            user: "u".into(),
            cgroup: Some(Version::V2),
            systemd: true,
            delegated: Some(["cpu", "memory", "pids"].map(String::from).into()),
            forbidding: Vec::new(),
            apparmor: false,
            users: "0 0 4294967295".into(),
            kernel: (6, 1),
            uidmap: true,
            subordinate: true,
            sudo: false,
        }
    }

    #[test]
    fn a_modern_machine_needs_no_root() {
        assert_eq!(modern().decide(SudoMode::Ask).unwrap(), Launcher::Rootless);
    }

    #[test]
    fn root_goes_through_systemd_only_for_delegation_on_version_2() {
        let root = Machine { root: true, ..modern() };
        assert_eq!(root.decide(SudoMode::Never).unwrap(), Launcher::Root { scope: true });
        let v1 = Machine { cgroup: Some(Version::V1), ..root };
        assert_eq!(v1.decide(SudoMode::Never).unwrap(), Launcher::Root { scope: false });
    }

    #[test]
    fn each_lack_has_its_message_with_a_remedy() {
        for (machine, word) in [
            (Machine { cgroup: Some(Version::V1), ..modern() }, "unified_cgroup_hierarchy"),
            (Machine { cgroup: None, ..modern() }, "version 1"),
            (Machine { delegated: None, ..modern() }, "user session"),
            (Machine { systemd: false, ..modern() }, "user session"),
            (Machine { delegated: Some(vec!["memory".into(), "pids".into()]), ..modern() }, "lacks cpu;"),
            (Machine { forbidding: vec!["a.b=1"], ..modern() }, "sysctl -w a.b=1"),
            (Machine { forbidding: vec!["a.b=1", "c=2"], ..modern() }, "sysctl -w a.b=1 c=2"),
            (Machine { apparmor: true, ..modern() }, "AppArmor"),
            (Machine { uidmap: false, ..modern() }, "apt-get install uidmap"),
            (Machine { subordinate: false, ..modern() }, "usermod --add-subuids"),
        ] {
            let error = machine.decide(SudoMode::Ask).unwrap_err().to_string();
            assert!(error.contains(word), "{word}: {error}");
            assert_eq!(error.matches("  - ").count(), 1, "{error}");
            let with_sudo = Machine { sudo: true, ..machine };
            assert!(matches!(with_sudo.decide(SudoMode::Quiet), Ok(Launcher::Sudo { .. })));
            assert!(with_sudo.decide(SudoMode::Never).is_err());
        }
    }

    #[test]
    fn all_lacks_are_named_at_once() {
        let bare =
            Machine { cgroup: None, uidmap: false, subordinate: false, forbidding: vec!["a=1"], ..modern() };
        assert_eq!(bare.missing().len(), 4);
    }
}
