//! Pure: whose each hand-in is, and for which task.
//!
//! In: the paths of the hand-ins, the roster, the table of the learning platform if there is one, the tasks of the class.
//! Out: for each learner and task the files in order of time, and each hand-in that belongs to nobody with the reason. No learner is
//! guessed: what fits two of them is given to none.

mod owner;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;

use super::names::{Clue, NameError, Named};
use super::task::TaskUnknown;
use crate::class::Roster;
use crate::lms::LmsRow;
use crate::lms::person::Unmatched;
use owner::Desk;

/// A file to be given to its learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandIn {
    /// Its path below the folder of the hand-ins.
    pub relative: PathBuf,
    /// When the file was last changed.
    pub modified: Option<Timestamp>,
    /// The task that its content names; None: its path does.
    pub task: Option<String>,
}

/// One file of a learner for a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its place among the hand-ins that were given.
    pub hand_in: usize,
    /// What its path says.
    pub named: Named,
    /// When the learner handed in, as the table of the platform says it.
    pub submitted: Option<String>,
    /// The others who handed it in together with this learner.
    pub together_with: Vec<String>,
}

/// The files of a learner for a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The learner's id.
    pub learner: String,
    /// The task's id.
    pub task: String,
    /// The files, the earliest first.
    pub attempts: Vec<Attempt>,
}

/// Why a hand-in is given to nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Its path is none.
    #[error(transparent)]
    Path(#[from] NameError),
    /// It says nobody of the roster.
    #[error("nobody in the roster is {0}")]
    Unknown(String),
    /// It fits several learners, or its readings contradict each other.
    #[error("it may belong to {}", .0.join(", "))]
    Ambiguous(Vec<String>),
    /// The number belongs to another name in the table.
    #[error("its number belongs to {table} in the table, but its name says {said}")]
    OtherName {
        /// The name in the table.
        table: String,
        /// The name of the hand-in.
        said: String,
    },
    /// The table has no row with this number.
    #[error("the table has no row with the number {0}: is it the table of this assignment?")]
    NoRow(u64),
    /// The row in the table is nobody of the roster.
    #[error("its row in the table is {row}: {why}")]
    Row {
        /// The row.
        row: String,
        /// Why it is nobody.
        why: Unmatched,
    },
    /// Several accounts of the platform have the learner's name.
    #[error(
        "several accounts are called like {learner} (numbers {}): add the table that the platform exports",
        listed(.numbers)
    )]
    SeveralAccounts {
        /// The learner's id.
        learner: String,
        /// The numbers of the accounts.
        numbers: Vec<u64>,
    },
    /// Which of its numbers is the account is not sure.
    #[error("its name has more than two numbers: add the table that the platform exports")]
    SeveralNumbers,
    /// The platform hides the name.
    #[error("it was handed in anonymously as {0}: export again without anonymous marking")]
    Anonymous(String),
    /// It is a page of the platform.
    #[error("it is text that was typed into the platform, and no file")]
    NoFile,
    /// It is named after another task than those that are graded.
    #[error("it is for {0}")]
    OtherTask(String),
    /// The learner is known and the task is not.
    #[error("it is {learner}'s, but {why}")]
    Task {
        /// The learners' ids.
        learner: String,
        /// Why the task is not known.
        why: TaskUnknown,
    },
}

impl Why {
    /// Whether it is a learner's work all the same, which counts for nothing as long as this is so.
    pub fn is_somebodys(&self) -> bool {
        matches!(self, Self::Task { .. } | Self::SeveralAccounts { .. } | Self::Ambiguous(_))
    }
}

fn listed(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// A hand-in that is given to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Its place among the hand-ins that were given.
    pub hand_in: usize,
    /// Why.
    pub why: Why,
}

/// Whose the hand-ins are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assigned {
    /// By learner and task.
    pub given: Vec<Given>,
    /// What is nobody's.
    pub left: Vec<Left>,
}

/// Gives each hand-in to its learner and task. `rows` are those of the table that the platform exported for this assignment:
/// Moodle numbers participants anew in each one, so hand-ins of several assignments are given one assignment at a time. A file that is named
/// after one of `others` alone is for none of `tasks`.
pub fn assign(
    hand_ins: &[HandIn],
    roster: &Roster,
    rows: Option<&[LmsRow]>,
    tasks: &[String],
    others: &[String],
) -> Assigned {
    let desk = Desk::of(roster, rows.unwrap_or_default());
    let mut out = Assigned::default();
    let mut piles: BTreeMap<(usize, String), Vec<Attempt>> = BTreeMap::new();
    for (hand_in, file) in hand_ins.iter().enumerate() {
        let said = file.task.as_ref().map(std::slice::from_ref);
        match desk.one(&file.relative, said.unwrap_or(tasks), if said.is_some() { &[] } else { others }) {
            Ok((owners, task, named, submitted)) => {
                for owner in &owners {
                    let mut others = owners.clone();
                    others.remove(owner);
                    let together_with = desk.people.ids(&others);
                    let (named, submitted) = (named.clone(), submitted.clone());
                    piles.entry((*owner, task.clone())).or_default().push(Attempt {
                        hand_in,
                        named,
                        submitted,
                        together_with,
                    });
                }
            }
            Err(why) => out.left.push(Left { hand_in, why }),
        }
    }
    for ((owner, task), mut attempts) in piles {
        let numbers: BTreeSet<u64> = attempts.iter().filter_map(|attempt| account(&attempt.named)).collect();
        // Names can be changed: with no table, a second account of the same name may be somebody else's.
        if rows.is_none_or(<[LmsRow]>::is_empty) && numbers.len() > 1 {
            let learner = desk.people.learner(owner).id.clone();
            let why = Why::SeveralAccounts { learner, numbers: numbers.into_iter().collect() };
            out.left
                .extend(attempts.iter().map(|attempt| Left { hand_in: attempt.hand_in, why: why.clone() }));
            continue;
        }
        in_order(&mut attempts, hand_ins);
        out.given.push(Given { learner: desk.people.learner(owner).id.clone(), task, attempts });
    }
    out
}

/// The number of the account that a name carries.
fn account(named: &Named) -> Option<u64> {
    match named.learner {
        Clue::Participant { number, .. } => number,
        Clue::User { user, .. } => Some(user),
        _ => None,
    }
}

/// The earliest first: by the numbers of the uploads where all have one, else by the times of the files. Canvas writes the time
/// of the export into its archives.
fn in_order(attempts: &mut [Attempt], hand_ins: &[HandIn]) {
    let numbered = attempts.iter().all(|attempt| attempt.named.attachment().is_some());
    attempts.sort_by_key(|attempt| {
        let file = &hand_ins[attempt.hand_in];
        let number = attempt.named.attachment().filter(|_| numbered);
        (number, file.modified, attempt.named.sequence, file.relative.clone())
    });
}

#[cfg(test)]
mod tests;
