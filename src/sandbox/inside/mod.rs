//! The sandbox's own processes: the keeper in the host's namespaces, process 1 inside, and the script.
//!
//! The keeper makes the namespaces and waits. It ends everything when satrain hangs up, and process 1 ends when the keeper does,
//! so that `kill -9` of any of them leaves no process. As root, the private root is made with root's rights and then left
//! for a user that has none: whatever runs inside owns none of its namespaces. An ordinary user makes its user
//! namespace first, since nobody else may make the others.

mod filter;
mod groups;
mod identity;
mod init;
mod keeper;
mod rights;
mod root;

use std::fmt::Display;
use std::os::fd::OwnedFd;
use std::process::ExitCode;

use super::wire::Spec;
use groups::Groups;
use identity::Identity;

/// What process 1 is given.
struct Inherited {
    control: OwnedFd,
    spec: Spec,
    identity: Identity,
    groups: Option<Groups>,
    /// Through which it asks for its user to be mapped, and is told that it is.
    ask: OwnedFd,
    told: OwnedFd,
}

/// What the kernel or the file system refused.
#[derive(Debug)]
struct Refused {
    what: String,
    why: String,
}

type Step<T> = Result<T, Refused>;

fn refused<E: Display>(what: impl Into<String>) -> impl FnOnce(E) -> Refused {
    let what = what.into();
    move |why| Refused { what, why: why.to_string() }
}

/// Makes a sandbox for what standard input orders. Must be called before the process has a second thread.
pub fn main() -> ExitCode {
    match crate::fs::close_inherited()
        .map_err(refused("closing what the caller has open"))
        .and_then(|()| keeper::main())
    {
        Ok(()) => ExitCode::SUCCESS,
        // Satrain has been told, or is gone.
        Err(_) => ExitCode::FAILURE,
    }
}
