//! Pure: the page of a class, for its instructor: everything, also what learners do not see.
//!
//! In: a graded class, and the names of the learners' pages. Out: owned text, harmless for a terminal. What could not be graded
//! comes first.

use std::collections::BTreeMap;

use super::names::Names;
use super::seen::{Seen, counting};
use super::words::{cell, late, name, outcome, passed, reason};
use crate::class::BoundTask;
use crate::class::gradebook::{Gradebook, Row, Standing, TaskMark, Work};
use crate::plural::counted;
use crate::report::style::Mark;
use crate::scenario::{Binding, bind};

/// The most of any list that is shown.
const SHOWN: usize = 500;

/// What is shown of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassPage {
    /// Its title.
    pub title: String,
    /// How many passed, in words.
    pub passed: String,
    /// How many that is, in per cent of all.
    pub passed_percent: u32,
    /// What else there is to know: names and values.
    pub facts: Vec<(&'static str, String)>,
    /// How many marks lie in each ten per cent: 0 to 9, …, 90 to 100. Empty where there is no mark.
    pub spread: Vec<Bin>,
    /// What could not be graded.
    pub ungraded: Vec<Odd>,
    /// The tasks, as heads of columns.
    pub heads: Vec<Head>,
    /// A row for each learner.
    pub rows: Vec<RowPart>,
    /// Each task with its checks.
    pub tasks: Vec<TaskPart>,
    /// What was handed in late.
    pub late: Vec<Odd>,
    /// What earns nothing, because it cannot be played.
    pub refused: Vec<Odd>,
    /// After which hand-ins a cluster was thrown away.
    pub disorder: Vec<Odd>,
    /// What is nobody's hand-in.
    pub left_out: Vec<Odd>,
    /// How many more that are.
    pub more_left_out: usize,
}

/// Marks of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bin {
    /// From where to where, in per cent.
    pub name: String,
    /// How many there are.
    pub count: usize,
    /// How high its bar is, of 100.
    pub height: usize,
}

/// Somebody, with the name of their page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Their id.
    pub id: String,
    /// The file of their page.
    pub page: String,
}

/// Something that stands out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// Whose it is.
    pub who: Option<Who>,
    /// Its file.
    pub file: String,
    /// What there is to say.
    pub why: String,
}

/// The head of a task's column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub number: usize,
    /// Its scenario.
    pub id: String,
    /// What it is worth, in per cent.
    pub weight: u32,
}

/// A learner's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPart {
    /// Who.
    pub who: Who,
    /// Their name.
    pub name: Option<String>,
    /// Each task: its mark, and whether it is late or too late.
    pub cells: Vec<(String, Option<&'static str>)>,
    /// The mark of the class.
    pub total: String,
    /// Whether that passes, as a mark and in words.
    pub mark: Mark,
    /// In words.
    pub words: &'static str,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskPart {
    /// Its number.
    pub number: usize,
    /// Its title.
    pub title: String,
    /// How many of the hand-ins that count were graded, in words.
    pub graded: String,
    /// Its checks and guards, the one that failed most often first; those that nobody failed are left out.
    pub checks: Vec<CheckPart>,
    /// The ids of those that nobody failed.
    pub sound: Vec<String>,
}

/// A check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckPart {
    /// Its id.
    pub id: String,
    /// Its sentence, with the default values.
    pub requirement: Option<String>,
    /// `10 points`, `guard`.
    pub worth: String,
    /// Whether learners do not see it before feedback.
    pub hidden: bool,
    /// How many failed it.
    pub failed: usize,
    /// Of how many.
    pub of: usize,
    /// Those who failed it.
    pub who: Vec<Who>,
    /// How many more there are.
    pub more: usize,
}

impl ClassPage {
    /// The page of a class.
    pub fn of(seen: &Seen<'_>, names: &Names) -> Self {
        let book = seen.book;
        let who =
            |row: &Row| Who { id: name(&row.learner), page: format!("{}.html", names.of(&row.learner)) };
        let works = || {
            let tasks = book.rows.iter().flat_map(|row| row.tasks.iter().map(move |mark| (row, mark)));
            tasks.flat_map(|(row, mark)| mark.work.iter().map(move |work| (row, mark, work)))
        };
        let odd =
            |row: &Row, work: &Work, why: String| Odd { who: Some(who(row)), file: name(&work.file), why };
        let passed_ones = book.rows.iter().filter(|row| row.passed == Some(true)).count();
        Self {
            title: name(&book.title),
            passed: passed(book),
            passed_percent: u32::try_from(passed_ones * 100 / book.rows.len().max(1)).unwrap_or(0),
            facts: facts(seen),
            spread: spread(book),
            ungraded: works()
                .filter_map(|(row, _, work)| match &work.standing {
                    Standing::Ungraded { why } => Some(odd(row, work, reason(why))),
                    _ => None,
                })
                .collect(),
            heads: heads(seen),
            rows: book.rows.iter().map(|row| row_part(row, who(row))).collect(),
            tasks: seen.class.tasks.iter().map(|task| task_part(seen, task, &who)).collect(),
            late: works()
                .filter_map(|(row, mark, work)| {
                    let when = seen.task(mark).and_then(|task| seen.submitted(task, work));
                    let when = when.map(|at| format!(", handed in {at}")).unwrap_or_default();
                    Some(odd(row, work, format!("{}{when}", late(work.lateness)?)))
                })
                .collect(),
            refused: works()
                .filter_map(|(row, _, work)| match &work.standing {
                    Standing::Refused { why } => Some(odd(row, work, reason(why))),
                    _ => None,
                })
                .collect(),
            disorder: works()
                .filter_map(|(row, _, work)| {
                    Some(odd(row, work, reason(seen.mark(work)?.thrown_away.as_ref()?)))
                })
                .collect(),
            left_out: book
                .left_out
                .iter()
                .take(SHOWN)
                .map(|left| Odd { who: None, file: name(&left.file), why: reason(&left.why) })
                .collect(),
            more_left_out: book.left_out.len().saturating_sub(SHOWN),
        }
    }
}

fn facts(seen: &Seen<'_>) -> Vec<(&'static str, String)> {
    let book = seen.book;
    let handed_in = book.rows.iter().filter(|row| row.tasks.iter().any(|mark| !mark.work.is_empty())).count();
    let mut facts = vec![
        ("Pass mark", format!("{} %", book.pass)),
        ("Handed in", format!("something by {}", counted(handed_in, "learner"))),
    ];
    let mut marks: Vec<u32> = book.rows.iter().filter_map(|row| row.percent).collect();
    marks.sort_unstable();
    // Of an even number the two in the middle; of an odd one that is the same one twice.
    let middle = |at: usize| marks.get(at).copied();
    if let (Some(low), Some(high)) = (middle(marks.len().saturating_sub(1) / 2), middle(marks.len() / 2)) {
        facts.push(("Median", format!("{} %, of {}", low.midpoint(high), counted(marks.len(), "mark"))));
    }
    let feedback = match &seen.class.feedback {
        Some(from) => format!("learners see hidden checks from {from} on"),
        None if seen.class.tasks.iter().all(|task| task.hidden.is_empty()) => "no check is hidden".to_owned(),
        None => "learners never see hidden checks".to_owned(),
    };
    facts.push(("Feedback", feedback));
    facts
}

fn spread(book: &Gradebook) -> Vec<Bin> {
    let mut counts = [0_usize; 10];
    for percent in book.rows.iter().filter_map(|row| row.percent) {
        if let Some(count) = counts.get_mut((percent as usize / 10).min(9)) {
            *count += 1;
        }
    }
    let Some(most) = counts.iter().max().filter(|most| **most > 0) else { return Vec::new() };
    let bins = counts.iter().enumerate();
    bins.map(|(at, count)| Bin {
        name: format!("{}-{}", at * 10, if at == 9 { 100 } else { at * 10 + 9 }),
        count: *count,
        height: count * 100 / most,
    })
    .collect()
}

fn heads(seen: &Seen<'_>) -> Vec<Head> {
    let tasks = seen.class.tasks.iter();
    tasks.map(|task| Head { number: task.number, id: name(task.id()), weight: task.weight }).collect()
}

fn row_part(row: &Row, who: Who) -> RowPart {
    let (mark, words) = outcome(row.passed);
    let note = |task: &TaskMark| match counting(task) {
        Some(work) => (work.lateness.days_late > 0).then_some("late"),
        None => (!task.work.is_empty()).then_some("too late"),
    };
    RowPart {
        who,
        name: row.name.as_deref().map(name),
        cells: row.tasks.iter().map(|task| (cell(task), note(task))).collect(),
        total: row.percent.map_or_else(|| "none yet".to_owned(), |percent| format!("{percent} %")),
        mark,
        words,
    }
}

fn task_part(seen: &Seen<'_>, task: &BoundTask, who: &impl Fn(&Row) -> Who) -> TaskPart {
    let mut failed_by: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    let mut graded = 0;
    let mut counted_works = 0;
    for row in &seen.book.rows {
        let mark = row.tasks.iter().find(|mark| mark.scenario == task.id());
        let Some(work) = mark.and_then(counting) else { continue };
        counted_works += 1;
        if let Standing::Graded { failed, .. } = &work.standing {
            graded += 1;
            failed.iter().for_each(|id| failed_by.entry(id).or_default().push(row));
        }
    }
    // Sentences with the default values: each learner has others.
    let usual = bind(&task.loaded, &Binding::defaults(&task.loaded.scenario)).ok();
    let scenario = usual.as_ref().map_or(&task.loaded.scenario, |bound| &bound.scenario);
    let checks = scenario.checks.iter().map(|check| (&check.expectation, Some(check.points)));
    let guards = scenario.guards.iter().map(|guard| (&guard.expectation, None));
    let known: Vec<_> = checks.chain(guards).collect();
    let mut parts: Vec<CheckPart> = failed_by
        .iter()
        .map(|(id, rows)| {
            let written = known.iter().find(|(expectation, _)| expectation.id == *id);
            CheckPart {
                id: name(id),
                requirement: written.map(|(expectation, _)| reason(&expectation.requirement)),
                worth: match written {
                    Some((_, Some(points))) => counted(*points, "point"),
                    _ => "guard".to_owned(),
                },
                hidden: task.hidden.contains(*id),
                failed: rows.len(),
                of: graded,
                who: rows.iter().take(SHOWN).map(|row| who(row)).collect(),
                more: rows.len().saturating_sub(SHOWN),
            }
        })
        .collect();
    parts.sort_by(|a, b| b.failed.cmp(&a.failed).then_with(|| a.id.cmp(&b.id)));
    let sound = known.iter().filter(|(expectation, _)| !failed_by.contains_key(expectation.id.as_str()));
    TaskPart {
        number: task.number,
        title: name(&task.loaded.scenario.title),
        graded: format!("{graded} of {} that count", counted(counted_works, "hand-in")),
        checks: parts,
        sound: if graded > 0 {
            sound.map(|(expectation, _)| name(&expectation.id)).collect()
        } else {
            Vec::new()
        },
    }
}
