//! What every command needs, read once from the command line and the environment.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::environment::Environment;
use super::typed::{self, Typed};
use crate::commands::cli::{Global, Output};
use crate::error::{Failure, Result};
use crate::event::Events;
use crate::paths::Paths;
use crate::printable::name;
use crate::report::ascii::Ascii;
use crate::report::progress::{Lines, Spinner};
use crate::report::shown::Shown;
use crate::report::style::Style;
use crate::session::{Session, Setting};

/// What a command works with.
#[derive(Clone)]
pub struct Context {
    /// The learner's attempts, history and scenarios.
    pub session: Session,
    /// The user's folders.
    pub paths: Paths,
    /// What the environment says.
    pub environment: Environment,
    /// Where progress goes.
    pub events: Events,
    /// How text looks.
    pub style: Style,
    /// Whether results are JSON.
    pub json: bool,
    /// Whether scripts of other people may run without a sandbox.
    pub without_sandbox: bool,
    /// Cancelled on Ctrl-C.
    pub cancel: CancellationToken,
    /// Whether Ctrl-C belongs to another program at the moment.
    pub interrupts_held: Arc<AtomicBool>,
    /// Whether the command ends by itself after Ctrl-C, since it has to remove something first.
    pub tidies: Arc<AtomicBool>,
    /// Whether the program waits for a person to type.
    pub at_prompt: Arc<AtomicBool>,
}

/// While it lives, something is so that says what Ctrl-C means.
#[derive(Debug)]
pub struct Held(Arc<AtomicBool>);

impl Held {
    fn new(flag: &Arc<AtomicBool>) -> Self {
        flag.store(true, Ordering::SeqCst);
        Self(flag.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl Context {
    /// From the global options and the environment.
    pub fn new(global: &Global) -> Result<Self> {
        the_clock_must_be_set(SystemTime::now())?;
        let environment = Environment::read(global.state.as_deref().map(absolute).transpose()?);
        must_be_a_folder(&environment.state)?;
        let paths = Paths { state: environment.state.clone(), cache: environment.cache.clone() };
        let (on_terminal, stdout) = (std::io::stderr().is_terminal(), std::io::stdout().is_terminal());
        let style = |terminal: bool| Style {
            colour: terminal && environment.colours && !global.plain,
            plain: global.plain,
            width: columns(terminal),
        };
        // A line that moves needs what colours need.
        let moves = on_terminal && environment.capable_terminal;
        let events = match moves && !global.quiet && !global.plain && global.verbose == 0 {
            true => Events::new(Spinner::new(style(on_terminal))),
            false => Events::new(Lines::new(std::io::stderr(), style(on_terminal), global.quiet)),
        };
        let cancel = CancellationToken::new();
        let session = Session::new(Setting {
            state: paths.state.clone(),
            packs: global.packs.clone(),
            inside: environment.lab.clone(),
            doing: own_command_line(),
            events: events.clone(),
            cancel: cancel.clone(),
        });
        let style = style(stdout);
        Ok(Self {
            session,
            paths,
            environment,
            events,
            style,
            json: global.output == Output::Json,
            without_sandbox: global.no_sandbox,
            cancel,
            interrupts_held: Arc::default(),
            tidies: Arc::default(),
            at_prompt: Arc::default(),
        })
    }

    /// The same for a part of the work of which something else is told.
    #[must_use]
    pub fn with_events(&self, events: Events) -> Self {
        Self { events, ..self.clone() }
    }

    /// What this process was asked to do, for those who wait for it.
    pub fn doing(&self) -> String {
        own_command_line()
    }

    /// Whether stderr is a terminal that may be coloured.
    pub fn colour_on_stderr(&self) -> bool {
        std::io::stderr().is_terminal() && self.environment.colours && !self.style.plain
    }

    /// Where results go: standard output, in ASCII if the user wants it plain. A file and a program get what was written, and a
    /// terminal nothing that it would obey.
    pub fn writer(&self) -> Box<dyn Write> {
        let stdout = std::io::stdout();
        let out: Box<dyn Write> = match stdout.is_terminal() {
            true => Box::new(Shown::new(stdout.lock())),
            false => Box::new(stdout.lock()),
        };
        match self.style.plain && !self.json {
            true => Box::new(Ascii::new(out)),
            false => out,
        }
    }

    /// Writes JSON, one document with a newline.
    pub fn write_json(&self, out: &mut impl Write, value: &impl serde::Serialize) -> Result<()> {
        let text = crate::printable::json(value).map_err(Failure::other)?;
        Ok(writeln!(out, "{text}")?)
    }

    /// Leaves Ctrl-C to a program that has the terminal.
    pub fn hold_interrupts(&self) -> Held {
        Held::new(&self.interrupts_held)
    }

    /// While it lives, Ctrl-C only cancels: the command removes what it made, and ends. A second Ctrl-C ends the program.
    pub fn tidies_up(&self) -> Held {
        Held::new(&self.tidies)
    }

    /// While a person is to type: Ctrl-C ends the program at once.
    pub fn prompting(&self) -> Held {
        Held::new(&self.at_prompt)
    }

    /// Asks the person at the terminal; out: the answer, without blanks around it.
    pub fn ask(&self, question: &str) -> Result<String> {
        let mut terminal = std::io::stderr();
        write!(terminal, "{question}")?;
        terminal.flush()?;
        let _prompting = self.prompting();
        if self.cancel.is_cancelled() {
            return Ok(String::new());
        }
        Ok(match typed::line(&mut std::io::stdin().lock())? {
            Typed::Line(answer) => answer,
            // Neither is what was asked for, which a question takes for a no.
            Typed::Garbled | Typed::End => String::new(),
        })
    }

    /// Whether a person sits at a terminal and could use a shell.
    pub fn interactive(&self) -> bool {
        !self.json && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
    }
}

/// The first second of 2020. No clock that is set says less.
const YEAR_2020: Timestamp = Timestamp::constant(1_577_836_800, 0);

/// Certificates and tokens are good for some time only, and so is a due date.
fn the_clock_must_be_set(now: SystemTime) -> Result<()> {
    match Timestamp::try_from(now) {
        Ok(now) if now >= YEAR_2020 => Ok(()),
        now => {
            let said = now.map_or_else(|_| "no date".to_owned(), |now| now.strftime("%Y-%m-%d").to_string());
            Err(Failure::usage(format!(
                "the clock of this machine is wrong: it says {said}\nSet it, for example with `timedatectl set-time`, and try again."
            )))
        }
    }
}

/// Refuses a state folder that can never be one: each command would say something else about it.
fn must_be_a_folder(state: &Path) -> Result<()> {
    let is_a_file = match std::fs::metadata(state) {
        Ok(there) => !there.is_dir(),
        Err(error) => error.kind() == std::io::ErrorKind::NotADirectory,
    };
    match is_a_file {
        true => Err(Failure::usage(format!(
            "{} cannot hold satrain's state: it is a file, or in one\nName a folder with `--state` or SATRAIN_STATE.",
            name(state)
        ))),
        false => Ok(()),
    }
}

/// The width of the terminal; where there is none, that of a usual one.
fn columns(terminal: bool) -> usize {
    let seen = console::Term::stdout().size_checked().filter(|_| terminal).map(|(_, columns)| columns.into());
    seen.filter(|columns| *columns > 0).unwrap_or(Style::mono().width)
}

fn absolute(path: &Path) -> Result<std::path::PathBuf> {
    std::path::absolute(path).map_err(|e| Failure::usage(format!("{}: {e}", name(path))))
}

/// What this process was asked to do.
fn own_command_line() -> String {
    let arguments = std::env::args_os().skip(1).map(|a| a.to_string_lossy().into_owned());
    std::iter::once("satrain".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ").replace('\n', " ")
}
