//! Process 1 of the sandbox: makes the root, gives its rights away, starts the script, and reaps.

use std::convert::Infallible;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::Pid;

use super::super::request::{Ended, WORKSPACE};
use super::super::wire::{News, Order, Spec, receive, send};
use super::root::{self, Root};
use super::{Inherited, Refused, Step, identity, refused, rights};

/// Never returns: the sandbox ends with this process.
pub(super) fn main(inherited: Inherited) -> ! {
    let control = inherited.control.try_clone();
    if let (Err(Refused { what, why }), Ok(control)) = (run(inherited), control) {
        let _ = send(control.as_fd(), &News::Refused { what, why }, &[]);
    }
    std::process::exit(1)
}

fn run(inherited: Inherited) -> Step<Infallible> {
    let Inherited { control, spec, identity, groups, ask, told } = inherited;
    let mut told = File::from(told);
    end_with_keeper(&told)?;
    SigSet::all().thread_unblock().map_err(refused("signals"))?;
    if let Some(groups) = &groups {
        groups.enter();
    }
    let namespaces = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWCGROUP;
    unshare(namespaces).map_err(refused("private namespaces"))?;
    nix::unistd::sethostname("lab").map_err(refused("a host name"))?;
    let root =
        root::enter(&Root { programs: &spec.programs, owner: identity.owner(), disk: spec.limits.disk })?;
    loopback()?;
    let listener = spec.port.map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
    let listener = listener.transpose().map_err(refused("listening for the cluster"))?;

    if identity.is_root() {
        identity.leave_groups()?;
        unshare(CloneFlags::CLONE_NEWUSER).map_err(refused("a user namespace"))?;
        let mapped = File::from(ask).write_all(b"1").and_then(|()| told.read_exact(&mut [0]));
        mapped.map_err(refused("mapping the user"))?;
    }
    identity::become_learner()?;
    // A user namespace of the script's own would give it all capabilities there.
    root.forbid_user_namespaces()?;
    rights::drop_capabilities().map_err(refused("dropping capabilities"))?;
    prctl::set_no_new_privs().map_err(refused("no new privileges"))?;
    // A process that changes its user is forgotten by the first request.
    end_with_keeper(&told)?;
    prctl::set_dumpable(false).map_err(refused("hiding process 1"))?;

    let mut files = vec![root.files.as_raw_fd()];
    files.extend(listener.iter().map(AsRawFd::as_raw_fd));
    send(control.as_fd(), &News::Ready { owner: identity.owner() }, &files).map_err(refused("the socket"))?;
    drop((listener, root));
    match receive::<Order>(control.as_fd()) {
        Ok(Some((Order::Go, _))) => {}
        // Satrain changed its mind, or is gone.
        _ => std::process::exit(0),
    }
    let news = match start(&spec) {
        Ok(script) => News::Ended(reap(script)?),
        Err(error) => News::NotStarted(error.to_string()),
    };
    send(control.as_fd(), &news, &[]).map_err(refused("the socket"))?;
    // The kernel ends all that is left of this PID namespace.
    std::process::exit(0)
}

/// Has the kernel end this process when the keeper ends.
fn end_with_keeper(told: &File) -> Step<()> {
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(refused("asking to end with satrain"))?;
    // It may have ended before that was asked for; then its end of the pipe is gone.
    let mut keeper = [PollFd::new(told.as_fd(), PollFlags::POLLIN)];
    poll(&mut keeper, PollTimeout::ZERO).map_err(refused("looking for satrain"))?;
    match keeper[0].revents().is_some_and(|r| r.contains(PollFlags::POLLHUP)) {
        true => Err(refused("looking for satrain")("it is gone")),
        false => Ok(()),
    }
}

fn start(spec: &Spec) -> std::io::Result<Pid> {
    let limits = spec.limits;
    let mut command = Command::new(&spec.program);
    command.args(&spec.arguments).env_clear().envs(spec.environment.iter().map(|(n, v)| (n, v)));
    command.current_dir(WORKSPACE).stdin(Stdio::null());
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; this makes system calls only.
    unsafe { command.pre_exec(move || rights::become_script(&limits)) };
    let child = command.spawn()?;
    Ok(Pid::from_raw(child.id().cast_signed()))
}

/// Reaps what ends, until the script has.
fn reap(script: Pid) -> Step<Ended> {
    loop {
        match wait() {
            Ok(WaitStatus::Exited(pid, code)) if pid == script => return Ok(Ended::Code(code)),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == script => {
                return Ok(Ended::Signal(signal as i32));
            }
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(refused("waiting for the script")(error)),
        }
    }
}

/// Brings the loopback device up; there is no other.
fn loopback() -> Step<()> {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).map_err(refused("a socket"))?;
    // SAFETY: all zeros is a valid request.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        // It has a sign on some processors.
        *to = libc::c_char::from_ne_bytes([*from]);
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as i16;
    // SAFETY: the request lives until the call returns and names a device and its flags.
    match unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) } {
        0 => Ok(()),
        _ => Err(refused("the loopback device")(std::io::Error::last_os_error())),
    }
}
