//! Pure: the pages of the desk of an exam, as lines: the task, the list, and the look before it is finished.

use ratatui::style::Style;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::state::{Focus, State};
use crate::desk::paint::{self, bold, dim, indented};
use crate::desk::text::fitting;
use crate::printable::printable;
use crate::sitting::clock::shown;
use crate::sitting::state::TaskState;

/// The keys behind the prefix.
const KEYS: &[(&str, &str)] = &[
    ("Ctrl-] t", "read the task; n, p and 1 to 9 show another one"),
    ("Ctrl-] l", "the list of tasks"),
    ("Ctrl-] n p 1-9", "the next task, the one before, a task by its number"),
    ("Ctrl-] f", "flag the task, or take the flag away"),
    ("Ctrl-] o", "notes"),
    ("Ctrl-] a", "answer the question"),
    ("Ctrl-] e", "finish the exam: shows first what is untouched"),
    ("Ctrl-] z", "the shell alone, or beside the task (120 columns)"),
    ("Ctrl-] [", "what the shell wrote earlier"),
    ("Ctrl-] q", "leave the desk; the exam and its clock go on"),
    ("Ctrl-] Ctrl-]", "sends Ctrl-] to the shell"),
];

/// What else is to be known about keys.
const REMARK: &str = "Everything else goes to the shell. The mouse is the terminal's.";

/// The longest name of a host that has a column.
const HOST: usize = 12;

/// What stands for the host of a question.
const QUESTION: &str = "question";

/// Columns of a page: beside the shell, or the whole screen.
pub(super) fn width(state: &State) -> usize {
    match state.layout.task_columns() {
        0 => state.layout.size.0.into(),
        task => task.into(),
    }
}

/// The task that is shown.
pub(super) fn task(state: &State, width: usize) -> Vec<Line<'static>> {
    let room = width.saturating_sub(2);
    let Some(task) = state.shown() else { return Vec::new() };
    let place = &task.place;
    let flag = if task.flagged { " · ⚑ flagged" } else { "" };
    let heading = format!("Task {} of {} · {} %{flag}", place.number, state.exam.tasks.len(), place.weight);
    let mut all = indented(&heading, room, bold());
    all.extend(indented(&place.title, room, bold()));
    match &place.host {
        Some(host) => all.extend(indented(&format!("Host: ssh {host}"), room, Style::new())),
        None => all.extend(indented("A question: Ctrl-] a answers it", room, Style::new())),
    }
    if let Some(answer) = &task.answer {
        all.extend(indented(&format!("Your answer: {answer}"), room, bold()));
    }
    if let Some(draft) = state.drafts.get(&place.number).filter(|_| state.focus != Focus::Answer) {
        let words = format!("Not saved yet: {}", draft.text());
        all.extend(indented(&words, room, Style::new()));
    }
    all.push(Line::default());
    let text = state.texts.get(&place.number).map(String::as_str).unwrap_or_default();
    match place.host {
        Some(_) => all.extend(indented(text, room, Style::new())),
        // Options of a question stand below each other.
        None => text.lines().for_each(|line| match line {
            "" => all.push(Line::default()),
            line => all.extend(indented(line, room, Style::new())),
        }),
    }
    all
}

/// The list of tasks below its heading; the cursor, if it is there, at `under_cursor`.
pub(super) fn list(state: &State, under_cursor: Option<usize>, width: usize) -> Vec<Line<'static>> {
    let tasks = &state.exam.tasks;
    let untouched = tasks.iter().filter(|task| !task.touched()).count();
    let flagged = tasks.iter().filter(|task| task.flagged).count();
    let heading = format!("{} tasks · {untouched} untouched · {flagged} flagged", tasks.len());
    let mut all = vec![Line::styled(format!(" {}", fitting(&heading, width.saturating_sub(2))), bold())];
    for (n, task) in tasks.iter().enumerate() {
        let is_shown = match under_cursor {
            Some(at) => at == n,
            None => task.place.number == state.task,
        };
        let style = if is_shown { bold() } else { Style::new() };
        let line = row(state, task, if is_shown { '>' } else { ' ' }, width);
        let is_cut = line.ends_with('…');
        all.push(Line::styled(line, style));
        // Whoever chooses sees which one it is.
        if is_cut && under_cursor == Some(n) {
            all.extend(indented(&task.place.title, width.saturating_sub(2), dim()));
        }
    }
    all
}

/// A task in a line: number, flag, weight, how it stands, host, and as much of its title as there is room for.
fn row(state: &State, task: &TaskState, mark: char, width: usize) -> String {
    let place = &task.place;
    let host = |task: &TaskState| match &task.place.host {
        Some(host) => fitting(&printable(host), HOST),
        None => QUESTION.into(),
    };
    let hosts = state.exam.tasks.iter().map(|task| host(task).width()).max().unwrap_or_default();
    let name = host(task);
    let blank = " ".repeat(hosts - name.width());
    let flag = if task.flagged { '⚑' } else { ' ' };
    let line = format!(
        "{mark} {:>2} {flag} {:>3} % {:<9} {name}{blank} {}",
        place.number,
        place.weight,
        stands(task),
        printable(&place.title)
    );
    fitting(line.trim_end(), width.saturating_sub(1))
}

/// How a task stands, in a word.
fn stands(task: &TaskState) -> &'static str {
    match (&task.answer, task.touched(), task.read) {
        (Some(_), ..) => "answered",
        (None, true, _) => "visited",
        (None, false, Some(_)) => "untouched",
        (None, false, None) => "unread",
    }
}

/// What is untouched and flagged, and what finishing means.
pub(super) fn finish(state: &State, width: usize) -> Vec<Line<'static>> {
    let room = width.saturating_sub(2);
    let mut all = indented(&format!("Finish the exam? {} left.", shown(state.left())), room, bold());
    for (name, of) in
        [("untouched", some(state, |task| !task.touched())), ("flagged", some(state, |task| task.flagged))]
    {
        let weight: u32 = of.iter().map(|task| task.place.weight).sum();
        let heading = match of.len() {
            0 => format!("No task is {name}."),
            1 => format!("1 task is {name} ({weight} %):"),
            n => format!("{n} tasks are {name} ({weight} %):"),
        };
        all.push(Line::default());
        all.extend(indented(&heading, room, Style::new()));
        all.extend(of.into_iter().map(|task| Line::from(row(state, task, ' ', width))));
    }
    all.push(Line::default());
    all.extend(indented("A finished exam cannot be continued. It is graded as it is now.", room, dim()));
    all
}

fn some(state: &State, is_in: impl Fn(&TaskState) -> bool) -> Vec<&TaskState> {
    state.exam.tasks.iter().filter(|task| is_in(task)).collect()
}

/// The keys.
pub(super) fn keys(width: usize) -> Vec<Line<'static>> {
    paint::keys(width, KEYS, &[REMARK])
}
