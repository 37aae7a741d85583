//! Pure: what is shown of a result, and in which order. Text draws it with marks and wrapping, another format in its
//! own way; neither decides anything.
//!
//! In: a result, what is said after the score, and how much may be told. Out: owned text, harmless for a terminal.
//! Left out is what the sentence `why` says already; equal evidence is grouped, and long evidence is cut.

use super::disclosure::{Disclosure, Level, Reader};
use crate::grade::checks::nothing_wider;
use crate::grade::verdict::{Evidence, Fact, Outcome};
use crate::printable::printable;
use crate::result::closing::Closing;
use crate::result::format::{CheckPart, ResultV1};

/// Places of one thing that was seen.
const PLACES: usize = 3;
/// Pieces of evidence per check: more is for programs.
const EVIDENCE: usize = 5;

/// What is shown of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The scenario's id.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// What is to be known about the attempt before its checks.
    pub notes: Vec<String>,
    /// Each check.
    pub checks: Vec<Item>,
    /// Each guard.
    pub guards: Vec<Item>,
    /// The sum; None: it is not told yet.
    pub score: Option<Total>,
    /// Why it matters, for whoever passed.
    pub explanation: Option<String>,
    /// What to do next: paragraphs of sentences.
    pub closing: Vec<Vec<Sentence>>,
}

/// A check or guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// How it was judged.
    pub outcome: Outcome,
    /// Its points; None: it has none.
    pub points: Option<Points>,
    /// What the task asks for.
    pub requirement: String,
    /// Why it is so; None: there is nothing to say.
    pub why: Option<String>,
    /// The requirement of the broken guard that takes its points.
    pub voided_by: Option<String>,
    /// The requirement of the guard that could not be graded, without which its points do not count.
    pub suspended_by: Option<String>,
    /// What was seen.
    pub evidence: Vec<Group>,
    /// How many more groups there are in JSON.
    pub more: usize,
    /// Where to look.
    pub look: Option<String>,
    /// The line of the scenario file.
    pub line: Option<u32>,
}

/// The points of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Points {
    /// Earned; None: that is not known.
    pub earned: Option<u32>,
    /// How many there are.
    pub max: u32,
}

/// What was seen, in one or more places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Where.
    pub places: Vec<String>,
    /// How many more places there are in JSON.
    pub more: usize,
    /// What was expected.
    pub expected: Option<String>,
    /// What was seen.
    pub seen: Option<String>,
}

/// The sum of all points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// Earned.
    pub points: u32,
    /// How many there are.
    pub max: u32,
    /// Earned, in per cent.
    pub percent: u32,
    /// What that comes to.
    pub verdict: &'static str,
}

/// A sentence, in the pieces that are drawn differently.
pub type Sentence = Vec<Words>;

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// Plain words.
    Text(String),
    /// A command or option to type.
    Command(&'static str),
}

impl Page {
    /// The page for whoever the result and `closing` say is reading.
    pub fn of(result: &ResultV1, closing: Closing<'_>) -> Self {
        let disclosure = Disclosure::to(Reader {
            explain: closing.explain,
            played: result.solution.is_some(),
            hints_shown: result.hints,
            hints_left: closing.hints_left,
        });
        Self::new(result, closing, disclosure)
    }

    /// The page that tells as much as `disclosure` allows.
    pub fn new(result: &ResultV1, closing: Closing<'_>, disclosure: Disclosure) -> Self {
        let result = &result.printable();
        let mut page = Self {
            scenario: result.scenario.id.clone(),
            title: result.scenario.title.clone(),
            notes: notes(result),
            checks: Vec::new(),
            guards: Vec::new(),
            score: None,
            explanation: None,
            closing: Vec::new(),
        };
        if disclosure == Disclosure::Silent {
            page.closing =
                vec![vec![vec![Words::Text("Recorded: the result is shown when the exam is over.".into())]]];
            return page;
        }
        let items = |guard: bool| {
            // The guard of every scenario is told of when it is broken.
            let told = |c: &&CheckPart| c.id != nothing_wider::ID || c.verdict != Outcome::Pass;
            let parts = result.checks.iter().filter(move |c| c.guard == guard).filter(told);
            parts.map(|check| item(check, &result.checks, disclosure)).collect()
        };
        (page.checks, page.guards) = (items(false), items(true));
        page.score = Some(total(result));
        let explains = result.score.passed && !closing.explanation.trim().is_empty();
        page.explanation = explains.then(|| printable(closing.explanation).into_owned());
        if !result.score.passed && closing.coach {
            page.closing = next(result, closing, disclosure);
        }
        page
    }
}

fn notes(result: &ResultV1) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(solution) = &result.solution {
        let how = solution.failed.as_ref().map(|f| format!(", which {f}")).unwrap_or_default();
        notes.push(format!("played: {}{how}", solution.name));
    }
    if result.solution_shown {
        notes.push("a solution was shown: this grade does not count as your best".into());
    }
    notes
}

fn item(check: &CheckPart, all: &[CheckPart], disclosure: Disclosure) -> Item {
    let points =
        Points { earned: (check.verdict != Outcome::Unknown).then_some(check.points), max: check.max };
    let mut item = Item {
        outcome: check.verdict,
        points: (!check.guard).then_some(points),
        requirement: check.requirement.clone(),
        why: None,
        voided_by: None,
        suspended_by: None,
        evidence: Vec::new(),
        more: 0,
        look: None,
        line: None,
    };
    if check.verdict == Outcome::Pass {
        let words =
            |guard: &String| all.iter().find(|c| c.id == *guard).map_or(guard, |c| &c.requirement).clone();
        item.voided_by = check.voided_by.as_ref().map(words);
        item.suspended_by = check.suspended_by.as_ref().map(words);
        return item;
    }
    item.why = Some(check.why.clone()).filter(|why| !why.is_empty());
    let groups = groups(check, disclosure);
    item.more = groups.len().saturating_sub(EVIDENCE);
    item.evidence = groups.into_iter().take(EVIDENCE).collect();
    item.look.clone_from(&check.look);
    item.line = (disclosure == Disclosure::Asked && check.line > 0).then_some(check.line);
    item
}

/// What was seen in many places is one group.
fn groups(check: &CheckPart, disclosure: Disclosure) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for evidence in &check.evidence {
        let Some(piece) = piece(evidence, disclosure.shows(evidence.fact), &check.why) else { continue };
        match groups.iter_mut().find(|g| (&g.expected, &g.seen) == (&piece.expected, &piece.seen)) {
            Some(group) if group.places.contains(&piece.places[0]) => {}
            Some(group) => group.places.extend(piece.places),
            None => groups.push(piece),
        }
    }
    for group in &mut groups {
        group.more = group.places.len().saturating_sub(PLACES);
        group.places.truncate(PLACES);
    }
    groups
}

/// What is shown of a piece of evidence, in its one place. None: nothing that the sentence `why` does not say already.
fn piece(evidence: &Evidence, shown: Level, why: &str) -> Option<Group> {
    let field = evidence.field.as_ref().filter(|_| shown >= Level::Place);
    let seen = Some(&evidence.seen).filter(|_| shown >= Level::Seen);
    let expected = evidence.expected.as_ref().filter(|_| shown >= Level::All);
    // There is one dry run in a check: the sentence is about it.
    let at = Some(&evidence.at).filter(|_| evidence.fact != Fact::DryRun);
    let told = [at, field, seen].into_iter().flatten().all(|part| why.contains(part.as_str()));
    if shown == Level::Nothing || (told && expected.is_none()) {
        return None;
    }
    let place = field.map_or_else(|| evidence.at.clone(), |field| format!("{} {field}", evidence.at));
    Some(Group { places: vec![place], more: 0, expected: expected.cloned(), seen: seen.cloned() })
}

fn total(result: &ResultV1) -> Total {
    let score = result.score;
    let verdict = match (score.passed, score.complete) {
        (true, _) => "passed",
        (false, true) => "not passed",
        (false, false) => "could not be graded in full",
    };
    Total { points: score.points, max: score.max, percent: score.percent, verdict }
}

fn next(result: &ResultV1, closing: Closing<'_>, disclosure: Disclosure) -> Vec<Vec<Sentence>> {
    let text = |text: &str| Words::Text(text.to_owned());
    let mut paragraphs = Vec::new();
    if disclosure == Disclosure::AfterHints {
        paragraphs
            .push(vec![vec![text("All hints have been shown, so the report also says what was expected.")]]);
    }
    let mut next = vec![text("Next: ")];
    if !result.score.complete {
        next.extend([
            Words::Command("satrain cluster status"),
            text(" shows whether the cluster is healthy."),
        ]);
    } else {
        next.extend(match closing.left_shell {
            true => vec![Words::Command("satrain shell"), text(" opens the lab again")],
            false => vec![text("change it and run "), Words::Command("satrain check"), text(" again")],
        });
        if closing.hints_left > 0 {
            let more = format!(" has {} more", closing.hints_left);
            next.extend([text("; "), Words::Command("satrain hint"), Words::Text(more)]);
        }
        next.push(text("."));
    }
    let mut last = vec![next];
    let hidden = result.checks.iter().filter(|c| c.verdict != Outcome::Pass).flat_map(|c| &c.evidence);
    if disclosure == Disclosure::Careful
        && hidden.into_iter().any(|e| disclosure.shows(e.fact) < Level::Place)
    {
        let what = text(" also shows what was expected, which gives the solution away.");
        last.push(vec![Words::Command("--explain"), what]);
    }
    paragraphs.push(last);
    paragraphs
}

#[cfg(test)]
mod tests;
