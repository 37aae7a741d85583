//! Pure: what the result of an exam says beyond its sum.
//!
//! In: the result, and which scenarios train what. Out: points by topic and domain, time by task, work on the wrong host, points
//! that were lost again, what another order would have earned, and what to practise. Nothing is said that the data do not show; what
//! is assumed is named where it is.

mod falls;
mod practice;
mod standing;
mod sums;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod times;
mod triage;

use serde::Serialize;

pub use falls::Fall;
pub use practice::{Offer, Practise};
pub use standing::Standing;
pub use sums::Sum;
pub use times::Time;
pub use triage::{Advice, Move, Plan, Triage, Untold};

use super::result::{Elsewhere, ExamResult, TaskResult};

/// What the result of an exam says beyond its sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Review {
    /// `satrain.dev/exam-review/v1`.
    pub schema: &'static str,
    /// The exam's name.
    pub exam: String,
    /// Each task, in the order of their numbers.
    pub tasks: Vec<TaskReview>,
    /// Points by topic, by name. A task counts for each of its topics.
    pub topics: Vec<Sum>,
    /// Points by domain of the curriculum, by name. A task counts for each of its domains.
    pub domains: Vec<Sum>,
    /// Changes in the Namespaces of other tasks; None: there is no log that would tell.
    pub wrong_host: Option<Vec<WrongHost>>,
    /// Points that were there once, and not at the end.
    pub falls: Vec<Fall>,
    /// What another order would have earned.
    pub triage: Triage,
    /// What to practise next, the weakest topic first.
    pub practise: Vec<Practise>,
}

impl Review {
    /// Version of the format.
    pub const SCHEMA: &'static str = "satrain.dev/exam-review/v1";

    /// The review of a result. `offers`: the scenarios that can be played.
    pub fn of(result: &ExamResult, offers: &[Offer]) -> Self {
        let topics = sums::by(result, |task| &task.topics);
        Self {
            schema: Self::SCHEMA,
            exam: result.id.clone(),
            tasks: result.tasks.iter().map(|task| TaskReview::of(result, task)).collect(),
            practise: practice::next(result, &topics, offers),
            topics,
            domains: sums::by(result, |task| &task.domains),
            wrong_host: wrong_hosts(&result.tasks),
            falls: falls::falls(result),
            triage: triage::triage(result),
        }
    }
}

/// A task, and what its time went into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskReview {
    /// Its number.
    pub number: usize,
    /// How it stands at the end.
    pub standing: Standing,
    /// What it is worth, in hundredths of a per cent of the whole paper; 0: it does not count.
    pub of: u32,
    /// The time it took.
    pub time: Time,
}

impl TaskReview {
    fn of(result: &ExamResult, task: &TaskResult) -> Self {
        let (standing, time) = (Standing::of(result, task), Time::of(result, task));
        Self { number: task.number, standing, of: task.of(), time }
    }
}

/// Work on the host of one task that changed what is another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WrongHost {
    /// The task on whose host it was done.
    pub on: usize,
    /// Whose Namespaces were changed, how often, and when first.
    #[serde(flatten)]
    pub there: Elsewhere,
}

fn wrong_hosts(tasks: &[TaskResult]) -> Option<Vec<WrongHost>> {
    let works: Vec<_> = tasks.iter().filter_map(|task| Some((task.number, task.work.as_ref()?))).collect();
    let all = works.iter().flat_map(|(on, work)| {
        work.elsewhere.iter().map(|there| WrongHost { on: *on, there: there.clone() })
    });
    (!works.is_empty()).then(|| all.collect())
}
