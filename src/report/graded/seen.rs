//! What pages are made of.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::class::gradebook::{Gradebook, Standing, TaskMark, Work};
use crate::class::{BoundClass, BoundTask};
use crate::marking::Mark;
use crate::printable::excerpt;
use crate::result::format::ResultV1;

/// What scripts wrote, by the names of their marks.
pub type Transcripts = BTreeMap<String, String>;

/// A graded class.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The class.
    pub class: &'a BoundClass,
    /// What its learners earned.
    pub book: &'a Gradebook,
    /// The marks that the gradebook names.
    pub marks: &'a BTreeMap<String, &'a Mark>,
    /// Where times are told, unless the class says it.
    pub zone: &'a TimeZone,
}

impl<'a> Seen<'a> {
    /// The mark of a hand-in, if it was graded.
    pub(super) fn mark(&self, work: &Work) -> Option<&'a Mark> {
        match &work.standing {
            Standing::Graded { key, .. } => self.marks.get(key).copied(),
            Standing::Refused { .. } | Standing::Ungraded { .. } => None,
        }
    }

    /// The task that a mark is of.
    pub(super) fn task(&self, mark: &TaskMark) -> Option<&'a BoundTask> {
        self.class.task(&mark.scenario)
    }

    /// When something was handed in, in the time zone of the class.
    pub(super) fn submitted(&self, task: &BoundTask, work: &Work) -> Option<String> {
        let at = work.submitted_at?;
        Some(match &task.due {
            Some(due) => due.shown_there(at),
            None => at.to_zoned_datetime(self.zone.clone()).strftime("%Y-%m-%d %H:%M %:Q").to_string(),
        })
    }
}

/// The hand-in that counts.
pub(super) fn counting(mark: &TaskMark) -> Option<&Work> {
    mark.counts.and_then(|place| mark.work.get(place))
}

/// The longest text of a grade, in characters.
const LONGEST: usize = 2000;

/// The grade of a hand-in with every text bounded. It is no solution of an author.
pub(super) fn bounded(mark: &Mark) -> ResultV1 {
    let mut result = mark.result.clone();
    result.solution = None;
    let cut = |text: &mut String| *text = excerpt(text, LONGEST);
    for check in &mut result.checks {
        cut(&mut check.requirement);
        cut(&mut check.why);
        check.look.iter_mut().for_each(cut);
        for evidence in &mut check.evidence {
            cut(&mut evidence.at);
            cut(&mut evidence.seen);
            evidence.field.iter_mut().chain(&mut evidence.expected).for_each(cut);
        }
    }
    result
}
