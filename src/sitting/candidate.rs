//! The exam under way: what a candidate may do with it, each thing written down before anybody is told.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::clock::Moment;
use super::entry::{EndedBy, Event};
use super::error::{Result, SittingError};
use super::folder::{Exams, Folder};
use super::now::now;
use super::state::{Phase, State, TaskState};
use crate::exam::{self, BoundPaper, BoundTask, Question, Work};
use crate::fs::Lock;
use crate::lab::attempt::Attempt;
use crate::quiz::answer::{self, Answer, letter};
use crate::quiz::judge::in_unit;
use crate::quiz::model::{Task, numbered};
use crate::quiz::{Bank, session};
use crate::scenario::{Catalog, exam_text};

/// An exam with its paper.
#[derive(Debug, Clone)]
pub struct Sitting {
    /// Its folder.
    pub folder: Folder,
    packs: Vec<PathBuf>,
    paper: OnceLock<BoundPaper>,
    exams: Exams,
    doing: String,
    cancel: CancellationToken,
}

/// Something that a candidate does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Reads a task.
    Read(usize),
    /// Sets a flag, or takes it away.
    Flag(usize, bool),
    /// Writes the notes anew. What somebody else added to those `before` is kept.
    Note {
        /// The notes that were changed.
        before: String,
        /// What they are now.
        text: String,
    },
    /// Adds a line to the notes.
    AddNote(String),
    /// Answers a question; empty: takes the answer back.
    Answer(usize, String),
    /// Goes to the host of a task.
    Enter(usize),
    /// Comes back from there.
    Leave(usize),
    /// Stops the clock, or lets it run again.
    Pause(bool),
}

/// Notes are for reminders: a journal is no disk.
pub const LONGEST_NOTES: usize = 8_000;

/// An answer is a line.
const LONGEST_ANSWER: usize = 1_000;

impl Sitting {
    /// The exam in `folder`.
    pub fn of(
        state_folder: &Path,
        folder: Folder,
        state: &State,
        doing: &str,
        cancel: &CancellationToken,
    ) -> Self {
        Self {
            folder,
            packs: state.opened.packs.clone(),
            paper: OnceLock::new(),
            exams: Exams::new(state_folder),
            doing: doing.to_owned(),
            cancel: cancel.clone(),
        }
    }

    /// The paper that it was opened with, bound to the scenarios and questions that there are now.
    pub fn paper(&self) -> Result<&BoundPaper> {
        if let Some(paper) = self.paper.get() {
            return Ok(paper);
        }
        let read = exam::file::load(&self.folder.paper())?;
        let paper = BoundPaper::of(&read, &Catalog::new(&self.packs)?, &Bank::builtin()?)?;
        Ok(self.paper.get_or_init(|| paper))
    }

    /// The right to change it; others wait.
    pub fn lock(&self) -> Result<Lock> {
        self.exams.lock(&self.doing, |_| {}, &self.cancel)
    }

    /// How it stands now.
    pub fn state(&self) -> Result<State> {
        let none = || SittingError::NoJournal { path: self.folder.journal().path().to_owned() };
        self.folder.state()?.ok_or_else(none)
    }

    /// Does something, if the exam still runs. Out: how it stands then.
    pub fn act(&self, act: Act) -> Result<State> {
        let _lock = self.lock()?;
        let mut state = self.state()?;
        let now = now();
        // Coming back is always allowed.
        if !matches!(act, Act::Leave(_)) {
            must_run(&state, &now)?;
        }
        if let Some(event) = self.event(&state, act)? {
            self.folder.write(&mut state, event)?;
        }
        Ok(state)
    }

    /// What is written down of an act; None: nothing is new.
    fn event(&self, state: &State, act: Act) -> Result<Option<Event>> {
        Ok(match act {
            Act::Read(task) => task_of(state, task)?.read.is_none().then_some(Event::Read { task }),
            Act::Flag(task, set) => {
                (task_of(state, task)?.flagged != set).then_some(Event::Flagged { task, set })
            }
            Act::Note { before, text } => noted(state, merged(&before, text, &state.notes))?,
            Act::AddNote(line) => {
                let text = if state.notes.is_empty() { line } else { format!("{}\n{line}", state.notes) };
                noted(state, text)?
            }
            Act::Answer(task, text) => {
                let text = text.trim().to_owned();
                if !text.is_empty() {
                    self.answer(state, task, &text)?;
                }
                Some(Event::Answered { task, text })
            }
            Act::Enter(task) => {
                self.attempt(state, task)?;
                Some(Event::Entered { task })
            }
            Act::Leave(task) => Some(Event::Left { task }),
            Act::Pause(_) if !state.opened.practice => {
                return Err(SittingError::NotPractice { what: "be paused" });
            }
            Act::Pause(on) => (state.stands_still() != on).then_some(Event::Paused { on }),
        })
    }

    /// Gives more time, before the beginning or while it runs.
    pub fn extend(&self, time: Duration, reason: &str) -> Result<State> {
        let _lock = self.lock()?;
        let mut state = self.state()?;
        must_run(&state, &now())?;
        self.folder.write(&mut state, Event::Extra { seconds: time.as_secs(), reason: reason.to_owned() })?;
        Ok(state)
    }

    /// Writes down that the exam is still open somewhere, so that what passes while the machine is off can be told.
    pub fn alive(&self) -> Result<State> {
        let _lock = self.lock()?;
        let mut state = self.state()?;
        if state.phase == Phase::Running {
            self.folder.write(&mut state, Event::Alive)?;
        }
        Ok(state)
    }

    /// Ends it: nothing counts that comes after. Ending twice changes nothing.
    pub fn end(&self, by: EndedBy) -> Result<State> {
        let _lock = self.lock()?;
        let mut state = self.state()?;
        if state.phase == Phase::Running {
            let by = if state.is_over(&now()) { EndedBy::Deadline } else { by };
            self.folder.write(&mut state, Event::Ended { by })?;
        }
        Ok(state)
    }

    /// A task of the paper.
    pub fn task(&self, number: usize) -> Result<&BoundTask> {
        let tasks = &self.paper()?.tasks;
        let last = tasks.len();
        let found = tasks.iter().find(|task| task.number == number);
        found.ok_or(SittingError::NoTask { number, last })
    }

    /// The text of a task: what is to be done, or what is asked, with its options as they are shown.
    pub fn text(&self, number: usize) -> Result<String> {
        Ok(match &self.task(number)?.work {
            Work::Lab(lab) => exam_text(&lab.bound),
            Work::Question(question) => asked(question),
        })
    }

    /// The attempt at a task.
    pub fn attempt(&self, state: &State, number: usize) -> Result<Attempt> {
        let Work::Lab(lab) = &self.task(number)?.work else { return Err(SittingError::NoHost { number }) };
        let none = || SittingError::SetUp {
            number,
            id: lab.bound.scenario.id.clone(),
            why: "nothing is written down about its lab".into(),
        };
        let store = self.folder.store();
        let (id, _) = task_of(state, number)?.attempt.as_ref().ok_or_else(none)?;
        let record = store.dir(id).record()?.ok_or_else(none)?;
        Ok(Attempt::resume(&store, record, lab.bound.clone())?)
    }

    /// What was typed, as an answer to the question of a task.
    pub fn answer(&self, state: &State, number: usize, typed: &str) -> Result<Answer> {
        let question = match &self.task(number)?.work {
            Work::Question(question) => question,
            Work::Lab(_) => {
                let host = task_of(state, number)?.place.host.clone().unwrap_or_default();
                return Err(SittingError::NoQuestion { number, host });
            }
        };
        let refused = |why: String| SittingError::NoAnswer { number, why };
        if typed.chars().count() > LONGEST_ANSWER {
            return Err(refused(format!("an answer has at most {LONGEST_ANSWER} characters")));
        }
        let task = question.item.task().ok_or_else(|| refused("nothing is asked".into()))?;
        if let Task::Number(number) = task
            && in_unit(number, typed).is_none()
        {
            let unit = number.unit.as_deref().map(|unit| format!(", in {unit}")).unwrap_or_default();
            return Err(refused(format!("enter a number{unit}")));
        }
        answer::read(&task, &session::shown(&question.item, question.seed), typed).map_err(refused)
    }
}

fn must_run(state: &State, now: &Moment) -> Result<()> {
    match state.phase {
        Phase::Running if !state.is_over(now) => Ok(()),
        Phase::SettingUp => Err(SittingError::None),
        _ => Err(SittingError::Over { id: state.opened.id.clone() }),
    }
}

fn task_of(state: &State, number: usize) -> Result<&TaskState> {
    state.task(number).ok_or(SittingError::NoTask { number, last: state.tasks.len() })
}

/// The notes as they are written down. Those that were longer before may only become shorter.
fn noted(state: &State, text: String) -> Result<Option<Event>> {
    let long = text.chars().count();
    if long > LONGEST_NOTES && long >= state.notes.chars().count() {
        return Err(SittingError::NotesTooLong { limit: LONGEST_NOTES });
    }
    Ok((text != state.notes).then_some(Event::Noted { text }))
}

/// What `before` was changed to, with what somebody else added meanwhile.
fn merged(before: &str, text: String, now: &str) -> String {
    if let Some(added) = now.strip_prefix(before) {
        return text + added;
    }
    let added: Vec<&str> = now.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
    if added.is_empty() { text } else { format!("{text}\n{}", added.join("\n")) }
}

/// A question with its options, lettered as they are shown.
fn asked(question: &Question) -> String {
    let item = &question.item;
    let mut parts = vec![item.question.trim().to_owned()];
    let Some(task) = item.task() else { return parts.remove(0) };
    match task {
        Task::Matching(matching) => {
            let left = matching.pairs.iter().enumerate();
            parts.push(
                left.map(|(n, pair)| format!("{}. {}", n + 1, pair.left)).collect::<Vec<_>>().join("\n"),
            );
        }
        Task::Lines(lines) => parts.push(numbered(&lines.text).trim_end().to_owned()),
        _ => {}
    }
    let texts = task.lettered();
    let shown = session::shown(item, question.seed);
    let options = shown.iter().filter_map(|i| texts.get(*i)).enumerate();
    let options: Vec<String> = options.map(|(place, text)| format!("{}) {text}", letter(place))).collect();
    if !options.is_empty() {
        parts.push(options.join("\n"));
    }
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::state;
    use super::*;

    #[test]
    fn notes_that_two_write_at_once_are_kept() {
        assert_eq!(merged("", "abc".into(), ""), "abc");
        assert_eq!(merged("abc", "abcdef".into(), "abc\noutside"), "abcdef\noutside");
        assert_eq!(merged("a\nb", "a\nb c".into(), "x\na\nb"), "a\nb c\nx");
        assert_eq!(merged("abc", "abcd".into(), ""), "abcd", "cleared elsewhere, and typed on");
    }

    #[test]
    fn notes_that_are_too_long_are_refused_and_never_cut() {
        let now = state([(1, Event::Noted { text: "a".repeat(LONGEST_NOTES + 5) })]);
        assert!(noted(&now, "b".repeat(LONGEST_NOTES + 5)).is_err());
        assert!(
            noted(&now, "b".repeat(LONGEST_NOTES + 4)).is_ok(),
            "those of an earlier version become shorter"
        );
        let error = noted(&state([]), "b".repeat(LONGEST_NOTES + 1)).unwrap_err().to_string();
        assert!(error.contains("at most 8000 characters"), "{error}");
    }
}
