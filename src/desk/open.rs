//! Edge: connects the pure core with the terminal, the shell, the clock and whoever watches the lab.

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use nix::libc;
use nix::sys::signal::{Signal, raise};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{Notify, mpsc::UnboundedReceiver};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::input::Input;
use super::pty::Shell;
use super::state::{Effect, Event, State};
use super::terminal::Screen;

/// What is drawn within this time is drawn together. What comes after a pause is drawn at once.
const FRAME: Duration = Duration::from_millis(16);

/// How long a shell may take to end after its terminal is gone.
const FAREWELL: Duration = Duration::from_secs(2);

/// Events that wait: a shell that writes without end waits, too.
const WAITING: usize = 16;

/// What is opened.
pub struct Desk {
    /// The scenario, its title, and the task.
    pub what: (String, String, String),
    /// The shell; None: the board alone.
    pub shell: Option<Command>,
    /// Who watches the lab.
    pub watcher: Watcher,
    /// This program, for the guardian.
    pub satrain: PathBuf,
}

/// What a watcher is given.
pub struct Watchers {
    /// Where its events go.
    pub events: Sender<Event>,
    /// Somebody wants a look now.
    pub wanted: Arc<Notify>,
}

/// Watches the lab until it is dropped.
pub type Watcher = Box<dyn FnOnce(Watchers) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// Opens the desk, and returns when it was left. Standard input and output are the terminal.
///
/// # Errors
/// When the terminal or the shell cannot be had.
pub async fn open(desk: Desk) -> io::Result<()> {
    let Desk { what: (name, title, task), shell, watcher, satrain } = desk;
    let mut screen = Screen::take(&satrain)?;
    let (typed, typing) = mpsc::unbounded_channel();
    let (to, events) = mpsc::channel(WAITING);
    let mut state = State::new((&name, &title, &task), shell.is_some(), screen.size()?, Timestamp::now());
    let shell = match shell {
        Some(command) => Some(Shell::start(command, state.shell_size(), &to)?),
        None => None,
    };
    let _input = Input::start(typed)?;
    let wanted = Arc::new(Notify::new());
    let watchers = Watchers { events: to.clone(), wanted: wanted.clone() };
    let _watcher = Ended(tokio::spawn(watcher(watchers)));
    let mut shell = HungUp(shell);
    let mut open = Open {
        screen: &mut screen,
        shell: shell.0.as_ref(),
        wanted,
        last: Instant::now(),
        due: None,
        typed: false,
    };
    let mut events = Events { typing, events };
    open.screen.draw(&state)?;
    let ended = open.run(&mut state, &mut events).await?;
    // Of a shell that has ended, not even its number is its own any more.
    let left = shell.0.take().filter(|_| !ended);
    if let Some(shell) = left {
        shell.hang_up();
        if timeout(FAREWELL, shell_ends(&mut events.events)).await.is_err() {
            shell.kill();
        }
    }
    Ok(())
}

async fn shell_ends(events: &mut Receiver<Event>) {
    while !matches!(events.recv().await, None | Some(Event::ShellEnded)) {}
}

/// Where events come from. What is typed comes first: the shell may write without end.
struct Events {
    typing: UnboundedReceiver<Event>,
    events: Receiver<Event>,
}

struct Open<'a> {
    screen: &'a mut Screen,
    shell: Option<&'a Shell>,
    wanted: Arc<Notify>,
    /// When was drawn last.
    last: Instant,
    /// When is to be drawn next.
    due: Option<Instant>,
    /// Whether the shell has got a key since: its echo is drawn at once, whatever else was drawn a moment ago.
    typed: bool,
}

impl Open<'_> {
    /// Until the desk closes; gives whether the shell has ended by itself.
    async fn run(&mut self, state: &mut State, from: &mut Events) -> io::Result<bool> {
        let mut clock = interval(Duration::from_secs(1));
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut resized = signal(SignalKind::window_change())?;
        let mut stopped = signal(SignalKind::from_raw(libc::SIGTSTP))?;
        let mut continued = signal(SignalKind::from_raw(libc::SIGCONT))?;
        loop {
            let due = self.due;
            let draw = async {
                match due {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let event = tokio::select! {
                biased;
                Some(event) = from.typing.recv() => event,
                () = draw => {
                    self.draw(state)?;
                    continue;
                }
                Some(event) = from.events.recv() => event,
                _ = resized.recv() => {
                    let (columns, rows) = self.screen.size()?;
                    Event::Resized(columns, rows)
                }
                _ = stopped.recv() => Event::Stop,
                _ = continued.recv() => {
                    self.screen.enter()?;
                    Event::Continued
                }
                _ = clock.tick() => Event::Time(Timestamp::now()),
            };
            let ended = matches!(event, Event::ShellEnded);
            for effect in state.update(event) {
                if effect == Effect::Close {
                    return Ok(ended);
                }
                self.perform(effect, state)?;
            }
        }
    }

    fn perform(&mut self, effect: Effect, state: &State) -> io::Result<()> {
        match effect {
            Effect::ToShell(bytes) => {
                if let Some(shell) = self.shell {
                    shell.send(bytes);
                    self.typed = true;
                }
            }
            Effect::ResizeShell(columns, rows) => {
                if let Some(shell) = self.shell {
                    shell.resize(columns, rows);
                }
            }
            Effect::Modes(modes) => self.screen.modes(modes)?,
            Effect::Draw if self.typed || self.last.elapsed() >= FRAME => self.draw(state)?,
            Effect::Draw => self.due = Some(self.due.unwrap_or(self.last + FRAME)),
            Effect::Redraw => {
                self.screen.redraw(state)?;
                (self.last, self.due) = (Instant::now(), None);
            }
            Effect::Stop => {
                self.screen.leave();
                // Returns when somebody continues it; that is an event of its own.
                raise(Signal::SIGSTOP)?;
            }
            Effect::Look => self.wanted.notify_one(),
            // The loop ends by it.
            Effect::Close => {}
        }
        Ok(())
    }

    fn draw(&mut self, state: &State) -> io::Result<()> {
        self.screen.draw(state)?;
        (self.last, self.due, self.typed) = (Instant::now(), None, false);
        Ok(())
    }
}

/// A task that ends with this.
struct Ended(JoinHandle<()>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A shell that is hung up on with this, also when the program is interrupted.
struct HungUp(Option<Shell>);

impl Drop for HungUp {
    fn drop(&mut self) {
        if let Some(shell) = &self.0 {
            shell.hang_up();
        }
    }
}
