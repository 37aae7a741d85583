//! Programs that end with the satrain that started them, even when it is killed.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::signal::Signal;
use nix::unistd::{Pid, getppid};

/// To be called between fork and exec, in the child: has the kernel kill it when `parent`'s thread ends. On systems
/// without such a promise it outlives a satrain that is killed. Makes system calls only, so it may be used there.
///
/// # Errors
/// If the kernel refuses, or the parent is gone already.
pub fn follow(parent: Pid) -> io::Result<()> {
    ends_by(Signal::SIGKILL, parent)
}

/// The same with a signal of its own.
fn ends_by(signal: Signal, parent: Pid) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    nix::sys::prctl::set_pdeathsig(signal)?;
    #[cfg(not(target_os = "linux"))]
    let _ = signal;
    // The parent may have died before that was asked for.
    if getppid() == parent { Ok(()) } else { Err(io::ErrorKind::Interrupted.into()) }
}

/// Has the kernel hang up on a shell when this thread ends, as if its terminal were gone: two that read from one terminal would
/// share what is typed.
pub fn hangs_up(shell: &mut Command) {
    let parent = nix::unistd::getpid();
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; this makes system calls only.
    unsafe { shell.pre_exec(move || ends_by(Signal::SIGHUP, parent)) };
}
