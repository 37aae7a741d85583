//! Edge: a small process that gives the terminal back when satrain is killed by a signal that nobody can catch.
//!
//! It is this program once more, in a session of its own, so that neither a key nor a signal for satrain's group reaches
//! it. It sees the terminal before the desk takes it, and waits for the end of satrain: with a word all is well, without
//! one it undoes what the desk did. Whoever has put the terminal right already is left alone.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use nix::sys::termios::{LocalFlags, OutputFlags, SetArg, tcgetattr, tcsetattr};
use nix::unistd::setsid;

/// The hidden verb.
pub const VERB: &str = "guard-terminal";

/// What undoes everything that the desk may have asked for: pastes and keys as usual, no attributes, a cursor, and the
/// screen that was there before.
pub(super) const LEAVE: &[u8] = b"\x1b[?2004l\x1b[?1l\x1b>\x1b[0m\x1b[?25h\x1b[?1049l";

/// It has seen the terminal.
const READY: u8 = b'r';

/// The terminal was given back.
const WELL: u8 = b'w';

/// The guardian, as satrain holds it.
pub(super) struct Guardian {
    line: UnixStream,
    child: Child,
}

impl Guardian {
    /// Starts it, and waits until it has seen the terminal.
    pub(super) fn start(satrain: &Path) -> io::Result<Self> {
        let (mut line, its) = UnixStream::pair()?;
        let terminal = io::stdout().as_fd().try_clone_to_owned()?;
        let mut command = Command::new(satrain);
        command.arg(VERB).stdin(OwnedFd::from(its)).stdout(terminal).stderr(Stdio::null());
        let child = command.spawn()?;
        drop(command);
        let guardian = Self { line: line.try_clone()?, child };
        line.set_read_timeout(Some(PATIENCE))?;
        let mut word = [0];
        match line.read_exact(&mut word) {
            Ok(()) if word[0] == READY => Ok(guardian),
            _ => {
                guardian.dismiss();
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }

    /// The terminal has been given back.
    pub(super) fn dismiss(mut self) {
        let _ = self.line.write_all(&[WELL]);
        let _ = self.line.shutdown(Shutdown::Both);
        let _ = self.child.wait();
    }
}

/// It starts within milliseconds, but not on a machine that has no time.
const PATIENCE: Duration = Duration::from_secs(5);

/// The guardian's whole life.
pub fn watch_over() -> ExitCode {
    // Without a session of its own it would be stopped, or ended, with satrain.
    let _ = setsid();
    let terminal = io::stdout();
    let Ok(before) = tcgetattr(&terminal) else { return ExitCode::FAILURE };
    let Ok(line) = io::stdin().as_fd().try_clone_to_owned() else { return ExitCode::FAILURE };
    let mut line = UnixStream::from(line);
    if line.write_all(&[READY]).is_err() {
        return ExitCode::FAILURE;
    }
    let mut word = [0];
    if line.read_exact(&mut word).is_ok() && word[0] == WELL {
        return ExitCode::SUCCESS;
    }
    let Ok(now) = tcgetattr(&terminal) else { return ExitCode::FAILURE };
    let raw = !now.local_flags.intersects(LocalFlags::ICANON | LocalFlags::ISIG)
        && !now.output_flags.contains(OutputFlags::OPOST);
    let mut out = terminal.lock();
    let _ = out.write_all(LEAVE);
    if raw {
        let _ = tcsetattr(io::stdout(), SetArg::TCSADRAIN, &before);
    }
    let _ = out.write_all(KILLED);
    let _ = out.flush();
    ExitCode::SUCCESS
}

const KILLED: &[u8] =
    b"\r\nsatrain was killed. Labs and exams are still there: `satrain` shows how to go on.\r\n";
