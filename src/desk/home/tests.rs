//! The home screen: its frames, and what its keys take.
#![allow(clippy::unwrap_used, reason = "tests")]

use insta::assert_snapshot;

use super::screen::Screen;
use crate::desk::events::Effect;
use crate::desk::events::Event;
use crate::desk::face::Face;
use crate::desk::testing::{frame, typed};
use crate::home::Choice;

fn choices() -> Vec<Choice> {
    let choice = |key, does: &str, command: &str| Choice {
        key,
        does: does.into(),
        command: command.split(' ').map(str::to_owned).collect(),
    };
    vec![
        choice('1', "Go on with scenario-2: A ServiceAccount of its own (40 %)", "run scenario-2 --desk"),
        choice('2', "Set up again token-mount: Pods without tokens (interrupted)", "reset token-mount-b4cd"),
        choice('d', "Repeat 3 questions that are due", "quiz --due"),
        choice(
            'n',
            "Play scenario-5: Rights of a robot (8 min): it follows scenario-2",
            "run scenario-5 --desk",
        ),
        choice('e', "Go on with the exam A mock exam: 43:12 left", "exam"),
        choice('l', "Show all scenarios", "list"),
        choice('s', "Show how you are doing", "stats"),
    ]
}

#[test]
fn frames_of_home() {
    for size in [(80, 24), (120, 40), (40, 12)] {
        let mut screen = Screen::new(choices(), size);
        assert_snapshot!(format!("home_{}x{}", size.0, size.1), frame(&screen, size, false));
        typed(&mut screen, b"\x1b[F");
        let last = frame(&screen, size, false);
        assert!(last.contains("> s") && last.contains("satrain stats"), "the cursor is always seen:\n{last}");
    }
}

#[test]
fn a_key_takes_its_choice_and_enter_the_one_under_the_cursor() {
    for (keys, command) in [
        (&b"1"[..], Some("satrain run scenario-2 --desk")),
        (b"d", Some("satrain quiz --due")),
        (b"\x1b[B\x1b[B\r", Some("satrain quiz --due")),
        (b"\x1b[A\r", Some("satrain run scenario-2 --desk")),
        (b"jjjjjjjjjjjj\r", Some("satrain stats")),
        (b"q", None),
        (b"\x03", None),
        (b"\x1b", None),
    ] {
        let mut screen = Screen::new(choices(), (80, 24));
        assert!(typed(&mut screen, keys).contains(&Effect::Close), "{keys:?}");
        assert_eq!(screen.into_chosen().map(|choice| choice.typed()).as_deref(), command, "{keys:?}");
    }
}

#[test]
fn other_keys_take_nothing_and_no_size_breaks_it() {
    let mut screen = Screen::new(choices(), (80, 24));
    assert_eq!(typed(&mut screen, b"xy9?\x1b[15~"), vec![Effect::Draw; 5]);
    assert!(typed(&mut screen, b"\x1a").contains(&Effect::Stop));
    for size in [(29, 10), (30, 6), (1, 1), (0, 0), (300, 100)] {
        screen.update(Event::Resized(size.0, size.1));
        let _ = frame(&screen, size, false);
    }
    let mut empty = Screen::new(Vec::new(), (80, 24));
    assert_eq!(typed(&mut empty, b"\r"), [Effect::Draw]);
    assert!(empty.into_chosen().is_none());
}
