//! Pure: what the same work would have earned in another order, by a model that is small enough to be told.
//!
//! - A task of a lab that was worked on could have been left at each moment when its points were looked at: it would have had those
//!   points then, for the time on its host until then.
//! - A task that was not begun, or only visited, takes its expected minutes, and earns what the tasks that were worked on earned on average.
//! - All other time passes as it did: on `base`, with questions that were answered, with tasks that are void or were changed late.
//! - Of these possibilities the best ones are chosen that fit into the exam, in whole minutes.
//!
//! Where the times on the hosts cannot be told apart, nothing is said.

use serde::Serialize;

use super::falls::worth;
use super::standing::Standing;
use super::times::{seconds, spans};
use crate::sitting::result::{ExamResult, Status, TaskResult};

/// Hundredths of a per cent: what is less is within what the model can tell.
const MATTERS: u32 = 100;
/// By how many seconds times may differ that should be equal.
const SLACK: u64 = 60;
/// The most minutes that are looked at: longer than the longest exam.
const LONGEST: u64 = 2_000;

/// What another order would have earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Triage {
    /// The data do not tell.
    Untold {
        /// Why.
        why: Untold,
    },
    /// No other order would have earned more.
    AsGood,
    /// Another one would have.
    Better(Plan),
}

/// Why nothing can be said of another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Untold {
    /// No task was worked on that counts.
    NothingDone,
    /// The wall clock was set, so that times on hosts are not known.
    ClockSet,
    /// Times on hosts are longer than the time that passed: several were used at once, or the exam stood still meanwhile.
    Overlap,
}

/// An order that would have earned more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// What was earned, in hundredths of a per cent of the whole paper.
    pub earned: u32,
    /// What would have been.
    pub possible: u32,
    /// The minutes that there were for the tasks of `moves`.
    pub minutes: u32,
    /// What the tasks that were worked on earned on average, in per cent: so much is assumed of those that were not begun.
    pub rate: u32,
    /// Whether a task that was not begun is part of it, so that the sum is an estimate.
    pub estimated: bool,
    /// Each task that there was a choice about, in the order of their numbers.
    pub moves: Vec<Move>,
}

/// What the plan does with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Move {
    /// Its number.
    pub task: usize,
    /// What it does.
    pub advice: Advice,
    /// The minutes that it gives to it.
    pub minutes: u32,
    /// What the task has then, in hundredths of a per cent of the whole paper.
    pub points: u32,
    /// The minutes that it took in the exam.
    pub took: u32,
    /// What it earned in the exam.
    pub earned: u32,
}

/// What to do with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advice {
    /// What was done.
    Same,
    /// Leave it earlier.
    Leave,
    /// Begin it.
    Begin,
    /// Do not begin it.
    Skip,
}

/// A task that there is a choice about. The first option is what was done.
struct Choice {
    task: usize,
    options: Vec<Chosen>,
}

#[derive(Clone, Copy)]
struct Chosen {
    advice: Advice,
    minutes: usize,
    points: u32,
}

/// What another order would have earned.
pub(super) fn triage(result: &ExamResult) -> Triage {
    if !result.jumps.is_empty() {
        return Triage::Untold { why: Untold::ClockSet };
    }
    if overlaps(result) {
        return Triage::Untold { why: Untold::Overlap };
    }
    let Some(rate) = rate(result) else { return Triage::Untold { why: Untold::NothingDone } };
    let choices: Vec<Choice> = result.tasks.iter().filter_map(|task| choice(result, task, rate)).collect();
    let did = || choices.iter().map(|choice| choice.options[0]);
    let unused = result.whole_time().saturating_sub(result.used) / 60;
    // What was done always fits: its minutes are those that there were.
    let taken: usize = did().map(|chosen| chosen.minutes).sum();
    let minutes = taken + usize::try_from(unused.min(LONGEST)).unwrap_or_default();
    let before = did().map(|chosen| chosen.points).fold(0, u32::saturating_add);
    let best = best(&choices, minutes);
    let after = best.iter().map(|chosen| chosen.points).fold(0, u32::saturating_add);
    let more = after.saturating_sub(before);
    if more < MATTERS {
        return Triage::AsGood;
    }
    let moves = choices.iter().zip(&best).map(|(choice, best)| Move {
        task: choice.task,
        advice: best.advice,
        minutes: small(best.minutes),
        points: best.points,
        took: small(choice.options[0].minutes),
        earned: choice.options[0].points,
    });
    Triage::Better(Plan {
        earned: result.score.earned,
        possible: result.score.earned.saturating_add(more),
        minutes: small(minutes),
        rate,
        estimated: best.iter().any(|chosen| chosen.advice == Advice::Begin),
        moves: moves.collect(),
    })
}

/// Whether the times on the hosts do not fit beside each other into the time that was used.
fn overlaps(result: &ExamResult) -> bool {
    let each: u64 = result.tasks.iter().map(|task| seconds(spans(result, task), result.ended)).sum();
    let all = seconds(result.tasks.iter().flat_map(|task| spans(result, task)), result.ended);
    each > all.min(result.used) + SLACK
}

/// What the tasks that were worked on earned, in per cent; None: there are none.
fn rate(result: &ExamResult) -> Option<u32> {
    let done = || result.tasks.iter().filter(|task| is_done(result, task));
    let earned: u64 = done().map(|task| u64::from(task.earned)).sum();
    let of: u64 = done().map(|task| u64::from(task.of())).sum();
    u32::try_from((earned * 100).checked_div(of)?).ok()
}

/// Whether a task was worked on, and its points count.
fn is_done(result: &ExamResult, task: &TaskResult) -> bool {
    task.touched && Standing::of(result, task).is_done()
}

/// What could have been done with a task; None: nothing else than what was done, or it does not count.
fn choice(result: &ExamResult, task: &TaskResult, rate: u32) -> Option<Choice> {
    if task.status != Status::Graded || task.of() == 0 {
        return None;
    }
    let mut options = Vec::new();
    let spans = spans(result, task);
    let took = minutes(seconds(spans.iter().copied(), jiff::Timestamp::MAX));
    if !is_done(result, task) {
        let minutes = usize::try_from(task.minutes).unwrap_or(usize::MAX);
        let points = u32::try_from(u64::from(task.of()) * u64::from(rate) / 100).unwrap_or_default();
        options.push(Chosen { advice: Advice::Same, minutes: took, points: task.earned });
        options.push(Chosen { advice: Advice::Begin, minutes, points });
        // Who only looked at it could have done without.
        if took > 0 {
            options.push(Chosen { advice: Advice::Skip, minutes: 0, points: 0 });
        }
    } else if task.host.is_some() {
        options.push(Chosen { advice: Advice::Same, minutes: took, points: task.earned });
        options.push(Chosen { advice: Advice::Skip, minutes: 0, points: 0 });
        for seen in &task.observed {
            let Some(points) = worth(task.weight, seen.points, seen.max) else { continue };
            let spent = minutes(seconds(spans.iter().copied(), seen.at));
            // What it lost without anybody at it is a matter of something else.
            if spent < took {
                options.push(Chosen { advice: Advice::Leave, minutes: spent, points });
            }
        }
    }
    (!options.is_empty()).then_some(Choice { task: task.number, options })
}

/// Whole minutes, rounded up.
fn minutes(seconds: u64) -> usize {
    usize::try_from(seconds.div_ceil(60).min(LONGEST)).unwrap_or_default()
}

fn small(minutes: usize) -> u32 {
    u32::try_from(minutes).unwrap_or(u32::MAX)
}

/// An option of each task, which together earn most within `room` minutes; of equal ones, what was done.
fn best(choices: &[Choice], room: usize) -> Vec<Chosen> {
    // What the tasks so far earn at most within so many minutes.
    let mut most = vec![0_u32; room + 1];
    let mut taken: Vec<Vec<usize>> = Vec::new();
    for choice in choices {
        let at = |minutes: usize| {
            let fits = choice.options.iter().enumerate().filter(|(_, option)| option.minutes <= minutes);
            let sums =
                fits.map(|(i, option)| (i, most[minutes - option.minutes].saturating_add(option.points)));
            // The first of the best ones, which `max_by_key` would not give.
            sums.fold(None, |best: Option<(usize, u32)>, (i, sum)| match best {
                Some((_, most)) if most >= sum => best,
                _ => Some((i, sum)),
            })
        };
        // One option takes no time, so there always is one.
        let chosen: Vec<(usize, u32)> = (0..=room).map(|minutes| at(minutes).unwrap_or_default()).collect();
        most = chosen.iter().map(|(_, sum)| *sum).collect();
        taken.push(chosen.into_iter().map(|(i, _)| i).collect());
    }
    let mut left = room;
    let mut chosen: Vec<Chosen> = Vec::new();
    for (choice, taken) in choices.iter().zip(&taken).rev() {
        let option = choice.options[taken[left]];
        left -= option.minutes;
        chosen.push(option);
    }
    chosen.reverse();
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chosen(minutes: usize, points: u32) -> Chosen {
        Chosen { advice: Advice::Same, minutes, points }
    }

    /// All ways to take an option of each task.
    fn all(choices: &[Choice]) -> Vec<(usize, u32)> {
        choices.iter().fold(vec![(0, 0)], |sums, choice| {
            let with = |(minutes, points): &(usize, u32)| {
                let (minutes, points) = (*minutes, *points);
                choice
                    .options
                    .iter()
                    .map(move |o| (minutes + o.minutes, points + o.points))
                    .collect::<Vec<_>>()
            };
            sums.iter().flat_map(with).collect()
        })
    }

    proptest! {
        #[test]
        fn nothing_that_fits_earns_more(
            tasks in prop::collection::vec(prop::collection::vec((0_usize..20, 0_u32..50), 0..4), 0..6),
            room in 0_usize..60,
        ) {
            let choices: Vec<Choice> = tasks
                .into_iter()
                .enumerate()
                .map(|(task, options)| {
                    let none = chosen(0, 0);
                    let options = options.into_iter().map(|(minutes, points)| chosen(minutes, points)).chain([none]);
                    Choice { task, options: options.collect() }
                })
                .collect();
            let best = best(&choices, room);
            let minutes: usize = best.iter().map(|option| option.minutes).sum();
            let points: u32 = best.iter().map(|option| option.points).sum();
            prop_assert!(minutes <= room);
            let most = all(&choices).into_iter().filter(|(minutes, _)| *minutes <= room).map(|(_, p)| p).max();
            prop_assert_eq!(Some(points), most);
        }
    }
}
