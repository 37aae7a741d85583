//! Plays all jobs: several seats at once, then what a fault of the machine cost once more, alone.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::join_all;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::job::{Job, Key};
use super::keep::Keeper;
use super::mark::Mark;
use super::play::{Played, Seat, play};
use super::seats::Seats;
use crate::event::{Event, Events};
use crate::lab::attempt;
use crate::lab::cluster::LabCluster;
use crate::lab::store::Store;

/// How long everything beside the script may take: setup, grade and removal.
const AROUND: Duration = Duration::from_secs(300);

/// How jobs are played.
pub struct Run<'a> {
    /// Who keeps what comes of it.
    pub keeper: &'a dyn Keeper,
    /// Who makes clusters.
    pub seats: &'a dyn Seats,
    /// How many at a time.
    pub at_once: usize,
    /// How long a script may take.
    pub limit: Duration,
    /// Where the attempts in progress are.
    pub state: PathBuf,
    /// Who is told.
    pub events: Events,
    /// Ends the run: what is done is kept.
    pub cancel: CancellationToken,
}

/// What came of a job in this run.
#[derive(Debug)]
pub enum Outcome {
    /// It has a mark, and that is kept.
    Marked(Box<Mark>),
    /// It could not be graded, in two tries.
    Fault(String),
}

/// Plays the jobs, which have different keys. Out: what came of each that was played; a run that was cancelled has fewer.
///
/// # Errors
/// When a mark cannot be written: nothing that follows could be kept either.
pub async fn run(run: &Run<'_>, jobs: Vec<Job>) -> std::io::Result<Vec<(Key, Outcome)>> {
    let total = jobs.len();
    let jobs = shuffled(jobs);
    let desk =
        Desk { run, queue: Mutex::new(jobs.into()), done: Mutex::default(), total, began: Instant::now() };
    let at_once = run.at_once.clamp(1, total.max(1));
    let results = join_all((1..=at_once).map(|seat| desk.work(seat))).await;
    let mut faults = Vec::new();
    for result in results {
        faults.extend(result?);
    }
    // Alone on the machine, each on a new cluster: now it is not the neighbours' fault.
    for (job, first) in faults {
        if run.cancel.is_cancelled() {
            break;
        }
        run.events.warn(format!("{}: {first}; it is played once more", job.label));
        desk.again(job, first).await?;
    }
    for seat in 1..=at_once {
        if let Err(why) = run.seats.end(seat).await {
            run.events.warn(format!("the cluster of seat {seat} could not be ended: {why}"));
        }
    }
    Ok(desk.done.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// In an order that no script decides: who is next on a cluster is chance.
fn shuffled(mut jobs: Vec<Job>) -> Vec<Job> {
    let mut secret = [0; 32];
    // Without a random number it is an order all the same.
    let _ = getrandom::fill(&mut secret);
    jobs.sort_by_key(|job| Sha256::digest([secret.as_slice(), job.key.as_str().as_bytes()].concat()));
    jobs
}

/// What the seats share.
struct Desk<'a> {
    run: &'a Run<'a>,
    queue: Mutex<VecDeque<Job>>,
    done: Mutex<Vec<(Key, Outcome)>>,
    total: usize,
    began: Instant,
}

impl Desk<'_> {
    fn next(&self) -> Option<Job> {
        if self.run.cancel.is_cancelled() {
            return None;
        }
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Plays jobs on one seat until there are none. Out: those that a fault cost, and what it was.
    async fn work(&self, number: usize) -> std::io::Result<Vec<(Job, String)>> {
        let mut faults = Vec::new();
        let mut seat = None;
        while let Some(job) = self.next() {
            match self.play(number, &mut seat, &job).await {
                Played::Marked(kept) => self.keep(&job, *kept).await?,
                Played::Fault(why) => faults.push((job, why)),
            }
        }
        Ok(faults)
    }

    async fn again(&self, job: Job, first: String) -> std::io::Result<()> {
        match self.play(1, &mut None, &job).await {
            Played::Marked(kept) => self.keep(&job, *kept).await?,
            Played::Fault(why) => {
                let why = if why == first { why } else { format!("{why} (the first time: {first})") };
                self.run.keeper.fault(&job.key, &why).await?;
                self.tell(job, Outcome::Fault(why));
            }
        }
        Ok(())
    }

    /// Plays a job on the seat's cluster, which is made where there is none, and forgotten where it is not to be used again.
    async fn play(&self, number: usize, seat: &mut Option<Seat>, job: &Job) -> Played {
        let here = match seat.take() {
            Some(here) => here,
            None => match self.seat(number).await {
                Ok(made) => made,
                Err(why) => return Played::Fault(why),
            },
        };
        let within = self.run.limit + AROUND;
        let played = tokio::select! {
            played = play(&here, job, self.run.limit, (self.run.seats, number)) => played,
            () = tokio::time::sleep(within) => Played::Fault(format!("it took longer than {} s", within.as_secs())),
            () = self.run.cancel.cancelled() => Played::Fault("interrupted".into()),
        };
        if let Played::Marked(kept) = &played {
            match &kept.mark.thrown_away {
                None => *seat = Some(here),
                Some(why) => {
                    self.run.events.note(format!("{}: a new cluster follows, since {why}", job.label))
                }
            }
        }
        played
    }

    async fn seat(&self, number: usize) -> Result<Seat, String> {
        let lab: LabCluster =
            self.run.seats.fresh(number).await.map_err(|why| format!("no cluster: {why}"))?;
        let store = Store::ephemeral(self.run.state.join(format!("seat-{number}")));
        attempt::clear(&store, &lab).await.map_err(|e| e.to_string())?;
        Ok(Seat { lab, store })
    }

    async fn keep(&self, job: &Job, kept: super::keep::Kept) -> std::io::Result<()> {
        self.run.keeper.keep(&job.key, &kept).await?;
        self.tell(job.clone(), Outcome::Marked(Box::new(kept.mark)));
        Ok(())
    }

    fn tell(&self, job: Job, outcome: Outcome) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.push((job.key, outcome));
        let (count, total) = (done.len(), self.total);
        let left = self.began.elapsed().mul_f64((total - count) as f64 / count.max(1) as f64);
        let detail = match left.as_secs() {
            0 => job.label,
            1..=90 => format!("{} · {} s left", job.label, left.as_secs()),
            more => format!("{} · {} min left", job.label, more.div_ceil(60)),
        };
        self.run.events.emit(Event::Progress {
            done: count as u64,
            total: total as u64,
            unit: "hand-ins",
            detail,
        });
    }
}
