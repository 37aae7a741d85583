//! The board: what each requirement of the task comes to, and when that was seen. Pure data, made of a look.

use jiff::Timestamp;

use crate::grade::Look;
use crate::grade::checks::nothing_wider;
use crate::grade::verdict::Outcome;
use crate::printable::printable;

/// What is known of all requirements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// The checks, then the guards.
    pub rows: Vec<Row>,
    /// Points earned.
    pub points: u32,
    /// How many there are.
    pub max: u32,
    /// When the lab was last looked at.
    pub at: Timestamp,
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it comes to; None: nobody has looked yet.
    pub outcome: Option<Outcome>,
    /// The sentence in the task.
    pub requirement: String,
    /// What was seen instead; None: there is nothing to say.
    pub why: Option<String>,
    /// What it is worth.
    pub points: u32,
    /// Whether it is something that must stay true.
    pub guard: bool,
    /// When it was seen, where that is longer ago than the board.
    pub earlier: Option<Timestamp>,
}

impl Board {
    /// The board of a look.
    pub fn of(look: &Look) -> Self {
        let rows = look.results.iter().zip(&look.seen).filter_map(|(result, seen)| {
            let outcome = seen.map(|_| result.verdict.outcome);
            let passed = outcome == Some(Outcome::Pass);
            // The guard of every scenario is told of when it is broken.
            if result.guard && (result.id == nothing_wider::ID && passed || outcome.is_none()) {
                return None;
            }
            let broken = result.voided_by.as_ref().filter(|_| passed);
            let why = match broken {
                Some(_) => Some("no points as long as something that must stay true is broken".to_owned()),
                None => Some(result.verdict.why.clone()).filter(|why| !passed && !why.is_empty()),
            };
            Some(Row {
                outcome,
                requirement: printable(result.requirement.trim()).into_owned(),
                why: why.map(|why| printable(&why).into_owned()),
                points: result.max,
                guard: result.guard,
                earlier: seen.filter(|seen| *seen < look.at),
            })
        });
        let points = look.results.iter().map(|result| result.points).sum();
        let max = look.results.iter().map(|result| result.max).sum();
        Self { rows: rows.collect(), points, max, at: look.at }
    }

    /// How many checks pass, and how many there are.
    pub fn passed(&self) -> (usize, usize) {
        let checks = || self.rows.iter().filter(|row| !row.guard);
        (checks().filter(|row| row.outcome == Some(Outcome::Pass)).count(), checks().count())
    }
}

/// How long ago something was, in a few characters.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.duration_since(at).as_secs().max(0) {
        seconds @ 0..60 => format!("{seconds} s ago"),
        seconds @ 60..3600 => format!("{} min ago", seconds / 60),
        seconds => format!("{} h ago", seconds / 3600),
    }
}
