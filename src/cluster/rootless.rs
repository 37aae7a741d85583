//! What a machine lacks for a cluster without root, each with its remedy: found by `embedded`, told by errors.

use std::fmt;

/// One thing that a rootless cluster lacks on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RootlessLack {
    /// Control groups are of version 1, or not there.
    CgroupV2,
    /// No systemd session of the user.
    UserSession,
    /// The session's control group lacks controllers.
    Controllers(Vec<&'static str>),
    /// User namespaces are disabled, until these sysctls are set.
    UserNamespaces(Vec<&'static str>),
    /// AppArmor lets only profiled programs make user namespaces.
    AppArmor,
    /// The setuid programs newuidmap and newgidmap.
    Uidmap,
    /// Ranges in /etc/subuid and /etc/subgid.
    SubordinateIds(String),
}

impl fmt::Display for RootlessLack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CgroupV2 => f.write_str("control groups are version 1; boot with systemd.unified_cgroup_hierarchy=1"),
            Self::UserSession => f.write_str("there is no systemd user session (`systemd-run --user`); log in directly, not through su"),
            Self::Controllers(names) => write!(
                f,
                "the session's control group lacks {}; as root, put `[Service]` and `Delegate=cpu cpuset io memory pids` \
                 into /etc/systemd/system/user@.service.d/delegate.conf, then log in again",
                names.join(", ")
            ),
            Self::UserNamespaces(settings) => {
                write!(f, "user namespaces are disabled; as root: sysctl -w {}", settings.join(" "))
            }
            Self::AppArmor => f.write_str(
                "AppArmor restricts user namespaces (sysctl kernel.apparmor_restrict_unprivileged_userns=1); add a profile with `userns,` for satrain",
            ),
            Self::Uidmap => f.write_str("newuidmap and newgidmap are not installed; as root: apt-get install uidmap (elsewhere the package shadow-utils)"),
            Self::SubordinateIds(user) => write!(
                f,
                "no range of 65536 IDs for {user} in /etc/subuid and /etc/subgid; as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}"
            ),
        }
    }
}
