//! Pure: the page that a learner gets. It holds what `release` allows, and nothing of anybody else.
//!
//! In: a graded class, a learner's row, what their scripts wrote, and what may be seen. Out: owned text, harmless for a terminal.
//! A fault of the machine is named as one and not explained: its words are for the instructor.

use super::release::Release;
use super::seen::{Seen, Transcripts, bounded, counting};
use super::transcript::{Said, end};
use super::words::{late, name, outcome, reason};
use crate::class::gradebook::{Row, Standing, TaskMark, Work};
use crate::class::{BoundTask, Counts};
use crate::marking::Mark as HandInMark;
use crate::plural::counted;
use crate::report::page::{Item, Page};
use crate::report::style::Mark;
use crate::result::closing::Closing;

/// The most hand-ins of a task that are shown in full.
const SHOWN: usize = 20;

/// What is shown to a learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnerPage {
    /// The title of the class.
    pub title: String,
    /// Whose page it is.
    pub learner: String,
    /// The mark in per cent; None: it is not told, or there is none yet.
    pub percent: Option<u32>,
    /// From how many on it is passed.
    pub pass: u32,
    /// What the mark comes to, as a mark and in words.
    pub mark: Mark,
    /// In words.
    pub words: &'static str,
    /// What else there is to know: names and values.
    pub facts: Vec<(&'static str, String)>,
    /// What must not be overlooked.
    pub notices: Vec<String>,
    /// Each task.
    pub tasks: Vec<TaskPart>,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskPart {
    /// Its number.
    pub number: usize,
    /// Its title.
    pub title: String,
    /// Its scenario.
    pub id: String,
    /// What it is worth, in per cent of the class.
    pub weight: u32,
    /// Until when it was due.
    pub due: Option<String>,
    /// How it stands, as a mark and in words.
    pub mark: Mark,
    /// In words.
    pub words: String,
    /// What is said of checks that are not shown.
    pub hidden: Option<String>,
    /// What was handed in, the one that counts first, then the latest.
    pub works: Vec<WorkPart>,
    /// How many more were handed in.
    pub more: usize,
}

/// A hand-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkPart {
    /// Its file.
    pub file: String,
    /// Whether it is the one that counts; None: that is not told.
    pub counts: Option<bool>,
    /// When it was handed in, how late that is and what it costs, what it earned: names and values.
    pub facts: Vec<(&'static str, String)>,
    /// Why there is no grade.
    pub odd: Option<String>,
    /// Its checks.
    pub checks: Vec<Item>,
    /// Its guards.
    pub guards: Vec<Item>,
    /// The end of what it wrote.
    pub said: Option<Said>,
}

impl LearnerPage {
    /// The page of a row.
    pub fn of(seen: &Seen<'_>, row: &Row, transcripts: &Transcripts, release: Release<'_>) -> Self {
        let is_told = release.tells_total(row);
        let (mark, words) = match is_told {
            true => outcome(row.passed),
            false => (Mark::Waiting, "not told yet"),
        };
        let tasks = row.tasks.iter().filter_map(|mark| Some((seen.task(mark)?, mark)));
        Self {
            title: name(&seen.class.title),
            learner: match &row.name {
                Some(called) => format!("{} ({})", name(called), name(&row.learner)),
                None => name(&row.learner),
            },
            percent: row.percent.filter(|_| is_told),
            pass: seen.book.pass,
            mark,
            words,
            facts: facts(seen, release),
            notices: notices(row, is_told, release),
            tasks: tasks.map(|(task, mark)| part(seen, task, mark, transcripts, release)).collect(),
        }
    }
}

fn facts(seen: &Seen<'_>, release: Release<'_>) -> Vec<(&'static str, String)> {
    let which = match seen.class.counts {
        Counts::Best => "the best hand-in of each task",
        Counts::Last => "the last hand-in of each task",
    };
    let mut facts = vec![("Pass mark", format!("{} %", seen.book.pass)), ("What counts", which.to_owned())];
    if let Some(from) = release.from() {
        facts.push(("Feedback", format!("{} {from}", if release.is_released() { "since" } else { "from" })));
    }
    facts
}

fn notices(row: &Row, is_told: bool, release: Release<'_>) -> Vec<String> {
    let mut notices = Vec::new();
    if !is_told {
        let when = match release.from() {
            Some(from) => format!("It is told from {from} on."),
            None => "Your instructor tells it.".to_owned(),
        };
        notices.push(format!("Not everything that counts is shown here, so this page has no mark. {when}"));
    }
    let works = row.tasks.iter().flat_map(|mark| &mark.work);
    if works.into_iter().any(|work| matches!(work.standing, Standing::Ungraded { .. })) {
        notices.push(
            "Something could not be graded. That is not your fault and costs nothing; your instructor can see why."
                .to_owned(),
        );
    }
    notices
}

fn part(
    seen: &Seen<'_>,
    task: &BoundTask,
    mark: &TaskMark,
    transcripts: &Transcripts,
    release: Release<'_>,
) -> TaskPart {
    let is_told = release.tells(mark);
    let (standing, words) = match (is_told, counting(mark).map(|work| &work.standing), mark.percent) {
        (_, None, _) if mark.work.is_empty() => (Mark::Bad, "nothing handed in".to_owned()),
        (_, None, _) => (Mark::Bad, "too late to count".to_owned()),
        (true, Some(Standing::Refused { .. }), _) => (Mark::Bad, "not graded, 0 %".to_owned()),
        (true, _, None) => (Mark::Unknown, "could not be graded".to_owned()),
        (true, _, Some(percent)) => {
            (if percent == 100 { Mark::Good } else { Mark::Bad }, format!("{percent} %"))
        }
        (false, ..) => (Mark::Waiting, "not told yet".to_owned()),
    };
    let counts = if release.tells_which(mark) { mark.counts } else { None };
    let mut order: Vec<usize> = (0..mark.work.len()).rev().collect();
    order.sort_by_key(|place| Some(*place) != counts);
    let works = order.iter().take(SHOWN).filter_map(|place| {
        let work = mark.work.get(*place)?;
        let is_counted = release.tells_which(mark).then_some(Some(*place) == counts);
        Some(work_part(seen, task, work, is_counted, transcripts, (release, is_told)))
    });
    TaskPart {
        number: task.number,
        title: name(&task.loaded.scenario.title),
        id: name(task.id()),
        weight: task.weight,
        due: task.due.as_ref().map(ToString::to_string),
        mark: standing,
        words,
        hidden: (!is_told).then(|| match release.from() {
            Some(from) => format!("More is checked than is shown here. All of it is shown from {from} on."),
            None => "More is checked than is shown here.".to_owned(),
        }),
        works: works.collect(),
        more: mark.work.len().saturating_sub(SHOWN),
    }
}

fn work_part(
    seen: &Seen<'_>,
    task: &BoundTask,
    work: &Work,
    counts: Option<bool>,
    transcripts: &Transcripts,
    (release, is_told): (Release<'_>, bool),
) -> WorkPart {
    let mut part = WorkPart {
        file: name(&work.file),
        counts,
        facts: Vec::new(),
        odd: None,
        checks: Vec::new(),
        guards: Vec::new(),
        said: None,
    };
    if let Some(at) = seen.submitted(task, work) {
        part.facts.push(("Handed in", at));
    }
    let on_time = || match (&task.due, work.submitted_at) {
        (Some(_), Some(_)) => Some("on time".to_owned()),
        _ => None,
    };
    part.facts.extend(late(work.lateness).or_else(on_time).map(|told| ("Lateness", told)));
    match &work.standing {
        Standing::Refused { why } => {
            part.odd =
                Some(format!("It was not played and earns nothing: {}.", reason(why).trim_end_matches('.')));
        }
        Standing::Ungraded { .. } => {
            part.odd = Some("It could not be graded. That is not your fault and costs nothing.".to_owned());
        }
        Standing::Graded { key, percent, .. } => {
            if let Some(mark) = seen.mark(work) {
                let points = graded(&mut part, task, mark, release);
                part.facts.push((
                    "Points",
                    if is_told { points } else { format!("{points} of the checks that are shown") },
                ));
                part.facts.extend(mark.ended.as_ref().map(|how| ("The script", reason(how))));
            }
            if is_told {
                let deducted = work.lateness.deducted;
                part.facts.push((
                    "Earned",
                    match deducted {
                        0 => format!("{percent} % of the task"),
                        _ => format!(
                            "{percent} % of the task, {} % after lateness",
                            percent.saturating_sub(deducted)
                        ),
                    },
                ));
            }
            part.said = transcripts.get(key).and_then(|text| end(text));
        }
    }
    part
}

/// Adds the checks that may be seen. Out: their points.
fn graded(part: &mut WorkPart, task: &BoundTask, mark: &HandInMark, release: Release<'_>) -> String {
    let hidden = release.hidden(task);
    let mut result = bounded(mark);
    result.checks.retain(|check| check.guard || !hidden.contains(check.id.as_str()));
    let page = Page::new(&result, Closing::default(), release.disclosure());
    (part.checks, part.guards) = (page.checks, page.guards);
    let points = part.checks.iter().filter_map(|item| item.points);
    let (earned, max) =
        points.fold((0, 0), |(earned, max), points| (earned + points.earned.unwrap_or(0), max + points.max));
    format!("{earned} of {}", counted(max, "point"))
}
