//! Pure: what the learners of a class have earned, from what they handed in and what came of it.
//!
//! In: hand-ins, each with its mark or why there is none; how late each is; what counts. Out: a [`Gradebook`]. A hand-in that could
//! not be graded never counts as 0: where it would count, the task has no mark, and so has the learner.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::late::Lateness;
use super::mark::mark;
use super::model::Counts;
use super::roster::Learner;

/// What is known about a hand-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "state")]
pub enum Standing {
    /// It was graded.
    #[serde(rename_all = "camelCase")]
    Graded {
        /// The name of its mark.
        key: String,
        /// What it earned, in per cent.
        percent: u32,
        /// The checks and guards that it failed.
        failed: Vec<String>,
    },
    /// It is nothing that can be played: it earns nothing.
    Refused {
        /// Why.
        why: String,
    },
    /// It could not be graded, and that is not its fault.
    Ungraded {
        /// Why.
        why: String,
    },
}

/// Something that a learner handed in for a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Work {
    /// Its file.
    pub file: String,
    /// When it was handed in (RFC 3339), if that is known.
    #[schemars(with = "Option<String>")]
    pub submitted_at: Option<Timestamp>,
    /// How late it is, and what that costs.
    #[serde(flatten)]
    pub lateness: Late,
    /// What came of it.
    #[serde(flatten)]
    pub standing: Standing,
}

/// Lateness as it is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Late {
    /// The days that have begun since it was due.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub days_late: u32,
    /// What that costs, in per cent of what the task is worth.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deducted: u32,
    /// Whether it came too late to count.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub too_late: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants it")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl From<Lateness> for Late {
    fn from(lateness: Lateness) -> Self {
        match lateness {
            Lateness::OnTime => Self::default(),
            Lateness::Late { days, deducted } => Self { days_late: days, deducted, too_late: false },
            Lateness::Refused { days } => Self { days_late: days, deducted: 0, too_late: true },
        }
    }
}

impl Work {
    /// What it is worth after lateness; None: nobody can say.
    fn percent(&self) -> Option<u32> {
        match &self.standing {
            Standing::Graded { percent, .. } => Some(percent.saturating_sub(self.lateness.deducted)),
            Standing::Refused { .. } => Some(0),
            Standing::Ungraded { .. } => None,
        }
    }
}

/// A learner's mark of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskMark {
    /// The scenario.
    pub scenario: String,
    /// Of all hand-ins that which counts, by its place in `work`.
    pub counts: Option<usize>,
    /// In per cent, after lateness; null: it could not be graded.
    pub percent: Option<u32>,
    /// Everything that was handed in for it, in order of time.
    pub work: Vec<Work>,
}

/// A learner's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// The learner's id in the roster.
    pub learner: String,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The mark of the class, in per cent; null as long as a task could not be graded.
    pub percent: Option<u32>,
    /// Whether that passes.
    pub passed: Option<bool>,
    /// Each task.
    pub tasks: Vec<TaskMark>,
}

/// What a class has earned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gradebook {
    /// `satrain.dev/gradebook/v1`.
    pub schema: String,
    /// The title of the class.
    pub title: String,
    /// From how many per cent on it is passed.
    pub pass: u32,
    /// The scenarios with their weights, in per cent.
    pub tasks: Vec<(String, u32)>,
    /// A row for each learner, in the order of the roster.
    pub rows: Vec<Row>,
    /// What is nobody's, or was not read, with the reason.
    pub left_out: Vec<LeftOut>,
}

/// A file that is no hand-in of a learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// The file.
    pub file: String,
    /// Why.
    pub why: String,
}

impl Gradebook {
    /// Version of the format.
    pub const SCHEMA: &'static str = "satrain.dev/gradebook/v1";

    /// The JSON Schema, for whoever reads gradebooks.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }

    /// The same for some learners only (none named: for all), and for one task only, which is then the whole.
    #[must_use]
    pub fn narrowed(&self, learners: &BTreeSet<String>, task: Option<&str>) -> Self {
        let mut book = self.clone();
        book.rows.retain(|row| learners.is_empty() || learners.contains(&row.learner));
        if let Some(task) = task {
            book.tasks.retain(|(scenario, _)| scenario == task);
            book.tasks.iter_mut().for_each(|(_, weight)| *weight = 100);
            for row in &mut book.rows {
                row.tasks.retain(|mark| mark.scenario == task);
                row.percent = row.tasks.first().and_then(|mark| mark.percent);
                row.passed = row.percent.map(|percent| percent >= self.pass);
            }
        }
        book
    }

    /// The hand-ins that could not be graded: learner, file and reason.
    pub fn ungraded(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.rows.iter().flat_map(|row| {
            row.tasks.iter().flat_map(|task| &task.work).filter_map(|work| match &work.standing {
                Standing::Ungraded { why } => Some((row.learner.as_str(), work.file.as_str(), why.as_str())),
                _ => None,
            })
        })
    }
}

impl Gradebook {
    /// The same with the standing of some hand-ins replaced: `standing` gives that of a key, or None where it stays.
    #[must_use]
    pub fn with(&self, counts: Counts, standing: impl Fn(&str) -> Option<Standing>) -> Self {
        let again = |old: &Row| {
            let learner = Learner { id: old.learner.clone(), name: old.name.clone(), ..Learner::default() };
            let tasks = old.tasks.iter().map(|task| {
                let weight = self.tasks.iter().find(|(id, _)| *id == task.scenario).map_or(0, |(_, w)| *w);
                let mut work = task.work.clone();
                for one in &mut work {
                    if let Standing::Graded { key, .. } = &one.standing
                        && let Some(new) = standing(key)
                    {
                        one.standing = new;
                    }
                }
                (task.scenario.clone(), weight, work)
            });
            row(&learner, tasks.collect(), counts, self.pass)
        };
        Self { rows: self.rows.iter().map(again).collect(), ..self.clone() }
    }
}

/// A learner's row: the work for each task (scenario and weight), in any order.
pub fn row(learner: &Learner, tasks: Vec<(String, u32, Vec<Work>)>, counts: Counts, pass: u32) -> Row {
    let (mut marks, mut earned) = (Vec::new(), Vec::new());
    for (scenario, weight, mut work) in tasks {
        // What says no time was there before anything that does.
        work.sort_by(|a, b| a.submitted_at.cmp(&b.submitted_at).then_with(|| a.file.cmp(&b.file)));
        let counted = which_counts(&work, counts);
        let percent = match counted {
            None => Some(0),
            Some(place) => work.get(place).and_then(Work::percent),
        };
        earned.push(percent.map(|percent| (percent, weight)));
        marks.push(TaskMark { scenario, counts: counted, percent, work });
    }
    let percent = earned.into_iter().collect::<Option<Vec<_>>>().map(|earned| mark(&earned));
    Row {
        learner: learner.id.clone(),
        name: learner.name.clone(),
        percent,
        passed: percent.map(|percent| percent >= pass),
        tasks: marks,
    }
}

/// Which of several hand-ins counts, by its place; None: there is none that can.
fn which_counts(work: &[Work], counts: Counts) -> Option<usize> {
    let mut in_time = work.iter().enumerate().filter(|(_, work)| !work.lateness.too_late);
    match counts {
        Counts::Last => in_time.next_back().map(|(place, _)| place),
        Counts::Best => {
            // One that could not be graded may be the best, unless another has everything. Of equals the first counts.
            let worth = |work: &Work| work.percent().map_or((100, 0), |percent| (percent, 1));
            in_time
                .max_by(|(a, one), (b, other)| worth(one).cmp(&worth(other)).then(b.cmp(a)))
                .map(|(place, _)| place)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graded(file: &str, hour: i64, percent: u32, late: Lateness) -> Work {
        let standing = Standing::Graded { key: "k".into(), percent, failed: Vec::new() };
        work(file, hour, late, standing)
    }

    fn work(file: &str, hour: i64, late: Lateness, standing: Standing) -> Work {
        let submitted_at = Timestamp::from_second(hour * 3600).ok();
        Work { file: file.into(), submitted_at, lateness: late.into(), standing }
    }

    fn ungraded(file: &str, hour: i64) -> Work {
        work(file, hour, Lateness::OnTime, Standing::Ungraded { why: "no cluster".into() })
    }

    fn marked(all: Vec<Work>, counts: Counts) -> (Option<u32>, Option<String>) {
        let learner = Learner { id: "anna".into(), ..Learner::default() };
        let row = row(&learner, vec![("scenario-2".into(), 100, all)], counts, 67);
        let task = &row.tasks[0];
        let file = task.counts.and_then(|place| task.work.get(place)).map(|work| work.file.clone());
        (row.percent, file)
    }

    #[test]
    fn the_last_or_the_best_counts() {
        let all = || {
            vec![
                graded("third", 3, 60, Lateness::OnTime),
                graded("first", 1, 40, Lateness::OnTime),
                graded("second", 2, 80, Lateness::OnTime),
            ]
        };
        assert_eq!(marked(all(), Counts::Last), (Some(60), Some("third".into())));
        assert_eq!(marked(all(), Counts::Best), (Some(80), Some("second".into())));
    }

    #[test]
    fn lateness_costs_and_what_is_too_late_does_not_count() {
        let late = Lateness::Late { days: 2, deducted: 20 };
        let all = || {
            vec![
                graded("in time", 1, 75, Lateness::OnTime),
                graded("late", 2, 90, late),
                graded("too late", 3, 100, Lateness::Refused { days: 9 }),
            ]
        };
        assert_eq!(marked(all(), Counts::Last), (Some(70), Some("late".into())));
        assert_eq!(marked(all(), Counts::Best), (Some(75), Some("in time".into())));
        assert_eq!(marked(all().split_off(2), Counts::Last), (Some(0), None));
        assert_eq!(marked(Vec::new(), Counts::Best), (Some(0), None));
    }

    #[test]
    fn what_could_not_be_graded_is_no_zero() {
        let fine = |percent| graded("fine", 1, percent, Lateness::OnTime);
        assert_eq!(marked(vec![fine(80), ungraded("odd", 2)], Counts::Last).0, None);
        assert_eq!(marked(vec![fine(80), ungraded("odd", 2)], Counts::Best), (None, Some("odd".into())));
        assert_eq!(
            marked(vec![fine(100), ungraded("odd", 2)], Counts::Best),
            (Some(100), Some("fine".into()))
        );
        assert_eq!(
            marked(vec![ungraded("odd", 1), graded("b", 2, 50, Lateness::OnTime)], Counts::Last).0,
            Some(50)
        );
        let refused = work("r", 2, Lateness::OnTime, Standing::Refused { why: "no text".into() });
        assert_eq!(marked(vec![fine(80), refused], Counts::Last), (Some(0), Some("r".into())));
    }

    #[test]
    fn a_gradebook_is_read_as_it_was_written_and_marks_can_be_replaced() {
        let learner = Learner { id: "anna".into(), name: Some("A".into()), ..Learner::default() };
        let late = Lateness::Late { days: 1, deducted: 10 };
        let all = vec![
            graded("a", 1, 100, late),
            ungraded("b", 0),
            work("c", 0, Lateness::Refused { days: 3 }, Standing::Refused { why: "no text".into() }),
        ];
        let tasks = vec![("x".to_owned(), 100, all), ("y".to_owned(), 0, Vec::new())];
        let book = Gradebook {
            schema: Gradebook::SCHEMA.into(),
            title: "T".into(),
            pass: 67,
            tasks: vec![("x".into(), 100), ("y".into(), 0)],
            rows: vec![row(&learner, tasks, Counts::Last, 67)],
            left_out: vec![LeftOut { file: "f".into(), why: "w".into() }],
        };
        let text = serde_json::to_string(&book).unwrap();
        assert_eq!(serde_json::from_str::<Gradebook>(&text).unwrap(), book);
        assert_eq!(book.with(Counts::Last, |_| None), book);
        let new = Standing::Graded { key: "n".into(), percent: 50, failed: vec!["c".into()] };
        let row = &book.with(Counts::Last, |key| (key == "k").then(|| new.clone())).rows[0];
        assert_eq!((book.rows[0].percent, row.percent, row.passed), (Some(90), Some(40), Some(false)));
    }

    #[test]
    fn a_mark_needs_each_task() {
        let learner = Learner { id: "anna".into(), ..Learner::default() };
        let both = |second| {
            let first = graded("a", 1, 100, Lateness::OnTime);
            let tasks = vec![("x".to_owned(), 60, vec![first]), ("y".to_owned(), 40, second)];
            let row = row(&learner, tasks, Counts::Last, 67);
            (row.percent, row.passed)
        };
        assert_eq!(both(vec![graded("b", 1, 50, Lateness::OnTime)]), (Some(80), Some(true)));
        assert_eq!(both(Vec::new()), (Some(60), Some(false)));
        assert_eq!(both(vec![ungraded("b", 1)]), (None, None));
    }
}
