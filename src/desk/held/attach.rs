//! Edge: a desk's end of a held shell. It starts a holder if there is none.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use tokio::sync::mpsc::Sender;

use super::frame::{Arrived, FromDesk, FromShell};
use super::socket::{READY, VERB, through_folder};
use crate::desk::events::Event;

/// A shell that somebody else holds.
pub(in crate::desk) struct Held {
    to: mpsc::Sender<FromDesk>,
}

impl Held {
    /// Goes to the shell that is held at `socket`; if there is none, `satrain` holds `command` there. What happens goes to `events`.
    pub(in crate::desk) fn attach(
        socket: &Path,
        satrain: &Path,
        command: &Command,
        size: (u16, u16),
        events: &Sender<Event>,
    ) -> io::Result<Self> {
        let stream = match connect(socket) {
            Err(e) if e.kind() == ErrorKind::NotFound => {
                start(socket, satrain, command, size)?;
                connect(socket)?
            }
            // What a holder that was killed has left.
            Err(e) if e.kind() == ErrorKind::ConnectionRefused => {
                fs::remove_file(socket)?;
                start(socket, satrain, command, size)?;
                connect(socket)?
            }
            found => found?,
        };
        let (mut from, mut into) = (stream.try_clone()?, stream.try_clone()?);
        into.write_all(&FromDesk::Size(size.0, size.1).bytes())?;
        let told = events.clone();
        thread::spawn(move || {
            let (mut arrived, mut bytes) = (Arrived::default(), vec![0; 16 * 1024]);
            while let Ok(n @ 1..) = from.read(&mut bytes) {
                let Ok(said) = arrived.of_shell(&bytes[..n]) else { break };
                for said in said {
                    let event = match said {
                        FromShell::Wrote(bytes) => Event::Wrote(bytes),
                        FromShell::Ended => Event::ShellEnded,
                        FromShell::Taken => Event::ShellTaken,
                    };
                    // Nobody listens any more if the desk is closed.
                    if told.blocking_send(event).is_err() {
                        return;
                    }
                }
            }
            // Without a word: this desk took nothing for long, and another one came; or the holder was killed.
            let _ = told.blocking_send(Event::ShellTaken);
        });
        let (to, said) = mpsc::channel::<FromDesk>();
        thread::spawn(move || {
            while let Ok(said) = said.recv() {
                if into.write_all(&said.bytes()).is_err() {
                    break;
                }
            }
            // The desk is closed. The thread that reads ends by this, and the holder knows that nobody looks.
            let _ = into.shutdown(Shutdown::Both);
        });
        Ok(Self { to })
    }

    /// Sends bytes, as if they were typed.
    pub(in crate::desk) fn send(&self, bytes: Vec<u8>) {
        self.say(FromDesk::Typed(bytes));
    }

    /// Tells the shell how big its terminal is.
    pub(in crate::desk) fn resize(&self, (columns, rows): (u16, u16)) {
        self.say(FromDesk::Size(columns, rows));
    }

    /// Tells the shell that its terminal is gone.
    pub(in crate::desk) fn hang_up(&self) {
        self.say(FromDesk::HangUp);
    }

    /// Ends a shell that does not care.
    pub(in crate::desk) fn kill(&self) {
        self.say(FromDesk::Kill);
    }

    fn say(&self, said: FromDesk) {
        // If the shell has ended, there is nobody to hear it.
        let _ = self.to.send(said);
    }
}

fn connect(socket: &Path) -> io::Result<UnixStream> {
    through_folder(socket, UnixStream::connect)
}

/// Starts a holder, and waits until it holds the shell.
fn start(socket: &Path, satrain: &Path, command: &Command, (columns, rows): (u16, u16)) -> io::Result<()> {
    let mut holder = Command::new(satrain);
    holder.arg(VERB).arg(socket).args([columns.to_string(), rows.to_string()]).arg("--");
    holder.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => holder.env(name, value),
            None => holder.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        holder.current_dir(folder);
    }
    let mut holder = holder.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut said = Vec::new();
    if let Some(out) = &mut holder.stdout {
        // It lets go of its end when it has said how it went.
        out.take(4096).read_to_end(&mut said)?;
    }
    // It outlives this program, unless the shell ends earlier.
    thread::spawn(move || holder.wait());
    match said.first() {
        Some(&READY) if said.len() == 1 => Ok(()),
        _ => Err(io::Error::other(format!(
            "the shell could not be started: {}",
            String::from_utf8_lossy(&said).trim()
        ))),
    }
}
