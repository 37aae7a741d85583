//! Pure: from the state of a lab's desk to a frame. Signs carry the meaning, and colours, of the sixteen that every terminal
//! has, repeat it.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};

use super::board::{Board, Row, ago};
use super::state::{Focus, State};
use crate::desk::paint::{self, bold, dim, indented, put, scroll};
use crate::desk::text::{fitting, lines};
use crate::grade::verdict::Outcome;
use crate::printable::printable;

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

/// What else is to be known about keys.
const REMARK: &str = "Everything else goes to the shell. The mouse is the terminal's.";

/// Draws everything.
pub(super) fn view(state: &State, frame: &mut Frame<'_>) {
    let Some((body, bar)) = paint::parts(frame) else { return };
    let task = state.layout.task_columns();
    match (&state.shell, state.focus) {
        (Some(_), Focus::Keys) => put(frame.buffer_mut(), body, &keys(body, KEYS, &[REMARK])),
        (None, Focus::Keys) => put(frame.buffer_mut(), body, &keys(body, WATCH_KEYS, &[])),
        (None, _) => reading(state, frame.buffer_mut(), body),
        (Some(_), Focus::Task) if task == 0 => reading(state, frame.buffer_mut(), body),
        (Some(pane), focus) => {
            let mut shells = body;
            if task > 0 {
                let (tasks, rest) = paint::divide(frame.buffer_mut(), body, task);
                match focus {
                    Focus::Task => reading(state, frame.buffer_mut(), tasks),
                    _ => beside(state, frame.buffer_mut(), tasks),
                }
                shells = rest;
            }
            paint::shell(pane, focus == Focus::Shell, frame, shells);
        }
    }
    status(state, frame.buffer_mut(), bar);
}

fn keys(area: Rect, keys: &[(&str, &str)], remarks: &[&str]) -> Vec<Line<'static>> {
    paint::keys(area.width.into(), keys, remarks)
}

/// How many lines the task and the board have where they are read.
pub(super) fn task_lines(state: &State) -> usize {
    let width = match state.layout.task_columns() {
        0 => state.layout.size.0,
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

/// The lines of the page: heading, board, task. The board comes first where it stands alone.
fn page(state: &State, width: usize) -> Vec<Line<'static>> {
    let room = width.saturating_sub(2);
    let (task, board) = (task(state, room), board(state, room));
    if state.shell.is_some() { [task, board].concat() } else { [board, vec![Line::default()], task].concat() }
}

/// The heading and the task.
fn task(state: &State, room: usize) -> Vec<Line<'static>> {
    let mut all = indented(&format!("{} · {}", state.name, state.title), room, bold());
    all.push(Line::default());
    all.extend(indented(&state.task, room, Style::new()));
    all.push(Line::default());
    all
}

fn board(state: &State, room: usize) -> Vec<Line<'static>> {
    let mut all = Vec::new();
    match (&state.board, &state.trouble) {
        (Some(board), trouble) => {
            let (passed, of) = board.passed();
            let heading = format!("{passed} of {of} requirements · {} of {} points", board.points, board.max);
            let seen = seen(board, trouble.as_deref(), state);
            all.push(Line::styled(format!(" {}", fitting(&heading, room)), bold()));
            all.push(Line::styled(format!(" {}", fitting(&seen, room)), dim()));
            for row in &board.rows {
                all.extend(requirement(row, state, room));
            }
        }
        (None, Some(trouble)) => all.extend(indented(trouble, room, Style::new())),
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
        Some(trouble) => format!("{seen}, not since: {}", printable(trouble)),
        None => seen,
    }
}

/// The last row: where one is, how far one is, and what may be pressed.
fn status(state: &State, buffer: &mut Buffer, area: Rect) {
    let keys = match (state.focus, state.shell.is_some()) {
        (Focus::Prefix, _) => (" t task  [ earlier  z zoom  r look  ? keys  q leave ", " t [ z r ? q "),
        (Focus::Task, true) => (" ↑↓ scroll  Enter shell ", " Enter shell "),
        (Focus::Task, false) => (" ? keys  q leave ", " q leave "),
        (Focus::Earlier, _) => (" earlier lines: ↑↓ PgUp PgDn  q back ", " q leave "),
        (Focus::Keys, _) => (" any key goes back ", " any key "),
        (Focus::Shell, _) => (" Ctrl-] ? keys ", " Ctrl-] ? "),
    };
    let said = match (&state.board, &state.trouble) {
        (None, None) => "looking at the lab …".to_owned(),
        (None, Some(trouble)) => printable(trouble).into_owned(),
        (Some(board), trouble) => {
            let signs: String = board.rows.iter().map(|row| sign(row.outcome).0).collect();
            let (passed, of) = board.passed();
            let late = if trouble.is_some() { ", not since" } else { "" };
            format!("{passed}/{of} {signs} · seen {}{late}", ago(board.at, state.now))
        }
    };
    paint::bar(buffer, area, &[format!(" {} {said}", state.name), format!(" {said}")], keys);
}
