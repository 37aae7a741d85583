//! What a desk is to the loop that runs it: it takes events and news, says what is to be done, and draws itself. Pure.

use ratatui::Frame;

use super::events::{Effect, Event};
use super::keys::{Key, key};
use super::pane::Pane;

/// A kind of desk.
pub(super) trait Face {
    /// What it is told, beside what happens to the terminal and the shell.
    type News: Send + 'static;
    /// What it asks for.
    type Ask: Send + 'static;

    /// Its shell, if it has one.
    fn pane(&mut self) -> Option<&mut Pane>;
    /// Columns and rows that a shell has on it.
    fn pane_size(&self) -> (u16, u16);
    /// Whether the shell gets what is typed.
    fn shell_has_keys(&self) -> bool;
    /// The prefix was typed: the next key is the desk's.
    fn prefixed(&mut self);
    /// A key for the desk.
    fn pressed(&mut self, key: Key) -> Vec<Effect<Self::Ask>>;
    /// The terminal has this many columns and rows.
    fn resized(&mut self, size: (u16, u16));
    /// Takes news.
    fn told(&mut self, news: Self::News) -> Vec<Effect<Self::Ask>>;
    /// Draws everything.
    fn view(&self, frame: &mut Frame<'_>);

    /// What is to be done before it closes.
    fn closing(&mut self) -> Vec<Effect<Self::Ask>> {
        Vec::new()
    }

    /// Something was typed, whoever gets it.
    fn awake(&mut self) {}

    /// Takes one event; gives what is to be done, in this order.
    fn update(&mut self, event: Event) -> Vec<Effect<Self::Ask>> {
        match event {
            Event::Typed(bytes) => self.typed(&bytes),
            Event::Wrote(bytes) => self.pane().map(|pane| pane.wrote(&bytes)).unwrap_or_default(),
            Event::ShellEnded => self.close_by(Effect::Close),
            Event::TerminalGone | Event::ShellTaken => self.close_by(Effect::Leave),
            Event::Resized(columns, rows) => {
                self.resized((columns, rows));
                let mut effects = self.fit();
                effects.push(Effect::Redraw);
                effects
            }
            Event::Stop => vec![Effect::Stop],
            Event::Continued => {
                let modes = self.pane().map(|pane| pane.modes()).unwrap_or_default();
                vec![Effect::Modes(modes), Effect::Redraw]
            }
        }
    }

    /// Closes, with what is to be done before.
    fn close_by(&mut self, how: Effect<Self::Ask>) -> Vec<Effect<Self::Ask>> {
        let mut effects = self.closing();
        effects.push(how);
        effects
    }

    /// Gives the shell the room that there is.
    fn fit(&mut self) -> Vec<Effect<Self::Ask>> {
        let size = self.pane_size();
        self.pane().map(|pane| pane.fit(size)).unwrap_or_default()
    }

    /// What is typed goes to the shell as it is, and behind the prefix to the desk, key by key.
    fn typed(&mut self, bytes: &[u8]) -> Vec<Effect<Self::Ask>> {
        self.awake();
        let (mut effects, mut rest) = (Vec::new(), bytes);
        while !rest.is_empty() {
            if self.shell_has_keys() {
                let Some(pane) = self.pane() else { break };
                let (shells, after) = pane.split(rest);
                if !shells.is_empty() {
                    effects.push(Effect::ToShell(shells.to_vec()));
                }
                let Some(after) = after else { break };
                self.prefixed();
                effects.push(Effect::Draw);
                rest = after;
            } else {
                let Some((key, after)) = key(rest) else { break };
                effects.extend(self.pressed(key));
                effects.push(Effect::Draw);
                rest = after;
            }
        }
        effects
    }
}
