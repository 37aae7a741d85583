//! The pure core: what events change, and frames as a learner sees them.
#![allow(clippy::unwrap_used, reason = "tests")]

use insta::assert_snapshot;
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::{Color, Modifier};

use super::board::{Board, Row};
use super::state::{Focus, Look, News, State};
use super::view::view;
use crate::desk::emulator::Modes;
use crate::desk::events::{Effect, Event};
use crate::desk::face::Face;
use crate::desk::testing::{self, typed};
use crate::grade::verdict::Outcome;

const TASK: &str = "Pod `myapp` in Namespace `production` runs with the default ServiceAccount.\n\n1. Create \
                    ServiceAccount `myapp-sa` without a mounted token.\n2. Have `myapp` run as it.\n3. Nothing else may \
                    change; write the name of the old account to `answers/account`.";

fn now() -> Timestamp {
    Timestamp::from_second(1_000_000).unwrap()
}

fn state(columns: u16, rows: u16, with_shell: bool) -> State {
    State::new(("scenario-2", "A ServiceAccount of its own", TASK), with_shell, (columns, rows), now())
}

fn board() -> Board {
    let row = |outcome, requirement: &str, why: Option<&str>| Row {
        outcome,
        requirement: requirement.into(),
        why: why.map(str::to_owned),
        points: 20,
        guard: false,
        earlier: None,
    };
    let mut rows = vec![
        row(Some(Outcome::Pass), "ServiceAccount `myapp-sa` exists", None),
        row(
            Some(Outcome::Fail),
            "Pod `myapp` runs as `myapp-sa`",
            Some("Pod `myapp` runs as `default`, which is not the account that was asked for."),
        ),
        row(Some(Outcome::NotYet), "`myapp` is Ready", Some("Not yet: Pod `myapp` is starting.")),
        row(None, "The app still answers", None),
        row(Some(Outcome::Unknown), "The old account is written down", Some("The file could not be read.")),
        row(Some(Outcome::Pass), "The Deployment keeps its image", None),
    ];
    (rows[5].guard, rows[5].points) = (true, 0);
    rows[5].earlier = Some(now() - SignedDuration::from_secs(75));
    Board { rows, points: 20, max: 100, at: now() }
}

/// The frame as text; the cursor is `▮`.
fn frame(state: &State) -> String {
    let has_cursor = state.shell.is_some() && state.focus == Focus::Shell;
    testing::frame(state, state.layout.size, has_cursor)
}

/// A desk in the middle of work.
fn at_work(columns: u16, rows: u16) -> State {
    let mut state = state(columns, rows, true);
    state.update(Event::Wrote(
        b"scenario-2 workspace $ kubectl get pods\r\nNAME    READY   STATUS    RESTARTS   AGE\r\n\x1b[32mmyapp\x1b[0m   1/1     Running   0          3m\r\nscenario-2 workspace $ ".to_vec(),
    ));
    state.told(News::Board(board()));
    state.told(News::Time(now() + SignedDuration::from_secs(2)));
    state
}

#[test]
fn frames_of_the_desk() {
    for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
        let mut state = at_work(columns, rows);
        if state.focus == Focus::Task {
            assert_snapshot!(format!("task_{columns}x{rows}"), frame(&state));
            typed(&mut state, b"\r");
        }
        assert_snapshot!(format!("desk_{columns}x{rows}"), frame(&state));
        typed(&mut state, b"\x1d");
        assert_snapshot!(format!("prefix_{columns}x{rows}"), frame(&state).lines().last().unwrap());
        typed(&mut state, b"?");
        assert_snapshot!(format!("keys_{columns}x{rows}"), frame(&state));
    }
}

#[test]
fn frames_of_the_board_alone() {
    for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
        let mut state = state(columns, rows, false);
        assert!(frame(&state).contains("Looking at the lab …"));
        state.told(News::Board(board()));
        state.told(News::Time(now() + SignedDuration::from_secs(2)));
        assert_snapshot!(format!("watch_{columns}x{rows}"), frame(&state));
    }
}

#[test]
fn a_screen_that_is_too_small_says_so_and_breaks_nothing() {
    for (columns, rows) in [(29, 10), (40, 5), (1, 1), (0, 0)] {
        let mut state = at_work(columns, rows);
        typed(&mut state, b"\r");
        let _ = frame(&state);
    }
    assert!(frame(&at_work(29, 10)).contains("needs 30×6"));
}

#[test]
fn every_key_but_the_prefix_is_the_shells() {
    let mut state = at_work(120, 40);
    for bytes in
        [&b"\x03"[..], b"\x1a", b"\x1b:wq\r", b"\x1bOA", b"\x1b[200~a\x1dt\x1b[201~", b"\x1b[15~", b"\x02"]
    {
        assert_eq!(typed(&mut state, bytes), [Effect::ToShell(bytes.to_vec())]);
    }
    // Twice, it is the shell's, too; and what is around it stays in its order.
    let both = typed(&mut state, b"a\x1d\x1db");
    let sent: Vec<Vec<u8>> = both
        .into_iter()
        .filter_map(|effect| if let Effect::ToShell(bytes) = effect { Some(bytes) } else { None })
        .collect();
    assert_eq!(sent, [b"a".to_vec(), b"\x1d".to_vec(), b"b".to_vec()]);
    assert_eq!(state.focus, Focus::Shell);
}

#[test]
fn a_key_costs_no_frame() {
    let mut state = at_work(120, 40);
    assert!(!typed(&mut state, b"x").contains(&Effect::Draw));
    assert!(state.update(Event::Wrote(b"x".to_vec())).contains(&Effect::Draw));
}

#[test]
fn the_task_is_read_and_left() {
    let mut state = at_work(40, 12);
    assert_eq!(state.focus, Focus::Task);
    let first = frame(&state);
    typed(&mut state, b"\x1b[6~");
    assert_ne!(frame(&state), first);
    // The end is the end.
    typed(&mut state, b"GGG\x1b[6~\x1b[6~");
    let last = frame(&state);
    assert!(!last.contains("more lines") && last.contains("Must stay true"), "{last}");
    assert!(last.contains("seen 2 s ago"), "how old the board is must be seen always: {last}");
    typed(&mut state, b"g");
    assert_eq!(frame(&state), first);
    typed(&mut state, b"q");
    assert_eq!(state.focus, Focus::Shell);
    assert!(typed(&mut state, b"\x1dt").contains(&Effect::Draw));
    assert_eq!(state.focus, Focus::Task);
}

#[test]
fn the_shell_gets_the_room_that_there_is() {
    let mut state = at_work(120, 40);
    assert_eq!(state.pane_size(), (80, 39));
    assert!(typed(&mut state, b"\x1dz").contains(&Effect::ResizeShell(120, 39)));
    assert!(typed(&mut state, b"\x1dz").contains(&Effect::ResizeShell(80, 39)));
    assert!(state.update(Event::Resized(80, 24)).contains(&Effect::ResizeShell(80, 23)));
    assert_eq!(state.shell.as_ref().unwrap().screen().size().1.get(), 80);
}

#[test]
fn earlier_lines_can_be_read() {
    let mut state = at_work(120, 40);
    let lines: Vec<String> = (0..200).map(|n| format!("line {n}\r\n")).collect();
    state.update(Event::Wrote(lines.concat().into_bytes()));
    assert!(!frame(&state).contains("line 100 "));
    typed(&mut state, b"\x1d[");
    assert!(frame(&state).contains("line 150"), "{}", frame(&state));
    typed(&mut state, b"g");
    assert!(frame(&state).contains("kubectl get pods"));
    typed(&mut state, b"q");
    assert!(state.focus == Focus::Shell && frame(&state).contains("line 199"));
}

#[test]
fn the_real_terminal_follows_the_shells_programs() {
    let mut state = at_work(120, 40);
    let on = state.update(Event::Wrote(b"\x1b[?1h\x1b=\x1b[?2004h".to_vec()));
    let modes = Modes { application_cursor: true, application_keypad: true, bracketed_paste: true };
    assert!(on.contains(&Effect::Modes(modes)));
    // The mouse and the clipboard stay the terminal's.
    let wanted =
        state.update(Event::Wrote(b"\x1b[?1000h\x1b[?1006h\x1b]52;c;aGk=\x07\x1b]0;title\x07".to_vec()));
    assert_eq!(wanted, [Effect::Draw]);
    // After a stop they are asked for again.
    assert_eq!(state.update(Event::Continued), [Effect::Modes(modes), Effect::Redraw]);
}

#[test]
fn what_programs_ask_a_terminal_is_answered() {
    let mut state = state(120, 40, true);
    let answers = state.update(Event::Wrote(b"ab\x1b[6n\x1b[c".to_vec()));
    assert_eq!(answers[0], Effect::ToShell(b"\x1b[1;3R\x1b[?1;2c".to_vec()));
}

#[test]
fn somebody_elses_text_is_never_raw_outside_of_the_shells_pane() {
    let hostile = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}evil";
    let mut state = State::new((hostile, hostile, hostile), true, (120, 40), now());
    let mut all = board();
    let row = Row { requirement: crate::printable::printable(hostile).into_owned(), ..all.rows[1].clone() };
    all.rows.push(row);
    state.told(News::Board(all));
    state.told(News::Unseen(hostile.into()));
    for zoomed in [false, true] {
        state.layout.zoomed = zoomed;
        for focus in [Focus::Shell, Focus::Task] {
            state.focus = focus;
            let shown = frame(&state);
            assert!(!shown.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{shown:?}");
        }
    }
}

#[test]
fn wide_characters_take_two_columns_and_half_of_one_is_not_drawn() {
    let mut state = state(80, 24, true);
    typed(&mut state, b"\r");
    state.update(Event::Wrote("日本語x\r\n".as_bytes().to_vec()));
    assert!(frame(&state).starts_with("日本語x\n"), "{}", frame(&state));
    // Colour and cursor are the shell's.
    state.update(Event::Wrote(b"\x1b[31;1mred\x1b[0m".to_vec()));
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let drawn = terminal.draw(|frame| view(&state, frame)).unwrap();
    let cell = &drawn.buffer[(0, 1)];
    assert_eq!((cell.symbol(), cell.fg, cell.modifier), ("r", Color::Indexed(1), Modifier::BOLD));
}

#[test]
fn the_board_alone_is_left_and_stopped_by_its_keys() {
    let mut state = state(80, 24, false);
    assert!(typed(&mut state, b"\x1a").contains(&Effect::Stop));
    assert!(typed(&mut state, b"r").contains(&Effect::Ask(Look)));
    for key in [&b"q"[..], b"\x03", b"\x04"] {
        assert!(typed(&mut state, key).contains(&Effect::Close));
    }
    assert_eq!(state.update(Event::TerminalGone), [Effect::Leave]);
}

#[test]
fn a_board_that_is_not_kept_up_says_so() {
    let mut state = at_work(120, 40);
    state.told(News::Unseen("the cluster is gone".into()));
    let shown = frame(&state);
    assert!(shown.contains("seen 2 s ago, not since"), "{shown}");
    state.told(News::Board(board()));
    assert!(!frame(&state).contains("not since"));
    state.told(News::AttemptEnded);
    assert!(frame(&state).contains("the attempt has ended"));
}
