//! `satrain grade CLASS --replay`: judges the recordings of a class again, by its scenarios as they are now, without a cluster.

use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZero;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;

use super::opened;
use super::results::Results;
use crate::class::gradebook::Standing;
use crate::class::{BoundClass, ClassFolder};
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::marking::{CheckChange, Fates, Judged, Kept, Key, Mark, Regrade, Regraded, graded, regrade};
use crate::report::regrade as report;
use crate::result::recording::Recording;
use crate::scenario::Loaded;

/// What became of a hand-in.
type Fate = std::result::Result<(Standing, Vec<CheckChange>), Vec<String>>;

/// Runs the command; new marks are kept if `write` says so.
pub(super) fn run(ctx: &Context, path: &Path, write: bool, out: &mut impl Write) -> Result<Exit> {
    let (folder, class) = opened(ctx, path)?;
    let results = Results::read(&folder)?;
    let _lock = match write.then(|| results.marks.lock(None, &ctx.doing())) {
        None => None,
        Some(Ok(Ok(lock))) => Some(lock),
        Some(Ok(Err(holder))) => {
            return Err(Failure::usage(format!(
                "this class is being graded already: {holder}\nWait for it, or end it."
            )));
        }
        Some(Err(e)) => return Err(Failure::of_file(&folder.results(), &e)),
    };
    let whose = learners(&results);
    let tasks: BTreeMap<&str, &Loaded> = class.tasks.iter().map(|task| (task.id(), &task.loaded)).collect();
    let marks: Vec<&Mark> =
        results.marked.values().filter(|mark| tasks.contains_key(mark.result.scenario.id.as_str())).collect();
    let one = |mark: &&Mark| -> Result<(String, Fate)> {
        let values = values(mark, &whose, &folder, &class);
        Ok((
            mark.key.clone(),
            again(&results, mark, tasks[mark.result.scenario.id.as_str()], &values, write)?,
        ))
    };
    let fates: Fates = in_parallel(&marks, one).into_iter().collect::<Result<_>>()?;
    let standing = |key: &str| fates.get(key)?.as_ref().ok().map(|(standing, _)| standing.clone());
    // Both by the class as it is now, so that nothing but the checks makes a difference.
    let was = results.book.with(class.counts, |_| None);
    let now = was.with(class.counts, standing);
    let mut told = Regrade::of(&was, &now, &fates);
    if write {
        Results::of(&folder, now)?.write(&folder, &class)?;
        told.written = true;
    }
    match ctx.json {
        true => ctx.write_json(out, &told)?,
        false => report::text(out, &ctx.style, &told, &path.display().to_string())?,
    }
    Ok(if told.to_play.is_empty() { Exit::Passed } else { Exit::Incomplete })
}

/// Judges one recording again, and keeps what came of it.
fn again(
    results: &Results,
    mark: &Mark,
    loaded: &Loaded,
    values: &BTreeMap<String, String>,
    write: bool,
) -> Result<Fate> {
    let Some(key) = Key::parse(&mark.key) else { return Ok(Err(vec!["its mark has no name".into()])) };
    let recording = match results.marks.recorded(&key).map_err(|e| e.to_string()) {
        Ok(bytes) => Recording::read(&bytes).map_err(|e| e.to_string()),
        Err(why) => Err(why),
    };
    let recording = match recording {
        Ok(recording) => recording,
        Err(why) => return Ok(Err(vec![format!("its recording cannot be read: {why}")])),
    };
    let script = results.scripts.get(&mark.key).map(String::as_str);
    let judged = match regrade(mark, recording, script, loaded, values, Timestamp::now()) {
        Regraded::ToPlay(why) => return Ok(Err(why)),
        Regraded::Judged(judged) => judged,
    };
    let Judged { key: new, mark: marked, recording, checks } = *judged;
    let unchanged = new == key && marked.result == mark.result;
    if write && !unchanged {
        let unwritable = |e: std::io::Error| Failure::of_file(results.marks.root(), &e);
        let kept = Kept {
            recording: recording.to_bytes().map_err(|e| Failure::other(e.to_string()))?,
            transcript: results.marks.transcribed(&key).map_err(unwritable)?,
            script: script.map(str::to_owned),
            mark: marked.clone(),
        };
        results.marks.keep(&new, &kept).map_err(unwritable)?;
    }
    Ok(Ok((graded(if unchanged { mark } else { &marked }), checks)))
}

/// A learner of each mark.
fn learners(results: &Results) -> BTreeMap<&str, &str> {
    let mut whose = BTreeMap::new();
    for row in &results.book.rows {
        for work in row.tasks.iter().flat_map(|task| &task.work) {
            if let Standing::Graded { key, .. } = &work.standing {
                whose.insert(key.as_str(), row.learner.as_str());
            }
        }
    }
    whose
}

/// The values that a hand-in was played with: as its mark says, else those of its learner.
fn values(
    mark: &Mark,
    whose: &BTreeMap<&str, &str>,
    folder: &ClassFolder,
    class: &BoundClass,
) -> BTreeMap<String, String> {
    if let Some(played) = &mark.played {
        return played.values.clone();
    }
    let learner = whose.get(mark.key.as_str()).and_then(|id| folder.roster().find(id));
    match (learner, class.task(&mark.result.scenario.id)) {
        (Some(learner), Some(task)) => folder.variant(&task.loaded.scenario, learner).values,
        _ => mark.result.params.clone(),
    }
}

/// What `work` makes of each item, on all processors. The order is that of the items.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let workers = std::thread::available_parallelism().map_or(2, NonZero::get).min(items.len().max(1));
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(place) else { return };
                    let result = work(item);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push((place, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}
