//! The exam under way on the desk: what is asked for there goes into the journal.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::commands::learn::desk::on_desk;
use crate::desk::exam::{Act, Closed, Desk, Seat, open};
use crate::error::{Failure, Result};
use crate::sitting::clock::Moment;
use crate::sitting::entry::EndedBy;
use crate::sitting::host::BASE;
use crate::sitting::now::now;
use crate::sitting::state::State;
use crate::sitting::{self, Sitting};

/// How often it is written down that the exam is still open.
const ALIVE: Duration = Duration::from_secs(60);

/// Where the shell on `base` is held, in the folder of that host.
const SOCKET: &str = "shell.sock";

/// Shows the exam until the desk is closed; `shell` is the one on `base`.
pub(super) async fn show(ctx: &Context, sitting: &Sitting, mut shell: Command) -> Result<Closed> {
    on_desk(ctx, &mut shell);
    let desk = Desk {
        seat: Arc::new(OnDesk { sitting: sitting.clone(), alive: Mutex::new(Instant::now()) }),
        shell,
        socket: Some(socket(sitting)?),
        satrain: connect::this_program()?,
    };
    ctx.events.rest();
    let _ours = ctx.hold_interrupts();
    open(desk).await.map_err(|e| Failure::other(format!("the desk cannot be shown: {e}")))
}

/// The exam, as the desk knows it.
struct OnDesk {
    sitting: Sitting,
    /// When it was last written down that the exam is still open.
    alive: Mutex<Instant>,
}

impl Seat for OnDesk {
    fn state(&self) -> std::result::Result<State, String> {
        let mut alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        if alive.elapsed() >= ALIVE {
            *alive = Instant::now();
            // A full disk costs no more than the minute after which the next sign is due.
            let _ = self.sitting.alive();
        }
        self.sitting.state().map_err(|e| said(&e))
    }

    fn act(&self, act: Act) -> std::result::Result<State, String> {
        let act = match act {
            Act::Read(task) => sitting::Act::Read(task),
            Act::Flag(task, set) => sitting::Act::Flag(task, set),
            Act::Note { before, text } => sitting::Act::Note { before, text },
            Act::Answer(task, text) => sitting::Act::Answer(task, text),
            Act::Finish => return self.sitting.end(EndedBy::Candidate).map_err(|e| said(&e)),
        };
        self.sitting.act(act).map_err(|e| said(&e))
    }

    fn now(&self) -> Moment {
        now()
    }

    fn task_text(&self, number: usize) -> String {
        self.sitting.text(number).unwrap_or_else(|e| said(&e))
    }
}

/// An error in one line.
fn said(error: &impl std::fmt::Display) -> String {
    error.to_string().replace('\n', "; ")
}

/// Where the shell on `base` is held.
fn socket(sitting: &Sitting) -> Result<PathBuf> {
    Ok(sitting.folder.host(BASE)?.join(SOCKET))
}

/// Ends the shell on `base`, if it lives on somewhere.
pub(super) fn end_shell(sitting: &Sitting) {
    // Where there is no folder, there is no shell.
    if let Ok(socket) = socket(sitting) {
        let _ = std::fs::remove_file(socket);
    }
}
