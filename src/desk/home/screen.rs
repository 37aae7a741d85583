//! Pure: the home screen: its state, what a key does, and its frame.

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::desk::events::Effect;
use crate::desk::face::Face;
use crate::desk::keys::Key;
use crate::desk::paint::{self, bold, scroll};
use crate::desk::pane::Pane;
use crate::desk::text::lines;
use crate::home::Choice;

/// What it shows.
pub(super) struct Screen {
    choices: Vec<Choice>,
    /// The choice that Enter takes.
    at: usize,
    size: (u16, u16),
    chosen: bool,
}

impl Screen {
    /// With the first choice under the cursor.
    pub(super) const fn new(choices: Vec<Choice>, size: (u16, u16)) -> Self {
        Self { choices, at: 0, size, chosen: false }
    }

    /// What was taken.
    pub(super) fn into_chosen(mut self) -> Option<Choice> {
        (self.chosen && self.at < self.choices.len()).then(|| self.choices.swap_remove(self.at))
    }

    fn take(&mut self, at: usize) -> Vec<Effect<()>> {
        (self.at, self.chosen) = (at, true);
        vec![Effect::Close]
    }
}

impl Face for Screen {
    type News = ();
    type Ask = ();

    fn pane(&mut self) -> Option<&mut Pane> {
        None
    }

    fn pane_size(&self) -> (u16, u16) {
        self.size
    }

    fn shell_has_keys(&self) -> bool {
        false
    }

    fn prefixed(&mut self) {}

    fn pressed(&mut self, key: Key) -> Vec<Effect<()>> {
        let last = self.choices.len().saturating_sub(1);
        if let Key::Char(c) = key
            && let Some(at) = self.choices.iter().position(|choice| choice.key == c)
        {
            return self.take(at);
        }
        match key {
            Key::Enter if !self.choices.is_empty() => return self.take(self.at),
            Key::Char('q') | Key::Escape | Key::Ctrl('c' | 'd') => return vec![Effect::Close],
            Key::Ctrl('z') => return vec![Effect::Stop],
            Key::Up | Key::Char('k') => self.at = self.at.saturating_sub(1),
            Key::Down | Key::Char('j') => self.at = (self.at + 1).min(last),
            Key::Home | Key::PageUp => self.at = 0,
            Key::End | Key::PageDown => self.at = last,
            _ => {}
        }
        Vec::new()
    }

    fn resized(&mut self, size: (u16, u16)) {
        self.size = size;
    }

    fn told(&mut self, (): ()) -> Vec<Effect<()>> {
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>) {
        let Some((body, bar)) = paint::parts(frame) else { return };
        let room = usize::from(body.width);
        let mut all = vec![Line::styled(" satrain", bold()), Line::default()];
        let mut under_cursor = 0;
        for (n, choice) in self.choices.iter().enumerate() {
            all.extend(lines_of(choice, n == self.at, room));
            if n == self.at {
                under_cursor = all.len();
            }
        }
        // One row says what does not fit.
        let rows = usize::from(body.height);
        let first = if all.len() <= rows { 0 } else { (under_cursor + 1).saturating_sub(rows) };
        scroll(&all, first, frame.buffer_mut(), body);
        let command = self.choices.get(self.at).map(Choice::typed).unwrap_or_default();
        paint::bar(frame.buffer_mut(), bar, &[format!(" {command}")], (" ↑↓ Enter  q leave ", " q leave "));
    }
}

/// A choice: a mark at the cursor, its key, and what it does.
fn lines_of(choice: &Choice, under_cursor: bool, room: usize) -> Vec<Line<'static>> {
    let style = if under_cursor { bold() } else { Style::new() };
    let mark = if under_cursor { '>' } else { ' ' };
    let said = lines(&choice.does, room.saturating_sub(8)).into_iter().enumerate();
    let line = |(n, text): (usize, String)| match n {
        0 => Line::from(vec![
            Span::styled(format!(" {mark} "), style),
            Span::styled(choice.key.to_string(), bold()),
            Span::styled(format!("  {text}"), style),
        ]),
        _ => Line::styled(format!("      {text}"), style),
    };
    said.map(line).collect()
}
