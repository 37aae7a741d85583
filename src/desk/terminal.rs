//! Edge: the real terminal. It is taken in raw mode with a screen of its own, and given back as it was: when this is
//! dropped, on a panic of any thread, and, by the [`guardian`](super::guardian), after a kill that nobody can catch.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::{Mutex, Once, PoisonError};

use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};

use super::emulator::Modes;
use super::face::Face;
use super::guardian::{Guardian, LEAVE};

/// A screen of its own, empty, without a cursor.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[0m\x1b[2J\x1b[H";

/// The terminal that must be given back.
struct Taken {
    tty: File,
    before: Termios,
}

static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

/// The terminal, as long as the desk has it.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<File>>>,
    guardian: Option<Guardian>,
}

impl Screen {
    /// Takes the terminal. `satrain` is the program whose guardian gives it back after a kill.
    pub(super) fn take(satrain: &Path) -> io::Result<Self> {
        give_back_on_panic();
        let tty = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        let before = tcgetattr(&tty)?;
        // It must have seen the terminal as it is now. Without it everything works but a kill.
        let guardian = Guardian::start(satrain).ok();
        let terminal =
            Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(64 * 1024, tty.try_clone()?)))?;
        *taken() = Some(Taken { tty, before });
        let mut screen = Self { terminal, guardian };
        screen.enter()?;
        Ok(screen)
    }

    /// Goes into raw mode and draws from nothing.
    pub(super) fn enter(&mut self) -> io::Result<()> {
        if let Some(taken) = taken().as_ref() {
            let mut raw = taken.before.clone();
            cfmakeraw(&mut raw);
            tcsetattr(&taken.tty, SetArg::TCSAFLUSH, &raw)?;
        }
        self.write(ENTER)?;
        self.forget()
    }

    /// The terminal as it was before, for as long as the program is stopped.
    pub(super) fn leave(&mut self) {
        if let Some(taken) = taken().as_ref() {
            taken.give_back();
        }
    }

    /// Draws what has changed.
    pub(super) fn draw(&mut self, face: &impl Face) -> io::Result<()> {
        self.terminal.draw(|frame| face.view(frame)).map(drop)
    }

    /// Draws everything.
    pub(super) fn redraw(&mut self, face: &impl Face) -> io::Result<()> {
        self.forget()?;
        self.draw(face)
    }

    /// The next frame is drawn as a whole. `Terminal::clear` would ask the terminal where its cursor is, and take the answer,
    /// and whatever else is typed, out of the shell's input.
    fn forget(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Has the terminal send keys and pastes as the shell's programs expect them.
    pub(super) fn modes(&mut self, modes: Modes) -> io::Result<()> {
        let pick = |is_so: bool, yes: &'static [u8], no: &'static [u8]| if is_so { yes } else { no };
        let all = [
            pick(modes.application_cursor, b"\x1b[?1h", b"\x1b[?1l"),
            pick(modes.application_keypad, b"\x1b=", b"\x1b>"),
            pick(modes.bracketed_paste, b"\x1b[?2004h", b"\x1b[?2004l"),
        ];
        self.write(&all.concat())
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> io::Result<(u16, u16)> {
        let Size { width, height } = self.terminal.size()?;
        Ok((width, height))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let backend = self.terminal.backend_mut();
        backend.write_all(bytes)?;
        Write::flush(backend)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(taken) = taken().take() {
            taken.give_back();
        }
        if let Some(guardian) = self.guardian.take() {
            guardian.dismiss();
        }
    }
}

impl Taken {
    fn give_back(&self) {
        // If the terminal is gone, there is nothing to give back.
        let _ = (&self.tty).write_all(LEAVE);
        let _ = tcsetattr(&self.tty, SetArg::TCSAFLUSH, &self.before);
    }
}

/// A panic leaves it whole.
fn taken() -> std::sync::MutexGuard<'static, Option<Taken>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A panic is told on the terminal as it was, and ends the program: in another thread, or in a task, it would leave a desk
/// with a part of itself missing. What is locked is free with the process, and the shell is hung up on.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let taken = taken().take();
            if let Some(taken) = &taken {
                taken.give_back();
            }
            tell(panic);
            if taken.is_some() {
                std::process::exit(PANICKED);
            }
        }));
    });
}

/// What Rust reports for a program that ended by a panic.
const PANICKED: i32 = 101;
