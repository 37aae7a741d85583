//! Edge: opens the desk of a lab, and feeds it with the time and with whatever its watcher sees.

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::sync::mpsc::Sender;
use tokio::time::{MissedTickBehavior, interval};

use super::state::{Look, News, State};
use crate::desk::open::{Feed, Line, Wanted, open as open_face};

/// What is opened.
pub struct Desk {
    /// The scenario, its title, and the task.
    pub what: (String, String, String),
    /// The shell; None: the board alone.
    pub shell: Option<Command>,
    /// Where the shell is held, so that it lives on when the desk goes; None: it ends with the desk.
    pub socket: Option<PathBuf>,
    /// Who watches the lab.
    pub watcher: Watcher,
    /// This program, for the guardian.
    pub satrain: PathBuf,
}

/// What a watcher is given.
pub struct Watchers {
    /// Where its news go.
    pub news: Sender<News>,
    /// Somebody wants a look now.
    pub wanted: Arc<Notify>,
}

/// Watches the lab until it is dropped.
pub type Watcher = Box<dyn FnOnce(Watchers) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// Opens the desk, and returns when it was left: whether the shell lives on. Standard input and output are the terminal.
///
/// # Errors
/// When the terminal or the shell cannot be had.
pub async fn open(desk: Desk) -> io::Result<bool> {
    let Desk { what: (name, title, task), shell, socket, watcher, satrain } = desk;
    let with_shell = shell.is_some();
    let face =
        |size| State::new((name.as_str(), title.as_str(), task.as_str()), with_shell, size, Timestamp::now());
    let shell = shell.map(|command| Wanted { command, socket });
    Ok(open_face(&satrain, shell, feed(watcher), face).await?.lives_on)
}

fn feed(watcher: Watcher) -> Feed<News, Look> {
    Box::new(move |line| Box::pin(run(watcher, line)))
}

/// Until nobody asks any more.
async fn run(watcher: Watcher, Line { news, mut asked }: Line<News, Look>) {
    let wanted = Arc::new(Notify::new());
    let watched = watcher(Watchers { news: news.clone(), wanted: wanted.clone() });
    let asks = async {
        while let Some(Look) = asked.recv().await {
            wanted.notify_one();
        }
    };
    tokio::select! {
        () = asks => {}
        _ = futures::future::join(watched, tell_time(news)) => {}
    }
}

async fn tell_time(news: Sender<News>) {
    let mut clock = interval(Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        if news.send(News::Time(Timestamp::now())).await.is_err() {
            return;
        }
    }
}
