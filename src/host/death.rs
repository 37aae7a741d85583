//! Programs that end with the satrain that started them, even when it is killed.

use std::io;

use nix::unistd::{Pid, getppid};

/// To be called between fork and exec, in the child: has the kernel kill it when `parent`'s thread ends. On systems
/// without such a promise it outlives a satrain that is killed. Makes system calls only, so it may be used there.
///
/// # Errors
/// If the kernel refuses, or the parent is gone already.
pub fn follow(parent: Pid) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
    // The parent may have died before that was asked for.
    if getppid() == parent { Ok(()) } else { Err(io::ErrorKind::Interrupted.into()) }
}
