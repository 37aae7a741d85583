//! Edge: opens the desk of an exam, and feeds it with the time and with how the exam stands.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::seat::{Act, Closed, Seat};
use super::state::{News, State};
use crate::desk::open::{Line, Wanted, open as open_face};

/// How often the exam is looked at: others may write its journal, too.
const LOOK: Duration = Duration::from_secs(1);

/// What is opened.
pub struct Desk {
    /// The exam.
    pub seat: Arc<dyn Seat>,
    /// The candidate's shell.
    pub shell: Command,
    /// Where the shell is held, so that it lives on when the desk goes; None: it ends with the desk.
    pub socket: Option<PathBuf>,
    /// This program, for the guardian.
    pub satrain: PathBuf,
}

/// Opens the desk, and says why it was closed. Standard input and output are the terminal. Closing it does not end the exam.
///
/// # Errors
/// When the terminal or the shell cannot be had, or nobody can say how the exam stands.
pub async fn open(desk: Desk) -> io::Result<Closed> {
    let Desk { seat, shell, socket, satrain } = desk;
    let exam = seat.state().map_err(io::Error::other)?;
    let number = |task: &crate::sitting::state::TaskState| task.place.number;
    let texts: BTreeMap<usize, String> =
        exam.tasks.iter().map(number).map(|n| (n, seat.task_text(n))).collect();
    let now = seat.now();
    let feed = Box::new(move |line| Box::pin(run(seat, line)) as _);
    let face = |size| State::new(exam, texts, now, size);
    let shell = Wanted { command: shell, socket };
    Ok(open_face(&satrain, Some(shell), feed, face).await?.face.closed.unwrap_or(Closed::Left))
}

/// Until nothing more is asked for; what was asked for last is done.
pub(super) async fn run(seat: Arc<dyn Seat>, line: Line<News, Act>) {
    let Line { news, asked } = line;
    tokio::select! {
        () = do_acts(seat.clone(), asked, news.clone()) => {}
        () = tell_time(seat, news) => {}
    }
}

async fn do_acts(
    seat: Arc<dyn Seat>,
    mut asked: tokio::sync::mpsc::UnboundedReceiver<Act>,
    news: Sender<News>,
) {
    loop {
        let act = tokio::select! {
            biased;
            act = asked.recv() => match act {
                Some(act) => Some(act),
                None => return,
            },
            () = sleep(LOOK) => None,
        };
        let (seat, is_act) = (seat.clone(), act.is_some());
        // A disk that is slow must not stop the clock on the screen.
        let done = tokio::task::spawn_blocking(move || match act {
            Some(act) => seat.act(act),
            None => seat.state(),
        });
        let told = match done.await {
            Ok(Ok(exam)) => News::Exam(Box::new(exam)),
            Ok(Err(why)) if is_act => News::Refused(why),
            Ok(Err(why)) => News::Unseen(why),
            Err(_) => News::Refused("satrain itself failed".into()),
        };
        // The desk may be closed by now; what else was asked for is done nevertheless.
        let _ = news.send(told).await;
    }
}

async fn tell_time(seat: Arc<dyn Seat>, news: Sender<News>) {
    let mut clock = interval(Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        if news.send(News::Now(seat.now())).await.is_err() {
            // Acts may be under way still.
            std::future::pending::<()>().await;
        }
    }
}
