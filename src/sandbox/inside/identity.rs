//! Who the script is: user 1000 inside, with no other user beside it; on the host the user who runs satrain, or if that is
//! root, a user whom nobody knows.

use std::fs;

use nix::unistd::{Gid, Pid, Uid, getegid, geteuid, getpid, setgroups, setresgid, setresuid};

use super::{Refused, Step, refused};

/// The script's user and group inside.
pub(super) const LEARNER: u32 = 1000;

/// Beyond the IDs that systems and container engines give away; each play has its own.
const BEYOND: u32 = 2_000_000_000;

/// The script's user and group on the host.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity {
    user: u32,
    group: u32,
    root: bool,
}

impl Identity {
    /// Chooses it; the process must still be as satrain started it.
    pub(super) fn choose() -> Step<Self> {
        if !geteuid().is_root() {
            return Ok(Self { user: geteuid().as_raw(), group: getegid().as_raw(), root: false });
        }
        let wanted = BEYOND + getpid().as_raw().unsigned_abs();
        let one = |map: &str| {
            let text = fs::read_to_string(map).map_err(refused(map))?;
            spare(&text, wanted).ok_or_else(|| Refused {
                what: "a user without rights".into(),
                why: format!("{map} has no ID for it"),
            })
        };
        Ok(Self { user: one("/proc/self/uid_map")?, group: one("/proc/self/gid_map")?, root: true })
    }

    /// Whether satrain has root's rights.
    pub(super) fn is_root(self) -> bool {
        self.root
    }

    /// The user's ID as satrain sees it, where that is another than its own.
    pub(super) fn owner(self) -> Option<u32> {
        self.root.then_some(self.user)
    }

    /// Makes it the only user of the user namespace of a process, or of this one.
    pub(super) fn map(self, process: Option<Pid>) -> Step<()> {
        let process = process.map_or_else(|| "self".to_owned(), |pid| pid.to_string());
        for (file, text) in [
            ("setgroups", "deny".to_owned()),
            ("gid_map", format!("{LEARNER} {} 1", self.group)),
            ("uid_map", format!("{LEARNER} {} 1", self.user)),
        ] {
            let file = format!("/proc/{process}/{file}");
            fs::write(&file, text).map_err(refused("mapping the user"))?;
        }
        Ok(())
    }

    /// Leaves the groups of whoever runs satrain; an ordinary user cannot.
    pub(super) fn leave_groups(self) -> Step<()> {
        if self.root { setgroups(&[]).map_err(refused("leaving root's groups")) } else { Ok(()) }
    }
}

/// Becomes the script's user, in the user namespace that knows it.
pub(super) fn become_learner() -> Step<()> {
    let (user, group) = (Uid::from_raw(LEARNER), Gid::from_raw(LEARNER));
    setresgid(group, group, group).map_err(refused("becoming another group"))?;
    setresuid(user, user, user).map_err(refused("becoming another user"))
}

/// `wanted` if the map has it, else the highest ID that it has; never one that a system uses.
fn spare(map: &str, wanted: u32) -> Option<u32> {
    let ranges = map.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().map(|field| field.parse::<u64>().ok());
        let (first, count) = (fields.next()??, fields.nth(1)??);
        Some((first, first + count))
    });
    let ranges: Vec<(u64, u64)> = ranges.collect();
    if ranges.iter().any(|(first, end)| (*first..*end).contains(&wanted.into())) {
        return Some(wanted);
    }
    let highest = ranges.iter().map(|(_, end)| end - 1).max()?;
    // `nobody` is 65534, and owns what has no owner.
    u32::try_from(highest).ok().filter(|id| *id > 1000 && *id != 65534)
}

#[cfg(test)]
mod tests {
    use super::spare;

    #[test]
    fn the_user_is_one_that_the_machine_has_and_nobody_uses() {
        assert_eq!(spare("         0          0 4294967295\n", 2_000_000_007), Some(2_000_000_007));
        assert_eq!(spare("0 100000 65536\n", 2_000_000_007), Some(65535));
        assert_eq!(spare("0 1000 1\n1 100000 65534\n", 2_000_000_007), None, "that is nobody");
        assert_eq!(spare("0 1000 1\n", 2_000_000_007), None);
    }
}
