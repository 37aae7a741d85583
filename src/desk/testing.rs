//! For tests: a frame as text.
#![allow(clippy::unwrap_used, reason = "tests")]

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use unicode_width::UnicodeWidthStr;

use super::events::{Effect, Event};
use super::face::Face;

/// The frame on a screen of that size; where there is a cursor it is `▮`.
pub(super) fn frame(face: &impl Face, (columns, rows): (u16, u16), has_cursor: bool) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let drawn = terminal.draw(|frame| face.view(frame)).unwrap();
    let buffer = drawn.buffer.clone();
    let cursor = has_cursor.then(|| terminal.get_cursor_position().unwrap());
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            let here = cursor.is_some_and(|at| (at.x, at.y) == (x, y));
            line.push_str(if here { "▮" } else { symbol });
            x += u16::try_from(symbol.width()).unwrap().max(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Types that.
pub(super) fn typed<F: Face>(face: &mut F, bytes: &[u8]) -> Vec<Effect<F::Ask>> {
    face.update(Event::Typed(bytes.to_vec()))
}
