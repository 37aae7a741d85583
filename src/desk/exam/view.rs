//! Pure: from the state of an exam's desk to a frame. Words and signs carry the meaning; colours are not used at all.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::page;
use super::state::{Focus, State};
use crate::desk::editor::Editor;
use crate::desk::paint::{self, bar_style, bold, put, scroll};
use crate::desk::text::lines;
use crate::printable::printable;
use crate::sitting::clock::shown;

/// Draws everything.
pub(super) fn view(state: &State, frame: &mut Frame<'_>) {
    let Some((body, bar)) = paint::parts(frame) else { return };
    let body = notices(state, frame.buffer_mut(), body);
    let has_shell = matches!(state.focus, Focus::Shell | Focus::Prefix | Focus::Earlier);
    match state.layout.task_columns() {
        0 if has_shell => paint::shell(&state.shell, state.focus == Focus::Shell, frame, body),
        0 => side(state, frame, body),
        columns => {
            let (task, shell) = paint::divide(frame.buffer_mut(), body, columns);
            paint::shell(&state.shell, state.focus == Focus::Shell, frame, shell);
            side(state, frame, task);
        }
    }
    status(state, frame.buffer_mut(), bar);
}

/// What must be seen comes first: it stands above all else, and moves it down.
fn notices(state: &State, buffer: &mut Buffer, body: Rect) -> Rect {
    let width = usize::from(body.width);
    let most = usize::from(body.height / 2);
    let said = state.notices.iter().flat_map(|notice| lines(&notice.text, width.saturating_sub(2)));
    let said: Vec<Line<'_>> = said
        .take(most)
        .map(|line| {
            let blank = " ".repeat(width.saturating_sub(line.width() + 1));
            Line::styled(format!(" {line}{blank}"), bar_style().patch(bold()))
        })
        .collect();
    put(buffer, body, &said);
    let rows = u16::try_from(said.len()).unwrap_or_default();
    Rect { y: body.y + rows, height: body.height - rows, ..body }
}

/// What stands beside the shell, or instead of it.
fn side(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let width = usize::from(area.width);
    let buffer = frame.buffer_mut();
    match state.focus {
        Focus::Task => scroll(&page::task(state, width), state.scrolled, buffer, area),
        Focus::Shell | Focus::Prefix | Focus::Earlier => {
            // The list has room below the task, and neither hides the other.
            let list = page::list(state, None, width);
            let (above, below) = split(area, list.len());
            scroll(&page::task(state, width), state.scrolled, buffer, above);
            scroll(&list, 0, buffer, below);
        }
        Focus::List => {
            let list = page::list(state, Some(state.under_cursor), width);
            // The heading is the first line, and a long title has up to two of its own.
            let first = (state.under_cursor + 5).saturating_sub(usize::from(area.height));
            scroll(&list, first, buffer, area);
        }
        Focus::Notes => {
            let saved = if state.are_notes_saved() { "saved" } else { "not saved yet" };
            let full = if state.notes.is_full() { " · full" } else { "" };
            put(buffer, area, &[Line::styled(format!(" Notes · {saved}{full}"), bold())]);
            editor(
                &state.notes,
                frame,
                Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area },
            );
        }
        Focus::Answer => {
            let Some(draft) = state.drafts.get(&state.task) else { return };
            let (above, below) = split(area, 3);
            scroll(&page::task(state, width), state.scrolled, buffer, above);
            prompt(draft, &format!(" Answer to task {} (Enter saves it):", state.task), frame, below);
        }
        Focus::Finish => {
            let (above, below) = split(area, 2);
            scroll(&page::finish(state, width), state.paged, buffer, above);
            prompt(&state.word, " To finish, type yes and press Enter:", frame, below);
        }
        Focus::Keys => {
            scroll(&page::keys(width), state.paged, buffer, area);
        }
    }
}

/// An area in two, the lower one with at most so many rows, and no more than half.
fn split(area: Rect, rows: usize) -> (Rect, Rect) {
    let rows = u16::try_from(rows).unwrap_or(area.height).min(area.height / 2);
    let above = Rect { height: area.height - rows, ..area };
    (above, Rect { y: above.bottom(), height: rows, ..area })
}

/// A question to the candidate, and the line that answers it.
fn prompt(line: &Editor, question: &str, frame: &mut Frame<'_>, area: Rect) {
    let rows = Rect { height: 1, ..area };
    put(frame.buffer_mut(), rows, &[Line::styled(question.to_owned(), bold())]);
    editor(line, frame, Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area });
}

/// A text that is typed, with its cursor always in sight.
fn editor(editor: &Editor, frame: &mut Frame<'_>, area: Rect) {
    if area.height == 0 || area.width < 4 {
        return;
    }
    let (rows, (row, column)) = editor.rows(usize::from(area.width) - 2);
    let first = (row + 1).saturating_sub(area.height.into());
    let shown: Vec<Line<'_>> =
        rows.iter().skip(first).map(|row| Line::styled(format!(" {row}"), Style::new())).collect();
    put(frame.buffer_mut(), area, &shown);
    let right = u16::try_from(column + 1).unwrap_or(u16::MAX).min(area.width - 1);
    let down = u16::try_from(row - first).unwrap_or(u16::MAX).min(area.height - 1);
    frame.set_cursor_position(Position { x: area.x + right, y: area.y + down });
}

/// The last row: the time, where one is, and what may be pressed.
fn status(state: &State, buffer: &mut Buffer, area: Rect) {
    let left = shown(state.left());
    let still = if state.exam.stands_still() { " (stands still)" } else { "" };
    let practice = if state.exam.opened.practice { " · practice" } else { "" };
    let of = state.exam.tasks.len();
    let on = match state.on_host().and_then(|task| task.place.host.as_deref()) {
        Some(host) => format!("on {}", printable(host)),
        None => "on base".into(),
    };
    let task = state.shown().map_or(String::new(), |task| {
        let flag = if task.flagged { " ⚑ flagged" } else { "" };
        format!(" · task {} of {of} · {} %{flag}", task.place.number, task.place.weight)
    });
    let said = [
        format!(" {left} left{still}{practice}{task} · {on}"),
        format!(" {left} left{still} · task {}/{of} · {on}", state.task),
        format!(" {left} left · {}/{of}", state.task),
        format!(" {left}"),
    ];
    let keys = match state.focus {
        Focus::Shell => (" Ctrl-] ? keys ", " Ctrl-] ? "),
        Focus::Prefix => (
            " t task l list n p 1-9 f flag o notes a answer e finish ? keys q leave ",
            " t l n p 1-9 f o a e ? q ",
        ),
        Focus::Task => (" ↑↓ scroll  n p 1-9  f flag  Enter shell ", " Enter shell "),
        Focus::List => (" ↑↓  f flag  Enter shows  Esc shell ", " Enter shows "),
        Focus::Notes => (" Esc saves, shell ", " Esc saves "),
        Focus::Answer => (" Enter saves  Esc drops it ", " Enter saves "),
        Focus::Finish => (" ↑↓ scroll  Esc goes back ", " Esc back "),
        Focus::Earlier => (" earlier lines: ↑↓ PgUp PgDn  q back ", " q back "),
        Focus::Keys => (" ↑↓ scroll  any key goes back ", " any key "),
    };
    paint::bar(buffer, area, &said, keys);
}
