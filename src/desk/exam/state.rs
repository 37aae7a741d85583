//! What the desk of an exam shows, and what it is told. Pure data.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::seat::Closed;
use crate::desk::editor::Editor;
use crate::desk::layout::Layout;
use crate::desk::pane::Pane;
use crate::sitting::LONGEST_NOTES;
use crate::sitting::clock::Moment;
use crate::sitting::state::{State as Exam, TaskState};

/// The most characters of notes, and of an answer.
pub(super) const MOST: (usize, usize) = (LONGEST_NOTES, 500);

/// How long a notice is shown at least, in milliseconds: a key pressed earlier was not pressed because of it.
const LEAST_SHOWN: u64 = 3000;

/// Notices at a time; the oldest gives way.
const NOTICES: usize = 3;

/// What it is told.
#[derive(Debug)]
pub(super) enum News {
    /// How the exam stands.
    Exam(Box<Exam>),
    /// What time it is.
    Now(Moment),
    /// Something was not done, and why.
    Refused(String),
    /// Nobody can say how the exam stands, and why.
    Unseen(String),
}

/// Who gets what is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Focus {
    /// The shell.
    Shell,
    /// The desk gets one key.
    Prefix,
    /// The task, to be read.
    Task,
    /// The list of tasks.
    List,
    /// The notes.
    Notes,
    /// The answer to a question.
    Answer,
    /// The look at what is untouched, before the exam is finished.
    Finish,
    /// What the shell wrote earlier, to be read.
    Earlier,
    /// The list of keys.
    Keys,
}

/// Something that is said above all else until a key is pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    /// What.
    pub(super) text: String,
    /// When it was first shown, in milliseconds since the machine started.
    since: u64,
    /// Whether it says how much time is left.
    is_alert: bool,
}

/// Everything that it shows.
pub(super) struct State {
    /// How the exam stands, as it is written down.
    pub(super) exam: Exam,
    /// What time it is.
    pub(super) now: Moment,
    /// The texts of the tasks.
    pub(super) texts: BTreeMap<usize, String>,
    /// The task that is shown, by its number.
    pub(super) task: usize,
    /// Who gets what is typed.
    pub(super) focus: Focus,
    /// Where everything is.
    pub(super) layout: Layout,
    /// The shell.
    pub(super) shell: Pane,
    /// How many lines of the task have been scrolled away.
    pub(super) scrolled: usize,
    /// How many lines of another page have been.
    pub(super) paged: usize,
    /// The task under the cursor in the list, by its place.
    pub(super) under_cursor: usize,
    /// What is said above all else.
    pub(super) notices: Vec<Notice>,
    /// The notes as they are typed.
    pub(super) notes: Editor,
    /// The notes that the seat was last asked to write down.
    pub(super) noted: String,
    /// Answers as they are typed, until they are written down.
    pub(super) drafts: BTreeMap<usize, Editor>,
    /// The word that finishes the exam, as it is typed.
    pub(super) word: Editor,
    /// The tasks that the seat was told to be read.
    pub(super) read: BTreeSet<usize>,
    /// Why it closes.
    pub(super) closed: Option<Closed>,
}

impl State {
    /// A desk with an empty shell. It shows the task that was last worked on.
    pub(super) fn new(exam: Exam, texts: BTreeMap<usize, String>, now: Moment, size: (u16, u16)) -> Self {
        let layout = Layout::new(size);
        let first = exam.tasks.first().map_or(1, |task| task.place.number);
        let last = exam.tasks.iter().filter_map(|task| Some((task.stays.last()?.0, task.place.number))).max();
        let notes = Editor::page(&exam.notes, MOST.0);
        Self {
            task: last.map_or(first, |(_, number)| number),
            noted: notes.text(),
            notes,
            exam,
            now,
            texts,
            // Where there is room for one of them only, the task is read first.
            focus: if layout.is_wide() { Focus::Shell } else { Focus::Task },
            shell: Pane::new(layout.shell()),
            layout,
            scrolled: 0,
            paged: 0,
            under_cursor: 0,
            notices: Vec::new(),
            drafts: BTreeMap::new(),
            word: Editor::line("", 10),
            read: BTreeSet::new(),
            closed: None,
        }
    }

    /// The task that is shown.
    pub(super) fn shown(&self) -> Option<&TaskState> {
        self.exam.task(self.task)
    }

    /// How much time is left.
    pub(super) fn left(&self) -> Duration {
        self.exam.left(&self.now)
    }

    /// The task whose host the candidate is on; None: on `base`.
    pub(super) fn on_host(&self) -> Option<&TaskState> {
        on_host(&self.exam)
    }

    /// Whether the notes are written down as they are here; somebody else may have added to them.
    pub(super) fn are_notes_saved(&self) -> bool {
        self.exam.notes.starts_with(&self.notes.text())
    }

    /// Whether the text of the task is on the screen.
    pub(super) fn is_task_seen(&self) -> bool {
        match self.focus {
            Focus::Task | Focus::Answer => true,
            Focus::Shell | Focus::Prefix | Focus::Earlier => self.layout.task_columns() > 0,
            Focus::List | Focus::Notes | Focus::Finish | Focus::Keys => false,
        }
    }

    /// Says something above all else.
    pub(super) fn notice(&mut self, text: String) {
        self.notices.retain(|notice| notice.text != text);
        self.add(Notice { text, since: self.now.up, is_alert: false });
    }

    /// Says how much time is left, and no longer how much it was.
    pub(super) fn alert(&mut self, minutes: u64) {
        let minutes = if minutes == 1 { "1 minute".to_owned() } else { format!("{minutes} minutes") };
        self.notices.retain(|notice| !notice.is_alert);
        let text = format!("! ALERT: {minutes} left");
        self.add(Notice { text, since: self.now.up, is_alert: true });
    }

    fn add(&mut self, notice: Notice) {
        self.notices.push(notice);
        if self.notices.len() > NOTICES {
            self.notices.remove(0);
        }
    }

    /// A key was pressed: what has been seen is gone.
    pub(super) fn notices_seen(&mut self) {
        let now = self.now.up;
        self.notices.retain(|notice| now.saturating_sub(notice.since) < LEAST_SHOWN);
    }
}

/// The task whose host was entered last and not left.
pub(super) fn on_host(exam: &Exam) -> Option<&TaskState> {
    let stays = exam.tasks.iter().filter_map(|task| match task.stays.last() {
        Some((from, None)) => Some((*from, task)),
        _ => None,
    });
    stays.max_by_key(|(from, _)| *from).map(|(_, task)| task)
}
