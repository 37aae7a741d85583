//! Pure: what an event changes, and what is to be done about it.

use super::keys::{Key, PREFIX, key};
use super::state::{Effect, Event, Focus, State};
use super::view::task_lines;

impl State {
    /// Takes one event; gives what is to be done, in this order.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Typed(bytes) => self.typed(&bytes),
            Event::Wrote(bytes) => self.wrote(&bytes),
            Event::ShellEnded | Event::TerminalGone => vec![Effect::Close],
            Event::Resized(columns, rows) => {
                self.size = (columns, rows);
                let mut effects = self.fit();
                effects.push(Effect::Redraw);
                effects
            }
            Event::Time(now) => {
                self.now = now;
                vec![Effect::Draw]
            }
            Event::Board(board) => {
                self.now = self.now.max(board.at);
                (self.board, self.trouble) = (Some(board), None);
                vec![Effect::Draw]
            }
            Event::Unseen(why) => {
                self.trouble = Some(why);
                vec![Effect::Draw]
            }
            Event::AttemptEnded => {
                self.board = None;
                self.trouble = Some("the attempt has ended".into());
                vec![Effect::Draw]
            }
            Event::Stop => vec![Effect::Stop],
            Event::Continued => vec![Effect::Modes(self.modes), Effect::Redraw],
        }
    }

    fn wrote(&mut self, bytes: &[u8]) -> Vec<Effect> {
        let Some(shell) = &mut self.shell else { return Vec::new() };
        let answers = shell.process(bytes);
        let modes = shell.modes();
        let mut effects = Vec::new();
        if !answers.is_empty() {
            effects.push(Effect::ToShell(answers));
        }
        if modes != self.modes {
            self.modes = modes;
            effects.push(Effect::Modes(modes));
        }
        effects.push(Effect::Draw);
        effects
    }

    fn typed(&mut self, bytes: &[u8]) -> Vec<Effect> {
        let (mut effects, mut rest) = (Vec::new(), bytes);
        while !rest.is_empty() {
            if self.focus == Focus::Shell {
                let (shells, after) = self.typed.split(rest);
                if !shells.is_empty() {
                    effects.push(Effect::ToShell(shells.to_vec()));
                }
                let Some(after) = after else { break };
                self.focus = Focus::Prefix;
                effects.push(Effect::Draw);
                rest = after;
            } else {
                let Some((key, after)) = key(rest) else { break };
                effects.extend(self.pressed(key));
                rest = after;
            }
        }
        effects
    }

    /// A key for the desk.
    fn pressed(&mut self, key: Key) -> Vec<Effect> {
        let mut effects = match self.focus {
            Focus::Shell => Vec::new(),
            Focus::Prefix => self.commanded(key),
            Focus::Keys => {
                self.back();
                Vec::new()
            }
            Focus::Earlier => self.looked_back(key),
            Focus::Task => self.read(key),
        };
        effects.push(Effect::Draw);
        effects
    }

    /// The key after the prefix.
    fn commanded(&mut self, key: Key) -> Vec<Effect> {
        self.focus = Focus::Shell;
        match key {
            Key::Char('t') => self.focus = Focus::Task,
            Key::Char('?' | 'h') => self.focus = Focus::Keys,
            Key::Char('[') | Key::PageUp | Key::Up => {
                self.focus = Focus::Earlier;
                return self.looked_back(Key::PageUp);
            }
            Key::Char('z') if self.is_wide() => {
                self.zoomed = !self.zoomed;
                return self.fit();
            }
            Key::Char('r') => return vec![Effect::Look],
            Key::Char('q') => return vec![Effect::Close],
            // Typed twice, it is the shell's.
            Key::Ctrl(c) if c as u8 - 0x60 == PREFIX => return vec![Effect::ToShell(vec![PREFIX])],
            _ => {}
        }
        Vec::new()
    }

    /// A key while the task is read.
    fn read(&mut self, key: Key) -> Vec<Effect> {
        let page = usize::from(self.size.1.saturating_sub(3)).max(1);
        let most = task_lines(self).saturating_sub(page);
        self.scrolled = match key {
            Key::Up | Key::Char('k') => self.scrolled.saturating_sub(1),
            Key::Down | Key::Char('j') => self.scrolled + 1,
            Key::PageUp | Key::Char('b') => self.scrolled.saturating_sub(page),
            Key::PageDown | Key::Char(' ') => self.scrolled + page,
            Key::Home | Key::Char('g') => 0,
            Key::End | Key::Char('G') => most,
            _ => self.scrolled,
        }
        .min(most);
        match (key, self.shell.is_some()) {
            (Key::Char('r'), _) => return vec![Effect::Look],
            (Key::Enter | Key::Escape | Key::Char('q' | 't') | Key::Ctrl('c'), true) => self.back(),
            (Key::Char('q') | Key::Ctrl('c' | 'd'), false) => return vec![Effect::Close],
            (Key::Ctrl('z'), false) => return vec![Effect::Stop],
            (Key::Char('?' | 'h'), _) => self.focus = Focus::Keys,
            _ => {}
        }
        Vec::new()
    }

    /// A key while earlier lines of the shell are read.
    fn looked_back(&mut self, key: Key) -> Vec<Effect> {
        let page = usize::from(self.shell_size().1.saturating_sub(2)).max(1);
        let Some(shell) = &mut self.shell else { return Vec::new() };
        let at = shell.screen().scrollback();
        let wanted = match key {
            Key::Up | Key::Char('k') => at + 1,
            Key::Down | Key::Char('j') => at.saturating_sub(1),
            Key::PageUp | Key::Char('b') => at + page,
            Key::PageDown | Key::Char(' ') => at.saturating_sub(page),
            Key::Home | Key::Char('g') => usize::MAX,
            Key::End | Key::Char('G' | 'q') | Key::Escape | Key::Enter | Key::Ctrl('c') => 0,
            _ => at,
        };
        shell.scroll_to(wanted.min(shell.screen().scrollback_len()));
        if wanted == 0 {
            self.back();
        }
        Vec::new()
    }

    /// What is typed goes where it belongs.
    fn back(&mut self) {
        self.focus = if self.shell.is_some() { Focus::Shell } else { Focus::Task };
    }

    /// Gives the shell the room that there is.
    fn fit(&mut self) -> Vec<Effect> {
        let size = self.shell_size();
        let Some(shell) = &mut self.shell else { return Vec::new() };
        if size == self.told {
            return Vec::new();
        }
        self.told = size;
        shell.resize(size.0, size.1);
        vec![Effect::ResizeShell(size.0, size.1)]
    }
}
