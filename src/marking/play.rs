//! Plays one hand-in on the cluster of a seat: set up, script, grade, removal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::job::Job;
use super::keep::Kept;
use super::mark::{Mark, PlayedPart, Seconds};
use super::seats::Seats;
use super::settle::settle;
use super::watch::Watch;
use crate::grade::verdict::Outcome;
use crate::lab::attempt::{Attempt, StartOptions};
use crate::lab::cluster::LabCluster;
use crate::lab::script::Manner;
use crate::lab::store::Store;
use crate::printable::printable;
use crate::result::recording::Recording;

/// How long a grade waits for what converges, and for each answer: several hand-ins share the machine.
const PATIENCE: Duration = Duration::from_secs(45);

/// How much of what a script writes is kept.
const TRANSCRIPT: usize = 256 << 10;

/// A cluster that hand-ins are played on, one after the other.
pub(super) struct Seat {
    pub(super) lab: LabCluster,
    pub(super) store: Store,
}

/// What came of a play.
pub(super) enum Played {
    /// A mark.
    Marked(Box<Kept>),
    /// The machine, the cluster or satrain failed: this says nothing about the hand-in.
    Fault(String),
}

/// Plays a hand-in. The cluster is used again only if the mark says nothing against it.
pub(super) async fn play(seat: &Seat, job: &Job, limit: Duration, seats: (&dyn Seats, usize)) -> Played {
    match tried(seat, job, limit, seats).await {
        Ok(kept) => Played::Marked(Box::new(kept)),
        Err(why) => Played::Fault(why),
    }
}

async fn tried(seat: &Seat, job: &Job, limit: Duration, seats: (&dyn Seats, usize)) -> Result<Kept, String> {
    let (store, lab) = (&seat.store, &seat.lab);
    let mut seconds = Seconds::default();
    let how = StartOptions {
        solution: Some("hand-in".to_owned()),
        take_inventory: true,
        exclusive: true,
        ..StartOptions::default()
    };
    let clock = Instant::now();
    let mut attempt =
        Attempt::begin(store, lab, job.bound.clone(), how).await.map_err(|e| format!("setup: {e}"))?;
    seconds.setup = clock.elapsed().as_secs_f64();

    let watch = Watch::begin(lab);
    let clock = Instant::now();
    let said = Transcript::default();
    let ended = attempt.play(lab, (&job.script, Manner::AsWritten), limit, |line| said.add(&line)).await;
    seconds.script = clock.elapsed().as_secs_f64();
    let ended = ended.map_err(|e| format!("the script: {e}"))?;
    let ended = (!ended.well()).then(|| ended.to_string());

    let clock = Instant::now();
    let grade = attempt.grade_patiently(lab, PATIENCE).await;
    seconds.grade = clock.elapsed().as_secs_f64();
    let recording = Recording::of(&attempt, &grade, ended.clone());
    let result = recording.result_of(&grade);
    if let Some(check) = result.checks.iter().find(|check| check.verdict == Outcome::Unknown) {
        return Err(format!("`{}` could not be graded: {}", check.id, check.why));
    }
    let recording = recording.to_bytes().map_err(|e| format!("the recording: {e}"))?;

    let clock = Instant::now();
    let (before, since) = (attempt.record.before, attempt.record.started);
    let removed = attempt.end(store, lab).await;
    // Its grade is sound; only the cluster is not.
    let thrown_away = match (removed, watch.found()) {
        (Err(e), _) => Some(format!("it could not be cleaned: {e}")),
        (Ok(_), Some(how)) => Some(how),
        (Ok(_), None) => settle(lab, before, since, seats).await.err(),
    };
    seconds.removal = clock.elapsed().as_secs_f64();
    let mark = Mark {
        schema: Mark::SCHEMA.into(),
        key: job.key.to_string(),
        result,
        played: Some(PlayedPart::new(&job.script, &job.bound)),
        judged_from: None,
        by_own_recording: false,
        ended,
        thrown_away,
        graded_at: Timestamp::now(),
        seconds,
    };
    Ok(Kept { mark, recording, transcript: said.text(), script: Some(job.script.clone()) })
}

/// What a script writes, as a terminal may get it.
#[derive(Debug, Default, Clone)]
struct Transcript(Arc<Mutex<(String, bool)>>);

impl Transcript {
    fn add(&self, line: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (text, full) = &mut *kept;
        if *full {
            return;
        }
        let line = printable(line);
        if text.len() + line.len() < TRANSCRIPT {
            text.push_str(&line);
            text.push('\n');
        } else {
            *full = true;
            text.push_str("… (it wrote more than is kept)\n");
        }
    }

    fn text(self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_has_an_end_and_no_escape() {
        let said = Transcript::default();
        said.add("\u{1b}[2Jhello");
        (0..10_000).for_each(|_| said.add(&"x".repeat(100)));
        let text = said.text();
        assert!(!text.contains('\u{1b}') && text.ends_with("kept)\n") && text.len() < TRANSCRIPT + 100);
    }
}
