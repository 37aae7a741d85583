//! Edge: connects a desk with the terminal, the shell, and whoever feeds it with news.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Command;
use std::time::Duration;

use nix::libc;
use nix::sys::signal::{Signal, raise};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::events::{Effect, Event};
use super::face::Face;
use super::held::Held;
use super::input::Input;
use super::pty;
use super::terminal::Screen;

/// What is drawn within this time is drawn together. What comes after a pause is drawn at once.
const FRAME: Duration = Duration::from_millis(16);

/// How long a shell may take to end after its terminal is gone, and a feed to do what it was asked for last.
const FAREWELL: Duration = Duration::from_secs(2);

/// Events that wait: a shell that writes without end waits, too.
const WAITING: usize = 16;

/// What a feed is given.
pub(super) struct Line<N, A> {
    /// Where its news go.
    pub(super) news: Sender<N>,
    /// What the desk asks for; its end is the desk's.
    pub(super) asked: UnboundedReceiver<A>,
}

/// Feeds a desk with news until nothing more is asked for.
pub(super) type Feed<N, A> = Box<dyn FnOnce(Line<N, A>) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// The shell that a desk is to have.
pub(super) struct Wanted {
    /// What starts it.
    pub(super) command: Command,
    /// Where it is held, so that it lives on when the desk goes; None: it ends with the desk.
    pub(super) socket: Option<PathBuf>,
}

/// A desk that was closed.
pub(super) struct Was<F> {
    /// How it was.
    pub(super) face: F,
    /// Whether its shell lives on.
    pub(super) lives_on: bool,
}

/// Opens a desk, and returns it when it was left. Standard input and output are the terminal; `satrain` is this program,
/// for the guardian and the holder. `face` makes the desk for a screen of that size.
pub(super) async fn open<F: Face>(
    satrain: &Path,
    shell: Option<Wanted>,
    feed: Feed<F::News, F::Ask>,
    face: impl FnOnce((u16, u16)) -> F,
) -> io::Result<Was<F>> {
    let mut screen = Screen::take(satrain)?;
    let (typed, typing) = mpsc::unbounded_channel();
    let (to, events) = mpsc::channel(WAITING);
    let (news, told) = mpsc::channel(WAITING);
    let (asks, asked) = mpsc::unbounded_channel();
    let mut face = face(screen.size()?);
    let shell = match shell {
        Some(wanted) => Some(Shell::start(wanted, satrain, face.pane_size(), &to)?),
        None => None,
    };
    let _input = Input::start(typed)?;
    let mut feeding = Ended(tokio::spawn(feed(Line { news, asked })));
    let mut shell = HungUp(shell);
    let mut open = Open {
        screen: &mut screen,
        shell: shell.0.as_ref(),
        asks,
        last: Instant::now(),
        due: None,
        typed: false,
    };
    let mut from = Sources { typing, events, told };
    open.screen.draw(&face)?;
    let how = open.run(&mut face, &mut from).await?;
    // The feed hears by this that nothing more is asked for.
    drop(open);
    drop(from.told);
    let _ = timeout(FAREWELL, &mut feeding.0).await;
    // Of a shell that has ended, not even its number is its own any more.
    let shell = shell.0.take().filter(|_| how != How::ShellEnded);
    let lives_on = how == How::Left && matches!(shell, Some(Shell::Held(_)));
    if let Some(shell) = shell.filter(|_| !lives_on) {
        shell.hang_up();
        if timeout(FAREWELL, shell_ends(&mut from.events)).await.is_err() {
            shell.kill();
            let _ = timeout(FAREWELL, shell_ends(&mut from.events)).await;
        }
    }
    Ok(Was { face, lives_on })
}

/// How a desk was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// Its shell has ended by itself.
    ShellEnded,
    /// It was closed, and its shell is to end.
    Closed,
    /// It was left, and its shell is to live on.
    Left,
}

/// A shell, and who has its terminal.
enum Shell {
    Own(pty::Shell),
    Held(Held),
}

impl Shell {
    fn start(wanted: Wanted, satrain: &Path, size: (u16, u16), events: &Sender<Event>) -> io::Result<Self> {
        let Wanted { command, socket } = wanted;
        let held = socket.map(|socket| Held::attach(&socket, satrain, &command, size, events));
        match held {
            Some(Ok(held)) => Ok(Self::Held(held)),
            // Where none can be held, for want of sockets, one that ends with the desk is better than none.
            Some(Err(_)) | None => Ok(Self::Own(pty::Shell::start(command, size, events)?)),
        }
    }

    fn send(&self, bytes: Vec<u8>) {
        match self {
            Self::Own(shell) => shell.send(bytes),
            Self::Held(shell) => shell.send(bytes),
        }
    }

    fn resize(&self, size: (u16, u16)) {
        match self {
            Self::Own(shell) => shell.pty().resize(size),
            Self::Held(shell) => shell.resize(size),
        }
    }

    fn hang_up(&self) {
        match self {
            Self::Own(shell) => shell.pty().hang_up(),
            Self::Held(shell) => shell.hang_up(),
        }
    }

    fn kill(&self) {
        match self {
            Self::Own(shell) => shell.pty().kill(),
            Self::Held(shell) => shell.kill(),
        }
    }
}

async fn shell_ends(events: &mut Receiver<Event>) {
    while !matches!(events.recv().await, None | Some(Event::ShellEnded)) {}
}

/// Where events come from. What is typed comes first, then news: the shell may write without end.
struct Sources<N> {
    typing: UnboundedReceiver<Event>,
    told: Receiver<N>,
    events: Receiver<Event>,
}

struct Open<'a, A> {
    screen: &'a mut Screen,
    shell: Option<&'a Shell>,
    asks: UnboundedSender<A>,
    /// When was drawn last.
    last: Instant,
    /// When is to be drawn next.
    due: Option<Instant>,
    /// Whether the shell has got a key since: its echo is drawn at once, whatever else was drawn a moment ago.
    typed: bool,
}

impl<A> Open<'_, A> {
    /// Until the desk closes; gives how.
    async fn run<F: Face<Ask = A>>(&mut self, face: &mut F, from: &mut Sources<F::News>) -> io::Result<How> {
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
            let mut ended = false;
            let effects = tokio::select! {
                biased;
                Some(event) = from.typing.recv() => face.update(event),
                () = draw => vec![Effect::Draw],
                Some(news) = from.told.recv() => face.told(news),
                _ = resized.recv() => {
                    let (columns, rows) = self.screen.size()?;
                    face.update(Event::Resized(columns, rows))
                }
                _ = stopped.recv() => face.update(Event::Stop),
                _ = continued.recv() => {
                    self.screen.enter()?;
                    face.update(Event::Continued)
                }
                Some(event) = from.events.recv() => {
                    ended = matches!(event, Event::ShellEnded);
                    face.update(event)
                }
            };
            for effect in effects {
                match effect {
                    Effect::Close if ended => return Ok(How::ShellEnded),
                    Effect::Close => return Ok(How::Closed),
                    Effect::Leave => return Ok(How::Left),
                    effect => self.perform(effect, face)?,
                }
            }
        }
    }

    fn perform(&mut self, effect: Effect<A>, face: &impl Face) -> io::Result<()> {
        match effect {
            Effect::ToShell(bytes) => {
                if let Some(shell) = self.shell {
                    shell.send(bytes);
                    self.typed = true;
                }
            }
            Effect::ResizeShell(columns, rows) => {
                if let Some(shell) = self.shell {
                    shell.resize((columns, rows));
                }
            }
            Effect::Modes(modes) => self.screen.modes(modes)?,
            Effect::Draw if self.typed || self.last.elapsed() >= FRAME => self.draw(face)?,
            Effect::Draw => self.due = Some(self.due.unwrap_or(self.last + FRAME)),
            Effect::Redraw => {
                self.screen.redraw(face)?;
                (self.last, self.due) = (Instant::now(), None);
            }
            Effect::Stop => {
                self.screen.leave();
                // Returns when somebody continues it; that is an event of its own.
                raise(Signal::SIGSTOP)?;
            }
            // A feed that has ended was needed no more.
            Effect::Ask(ask) => drop(self.asks.send(ask)),
            // The loop ends by it.
            Effect::Close | Effect::Leave => {}
        }
        Ok(())
    }

    fn draw(&mut self, face: &impl Face) -> io::Result<()> {
        self.screen.draw(face)?;
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

/// A shell that is hung up on with this, also when the program is interrupted. One that is held lives on.
struct HungUp(Option<Shell>);

impl Drop for HungUp {
    fn drop(&mut self) {
        if let Some(Shell::Own(shell)) = &self.0 {
            shell.pty().hang_up();
        }
    }
}
