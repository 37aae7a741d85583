//! The keeper: makes the namespaces, watches satrain and process 1, and removes the control groups.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, dup2_stderr, dup2_stdin, dup2_stdout, fork, pipe2, setsid};

use super::super::wire::{News, Order, Spec, receive, send};
use super::groups::Groups;
use super::identity::Identity;
use super::{Inherited, Refused, Step, init, refused};

pub(super) fn main() -> Step<()> {
    let control = control()?;
    let Ok(Some((Order::Make(spec), _))) = receive::<Order>(control.as_fd()) else {
        return Err(Refused { what: "the order".into(), why: "there is none".into() });
    };
    let kept = keep(&control, spec);
    if let Err(Refused { what, why }) = &kept {
        // Satrain may be gone, which is an answer too.
        let _ = send(control.as_fd(), &News::Refused { what: what.clone(), why: why.clone() }, &[]);
    }
    kept
}

/// Takes the socket from standard input, and closes whatever else was left open to this process.
fn control() -> Step<OwnedFd> {
    let none = || refused::<nix::Error>("standard input");
    // SAFETY: standard input is open, or the call fails.
    let raw = fcntl(std::io::stdin(), FcntlArg::F_DUPFD_CLOEXEC(3)).map_err(none())?;
    // SAFETY: made by the call before, and known to nobody else.
    let control = unsafe { <OwnedFd as std::os::fd::FromRawFd>::from_raw_fd(raw) };
    // SAFETY: numbers only. What is open here belongs to nobody in this process yet.
    unsafe { libc::syscall(libc::SYS_close_range, raw + 1, u32::MAX, 0) };
    let null = File::open("/dev/null").map_err(refused("/dev/null"))?;
    dup2_stdin(&null).map_err(none())?;
    Ok(control)
}

fn keep(control: &OwnedFd, spec: Spec) -> Step<()> {
    // Ctrl-C at the terminal is satrain's.
    setsid().map_err(refused("a session"))?;
    let identity = Identity::choose()?;
    let signals = signals().map_err(refused("signals"))?;
    if !identity.is_root() {
        unshare(CloneFlags::CLONE_NEWUSER).map_err(refused("a user namespace"))?;
        identity.map(None)?;
    }
    // All others are for process 1 to make: the keeper still needs the host's files.
    unshare(CloneFlags::CLONE_NEWPID).map_err(refused("a PID namespace"))?;
    let groups = identity.is_root().then(|| Groups::make(&spec.limits)).flatten();
    let pipe = || pipe2(OFlag::O_CLOEXEC).map_err(refused("a pipe"));
    let ((asked, ask), (told, tell)) = (pipe()?, pipe()?);
    // SAFETY: the process has one thread, so the child may do anything.
    let init = match unsafe { fork() }.map_err(refused("a process"))? {
        ForkResult::Child => {
            drop((asked, tell));
            let control = control.try_clone().map_err(refused("the socket"))?;
            init::main(Inherited { control, spec, identity, groups, ask, told });
        }
        ForkResult::Parent { child } => child,
    };
    drop((ask, told));
    let result = serve(control, &signals, init, &identity, asked, tell);
    // Nothing of the script is left when its process 1 is.
    let _ = kill(init, Signal::SIGKILL);
    let _ = waitpid(init, None);
    if let Some(groups) = groups {
        groups.remove();
    }
    result
}

/// Maps the user when process 1 asks for it; returns when that has ended, or satrain is gone.
fn serve(
    control: &OwnedFd,
    signals: &SignalFd,
    init: Pid,
    identity: &Identity,
    asked: OwnedFd,
    tell: OwnedFd,
) -> Step<()> {
    // The script's output ends with the script: the keeper holds none of it.
    let null = File::options().write(true).open("/dev/null").map_err(refused("/dev/null"))?;
    dup2_stdout(&null).map_err(refused("standard output"))?;
    dup2_stderr(&null).map_err(refused("standard error"))?;
    let mut asked = Some(File::from(asked));
    // Open as long as the keeper lives: process 1 sees by it whether it does.
    let mut tell = File::from(tell);
    loop {
        let mut fds = vec![watched(control, PollFlags::POLLHUP), watched(signals, PollFlags::POLLIN)];
        fds.extend(asked.iter().map(|asked| watched(asked, PollFlags::POLLIN)));
        poll(&mut fds, PollTimeout::NONE).map_err(refused("waiting"))?;
        let is = |n: usize| fds.get(n).and_then(PollFd::revents).is_some_and(|r| !r.is_empty());
        let (gone, ended, question) = (is(0), is(1), is(2));
        if gone || ended {
            return Ok(());
        }
        if question
            && let Some(mut question) = asked.take()
            && matches!(question.read(&mut [0]), Ok(1))
        {
            identity.map(Some(init))?;
            tell.write_all(b"1").map_err(refused("mapping the user"))?;
        }
    }
}

fn watched<'a>(file: &'a impl AsFd, what: PollFlags) -> PollFd<'a> {
    let file: BorrowedFd<'a> = file.as_fd();
    PollFd::new(file, what)
}

/// Hears that process 1 ended.
fn signals() -> nix::Result<SignalFd> {
    let mut mask = SigSet::empty();
    mask.add(Signal::SIGCHLD);
    mask.thread_block()?;
    SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
}
