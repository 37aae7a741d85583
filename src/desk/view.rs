//! Pure: from the state to a frame. Signs carry the meaning, and colours, of the sixteen that every terminal has, repeat
//! it. What comes from somebody else is drawn as it is in the shell's own pane only.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::board::{Board, Row, ago};
use super::state::{Focus, LEAST, State};
use super::text::{fitting, lines};
use crate::grade::verdict::Outcome;

/// The keys behind the prefix.
const KEYS: &[(&str, &str)] = &[
    ("Ctrl-] t", "the task and the requirements, to read and scroll"),
    ("Ctrl-] [", "what the shell wrote earlier"),
    ("Ctrl-] z", "the shell alone, or beside the task (120 columns)"),
    ("Ctrl-] r", "look at the lab now"),
    ("Ctrl-] q", "leave: ends the shell, and the lab is graded"),
    ("Ctrl-] Ctrl-]", "sends Ctrl-] to the shell"),
    ("exit", "in the shell: leave, and the lab is graded"),
];

/// The keys of the board alone.
const WATCH_KEYS: &[(&str, &str)] = &[
    ("↑ ↓ PgUp PgDn", "scroll"),
    ("r", "look at the lab now"),
    ("Ctrl-Z", "stop; `fg` goes on"),
    ("q", "leave; nothing is recorded"),
];

/// Draws everything.
pub(super) fn view(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        let words = format!("The desk needs {}×{} characters.", LEAST.0, LEAST.1);
        put(frame.buffer_mut(), area, &[Line::from(fitting(&words, area.width.into()))]);
        return;
    }
    let body = Rect { height: area.height - 1, ..area };
    match (&state.shell, state.focus) {
        (_, Focus::Keys) => keys(state, frame.buffer_mut(), body),
        (None, _) => reading(state, frame.buffer_mut(), body),
        (Some(_), Focus::Task) if state.task_columns() == 0 => reading(state, frame.buffer_mut(), body),
        (Some(_), _) => {
            let task = state.task_columns();
            let mut shells = body;
            if task > 0 {
                let area = Rect { width: task, ..body };
                match state.focus {
                    Focus::Task => reading(state, frame.buffer_mut(), area),
                    _ => beside(state, frame.buffer_mut(), area),
                }
                for row in body.rows() {
                    frame.buffer_mut().set_string(task, row.y, "│", dim());
                }
                shells = Rect { x: task + 1, width: body.width - task - 1, ..body };
            }
            shell(state, frame, shells);
        }
    }
    status(state, frame.buffer_mut(), Rect { y: area.height - 1, height: 1, ..area });
}

/// How many lines the task and the board have where they are read.
pub(super) fn task_lines(state: &State) -> usize {
    let width = match state.task_columns() {
        0 => state.size.0,
        task => task,
    };
    page(state, width.into()).len()
}

/// The task and the board, one below the other, to be scrolled.
fn reading(state: &State, buffer: &mut Buffer, area: Rect) {
    let all = page(state, area.width.into());
    scroll(&all, state.scrolled, buffer, area);
}

/// The task and the board beside the shell: neither hides the other.
fn beside(state: &State, buffer: &mut Buffer, area: Rect) {
    let room = usize::from(area.width).saturating_sub(2);
    let (task, board) = (task(state, room), board(state, room));
    let height = usize::from(area.height);
    let boards = board.len().min((height / 2).max(height.saturating_sub(task.len())));
    let boards = u16::try_from(boards).unwrap_or(area.height).min(area.height);
    let above = area.height - boards;
    scroll(&task, 0, buffer, Rect { height: above, ..area });
    scroll(&board, 0, buffer, Rect { y: area.y + above, height: boards, ..area });
}

/// Draws the lines from the one at `first` on, and says how many do not fit.
fn scroll(all: &[Line<'_>], first: usize, buffer: &mut Buffer, area: Rect) {
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

/// The lines of the page: heading, board, task. The board comes first where it stands alone.
fn page(state: &State, width: usize) -> Vec<Line<'static>> {
    let room = width.saturating_sub(2);
    let (task, board) = (task(state, room), board(state, room));
    if state.shell.is_some() { [task, board].concat() } else { [board, vec![Line::default()], task].concat() }
}

/// The heading and the task.
fn task(state: &State, room: usize) -> Vec<Line<'static>> {
    let heading = lines(&format!("{} · {}", state.name, state.title), room).into_iter();
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut all: Vec<Line<'static>> = heading.map(|line| Line::styled(format!(" {line}"), bold)).collect();
    all.push(Line::default());
    all.extend(lines(&state.task, room).into_iter().map(|line| Line::from(format!(" {line}"))));
    all.push(Line::default());
    all
}

fn board(state: &State, room: usize) -> Vec<Line<'static>> {
    let mut all = Vec::new();
    match (&state.board, &state.trouble) {
        (Some(board), trouble) => {
            let (passed, of) = board.passed();
            let heading = format!("{passed} of {of} requirements · {} of {} points", board.points, board.max);
            all.push(Line::styled(
                format!(" {}", fitting(&heading, room)),
                Style::new().add_modifier(Modifier::BOLD),
            ));
            all.push(Line::styled(
                format!(" {}", fitting(&seen(board, trouble.as_deref(), state), room)),
                dim(),
            ));
            for row in &board.rows {
                all.extend(requirement(row, state, room));
            }
        }
        (None, Some(trouble)) => {
            all.extend(lines(trouble, room).into_iter().map(|l| Line::from(format!(" {l}"))))
        }
        (None, None) => all.push(Line::from(" Looking at the lab …")),
    }
    all
}

fn requirement(row: &Row, state: &State, room: usize) -> Vec<Line<'static>> {
    let room = room.saturating_sub(2);
    let (sign, style) = sign(row.outcome);
    let kept = if row.guard { "Must stay true: " } else { "" };
    let mut all = Vec::new();
    let worth = if row.points > 0 { format!(" ({} points)", row.points) } else { String::new() };
    for (n, line) in lines(&format!("{kept}{}{worth}", row.requirement), room).into_iter().enumerate() {
        let lead = if n == 0 { Span::styled(format!(" {sign} "), style) } else { Span::raw("   ") };
        all.push(Line::from(vec![lead, Span::raw(line)]));
    }
    let earlier = row.earlier.map(|at| format!("seen {}", ago(at, state.now)));
    // Beside the shell there is room for what is open, and not for why.
    let tells_why = state.shell.is_none() || state.focus == Focus::Task;
    let why = match row.outcome {
        None => Some("a program in a Pod shows this: looked at when all else is done".to_owned()),
        Some(_) => row.why.clone(),
    };
    for note in [why.filter(|_| tells_why), earlier].into_iter().flatten() {
        all.extend(lines(&note, room).into_iter().map(|line| Line::styled(format!("   {line}"), dim())));
    }
    all
}

/// The sign of an outcome, and its colour.
fn sign(outcome: Option<Outcome>) -> (&'static str, Style) {
    match outcome {
        Some(Outcome::Pass) => ("✔", Style::new().fg(Color::Green)),
        Some(Outcome::Fail) => ("✘", Style::new().fg(Color::Red)),
        Some(Outcome::NotYet) => ("…", Style::new().fg(Color::Yellow)),
        Some(Outcome::Unknown) => ("?", Style::new().fg(Color::Magenta)),
        None => ("·", Style::new()),
    }
}

/// How old the board is, and why it is not newer.
fn seen(board: &Board, trouble: Option<&str>, state: &State) -> String {
    let seen = format!("seen {}", ago(board.at, state.now));
    match trouble {
        Some(trouble) => format!("{seen}, not since: {}", crate::printable::printable(trouble)),
        None => seen,
    }
}

/// The last row: where one is, how far one is, and what may be pressed.
fn status(state: &State, buffer: &mut Buffer, area: Rect) {
    let bar = Style::new().add_modifier(Modifier::REVERSED);
    buffer.set_style(area, bar);
    let width = usize::from(area.width);
    let keys = match (state.focus, state.shell.is_some()) {
        (Focus::Prefix, _) => " t task  [ earlier  z zoom  r look  ? keys  q leave ",
        (Focus::Task, true) => " ↑↓ scroll  Enter shell ",
        (Focus::Task, false) => " ? keys  q leave ",
        (Focus::Earlier, _) => " earlier lines: ↑↓ PgUp PgDn  q back ",
        (Focus::Keys, _) => " any key goes back ",
        (Focus::Shell, _) => " Ctrl-] ? keys ",
    };
    let mut spans = Vec::new();
    match &state.board {
        None => spans.push(Span::raw(match &state.trouble {
            Some(trouble) => crate::printable::printable(trouble).into_owned(),
            None => "looking at the lab …".into(),
        })),
        Some(board) => {
            let signs: String = board.rows.iter().map(|row| sign(row.outcome).0).collect();
            let (passed, of) = board.passed();
            let late = if state.trouble.is_some() { ", not since" } else { "" };
            spans.push(Span::raw(format!("{passed}/{of} {signs} · seen {}{late}", ago(board.at, state.now))));
        }
    }
    let said: String = spans.iter().map(|span| span.content.as_ref()).collect();
    // What is seen matters more than what may be pressed.
    let short = match (state.focus, state.shell.is_some()) {
        (Focus::Prefix, _) => " t [ z r ? q ",
        (Focus::Task, true) => " Enter shell ",
        (Focus::Shell, _) => " Ctrl-] ? ",
        (Focus::Task, false) | (Focus::Earlier, _) => " q leave ",
        (Focus::Keys, _) => " any key ",
    };
    let keys = if said.width() + 1 + keys.width() > width { short } else { keys };
    let room = width.saturating_sub(keys.width());
    let left = [format!(" {} {said}", state.name), format!(" {said}")];
    let left =
        left.iter().find(|text| text.width() <= room).cloned().unwrap_or_else(|| fitting(&left[1], room));
    buffer.set_string(area.x, area.y, left, bar);
    let keys = fitting(keys, width);
    let at = area.width.saturating_sub(u16::try_from(keys.width()).unwrap_or(area.width));
    buffer.set_string(at, area.y, keys, bar.add_modifier(Modifier::BOLD));
}

fn keys(state: &State, buffer: &mut Buffer, area: Rect) {
    let keys = if state.shell.is_some() { KEYS } else { WATCH_KEYS };
    let widest = keys.iter().map(|(key, _)| key.width()).max().unwrap_or_default();
    let mut all = vec![Line::styled(" Keys", Style::new().add_modifier(Modifier::BOLD)), Line::default()];
    for (key, does) in keys {
        let room = usize::from(area.width).saturating_sub(widest + 4);
        for (n, line) in lines(does, room).into_iter().enumerate() {
            let key = if n == 0 { key } else { "" };
            let pad = " ".repeat(widest - key.width());
            all.push(Line::from(format!(" {key}{pad}  {line}")));
        }
    }
    if state.shell.is_some() {
        all.push(Line::default());
        for line in lines(
            "Everything else goes to the shell. The mouse is the terminal's.",
            usize::from(area.width) - 2,
        ) {
            all.push(Line::from(format!(" {line}")));
        }
    }
    put(buffer, area, &all);
}

/// The shell's own pane: its cells as they are.
fn shell(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let Some(emulator) = &state.shell else { return };
    let screen = emulator.screen();
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
    if state.focus == Focus::Shell && !screen.hide_cursor() && screen.scrollback() == 0 {
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

fn put(buffer: &mut Buffer, area: Rect, lines: &[Line<'_>]) {
    for (line, row) in lines.iter().zip(area.rows()) {
        buffer.set_line(row.x, row.y, line, row.width);
    }
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}
