//! Runs a program to its end in a process group of its own.
//!
//! In: a command and who hears its lines. Out: how it ended and what it printed. When the caller is cancelled
//! or goes away, the whole group ends with it: a compiler never outlives the satrain that started it.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio_util::sync::CancellationToken;

use super::error::{Error, Result};
use crate::host::death;

/// How a program ended.
#[derive(Debug)]
pub struct Finished {
    /// Its exit status.
    pub status: ExitStatus,
    /// All of its standard output.
    pub stdout: String,
}

/// Time that a cancelled group has to end by itself.
const GRACE: Duration = Duration::from_secs(2);

/// Runs `command`, calls `on_line` for each line of its standard error, and returns its standard output.
///
/// # Errors
/// [`Error::Start`], or [`Error::Cancelled`] after the group was ended.
pub fn run(
    mut command: Command,
    cancel: &CancellationToken,
    timeout: Option<Duration>,
    mut on_line: impl FnMut(&str),
) -> Result<Finished> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let parent = nix::unistd::getpid();
    // SAFETY: between fork and exec it makes system calls only.
    unsafe { command.pre_exec(move || death::follow(parent)) };
    let child = command.spawn().map_err(|source| Error::Start { program, source })?;
    let mut group = Group { child, ended: false };
    let (sender, lines) = channel();
    if let Some(stderr) = group.child.stderr.take() {
        read_lines(stderr, sender);
    }
    let stdout = group.child.stdout.take().map(|mut stdout| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stdout.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        })
    });
    let deadline = timeout.map(|timeout| Instant::now() + timeout);
    loop {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled); // Drop ends the group.
        }
        if deadline.is_some_and(|deadline| Instant::now() > deadline) {
            group.end();
            break;
        }
        match lines.recv_timeout(Duration::from_millis(100)) {
            Ok(line) => on_line(&line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = group.wait()?;
    let stdout = stdout.and_then(|reader| reader.join().ok()).unwrap_or_default();
    Ok(Finished { status, stdout })
}

fn read_lines(from: impl Read + Send + 'static, to: Sender<String>) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(from);
        let mut line = Vec::new();
        while matches!(reader.read_until(b'\n', &mut line), Ok(1..)) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            if to.send(text).is_err() {
                break;
            }
            line.clear();
        }
    });
}

/// A child that leads its own process group.
struct Group {
    child: Child,
    ended: bool,
}

impl Group {
    fn wait(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait();
        self.ended = true;
        status.map_err(|source| Error::Start { program: "the child process".into(), source })
    }

    /// Asks the group to end, waits a little, then kills it.
    fn end(&mut self) {
        let Ok(id) = i32::try_from(self.child.id()) else { return };
        if self.ended || id <= 1 {
            return;
        }
        let group = Pid::from_raw(id);
        let _ = killpg(group, Signal::SIGTERM);
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline && lives(group) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.child.wait();
        self.ended = true;
    }
}

/// Looks without reaping: until the leader is reaped its id names this group and no other.
#[cfg(target_os = "linux")]
fn lives(leader: Pid) -> bool {
    use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    matches!(waitid(Id::Pid(leader), look), Ok(WaitStatus::StillAlive))
}

/// The same for a dead one that was not reaped yet: it then has all of its time.
#[cfg(not(target_os = "linux"))]
fn lives(leader: Pid) -> bool {
    nix::sys::signal::kill(leader, None).is_ok()
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn lines_and_output_come_apart() {
        let mut lines = Vec::new();
        let done = run(
            shell("echo out; echo a >&2; printf b >&2; exit 3"),
            &CancellationToken::new(),
            None,
            |line| {
                lines.push(line.to_owned());
            },
        )
        .unwrap();
        assert_eq!((done.stdout.as_str(), done.status.code()), ("out\n", Some(3)));
        assert_eq!(lines, ["a", "b"]);
    }

    #[test]
    fn cancelling_ends_the_grandchildren_too() {
        let cancel = CancellationToken::new();
        let mut grandchild = None;
        let result = run(shell("sleep 300 & echo $! >&2; wait"), &cancel, None, |line| {
            grandchild = line.parse::<i32>().ok();
            cancel.cancel();
        });
        assert!(matches!(result, Err(Error::Cancelled)));
        let gone = || nix::sys::signal::kill(Pid::from_raw(grandchild.unwrap()), None).is_err();
        let stat =
            || std::fs::read_to_string(format!("/proc/{}/stat", grandchild.unwrap())).unwrap_or_default();
        for _ in 0..100 {
            if gone() || stat().contains(") Z") {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the grandchild lives");
    }

    #[test]
    fn a_timeout_ends_the_program() {
        let started = Instant::now();
        let timeout = Some(Duration::from_millis(100));
        let done = run(shell("sleep 300"), &CancellationToken::new(), timeout, |_| {}).unwrap();
        assert!(!done.status.success() && started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let result = run(Command::new("/no/such/tool"), &CancellationToken::new(), None, |_| {});
        assert!(result.unwrap_err().to_string().contains("/no/such/tool"));
    }
}
