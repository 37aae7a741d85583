//! Edge: what the terminal sends, as it is. The thread that reads ends when this is dropped: whoever comes next on the
//! terminal gets every key.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::AsFd;
use std::thread::{self, JoinHandle};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::read;
use tokio::sync::mpsc::UnboundedSender;

use super::events::Event;

/// Reads the terminal until it is dropped.
pub(super) struct Input {
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Input {
    /// Sends what is typed to `events`.
    pub(super) fn start(events: UnboundedSender<Event>) -> io::Result<Self> {
        let (stopped, stop) = io::pipe()?;
        let thread = thread::spawn(move || pump(&stopped, &events));
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn pump(stopped: &PipeReader, events: &UnboundedSender<Event>) {
    let stdin = io::stdin();
    let mut bytes = vec![0; 16 * 1024];
    loop {
        let mut wanted =
            [PollFd::new(stdin.as_fd(), PollFlags::POLLIN), PollFd::new(stopped.as_fd(), PollFlags::POLLIN)];
        match poll(&mut wanted, PollTimeout::NONE) {
            Err(Errno::EINTR) => continue,
            Err(_) => break,
            Ok(_) => {}
        }
        if wanted[1].any() == Some(true) {
            return;
        }
        match read(stdin.as_fd(), &mut bytes) {
            Ok(0) => break,
            Ok(n) if events.send(Event::Typed(bytes[..n].to_vec())).is_err() => return,
            Ok(_) | Err(Errno::EINTR | Errno::EAGAIN) => {}
            Err(_) => break,
        }
    }
    let _ = events.send(Event::TerminalGone);
}
