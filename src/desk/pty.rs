//! Edge: a shell in a pseudo-terminal. In: a command, and bytes for it. Out: what it writes, and its end.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::{io, thread};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::libc;
use nix::pty::{OpenptyResult, Winsize, openpty};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, setsid, tcgetpgrp};
use tokio::sync::mpsc::Sender;

use super::events::Event;

nix::ioctl_write_ptr_bad!(set_size, libc::TIOCSWINSZ, Winsize);
nix::ioctl_write_int_bad!(set_controlling, libc::TIOCSCTTY);

/// A pseudo-terminal with a shell in it.
pub(super) struct Pty {
    terminal: OwnedFd,
    process: Pid,
}

impl Pty {
    /// Starts `command` in a terminal with so many columns and rows.
    pub(super) fn start(mut command: Command, (columns, rows): (u16, u16)) -> io::Result<(Self, Child)> {
        let OpenptyResult { master, slave } = openpty(&size(columns, rows), None)?;
        // No other program that satrain starts may keep this terminal open.
        for end in [&master, &slave] {
            fcntl(end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
        }
        command.stdin(Stdio::from(slave.try_clone()?)).stdout(Stdio::from(slave.try_clone()?)).stderr(slave);
        // SAFETY: between fork and exec only async-signal-safe calls are allowed; this makes system calls only.
        unsafe {
            command.pre_exec(|| {
                setsid()?;
                // Descriptor 0 is the new terminal by now.
                set_controlling(0, 0)?;
                Ok(())
            });
        }
        let child = command.spawn()?;
        // It holds the other end of the terminal.
        drop(command);
        let process = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
        Ok((Self { terminal: master, process }, child))
    }

    /// Its own end, to read and to write.
    pub(super) fn terminal(&self) -> io::Result<File> {
        self.terminal.try_clone().map(File::from)
    }

    /// Tells the shell how big its terminal is.
    pub(super) fn resize(&self, (columns, rows): (u16, u16)) {
        // SAFETY: the descriptor is open, and the structure is as the kernel wants it.
        let _ = unsafe { set_size(self.terminal.as_raw_fd(), &size(columns, rows)) };
    }

    /// Tells the shell, and what runs in front, that its terminal is gone.
    pub(super) fn hang_up(&self) {
        if let Ok(front) = tcgetpgrp(self.terminal.as_fd()) {
            let _ = killpg(front, Signal::SIGHUP);
        }
        let _ = kill(self.process, Signal::SIGHUP);
    }

    /// Ends a shell that does not care, and what runs in front.
    pub(super) fn kill(&self) {
        if let Ok(front) = tcgetpgrp(self.terminal.as_fd()) {
            let _ = killpg(front, Signal::SIGKILL);
        }
        let _ = killpg(self.process, Signal::SIGKILL);
    }
}

/// A shell that ends with its desk.
pub(super) struct Shell {
    pty: Pty,
    to: mpsc::Sender<Vec<u8>>,
}

impl Shell {
    /// Starts `command` in a terminal of this size; what happens goes to `events`.
    pub(super) fn start(command: Command, size: (u16, u16), events: &Sender<Event>) -> io::Result<Self> {
        let (pty, mut child) = Pty::start(command, size)?;
        let (mut from, mut into) = (pty.terminal()?, pty.terminal()?);
        let told = events.clone();
        thread::spawn(move || {
            let mut bytes = vec![0; 16 * 1024];
            // An error is the end: nobody has the terminal open any more.
            while let Ok(n @ 1..) = from.read(&mut bytes) {
                if told.blocking_send(Event::Wrote(bytes[..n].to_vec())).is_err() {
                    break;
                }
            }
        });
        let told = events.clone();
        thread::spawn(move || {
            let _ = child.wait();
            // Nobody listens any more if the desk is closed.
            let _ = told.blocking_send(Event::ShellEnded);
        });
        let (to, typed) = mpsc::channel::<Vec<u8>>();
        thread::spawn(move || {
            while let Ok(bytes) = typed.recv() {
                if into.write_all(&bytes).is_err() {
                    break;
                }
            }
        });
        Ok(Self { pty, to })
    }

    /// Sends bytes, as if they were typed.
    pub(super) fn send(&self, bytes: Vec<u8>) {
        // If the shell has ended, there is nobody to get them.
        let _ = self.to.send(bytes);
    }

    /// The terminal that it is in.
    pub(super) const fn pty(&self) -> &Pty {
        &self.pty
    }
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}
