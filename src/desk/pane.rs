//! Pure: the shell's part of a desk: its terminal, what of the typed bytes is its own, and its earlier lines.

use vt100::Screen;

use super::emulator::{Emulator, Modes, SCROLLBACK};
use super::events::Effect;
use super::keys::{Key, Typed, scrolled};

/// A shell on a desk.
pub(super) struct Pane {
    emulator: Emulator,
    typed: Typed,
    modes: Modes,
    /// The size that the shell was told.
    size: (u16, u16),
}

impl Pane {
    /// An empty terminal with so many columns and rows.
    pub(super) fn new(size: (u16, u16)) -> Self {
        Self {
            emulator: Emulator::new(size, SCROLLBACK),
            typed: Typed::default(),
            modes: Modes::default(),
            size,
        }
    }

    /// Takes what the shell writes.
    pub(super) fn wrote<A>(&mut self, bytes: &[u8]) -> Vec<Effect<A>> {
        let answers = self.emulator.process(bytes);
        let modes = self.emulator.modes();
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

    /// Has so many columns and rows from now on.
    pub(super) fn fit<A>(&mut self, (columns, rows): (u16, u16)) -> Vec<Effect<A>> {
        if (columns, rows) == self.size {
            return Vec::new();
        }
        self.size = (columns, rows);
        self.emulator.resize(columns, rows);
        vec![Effect::ResizeShell(columns, rows)]
    }

    /// What is the shell's of `bytes`, and what follows the prefix, if there is one.
    pub(super) fn split<'a>(&mut self, bytes: &'a [u8]) -> (&'a [u8], Option<&'a [u8]>) {
        self.typed.split(bytes)
    }

    /// A key while earlier lines are read; gives whether they are read still.
    pub(super) fn look_back(&mut self, key: Key) -> bool {
        let page = usize::from(self.size.1.saturating_sub(2)).max(1);
        let (at, most) = (self.screen().scrollback(), self.screen().scrollback_len());
        let left = matches!(key, Key::Char('q') | Key::Escape | Key::Enter | Key::Ctrl('c'));
        // Counted from the end: the other way round.
        let wanted = if left { 0 } else { most - scrolled(key, most - at.min(most), page, most) };
        self.emulator.scroll_to(wanted);
        wanted > 0
    }

    /// What is to be seen.
    pub(super) fn screen(&self) -> &Screen {
        self.emulator.screen()
    }

    /// What the real terminal should be told.
    pub(super) const fn modes(&self) -> Modes {
        self.modes
    }
}
