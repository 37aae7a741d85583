//! The user namespace of a cluster, made by an ordinary user or by root.
//!
//! An ordinary user is root in it, with subordinate IDs for all others. The mapping is written by the setuid programs newuidmap
//! and newgidmap (package uidmap), which must run outside of the namespace: a child is forked before it is made and waits for it.
//! Root writes the mapping of a process that was made in its namespace, and that is nobody's then (`users`).

use std::os::fd::OwnedFd;
use std::process::Command;

use nix::fcntl::OFlag;
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Gid, Pid, Uid, fork, getgid, getpid, getuid, pipe2, read};

use crate::cluster::embedded::failure::Failure;
use crate::cluster::embedded::subid;
use crate::cluster::embedded::users::Users;

const REMEDY: &str = "Rootless clusters need user namespaces and the package `uidmap` (newuidmap, newgidmap) with ranges in /etc/subuid and /etc/subgid; or run satrain with sudo.";

const ROOTS_REMEDY: &str = "Root needs the capabilities CAP_SETUID and CAP_SETGID for it; a container has them unless it dropped them.";

/// Makes this (single-threaded) process root of a fresh user namespace.
pub(super) fn enter() -> Result<(), Failure> {
    let (user, group, process) = (getuid(), getgid(), getpid());
    let (go, start) = pipe2(OFlag::O_CLOEXEC).map_err(refused)?;
    // SAFETY: the process has one thread, so the child may do anything.
    match unsafe { fork() }.map_err(refused)? {
        ForkResult::Child => {
            drop(start);
            let mapped = wait(&go) && map(process, user, group.as_raw());
            std::process::exit(i32::from(!mapped));
        }
        ForkResult::Parent { child } => {
            unshare(CloneFlags::CLONE_NEWUSER).map_err(refused)?;
            nix::unistd::write(&start, b"1").map_err(refused)?;
            match waitpid(child, None).map_err(refused)? {
                WaitStatus::Exited(_, 0) => {}
                status => {
                    return Err(refused(format!(
                        "mapping users failed ({status:?}); see the supervisor's log"
                    )));
                }
            }
            let root = Uid::from_raw(0);
            nix::unistd::setresgid(0.into(), 0.into(), 0.into()).map_err(refused)?;
            nix::unistd::setresuid(root, root, root).map_err(refused)
        }
    }
}

fn wait(go: &OwnedFd) -> bool {
    matches!(read(go, &mut [0u8; 1]), Ok(1))
}

fn map(process: Pid, user: Uid, group: u32) -> bool {
    let name = nix::unistd::User::from_uid(user).ok().flatten().map(|u| u.name).unwrap_or_default();
    let maps = [("newuidmap", "/etc/subuid", user.as_raw()), ("newgidmap", "/etc/subgid", group)];
    maps.into_iter().all(|(program, file, own)| {
        let ranges = std::fs::read_to_string(file).unwrap_or_default();
        let Some(args) = subid::mapping(&ranges, &name, user.as_raw(), own) else { return false };
        Command::new(program).arg(process.to_string()).args(args).status().is_ok_and(|s| s.success())
    })
}

/// Writes the mapping of a process that is in a user namespace of its own.
pub(super) fn write(process: Pid, users: &Users) -> Result<(), Failure> {
    let [uids, gids] = users.maps();
    for (file, map) in [("uid_map", uids), ("gid_map", gids)] {
        std::fs::write(format!("/proc/{process}/{file}"), map).map_err(refused_to_root)?;
    }
    Ok(())
}

/// Becomes root of the namespace that this process is in, without any group of the host.
pub(super) fn become_root() -> Result<(), Failure> {
    let (user, group) = (Uid::from_raw(0), Gid::from_raw(0));
    nix::unistd::setgroups(&[]).map_err(refused_to_root)?;
    nix::unistd::setresgid(group, group, group).map_err(refused_to_root)?;
    nix::unistd::setresuid(user, user, user).map_err(refused_to_root)
}

fn refused(why: impl ToString) -> Failure {
    Failure::kernel("a user namespace", why, REMEDY)
}

fn refused_to_root(why: impl ToString) -> Failure {
    Failure::kernel("a user namespace", why, ROOTS_REMEDY)
}
