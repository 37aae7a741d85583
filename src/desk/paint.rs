//! Pure: what all desks draw alike: pages, the bar, the keys, and the shell's pane. What comes from somebody else is drawn as it
//! is in the shell's own pane only.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::layout::LEAST;
use super::pane::Pane;
use super::text::{fitting, lines};

/// The part of the screen above the bar, and the bar. None: the screen is too small, and says so.
pub(super) fn parts(frame: &mut Frame<'_>) -> Option<(Rect, Rect)> {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let words = format!("The desk needs {}×{} characters.", LEAST.0, LEAST.1);
        put(frame.buffer_mut(), area, &[Line::from(fitting(&words, area.width.into()))]);
        return None;
    }
    let body = Rect { height: area.height - 1, ..area };
    Some((body, Rect { y: area.height - 1, height: 1, ..area }))
}

/// Draws what stands between the task's columns and the shell's; gives both.
pub(super) fn divide(buffer: &mut Buffer, body: Rect, columns: u16) -> (Rect, Rect) {
    for row in body.rows() {
        buffer.set_string(columns, row.y, "│", dim());
    }
    let shell = Rect { x: columns + 1, width: body.width - columns - 1, ..body };
    (Rect { width: columns, ..body }, shell)
}

/// Draws the lines from the one at `first` on, and says how many do not fit.
pub(super) fn scroll(all: &[Line<'_>], first: usize, buffer: &mut Buffer, area: Rect) {
    let shown: Vec<Line<'_>> = all.iter().skip(first).take(area.height.into()).cloned().collect();
    put(buffer, area, &shown);
    let below = all.len().saturating_sub(first + shown.len());
    if below > 0 && area.height > 1 {
        let y = area.y + area.height - 1;
        let words = fitting(&format!(" … {} more lines", below + 1), area.width.into());
        let blank = " ".repeat(usize::from(area.width).saturating_sub(words.width()));
        put(buffer, Rect { y, height: 1, ..area }, &[Line::styled(words + &blank, dim())]);
    }
}

/// `text` in lines of at most `room` columns, behind a blank.
pub(super) fn indented(text: &str, room: usize, style: Style) -> Vec<Line<'static>> {
    lines(text, room).into_iter().map(|line| Line::styled(format!(" {line}"), style)).collect()
}

/// The bar: what is so on its left, the first of these that has room, and on its right what may be pressed. What is so
/// matters more.
pub(super) fn bar(buffer: &mut Buffer, area: Rect, left: &[String], (keys, short): (&str, &str)) {
    let style = bar_style();
    buffer.set_style(area, style);
    let width = usize::from(area.width);
    let Some(least) = left.last() else { return };
    let keys = if least.width() + keys.width() > width { short } else { keys };
    let room = width.saturating_sub(keys.width());
    let fits = left.iter().find(|text| text.width() <= room).cloned();
    buffer.set_string(area.x, area.y, fits.unwrap_or_else(|| fitting(least, room)), style);
    let keys = fitting(keys, width);
    let at = area.width.saturating_sub(u16::try_from(keys.width()).unwrap_or(area.width));
    buffer.set_string(area.x + at, area.y, keys, style.add_modifier(Modifier::BOLD));
}

/// The list of keys, with remarks below it.
pub(super) fn keys(width: usize, keys: &[(&str, &str)], remarks: &[&str]) -> Vec<Line<'static>> {
    let widest = keys.iter().map(|(key, _)| key.width()).max().unwrap_or_default();
    let mut all = vec![Line::styled(" Keys", bold()), Line::default()];
    for (key, does) in keys {
        let room = width.saturating_sub(widest + 4);
        for (n, line) in lines(does, room).into_iter().enumerate() {
            let key = if n == 0 { key } else { "" };
            let pad = " ".repeat(widest - key.width());
            all.push(Line::from(format!(" {key}{pad}  {line}")));
        }
    }
    for remark in remarks {
        all.push(Line::default());
        all.extend(indented(remark, width.saturating_sub(2), Style::new()));
    }
    all
}

/// The shell's own pane: its cells as they are, and its cursor if it has the keys.
pub(super) fn shell(pane: &Pane, has_keys: bool, frame: &mut Frame<'_>, area: Rect) {
    let screen = pane.screen();
    let buffer = frame.buffer_mut();
    for (row, y) in (area.y..area.bottom()).enumerate() {
        for (column, x) in (area.x..area.right()).enumerate() {
            let (row, column) = (row as u16, column as u16);
            let (Some(from), Some(to)) = (screen.cell(row, column), buffer.cell_mut(Position { x, y }))
            else {
                continue;
            };
            // The second half of a wide character belongs to the first; a first half without room is left out.
            let cut = from.is_wide() && x + 1 == area.right();
            match from.has_contents() && !cut {
                true => to.set_symbol(from.contents()),
                false => to.set_symbol(" "),
            };
            to.set_style(style_of(from));
        }
    }
    let (row, column) = screen.cursor_position();
    if has_keys && !screen.hide_cursor() && screen.scrollback() == 0 {
        let (x, y) = (area.x + column.min(area.width - 1), area.y + row.min(area.height - 1));
        frame.set_cursor_position(Position { x, y });
    }
}

fn style_of(cell: &vt100::Cell) -> Style {
    let colour = |colour| match colour {
        vt100::Color::Default => Color::Reset,
        vt100::Color::Idx(n) => Color::Indexed(n),
        vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    };
    let mut style = Style::reset().fg(colour(cell.fgcolor())).bg(colour(cell.bgcolor()));
    for (is_so, modifier) in [
        (cell.bold(), Modifier::BOLD),
        (cell.dim(), Modifier::DIM),
        (cell.italic(), Modifier::ITALIC),
        (cell.underline(), Modifier::UNDERLINED),
        (cell.inverse(), Modifier::REVERSED),
    ] {
        if is_so {
            style = style.add_modifier(modifier);
        }
    }
    style
}

/// Draws the lines from the top.
pub(super) fn put(buffer: &mut Buffer, area: Rect, lines: &[Line<'_>]) {
    for (line, row) in lines.iter().zip(area.rows()) {
        buffer.set_line(row.x, row.y, line, row.width);
    }
}

/// What matters less.
pub(super) fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

/// What matters more.
pub(super) fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

/// The bar's own.
pub(super) fn bar_style() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}
