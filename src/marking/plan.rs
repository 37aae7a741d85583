//! From hand-ins whose owners are known to what is to be played, and why some of it is not.
//!
//! In: a class, and the parts of what was handed in. Out: works, each with a job, a mark by a recording, or the reason why it earns nothing.
//! Equal scripts for equal values share a job.

use std::collections::BTreeMap;
use std::io;

use jiff::Timestamp;

use super::job::{Job, Key};
use super::keep::Kept;
use super::mark::Mark;
use super::part::{Part, What};
use super::recorded::judged;
use crate::bundle::Attempt;
use crate::class::late::lateness;
use crate::class::{BoundClass, BoundTask, ClassFolder, Due, Lateness};
use crate::handin::Assigned;
use crate::handin::collect::read;
use crate::lab::script::as_script;
use crate::lms::moodle_time;
use crate::printable::excerpt;
use crate::scenario::{ScenarioError, bind};

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
    /// What is played or was judged, by its key; or why it earns nothing.
    pub job: Result<Key, String>,
}

/// What is to be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// All works.
    pub works: Vec<Work>,
    /// The jobs that they need, each once.
    pub jobs: Vec<Job>,
    /// What was judged by recordings of the learners' own machines.
    pub judged: BTreeMap<Key, Mark>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum NoPlan {
    /// A scenario of the class cannot be bound.
    #[error(transparent)]
    Scenario(#[from] Box<ScenarioError>),
    /// What was judged cannot be kept.
    #[error(transparent)]
    Kept(#[from] io::Error),
}

/// Plans the grading of what was handed in. `wanted` picks learners by id; `keep` gets what is judged by a recording, one at a time.
///
/// # Errors
/// When a scenario of the class cannot be bound, or `keep` fails.
pub fn plan(
    folder: &ClassFolder,
    class: &BoundClass,
    parts: &[Part],
    assigned: &Assigned,
    wanted: impl Fn(&str) -> bool,
    mut keep: impl FnMut(&Key, &Kept) -> io::Result<()>,
) -> Result<Plan, NoPlan> {
    let mut plan = Plan::default();
    let mut jobs: BTreeMap<Key, Job> = BTreeMap::new();
    for given in assigned.given.iter().filter(|given| wanted(&given.learner)) {
        let (Some(task), Some(learner)) = (class.task(&given.task), folder.roster().find(&given.learner))
        else {
            continue;
        };
        let variant = folder.variant(&task.loaded.scenario, learner);
        let bound = bind(&task.loaded, &variant.binding)?;
        for attempt in &given.attempts {
            let Some(part) = parts.get(attempt.hand_in) else { continue };
            let submitted = submitted(task, attempt.submitted.as_deref()).or(part.file.modified);
            let job = match content(part, folder.id(), &learner.id) {
                Ok(Content::Script(script)) => {
                    let label = format!("{} · {}", excerpt(&learner.id, 64), task.id());
                    let job = Job::new(label, script, bound.clone());
                    let key = job.key.clone();
                    jobs.entry(key.clone()).or_insert(job);
                    Ok(key)
                }
                Ok(Content::Recording(attempt)) => {
                    match judged(&attempt, (&learner.id, &task.loaded, &bound), Timestamp::now()) {
                        Ok((key, kept)) => {
                            keep(&key, &kept)?;
                            plan.judged.insert(key.clone(), kept.mark);
                            Ok(key)
                        }
                        Err(why) => Err(why),
                    }
                }
                Err(why) => Err(why),
            };
            plan.works.push(Work {
                learner: learner.id.clone(),
                scenario: task.id().to_owned(),
                file: excerpt(&part.shown(), 400),
                submitted,
                lateness: late(class, task, submitted),
                job,
            });
        }
    }
    plan.jobs = jobs.into_values().collect();
    Ok(plan)
}

/// What decides the mark of a part.
enum Content {
    Script(String),
    Recording(Box<Attempt>),
}

/// The content of a part that was found under the name of `learner`.
fn content(part: &Part, class: &str, learner: &str) -> Result<Content, String> {
    let script = match &part.what {
        What::Script => {
            let bytes = read(&part.file.path, LONGEST).map_err(|e| e.to_string())?;
            String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8".to_owned())?
        }
        What::Attempt(one) => {
            let mut attempt = one.read(&part.file, class, learner)?;
            match attempt.script.take() {
                Some(script) => script,
                None => return Ok(Content::Recording(Box::new(attempt))),
            }
        }
    };
    as_script(script).map(Content::Script).map_err(|why| why.to_string())
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
