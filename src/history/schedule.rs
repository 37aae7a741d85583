//! Pure: when an item is to be asked again, by the FSRS scheduler.
//!
//! The state of memory is worked out anew from all answers, so there is nothing to keep in step with them.

use std::collections::BTreeMap;

use fsrs::{DEFAULT_PARAMETERS, FSRS, FSRSItem, FSRSReview};
use jiff::{Timestamp, ToSpan};

use super::rows::QuizAnswer;

/// How sure the learner shall be of an answer when it is asked again.
const RETENTION: f32 = 0.9;
const DAY: f64 = 86_400.0;

/// When an item is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    /// The item.
    pub item: String,
    /// When.
    pub at: Timestamp,
}

/// When each answered item is due, the most overdue first.
pub fn due(answers: &[QuizAnswer]) -> Vec<Due> {
    let Ok(fsrs) = FSRS::new(&DEFAULT_PARAMETERS) else { return Vec::new() };
    let mut of: BTreeMap<&str, Vec<(Timestamp, u32)>> = BTreeMap::new();
    for answer in answers {
        if let Ok(at) = answer.at.parse::<Timestamp>() {
            of.entry(&answer.item).or_default().push((at, rating(answer)));
        }
    }
    let mut all: Vec<Due> = of.into_iter().filter_map(|(item, answers)| next(&fsrs, item, answers)).collect();
    all.sort_by_key(|due| due.at);
    all
}

/// The items that are to be repeated now.
pub fn due_now(answers: &[QuizAnswer]) -> Vec<Due> {
    let now = Timestamp::now();
    due(answers).into_iter().filter(|due| due.at <= now).collect()
}

/// 1 "again" to 4 "easy", as FSRS counts.
fn rating(answer: &QuizAnswer) -> u32 {
    match (answer.points, answer.of) {
        (points, of) if points >= of => 3,
        (0, _) => 1,
        _ => 2,
    }
}

fn next(fsrs: &FSRS, item: &str, mut answers: Vec<(Timestamp, u32)>) -> Option<Due> {
    answers.sort();
    let mut reviews = Vec::new();
    let mut last: Option<Timestamp> = None;
    for (at, rating) in answers {
        let days = last.map_or(0.0, |last| at.duration_since(last).as_secs_f64() / DAY);
        reviews.push(FSRSReview { rating, delta_t: whole_days(days) });
        last = Some(at);
    }
    let (last, rating) = (last?, reviews.last()?.rating);
    // What was not known comes again in ten minutes, not tomorrow.
    if rating == 1 {
        return Some(Due { item: item.to_owned(), at: last.checked_add(10.minutes()).ok()? });
    }
    let state = fsrs.memory_state(FSRSItem { reviews }, None).ok()?;
    let days = fsrs.next_interval(Some(state.stability), RETENTION, rating).max(1.0);
    let hours = i64::from(whole_days(f64::from(days) * 24.0));
    Some(Due { item: item.to_owned(), at: last.checked_add(hours.hours()).ok()? })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded, and cut to a century")]
fn whole_days(days: f64) -> u32 {
    days.round().clamp(0.0, 1_000_000.0) as u32
}
