//! Pure: what an event changes on the desk of an exam, and what is to be done about it.

use ratatui::Frame;

use super::page;
use super::seat::{Act, Closed};
use super::state::{Focus, MOST, News, State, on_host};
use super::view::view;
use crate::desk::editor::{Editor, Pressed};
use crate::desk::events::Effect;
use crate::desk::face::Face;
use crate::desk::keys::{Key, PREFIX, scrolled};
use crate::desk::pane::Pane;
use crate::printable::printable;
use crate::sitting::clock::{Moment, alert, shown};
use crate::sitting::entry::EndedBy;
use crate::sitting::state::{Phase, State as Exam};

type Effects = Vec<Effect<Act>>;

impl Face for State {
    type News = News;
    type Ask = Act;

    fn pane(&mut self) -> Option<&mut Pane> {
        Some(&mut self.shell)
    }

    fn pane_size(&self) -> (u16, u16) {
        self.layout.shell()
    }

    fn shell_has_keys(&self) -> bool {
        self.focus == Focus::Shell
    }

    fn prefixed(&mut self) {
        self.focus = Focus::Prefix;
    }

    fn pressed(&mut self, key: Key) -> Effects {
        let mut effects = match self.focus {
            Focus::Shell => Vec::new(),
            Focus::Prefix => self.commanded(key),
            Focus::Task => self.in_task(key),
            Focus::List => self.in_list(key),
            Focus::Notes => self.in_notes(key),
            Focus::Answer => self.in_answer(key),
            Focus::Finish => self.in_finish(key),
            Focus::Earlier => {
                if !self.shell.look_back(key) {
                    self.focus = Focus::Shell;
                }
                Vec::new()
            }
            Focus::Keys => {
                self.in_keys(key);
                Vec::new()
            }
        };
        effects.extend(self.tell_read());
        effects
    }

    fn resized(&mut self, size: (u16, u16)) {
        self.layout.size = size;
    }

    fn told(&mut self, news: News) -> Effects {
        let mut effects = match news {
            News::Now(now) => self.tick(now),
            News::Exam(exam) => {
                self.stands(*exam);
                Vec::new()
            }
            News::Refused(why) => {
                // What was asked for last is asked for again.
                self.noted.clone_from(&self.exam.notes);
                self.notice(format!("✘ Not done: {}", printable(&why)));
                Vec::new()
            }
            News::Unseen(why) => {
                self.notice(format!("✘ How the exam stands is unknown: {}", printable(&why)));
                Vec::new()
            }
        };
        effects.extend(self.tell_read());
        effects.push(Effect::Draw);
        if let Some(closed) = ended(&self.exam, &self.now) {
            effects.extend(self.close(closed));
        }
        effects
    }

    fn view(&self, frame: &mut Frame<'_>) {
        view(self, frame);
    }

    fn closing(&mut self) -> Effects {
        self.save_notes()
    }

    fn awake(&mut self) {
        self.notices_seen();
    }
}

/// Why there is nothing to be done on a desk any more.
fn ended(exam: &Exam, now: &Moment) -> Option<Closed> {
    match (exam.phase, &exam.ended) {
        (Phase::Abandoned, _) => Some(Closed::Abandoned),
        (Phase::Ended | Phase::Graded, Some((_, EndedBy::Deadline))) => Some(Closed::TimeOver),
        (Phase::Ended | Phase::Graded, _) => Some(Closed::Finished),
        (Phase::Running, _) if exam.is_over(now) => Some(Closed::TimeOver),
        (Phase::Running | Phase::SettingUp, _) => None,
    }
}

impl State {
    fn tick(&mut self, now: Moment) -> Effects {
        let before = self.left();
        self.now = now;
        if let Some(minutes) = alert(before, self.left()) {
            self.alert(minutes);
        }
        // What is typed for long is kept, whatever happens.
        if self.focus == Focus::Notes { self.save_notes() } else { Vec::new() }
    }

    /// Takes how the exam stands.
    fn stands(&mut self, exam: Exam) {
        for extra in exam.extra.iter().skip(self.exam.extra.len()) {
            let reason = printable(extra.reason.trim());
            self.notice(format!("! {} more time: {reason}", shown(extra.time)));
        }
        // Whoever goes to a host sees its task.
        let host = |exam: &Exam| on_host(exam).map(|task| task.place.number);
        let entered = host(&exam).filter(|number| host(&self.exam) != Some(*number));
        let are_notes_old = self.are_notes_saved() && self.focus != Focus::Notes;
        // What is written down is no draft any more, unless somebody is typing it.
        let typing = Some(self.task).filter(|_| self.focus == Focus::Answer);
        self.drafts.retain(|number, draft| {
            let answer = exam.task(*number).and_then(|task| task.answer.clone()).unwrap_or_default();
            Some(*number) == typing || answer != draft.text()
        });
        self.exam = exam;
        if are_notes_old {
            self.notes = Editor::page(&self.exam.notes, MOST.0);
            self.noted = self.notes.text();
        }
        if let Some(number) = entered {
            self.show(number);
        }
    }

    /// The key after the prefix.
    fn commanded(&mut self, key: Key) -> Effects {
        self.focus = Focus::Shell;
        match key {
            Key::Char('t') => self.focus = Focus::Task,
            Key::Char('l') => self.open_list(),
            Key::Char('n' | 'p' | '1'..='9') => self.go(key),
            Key::Char('f') => return self.flag(self.task),
            Key::Char('o') => self.focus = Focus::Notes,
            Key::Char('a') => self.open_answer(self.task),
            Key::Char('e') => {
                (self.focus, self.paged) = (Focus::Finish, 0);
                self.word = Editor::line("", 10);
            }
            Key::Char('?' | 'h') => (self.focus, self.paged) = (Focus::Keys, 0),
            Key::Char('[') | Key::PageUp | Key::Up if self.shell.look_back(Key::PageUp) => {
                self.focus = Focus::Earlier;
            }
            Key::Char('z') if self.layout.is_wide() => {
                self.layout.zoomed = !self.layout.zoomed;
                return self.fit();
            }
            Key::Char('q') => return self.close(Closed::Left),
            // Typed twice, it is the shell's.
            Key::Ctrl(c) if c as u8 - 0x60 == PREFIX => return vec![Effect::ToShell(vec![PREFIX])],
            _ => {}
        }
        Vec::new()
    }

    /// A key while the task is read.
    fn in_task(&mut self, key: Key) -> Effects {
        match key {
            Key::Enter | Key::Escape | Key::Char('q' | 't') | Key::Ctrl('c') => self.focus = Focus::Shell,
            Key::Char('n' | 'p' | '1'..='9') => self.go(key),
            Key::Char('f') => return self.flag(self.task),
            Key::Char('a') => self.open_answer(self.task),
            Key::Char('l') => self.open_list(),
            Key::Char('?' | 'h') => (self.focus, self.paged) = (Focus::Keys, 0),
            _ => self.scroll_task(key),
        }
        Vec::new()
    }

    fn scroll_task(&mut self, key: Key) {
        let page = self.layout.page();
        let most = page::task(self, page::width(self)).len().saturating_sub(page);
        self.scrolled = scrolled(key, self.scrolled, page, most);
    }

    /// A key while the keys are read: those that scroll do, any other goes back.
    fn in_keys(&mut self, key: Key) {
        match key {
            Key::Up | Key::Down | Key::PageUp | Key::PageDown => {
                let page = self.layout.page();
                let most = page::keys(page::width(self)).len().saturating_sub(page);
                self.paged = scrolled(key, self.paged, page, most);
            }
            _ => self.focus = Focus::Shell,
        }
    }

    /// A key in the list.
    fn in_list(&mut self, key: Key) -> Effects {
        let last = self.exam.tasks.len().saturating_sub(1);
        let under_cursor = self.exam.tasks.get(self.under_cursor).map(|task| task.place.number);
        match key {
            Key::Escape | Key::Char('q' | 'l') | Key::Ctrl('c') => self.focus = Focus::Shell,
            Key::Enter => under_cursor.into_iter().for_each(|number| self.show(number)),
            Key::Char('1'..='9') => self.go(key),
            Key::Char('f') => return under_cursor.map(|number| self.flag(number)).unwrap_or_default(),
            Key::Char('a') => under_cursor.into_iter().for_each(|number| self.open_answer(number)),
            Key::Char('n') | Key::Down => self.under_cursor = (self.under_cursor + 1).min(last),
            Key::Char('p') | Key::Up => self.under_cursor = self.under_cursor.saturating_sub(1),
            _ => self.under_cursor = scrolled(key, self.under_cursor, self.layout.page(), last),
        }
        Vec::new()
    }

    fn in_notes(&mut self, key: Key) -> Effects {
        match self.notes.press(key) {
            Pressed::Escape => {
                self.focus = Focus::Shell;
                self.save_notes()
            }
            _ => Vec::new(),
        }
    }

    fn in_answer(&mut self, key: Key) -> Effects {
        let number = self.task;
        if let Key::Up | Key::Down | Key::PageUp | Key::PageDown = key {
            self.scroll_task(key);
            return Vec::new();
        }
        let Some(draft) = self.drafts.get_mut(&number) else {
            self.focus = Focus::Shell;
            return Vec::new();
        };
        match draft.press(key) {
            Pressed::Enter => {
                self.focus = Focus::Shell;
                vec![Effect::Ask(Act::Answer(number, draft.text()))]
            }
            Pressed::Escape => {
                self.drafts.remove(&number);
                self.focus = Focus::Shell;
                Vec::new()
            }
            Pressed::Changed | Pressed::Same => Vec::new(),
        }
    }

    fn in_finish(&mut self, key: Key) -> Effects {
        if let Key::Up | Key::Down | Key::PageUp | Key::PageDown = key {
            let page = self.layout.page();
            let most = page::finish(self, page::width(self)).len().saturating_sub(page);
            self.paged = scrolled(key, self.paged, page, most);
            return Vec::new();
        }
        match self.word.press(key) {
            Pressed::Enter if self.word.text() == "yes" => {
                self.focus = Focus::Shell;
                let mut effects = self.save_notes();
                effects.push(Effect::Ask(Act::Finish));
                return effects;
            }
            Pressed::Enter => self.notice("! Not finished: type yes in full, or press Esc".into()),
            Pressed::Escape => self.focus = Focus::Shell,
            Pressed::Changed | Pressed::Same => {}
        }
        Vec::new()
    }

    /// Goes to the next task, to the one before, or to one by its number.
    fn go(&mut self, key: Key) {
        let tasks = &self.exam.tasks;
        let at = tasks.iter().position(|task| task.place.number == self.task).unwrap_or_default();
        let to = match key {
            Key::Char('n') => Some((at + 1).min(tasks.len().saturating_sub(1))),
            Key::Char('p') => Some(at.saturating_sub(1)),
            Key::Char(digit) => {
                let number = digit.to_digit(10).and_then(|n| usize::try_from(n).ok());
                tasks.iter().position(|task| Some(task.place.number) == number)
            }
            _ => None,
        };
        match to.and_then(|at| tasks.get(at)).map(|task| task.place.number) {
            Some(number) => self.show(number),
            None => self.notice(format!("! There are {} tasks", self.exam.tasks.len())),
        }
    }

    /// Shows a task: beside the shell, or instead of it where there is no room for both.
    fn show(&mut self, number: usize) {
        if number != self.task {
            (self.task, self.scrolled) = (number, 0);
        }
        let is_typed = matches!(self.focus, Focus::Notes | Focus::Answer | Focus::Finish);
        if !is_typed {
            self.focus = if self.layout.task_columns() > 0 { Focus::Shell } else { Focus::Task };
        }
    }

    fn open_list(&mut self) {
        let at = self.exam.tasks.iter().position(|task| task.place.number == self.task);
        (self.focus, self.under_cursor) = (Focus::List, at.unwrap_or_default());
    }

    fn open_answer(&mut self, number: usize) {
        let Some(task) = self.exam.task(number) else { return };
        match &task.place.host {
            Some(host) => {
                let host = printable(host).into_owned();
                self.notice(format!("! Task {number} is no question: it is done on its host, `ssh {host}`"));
            }
            None => {
                let answer = task.answer.clone().unwrap_or_default();
                self.drafts.entry(number).or_insert_with(|| Editor::line(&answer, MOST.1));
                self.show(number);
                self.focus = Focus::Answer;
            }
        }
    }

    fn flag(&self, number: usize) -> Effects {
        let Some(task) = self.exam.task(number) else { return Vec::new() };
        vec![Effect::Ask(Act::Flag(number, !task.flagged))]
    }

    /// Has the notes written down, unless they are, or were asked to be.
    fn save_notes(&mut self) -> Effects {
        let text = self.notes.text();
        if text == self.noted {
            return Vec::new();
        }
        let before = std::mem::replace(&mut self.noted, text.clone());
        vec![Effect::Ask(Act::Note { before, text })]
    }

    /// Tells that the text on the screen is read, once.
    fn tell_read(&mut self) -> Effects {
        let unread = self.shown().is_some_and(|task| task.read.is_none());
        let is_new = unread && self.is_task_seen() && self.read.insert(self.task);
        if is_new { vec![Effect::Ask(Act::Read(self.task))] } else { Vec::new() }
    }

    fn close(&mut self, why: Closed) -> Effects {
        self.closed = Some(why);
        self.close_by(if why == Closed::Left { Effect::Leave } else { Effect::Close })
    }
}
