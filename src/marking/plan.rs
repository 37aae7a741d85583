//! From hand-ins whose owners are known to what is to be played, and why some of it is not.
//!
//! In: a class, and each file with its bytes read within bounds. Out: works, each with a job or the reason why it earns nothing. Equal
//! scripts for equal values share a job.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;

use super::job::Job;
use crate::class::late::lateness;
use crate::class::{BoundClass, BoundTask, ClassFolder, Due, Lateness};
use crate::handin::collect::read;
use crate::handin::{Assigned, Found};
use crate::lab::script::as_script;
use crate::lms::moodle_time;
use crate::printable::excerpt;
use crate::scenario::bind;

/// The longest script, in bytes.
const LONGEST: u64 = 1 << 20;

/// One file of one learner for one task.
#[derive(Debug, Clone)]
pub struct Work {
    /// The learner's id, as in the roster.
    pub learner: String,
    /// The scenario of the task.
    pub scenario: String,
    /// The file, as it was named.
    pub file: String,
    /// When it was handed in.
    pub submitted: Option<Timestamp>,
    /// How late that is.
    pub lateness: Lateness,
    /// What is played, by its key; or why nothing is.
    pub job: Result<super::job::Key, String>,
}

/// What is to be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// All works.
    pub works: Vec<Work>,
    /// The jobs that they need, each once.
    pub jobs: Vec<Job>,
}

/// Plans the grading of what was handed in. `wanted` picks learners by id.
///
/// # Errors
/// When a scenario of the class cannot be bound.
pub fn plan(
    folder: &ClassFolder,
    class: &BoundClass,
    found: &[Found],
    assigned: &Assigned,
    wanted: impl Fn(&str) -> bool,
) -> crate::scenario::Result<Plan> {
    let (mut works, mut jobs) = (Vec::new(), BTreeMap::new());
    for given in assigned.given.iter().filter(|given| wanted(&given.learner)) {
        let (Some(task), Some(learner)) = (class.task(&given.task), folder.roster().find(&given.learner))
        else {
            continue;
        };
        let variant = folder.variant(&task.loaded.scenario, learner);
        let bound = bind(&task.loaded, &variant.binding)?;
        for attempt in &given.attempts {
            let Some(file) = found.get(attempt.hand_in) else { continue };
            let submitted = submitted(task, attempt.submitted.as_deref()).or(file.modified);
            let script = read(&file.path, LONGEST).map_err(|e| e.to_string()).and_then(|bytes| {
                let text = String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8".to_owned())?;
                as_script(text).map_err(|why| why.to_string())
            });
            let job = script.map(|script| {
                let label = format!("{} · {}", excerpt(&learner.id, 64), task.id());
                let job = Job::new(label, script, bound.clone());
                let key = job.key.clone();
                jobs.entry(key.clone()).or_insert(job);
                key
            });
            works.push(Work {
                learner: learner.id.clone(),
                scenario: task.id().to_owned(),
                file: shown(&file.relative),
                submitted,
                lateness: late(class, task, submitted),
                job,
            });
        }
    }
    Ok(Plan { works, jobs: jobs.into_values().collect() })
}

/// What a table says about the time, in the time zone of the class.
fn submitted(task: &BoundTask, said: Option<&str>) -> Option<Timestamp> {
    let local = moodle_time(said?)?;
    task.due.as_ref().and_then(|due| due.there(local))
}

fn late(class: &BoundClass, task: &BoundTask, submitted: Option<Timestamp>) -> Lateness {
    let due: Option<&Due> = task.due.as_ref();
    match (due, submitted) {
        (Some(due), Some(submitted)) => lateness(due, &class.late, submitted),
        _ => Lateness::OnTime,
    }
}

fn shown(path: &std::path::Path) -> String {
    excerpt(&PathBuf::from(path).display().to_string(), 400)
}
