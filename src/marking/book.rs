//! Pure: from works and marks to the gradebook of a class.

use std::collections::BTreeMap;

use super::job::Key;
use super::mark::Mark;
use super::plan::Work;
use crate::class::gradebook::{self, Gradebook, LeftOut, Standing};
use crate::class::{BoundClass, Roster};
use crate::grade::verdict::Outcome;

/// What came of a job; a job that is not there was not played yet.
pub type Outcomes = BTreeMap<Key, Result<Mark, String>>;

/// Makes the gradebook.
pub fn gradebook(
    class: &BoundClass,
    roster: &Roster,
    works: &[Work],
    outcomes: &Outcomes,
    left_out: Vec<LeftOut>,
) -> Gradebook {
    let mut by_place: BTreeMap<(&str, &str), Vec<gradebook::Work>> = BTreeMap::new();
    for work in works {
        let one = gradebook::Work {
            file: work.file.clone(),
            submitted_at: work.submitted,
            lateness: work.lateness.into(),
            standing: standing(work, outcomes),
        };
        by_place.entry((&work.learner, &work.scenario)).or_default().push(one);
    }
    let rows = roster.learners().iter().map(|learner| {
        let tasks = class.tasks.iter().map(|task| {
            let work = by_place.remove(&(learner.id.as_str(), task.id())).unwrap_or_default();
            (task.id().to_owned(), task.weight, work)
        });
        gradebook::row(learner, tasks.collect(), class.counts, class.pass)
    });
    Gradebook {
        schema: Gradebook::SCHEMA.into(),
        title: class.title.clone(),
        pass: class.pass,
        tasks: class.tasks.iter().map(|task| (task.id().to_owned(), task.weight)).collect(),
        rows: rows.collect(),
        left_out,
    }
}

fn standing(work: &Work, outcomes: &Outcomes) -> Standing {
    let key = match &work.job {
        Ok(key) => key,
        Err(why) => return Standing::Refused { why: why.clone() },
    };
    match outcomes.get(key) {
        Some(Ok(mark)) => graded(mark),
        Some(Err(why)) => Standing::Ungraded { why: why.clone() },
        None => Standing::Ungraded { why: "it was not played yet".into() },
    }
}

/// What a mark says in a gradebook.
pub fn graded(mark: &Mark) -> Standing {
    let failed = |verdict| matches!(verdict, Outcome::Fail | Outcome::NotYet);
    let checks = mark.result.checks.iter().filter(|check| failed(check.verdict));
    Standing::Graded {
        key: mark.key.clone(),
        percent: mark.result.score.percent,
        failed: checks.map(|check| check.id.clone()).collect(),
    }
}
