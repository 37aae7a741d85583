//! Pure: what an event changes on the desk of a lab, and what is to be done about it.

use ratatui::Frame;

use super::state::{Focus, Look, News, State};
use super::view::{task_lines, view};
use crate::desk::events::Effect;
use crate::desk::face::Face;
use crate::desk::keys::{Key, PREFIX, scrolled};
use crate::desk::pane::Pane;

impl Face for State {
    type News = News;
    type Ask = Look;

    fn pane(&mut self) -> Option<&mut Pane> {
        self.shell.as_mut()
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

    fn pressed(&mut self, key: Key) -> Vec<Effect<Look>> {
        match self.focus {
            Focus::Shell => Vec::new(),
            Focus::Prefix => self.commanded(key),
            Focus::Keys => {
                self.back();
                Vec::new()
            }
            Focus::Earlier => self.looked_back(key),
            Focus::Task => self.read(key),
        }
    }

    fn resized(&mut self, size: (u16, u16)) {
        self.layout.size = size;
    }

    fn told(&mut self, news: News) -> Vec<Effect<Look>> {
        match news {
            News::Time(now) => self.now = now,
            News::Board(board) => {
                self.now = self.now.max(board.at);
                (self.board, self.trouble) = (Some(board), None);
            }
            News::Unseen(why) => self.trouble = Some(why),
            News::AttemptEnded => {
                self.board = None;
                self.trouble = Some("the attempt has ended".into());
            }
        }
        vec![Effect::Draw]
    }

    fn view(&self, frame: &mut Frame<'_>) {
        view(self, frame);
    }
}

impl State {
    /// The key after the prefix.
    fn commanded(&mut self, key: Key) -> Vec<Effect<Look>> {
        self.focus = Focus::Shell;
        match key {
            Key::Char('t') => self.focus = Focus::Task,
            Key::Char('?' | 'h') => self.focus = Focus::Keys,
            Key::Char('[') | Key::PageUp | Key::Up => {
                self.focus = Focus::Earlier;
                return self.looked_back(Key::PageUp);
            }
            Key::Char('z') if self.layout.is_wide() => {
                self.layout.zoomed = !self.layout.zoomed;
                return self.fit();
            }
            Key::Char('r') => return vec![Effect::Ask(Look)],
            Key::Char('q') => return vec![Effect::Close],
            // Typed twice, it is the shell's.
            Key::Ctrl(c) if c as u8 - 0x60 == PREFIX => return vec![Effect::ToShell(vec![PREFIX])],
            _ => {}
        }
        Vec::new()
    }

    /// A key while the task is read.
    fn read(&mut self, key: Key) -> Vec<Effect<Look>> {
        let page = self.layout.page();
        self.scrolled = scrolled(key, self.scrolled, page, task_lines(self).saturating_sub(page));
        match (key, self.shell.is_some()) {
            (Key::Char('r'), _) => return vec![Effect::Ask(Look)],
            (Key::Enter | Key::Escape | Key::Char('q' | 't') | Key::Ctrl('c'), true) => self.back(),
            (Key::Char('q') | Key::Ctrl('c' | 'd'), false) => return vec![Effect::Close],
            (Key::Ctrl('z'), false) => return vec![Effect::Stop],
            (Key::Char('?' | 'h'), _) => self.focus = Focus::Keys,
            _ => {}
        }
        Vec::new()
    }

    /// A key while earlier lines of the shell are read.
    fn looked_back(&mut self, key: Key) -> Vec<Effect<Look>> {
        if !self.shell.as_mut().is_some_and(|pane| pane.look_back(key)) {
            self.back();
        }
        Vec::new()
    }

    /// What is typed goes where it belongs.
    fn back(&mut self) {
        self.focus = if self.shell.is_some() { Focus::Shell } else { Focus::Task };
    }
}
