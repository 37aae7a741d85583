//! Edge: the holder. In: a command, and what desks say. Out: what the shell writes, to the desk that came last.
//!
//! It is this program once more, in a session of its own: neither a closed terminal nor a signal for satrain's group reaches it.
//! It keeps the shell's screen, so that a desk that comes later can draw what is there.

use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};
use std::{fs, thread};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{dup2_stderr, dup2_stdin, dup2_stdout, setsid};

use super::frame::{Arrived, FromDesk, FromShell};
use super::socket::{READY, through_folder};
use crate::desk::emulator::Emulator;
use crate::desk::pty::Pty;

/// How often it looks whether its socket is there still.
const LOOK: u16 = 1000;

/// How long a shell may take to end after it was hung up on.
const FAREWELL: Duration = Duration::from_secs(2);

/// Bytes that wait for a desk, or for the shell: whoever sends more waits, too.
const WAITING: usize = 64 * 1024;

/// The holder's whole life. `socket` is where desks find it; `command` is the shell.
pub fn hold(socket: &Path, size: (u16, u16), command: Command) -> ExitCode {
    // Without a session of its own it would end with the terminal.
    let _ = setsid();
    match Holder::start(socket, size, command) {
        Ok(mut holder) => {
            let _ = io::stdout().write_all(&[READY]).and_then(|()| io::stdout().flush());
            away_from_terminal();
            holder.run();
            holder.clear_away();
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = write!(io::stdout(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whoever started it may have given it a terminal, which would then never be free.
fn away_from_terminal() {
    if let Ok(null) = File::options().read(true).write(true).open("/dev/null") {
        let _ = dup2_stdin(&null);
        let _ = dup2_stdout(&null);
        let _ = dup2_stderr(&null);
    }
}

struct Holder {
    socket: PathBuf,
    /// Which file the socket is: one of that name may be another holder's.
    file: (u64, u64),
    listener: UnixListener,
    pty: Pty,
    master: File,
    /// Readable when the shell has ended.
    ended: PipeReader,
    /// What there is to be seen.
    emulator: Emulator,
    size: (u16, u16),
    /// What is typed and not yet taken.
    typed: Vec<u8>,
    desk: Option<Desk>,
    /// When it was to end.
    since: Option<Instant>,
}

/// The desk that came last.
struct Desk {
    stream: UnixStream,
    arrived: Arrived,
    /// What it has not taken yet.
    out: Vec<u8>,
    /// Whether it has said how large it is, and was told what there is.
    is_told: bool,
}

impl Holder {
    fn start(socket: &Path, size: (u16, u16), command: Command) -> io::Result<Self> {
        let listener = through_folder(socket, UnixListener::bind)?;
        fs::set_permissions(socket, fs::Permissions::from_mode(0o600))?;
        listener.set_nonblocking(true)?;
        let file = identity(socket)?;
        let (pty, mut child) = Pty::start(command, size)?;
        let master = pty.terminal()?;
        let (ended, end) = io::pipe()?;
        thread::spawn(move || {
            let _ = child.wait();
            drop(end);
        });
        nonblocking(&master)?;
        Ok(Self {
            socket: socket.to_owned(),
            file,
            listener,
            pty,
            master,
            ended,
            emulator: Emulator::new(size, 0),
            size,
            typed: Vec::new(),
            desk: None,
            since: None,
        })
    }

    /// Until the shell has ended.
    fn run(&mut self) {
        loop {
            let ready = self.wait();
            if ready.master {
                let _ = self.hear_shell();
            }
            if ready.ended {
                while self.hear_shell() {}
                self.say(&FromShell::Ended);
                return;
            }
            self.write_typed();
            if ready.listener {
                self.welcome();
            }
            if ready.desk {
                self.hear_desk();
            }
            self.write_out();
            // Whoever is at work in the shell leaves it when he likes.
            let is_alone = self.desk.is_none() && self.since.is_none();
            if is_alone && identity(&self.socket).ok() != Some(self.file) {
                self.pty.hang_up();
                self.since = Some(Instant::now());
            }
            if self.since.is_some_and(|since| since.elapsed() > FAREWELL) {
                self.pty.kill();
            }
        }
    }

    fn wait(&self) -> Ready {
        let flags = |reads: bool, writes: bool| {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::POLLIN, reads);
            flags.set(PollFlags::POLLOUT, writes);
            flags
        };
        let waits = self.desk.as_ref().map_or(0, |desk| desk.out.len());
        let mut wanted = vec![
            PollFd::new(self.ended.as_fd(), flags(true, false)),
            PollFd::new(self.listener.as_fd(), flags(true, false)),
            PollFd::new(self.master.as_fd(), flags(waits < WAITING, !self.typed.is_empty())),
        ];
        if let Some(desk) = &self.desk {
            let reads = self.typed.len() < WAITING;
            wanted.push(PollFd::new(desk.stream.as_fd(), flags(reads, !desk.out.is_empty())));
        }
        let _ = poll(&mut wanted, PollTimeout::from(LOOK));
        let is = |n: usize| wanted.get(n).and_then(PollFd::any) == Some(true);
        Ready { ended: is(0), listener: is(1), master: is(2) && waits < WAITING, desk: is(3) }
    }

    /// What the shell has written; gives whether there was anything.
    fn hear_shell(&mut self) -> bool {
        let mut bytes = vec![0; 16 * 1024];
        // An error is the end, or that there is nothing more now.
        let Ok(n @ 1..) = self.master.read(&mut bytes) else { return false };
        let answers = self.emulator.process(&bytes[..n]);
        match self.desk.as_ref().is_some_and(|desk| desk.is_told) {
            true => self.say(&FromShell::Wrote(bytes[..n].to_vec())),
            // Nobody else answers what a program asks its terminal.
            false => self.typed.extend(answers),
        }
        true
    }

    /// A desk has come: an earlier one is told, and gone.
    fn welcome(&mut self) {
        let Ok((stream, _)) = self.listener.accept() else { return };
        if stream.set_nonblocking(true).is_err() {
            return;
        }
        self.say(&FromShell::Taken);
        self.desk = Some(Desk { stream, arrived: Arrived::default(), out: Vec::new(), is_told: false });
    }

    fn hear_desk(&mut self) {
        let Some(desk) = &mut self.desk else { return };
        let mut bytes = [0; 16 * 1024];
        let heard = match desk.stream.read(&mut bytes) {
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return,
            Ok(n @ 1..) => desk.arrived.of_desk(&bytes[..n]).ok(),
            Ok(_) | Err(_) => None,
        };
        let Some(heard) = heard else {
            // It is gone. The shell is not.
            self.desk = None;
            return;
        };
        for said in heard {
            match said {
                FromDesk::Typed(bytes) => self.typed.extend(bytes),
                FromDesk::Size(columns, rows) => self.fit((columns, rows)),
                FromDesk::HangUp => self.pty.hang_up(),
                FromDesk::Kill => self.pty.kill(),
            }
        }
    }

    /// The desk has that size. A new desk is told what there is to be seen.
    fn fit(&mut self, size: (u16, u16)) {
        let is_new = self.desk.as_mut().is_some_and(|desk| !std::mem::replace(&mut desk.is_told, true));
        if is_new && size == self.size {
            // Another size for a moment: programs draw themselves anew.
            self.pty.resize((size.0, size.1.saturating_sub(1).max(1)));
        }
        self.size = size;
        self.emulator.resize(size.0, size.1);
        self.pty.resize(size);
        if is_new {
            let screen = self.emulator.screen();
            let other: &[u8] = if screen.alternate_screen() { b"\x1b[?1049h" } else { b"" };
            self.say(&FromShell::Wrote([other, screen.state_formatted().as_bytes()].concat()));
        }
    }

    fn say(&mut self, said: &FromShell) {
        if let Some(desk) = &mut self.desk {
            desk.out.extend(said.bytes());
        }
        self.write_out();
    }

    fn write_out(&mut self) {
        if let Some(desk) = &mut self.desk {
            write_some(&mut desk.stream, &mut desk.out);
        }
    }

    fn write_typed(&mut self) {
        write_some(&mut self.master, &mut self.typed);
    }

    /// What is left of it: the socket, and the last words to a desk.
    fn clear_away(&mut self) {
        if identity(&self.socket).ok() == Some(self.file) {
            let _ = fs::remove_file(&self.socket);
        }
        if let Some(desk) = &mut self.desk
            && desk.stream.set_nonblocking(false).is_ok()
            && desk.stream.set_write_timeout(Some(FAREWELL)).is_ok()
        {
            let _ = desk.stream.write_all(&desk.out);
        }
    }
}

/// Who has something to say, or can be told something.
struct Ready {
    ended: bool,
    listener: bool,
    master: bool,
    desk: bool,
}

/// Writes what is taken now.
fn write_some(to: &mut impl Write, bytes: &mut Vec<u8>) {
    while !bytes.is_empty() {
        match to.write(bytes) {
            Ok(n @ 1..) => drop(bytes.drain(..n)),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) if e.kind() == ErrorKind::WouldBlock => return,
            // Nobody takes it any more.
            Ok(_) | Err(_) => bytes.clear(),
        }
    }
}

fn nonblocking(file: &File) -> io::Result<()> {
    let now = OFlag::from_bits_truncate(fcntl(file, FcntlArg::F_GETFL)?);
    fcntl(file, FcntlArg::F_SETFL(now | OFlag::O_NONBLOCK))?;
    Ok(())
}

/// Which file that is.
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}
