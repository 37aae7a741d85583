//! Watching an attempt: a look whenever something changed, for as long as the attempt is in progress. Nothing is recorded,
//! no lock is held, and nobody is kept from working.

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::error::Result;
use crate::grade::observation::{Observation, Observed};
use crate::grade::probe::Probe;
use crate::grade::token_ref::TokenPlace;
use crate::grade::{Look, Lookout};
use crate::lab::attempt::Attempt;
use crate::lab::cluster::LabCluster;
use crate::lab::store::Store;
use crate::lab::store::record::{AttemptRecord, Phase};

/// How often the workspace's files are compared with what was seen.
const FILES: Duration = Duration::from_millis(500);

/// Without any change, look again after this time: certificates end, and Pods become ready.
const SILENCE: Duration = Duration::from_secs(10);

/// Programs in Pods are run again this long after the last time: when something changed, and when nothing did.
const PROGRAMS: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(60));

/// Somebody who watches an attempt.
pub struct Watching {
    store: Store,
    lab: LabCluster,
    attempt: Attempt,
    lookout: Lookout,
    latest: Option<Look>,
    programs: Option<Instant>,
    changed_since_programs: bool,
}

/// What there was to see.
#[derive(Debug)]
pub enum Sight {
    /// The lab.
    Lab(Box<Look>),
    /// It is being set up again; there is nothing to see yet.
    Busy,
    /// The attempt has ended.
    Ended,
}

impl Watching {
    /// Watches `attempt`.
    pub fn new(store: Store, lab: LabCluster, attempt: Attempt) -> Self {
        let (lookout, latest, programs) = (Lookout::default(), None, None);
        Self { store, lab, attempt, lookout, latest, programs, changed_since_programs: false }
    }

    /// Looks once: at what can be read, and, when all of that is as required, by programs in Pods, too.
    pub async fn look(&mut self) -> Result<Sight> {
        let Some(record) = self.attempt.dir.record()?.filter(|r| r.phase != Phase::Ended) else {
            return Ok(Sight::Ended);
        };
        if record.phase != Phase::Ready {
            return Ok(Sight::Busy);
        }
        if record.started != self.attempt.record.started {
            self.begin_anew(record)?;
        }
        let mut look = self.attempt.look(&self.lab, &mut self.lookout, false).await;
        self.changed_since_programs |= self.has_changed(&look);
        let since = self.programs.map(|at| at.elapsed());
        if programs_are_due(look.only_programs_are_left(), since, self.changed_since_programs) {
            look = self.attempt.look(&self.lab, &mut self.lookout, true).await;
            (self.programs, self.changed_since_programs) = (Some(Instant::now()), false);
        }
        // It may have been reset meanwhile, and then half of this is of another lab.
        match self.attempt.must_be_the_same() {
            Err(_) => Ok(Sight::Busy),
            Ok(()) => {
                self.latest = Some(look.clone());
                Ok(Sight::Lab(Box::new(look)))
            }
        }
    }

    /// Returns when something may have changed.
    pub async fn changed(&self) {
        let Some(look) = &self.latest else { return tokio::time::sleep(FILES).await };
        let files = self.files(look);
        let before: Vec<Option<Stamp>> = files.iter().map(stamp).collect();
        let file_changed = async {
            while files.iter().map(stamp).eq(before.iter().copied()) {
                tokio::time::sleep(FILES).await;
            }
        };
        tokio::select! {
            () = self.attempt.list_changed(&self.lab, &look.observations, SILENCE) => {}
            () = file_changed, if !files.is_empty() => {}
        }
    }

    fn begin_anew(&mut self, record: AttemptRecord) -> Result<()> {
        self.attempt = Attempt::resume(&self.store, record, self.attempt.bound.clone())?;
        (self.lookout, self.latest, self.programs) = (Lookout::default(), None, None);
        Ok(())
    }

    /// The files of the workspace that were looked at.
    fn files(&self, look: &Look) -> Vec<PathBuf> {
        let workspace = self.attempt.dir.workspace();
        let names = look.observations.iter().filter_map(|observed| match &observed.probe {
            Probe::File { path } => Some(path),
            Probe::Token { token } | Probe::TokenReview { token, .. } => match &token.place {
                TokenPlace::File { path } => Some(path),
                _ => None,
            },
            _ => None,
        });
        names.map(|name| workspace.join(name)).collect()
    }

    /// Whether anything is otherwise than at the look before.
    fn has_changed(&self, look: &Look) -> bool {
        self.latest.as_ref().is_none_or(|latest| {
            !latest.observations.iter().map(answer).eq(look.observations.iter().map(answer))
        })
    }
}

/// What a probe saw, without the version of the whole cluster.
fn answer(observed: &Observed) -> (&Probe, Option<&[serde_json::Value]>, Option<&Observation>) {
    match &observed.outcome {
        Ok(Observation::Objects { items, .. }) => (&observed.probe, Some(items), None),
        outcome => (&observed.probe, None, outcome.as_ref().ok()),
    }
}

type Stamp = (Option<SystemTime>, u64);

/// What changes with a file; None: there is none.
fn stamp(path: &PathBuf) -> Option<Stamp> {
    let metadata = std::fs::symlink_metadata(path).ok()?;
    Some((metadata.modified().ok(), metadata.len()))
}

/// Whether programs in Pods are to be run, `since` they last were: only when they are all that is left to be seen, and
/// then rarely.
fn programs_are_due(left: bool, since: Option<Duration>, changed: bool) -> bool {
    left && since.is_none_or(|since| since >= PROGRAMS.1 || (changed && since >= PROGRAMS.0))
}

impl std::fmt::Debug for Watching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watching").field("attempt", &self.attempt.record.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_run_only_when_they_are_all_that_is_left_and_then_rarely() {
        let after = |seconds| Some(Duration::from_secs(seconds));
        for (left, since, changed, due) in [
            (false, None, true, false),
            (true, None, false, true),
            (true, after(9), true, false),
            (true, after(10), true, true),
            (true, after(10), false, false),
            (true, after(60), false, true),
            (false, after(3600), true, false),
        ] {
            assert_eq!(programs_are_due(left, since, changed), due, "{left} {since:?} {changed}");
        }
    }
}
