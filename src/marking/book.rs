//! Pure: from works and marks to the gradebook of a class.

use std::collections::{BTreeMap, BTreeSet};

use super::job::Key;
use super::mark::Mark;
use super::plan::Work;
use crate::class::gradebook::{self, Gradebook, LeftOut, Standing};
use crate::class::{BoundClass, Roster};
use crate::grade::verdict::Outcome;

/// What came of a job; a job that is not there was not played yet.
pub type Outcomes = BTreeMap<Key, Result<Mark, String>>;

/// What a run is about; of all else an earlier gradebook stays true.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The learners by id; none: all.
    pub learners: &'a BTreeSet<String>,
    /// The task; None: all.
    pub task: Option<&'a str>,
    /// The gradebook before this run.
    pub earlier: Option<&'a Gradebook>,
}

impl Scope<'_> {
    fn holds(&self, learner: &str, task: &str) -> bool {
        (self.learners.is_empty() || self.learners.contains(learner))
            && self.task.is_none_or(|one| one == task)
    }

    fn kept(&self, learner: &str, task: &str) -> Vec<gradebook::Work> {
        let row = self.earlier.and_then(|book| book.rows.iter().find(|row| row.learner == learner));
        let mark = row.and_then(|row| row.tasks.iter().find(|mark| mark.scenario == task));
        mark.map(|mark| mark.work.clone()).unwrap_or_default()
    }
}

/// Makes the gradebook of the whole class.
pub fn gradebook(
    class: &BoundClass,
    roster: &Roster,
    works: &[Work],
    outcomes: &Outcomes,
    left_out: Vec<LeftOut>,
    scope: Scope<'_>,
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
            let work = match scope.holds(&learner.id, task.id()) {
                true => by_place.remove(&(learner.id.as_str(), task.id())).unwrap_or_default(),
                false => scope.kept(&learner.id, task.id()),
            };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_run_is_not_about_stays() {
        let work = |file: &str| gradebook::Work {
            file: file.into(),
            submitted_at: None,
            lateness: gradebook::Late::default(),
            standing: Standing::Refused { why: "no text".into() },
        };
        let learner = crate::class::Learner { id: "anna".into(), ..crate::class::Learner::default() };
        let tasks = vec![("a".to_owned(), 50, vec![work("1")]), ("b".to_owned(), 50, vec![work("2")])];
        let book = Gradebook {
            schema: Gradebook::SCHEMA.into(),
            title: "t".into(),
            pass: 67,
            tasks: vec![("a".into(), 50), ("b".into(), 50)],
            rows: vec![gradebook::row(&learner, tasks, crate::class::Counts::Last, 67)],
            left_out: Vec::new(),
        };
        let (all, bert) = (BTreeSet::new(), BTreeSet::from(["bert".to_owned()]));
        let scope = Scope { learners: &all, task: Some("a"), earlier: Some(&book) };
        assert!(scope.holds("anna", "a") && !scope.holds("anna", "b"));
        assert_eq!(scope.kept("anna", "b")[0].file, "2");
        assert!(scope.kept("nobody", "b").is_empty());
        let scope = Scope { learners: &bert, task: None, earlier: None };
        assert!(scope.holds("bert", "a") && !scope.holds("anna", "a") && scope.kept("anna", "a").is_empty());
    }
}
