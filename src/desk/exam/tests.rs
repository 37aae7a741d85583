//! The pure core of an exam's desk: what events change, frames as a candidate sees them, and the feed with a fake seat.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use insta::assert_snapshot;
use tokio::sync::mpsc;

use super::open::run;
use super::seat::{Act, Closed, Seat};
use super::state::{Focus, News, State};
use crate::desk::events::{Effect, Event};
use crate::desk::face::Face;
use crate::desk::open::Line;
use crate::desk::testing::{self, typed};
use crate::sitting::clock::Moment;
use crate::sitting::entry::{EndedBy, Entry, Event as Written, Opened, Place};
use crate::sitting::state::State as Exam;

const TASK: &str = "Pod `myapp` in Namespace `web-41` runs with the default ServiceAccount.\n\n1. Create ServiceAccount \
                    `myapp-sa` without a mounted token.\n2. Have `myapp` run as it.";

/// How long the exam lasts, in seconds.
const LASTS: i64 = 3600;

fn moment(seconds: i64) -> Moment {
    let at = jiff::Timestamp::from_second(1_700_000_000 + seconds).unwrap();
    Moment { at, boot: "a".into(), up: u64::try_from(10_000 + seconds).unwrap() * 1000 }
}

fn opened() -> Written {
    let task = |number: usize, title: &str, weight, host: Option<&str>| Place {
        number,
        id: format!("scenario-{number}"),
        title: title.into(),
        weight,
        minutes: 7,
        host: host.map(str::to_owned),
        cluster: None,
    };
    Written::Opened(Opened {
        schema: Opened::SCHEMA.into(),
        id: "2023-11-14-1".into(),
        satrain: "0.1.0".into(),
        title: "A mock exam".into(),
        seconds: u64::try_from(LASTS).unwrap(),
        pass: 67,
        seed: None,
        practice: false,
        packs: Vec::new(),
        tasks: vec![
            task(1, "A ServiceAccount of its own", 25, Some("sa-01")),
            task(2, "Tokens that nobody needs", 25, Some("sa-02")),
            task(3, "Rights of a robot", 30, Some("sa-03")),
            task(4, "Where a token is mounted", 20, None),
        ],
    })
}

fn exam(events: impl IntoIterator<Item = (i64, Written)>) -> Exam {
    let begin = [(-10, opened()), (0, Written::Begun)];
    let entries: Vec<Entry> =
        begin.into_iter().chain(events).map(|(at, event)| Entry { moment: moment(at), event }).collect();
    Exam::of(&entries, 0).unwrap()
}

/// An exam that has been going on for a while.
fn midway() -> Exam {
    exam([
        (5, Written::Read { task: 1 }),
        (10, Written::Entered { task: 1 }),
        (400, Written::Left { task: 1 }),
        (410, Written::Read { task: 2 }),
        (420, Written::Flagged { task: 1, set: true }),
        (500, Written::Entered { task: 2 }),
        (510, Written::Noted { text: "task 1: look at the binding again".into() }),
    ])
}

fn at(exam: Exam, seconds: i64, size: (u16, u16)) -> State {
    let texts = BTreeMap::from([
        (1, TASK.to_owned()),
        (2, TASK.into()),
        (3, TASK.into()),
        (4, "Where?\n\na) here\nb) there".into()),
    ]);
    let mut state = State::new(exam, texts, moment(seconds), size);
    state.update(Event::Wrote(b"candidate@sa-02:~$ kubectl get pods\r\nNAME    READY   STATUS    RESTARTS   AGE\r\nmyapp   1/1     Running   0          3m\r\ncandidate@sa-02:~$ ".to_vec()));
    state
}

/// A desk in the middle of an exam, with the shell in front.
fn at_work(size: (u16, u16)) -> State {
    let mut state = at(midway(), 1000, size);
    if state.focus == Focus::Task {
        typed(&mut state, b"\r");
    }
    state
}

fn frame(state: &State) -> String {
    let typing = matches!(state.focus, Focus::Shell | Focus::Notes | Focus::Answer | Focus::Finish);
    testing::frame(state, state.layout.size, typing)
}

fn tell(state: &mut State, exam: Exam) -> Vec<Effect<Act>> {
    state.told(News::Exam(Box::new(exam)))
}

fn acts(effects: Vec<Effect<Act>>) -> Vec<Act> {
    let act = |effect| if let Effect::Ask(act) = effect { Some(act) } else { None };
    effects.into_iter().filter_map(act).collect()
}

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];

#[test]
fn frames_of_an_exam() {
    for size in SIZES {
        let name = |what: &str| format!("{what}_{}x{}", size.0, size.1);
        let mut state = at_work(size);
        assert_snapshot!(name("shell"), frame(&state));
        typed(&mut state, b"\x1dt");
        assert_snapshot!(name("task"), frame(&state));
        typed(&mut state, b"l");
        assert_snapshot!(name("list"), frame(&state));
        typed(&mut state, b"\x1b");
        state.told(News::Now(moment(LASTS - 301)));
        state.told(News::Now(moment(LASTS - 300)));
        assert_snapshot!(name("alert"), frame(&state));
        state.told(News::Now(moment(LASTS - 250)));
        typed(&mut state, b"\x1de");
        assert_snapshot!(name("finish"), frame(&state));
        typed(&mut state, b"\x1b\x1do\rsecond line");
        assert_snapshot!(name("notes"), frame(&state));
        typed(&mut state, b"\x1b\x1d4\x1da");
        typed(&mut state, b"/var/run");
        assert_snapshot!(name("answer"), frame(&state));
        typed(&mut state, b"\x1b\x1d");
        assert_snapshot!(name("prefix"), frame(&state).lines().last().unwrap());
        typed(&mut state, b"?");
        assert_snapshot!(name("keys"), frame(&state));
    }
}

#[test]
fn an_alert_is_told_once_and_stays_until_a_key_is_pressed() {
    for (minutes, words) in [(30, "! ALERT: 30 minutes left"), (1, "! ALERT: 1 minute left")] {
        let mut state = at(midway(), LASTS - 60 * minutes - 1, (80, 24));
        typed(&mut state, b"\r");
        assert!(!frame(&state).contains("ALERT"));
        state.told(News::Now(moment(LASTS - 60 * minutes)));
        assert!(frame(&state).contains(words), "{}", frame(&state));
        // A key that was on its way already was not pressed because of it.
        assert_eq!(typed(&mut state, b"x"), [Effect::ToShell(b"x".to_vec())]);
        assert!(frame(&state).contains(words));
        state.told(News::Now(moment(LASTS - 60 * minutes + 20)));
        assert!(frame(&state).contains(words), "it stays");
        assert_eq!(typed(&mut state, b"y"), [Effect::ToShell(b"y".to_vec())], "and costs no key");
        assert!(!frame(&state).contains("ALERT"));
        state.told(News::Now(moment(LASTS - 60 * minutes + 21)));
        assert!(!frame(&state).contains("ALERT"), "and is told once");
    }
    // The latest one is enough.
    let mut state = at_work((80, 24));
    for left in [1799, 899, 299] {
        state.told(News::Now(moment(LASTS - left)));
    }
    assert_eq!(frame(&state).matches("ALERT").count(), 1);
}

#[test]
fn what_is_shown_is_what_is_written_down() {
    let mut state = at_work((120, 40));
    assert_eq!(acts(typed(&mut state, b"\x1df")), [Act::Flag(2, true)]);
    assert!(!frame(&state).contains("> 2 ⚑") && !frame(&state).contains("2 ⚑"), "it is not written down yet");
    state.told(News::Refused("the journal cannot be written: no space left on device".into()));
    assert!(frame(&state).contains("✘ Not done: the journal cannot be written: no space left on device"));
    let mut flagged = midway();
    flagged.take(&Entry { moment: moment(1001), event: Written::Flagged { task: 2, set: true } });
    tell(&mut state, flagged);
    assert!(frame(&state).contains("2 ⚑") && frame(&state).contains("⚑ flagged"), "{}", frame(&state));
    assert_eq!(acts(typed(&mut state, b"\x1df")), [Act::Flag(2, false)]);
}

#[test]
fn a_text_counts_as_read_when_it_is_on_the_screen() {
    // Beside the shell it is seen at once, behind it when it is read.
    let mut wide = at(exam([]), 10, (120, 40));
    assert_eq!(acts(wide.told(News::Now(moment(11)))), [Act::Read(1)]);
    assert_eq!(acts(wide.told(News::Now(moment(12)))), [], "once");
    assert_eq!(acts(typed(&mut wide, b"\x1dl\x1b[B")), [], "the list shows no text");
    assert_eq!(acts(typed(&mut wide, b"\r")), [Act::Read(2)]);
    assert_eq!(acts(typed(&mut wide, b"\x1d4")), [Act::Read(4)]);
    let mut narrow = at(exam([]), 10, (80, 24));
    assert_eq!(narrow.focus, Focus::Task, "the task is read first");
    assert_eq!(acts(typed(&mut narrow, b"\r")), []);
    let mut narrow = at(exam([(1, Written::Read { task: 1 })]), 10, (80, 24));
    assert_eq!(acts(typed(&mut narrow, b"\r\x1dn")), [Act::Read(2)]);
    assert_eq!(narrow.focus, Focus::Task);
}

#[test]
fn tasks_are_gone_to_in_any_order() {
    let mut state = at_work((120, 40));
    assert_eq!(state.task, 2, "the one that was worked on last");
    for (keys, task) in
        [(&b"\x1dn"[..], 3), (b"\x1dn", 4), (b"\x1dn", 4), (b"\x1dp", 3), (b"\x1d1", 1), (b"\x1d9", 1)]
    {
        typed(&mut state, keys);
        assert_eq!((state.task, state.focus), (task, Focus::Shell), "{keys:?}");
    }
    assert!(frame(&state).contains("! There are 4 tasks"));
    // Whoever goes to a host sees its task.
    let mut there = midway();
    there.take(&Entry { moment: moment(1001), event: Written::Left { task: 2 } });
    there.take(&Entry { moment: moment(1002), event: Written::Entered { task: 3 } });
    tell(&mut state, there.clone());
    assert!(state.task == 3 && frame(&state).contains("on sa-03"), "{}", frame(&state));
    typed(&mut state, b"\x1d1");
    tell(&mut state, there);
    assert_eq!(state.task, 1, "and may look at another one");
}

fn note(before: &str, text: &str) -> Act {
    Act::Note { before: before.into(), text: text.into() }
}

#[test]
fn what_is_added_elsewhere_while_notes_are_typed_is_seen_afterwards() {
    let mut state = at_work((80, 24));
    let ours = "task 1: look at the binding again!";
    typed(&mut state, b"\x1do!");
    state.told(News::Now(moment(1001)));
    let mut saved = midway();
    saved.take(&Entry { moment: moment(1002), event: Written::Noted { text: format!("{ours}\noutside") } });
    tell(&mut state, saved.clone());
    assert!(frame(&state).contains("Notes · saved") && !frame(&state).contains("outside"));
    assert_eq!(acts(typed(&mut state, b"?\x1b")), [note(ours, &format!("{ours}?"))]);
    saved.take(&Entry { moment: moment(1003), event: Written::Noted { text: format!("{ours}?\noutside") } });
    tell(&mut state, saved.clone());
    tell(&mut state, saved);
    typed(&mut state, b"\x1do");
    assert!(frame(&state).contains("outside"), "{}", frame(&state));
}

#[test]
fn notes_are_kept_while_they_are_typed() {
    let mut state = at_work((80, 24));
    assert_eq!(acts(typed(&mut state, b"\x1do!")), []);
    assert!(frame(&state).contains("not saved yet"));
    let text = "task 1: look at the binding again!".to_owned();
    assert_eq!(
        acts(state.told(News::Now(moment(1001)))),
        [note("task 1: look at the binding again", &text)],
        "after a second at most"
    );
    assert_eq!(acts(state.told(News::Now(moment(1002)))), [], "once");
    // What cannot be saved is not lost, and is tried again.
    state.told(News::Refused("the disk is full".into()));
    assert_eq!(acts(state.told(News::Now(moment(1003)))), [note("task 1: look at the binding again", &text)]);
    assert_eq!(acts(typed(&mut state, b"?\x1b")), [note(&text, &(text.clone() + "?"))]);
    let mut saved = midway();
    saved.take(&Entry { moment: moment(1004), event: Written::Noted { text: text + "?" } });
    tell(&mut state, saved.clone());
    typed(&mut state, b"\x1do");
    assert!(frame(&state).contains("Notes · saved"));
    // What somebody notes elsewhere is seen here, but never under the hands of whoever types.
    typed(&mut state, b"\x1b");
    saved.take(&Entry { moment: moment(1005), event: Written::Noted { text: "elsewhere".into() } });
    tell(&mut state, saved);
    typed(&mut state, b"\x1do");
    assert!(frame(&state).contains("elsewhere"));
    // Whatever closes the desk.
    typed(&mut state, b"+");
    let closed = state.update(Event::TerminalGone);
    assert_eq!(closed, [Effect::Ask(note("elsewhere", "elsewhere+")), Effect::Leave]);
}

#[test]
fn a_question_is_answered_and_a_lab_is_not() {
    let mut state = at_work((80, 24));
    assert_eq!(acts(typed(&mut state, b"\x1da")), []);
    assert!(frame(&state).contains("is no question") && state.focus == Focus::Shell);
    typed(&mut state, b"\x1d4a\x1b[200~/var\r/run\x1b[201~");
    assert_eq!(state.focus, Focus::Answer, "a line break in what is pasted sends nothing off");
    typed(&mut state, b"\x15");
    tell(&mut state, midway());
    typed(&mut state, b"/var /run");
    assert_eq!(state.focus, Focus::Answer, "a look at the exam takes nothing away from whoever types");
    assert_eq!(acts(typed(&mut state, b"\r")), [Act::Answer(4, "/var /run".into())]);
    // It is there until it is written down.
    state.told(News::Refused("the disk is full".into()));
    typed(&mut state, b"\x1dt");
    assert!(frame(&state).contains("Not saved yet: /var /run"), "{}", frame(&state));
    assert_eq!(acts(typed(&mut state, b"a\r")), [Act::Answer(4, "/var /run".into())]);
    let mut answered = midway();
    answered.take(&Entry {
        moment: moment(1001),
        event: Written::Answered { task: 4, text: "/var /run".into() },
    });
    tell(&mut state, answered);
    typed(&mut state, b"\x1dt");
    let shown = frame(&state);
    assert!(shown.contains("Your answer: /var /run") && !shown.contains("Not saved"), "{shown}");
    // Escape drops what was typed, and not what is written down; nothing takes it back.
    assert_eq!(acts(typed(&mut state, b"axyz\x1b\x1da\x15\r")), [Act::Answer(4, String::new())]);
}

#[test]
fn an_exam_is_finished_by_a_whole_word_after_a_look() {
    let mut state = at_work((80, 24));
    for word in [&b"y\r"[..], b"\x15yes!\r", b"\x15YES\r", b"\x15\r"] {
        typed(&mut state, b"\x1b\x1de");
        assert_eq!(acts(typed(&mut state, word)), [], "{word:?}");
        assert_eq!(state.focus, Focus::Finish);
    }
    let shown = frame(&state);
    assert!(shown.contains("2 tasks are untouched (50 %)") && shown.contains("1 task is flagged"), "{shown}");
    assert!(shown.contains("type yes in full"), "{shown}");
    typed(&mut state, b"\x1b");
    assert_eq!(state.focus, Focus::Shell);
    assert_eq!(acts(typed(&mut state, b"\x1deyes\r")), [Act::Finish]);
    assert_eq!(state.closed, None, "not before it is written down");
    let mut over = midway();
    over.take(&Entry { moment: moment(1001), event: Written::Ended { by: EndedBy::Candidate } });
    assert!(tell(&mut state, over).contains(&Effect::Close));
    assert_eq!(state.closed, Some(Closed::Finished));
}

#[test]
fn the_desk_closes_at_the_deadline_and_whenever_the_exam_is_over() {
    let mut state = at_work((120, 40));
    assert!(!state.told(News::Now(moment(LASTS - 1))).contains(&Effect::Close));
    assert!(state.told(News::Now(moment(LASTS))).contains(&Effect::Close));
    assert_eq!(state.closed, Some(Closed::TimeOver));
    assert!(state.closed.unwrap().to_string().starts_with("Time is over"));
    // More time, given in time, moves it.
    let mut state = at_work((120, 40));
    let mut longer = midway();
    let extra = Written::Extra { seconds: 600, reason: "a fire alarm".into() };
    longer.take(&Entry { moment: moment(1001), event: extra });
    tell(&mut state, longer);
    assert!(frame(&state).contains("! 10:00 more time: a fire alarm"), "{}", frame(&state));
    assert!(!state.told(News::Now(moment(LASTS + 599))).contains(&Effect::Close));
    assert!(state.told(News::Now(moment(LASTS + 600))).contains(&Effect::Close));
    for (event, why) in [
        (Written::Ended { by: EndedBy::Deadline }, Closed::TimeOver),
        (Written::Graded, Closed::Finished),
        (Written::Abandoned { reason: String::new() }, Closed::Abandoned),
    ] {
        let mut state = at_work((80, 24));
        let mut over = midway();
        over.take(&Entry { moment: moment(1001), event });
        assert!(tell(&mut state, over).contains(&Effect::Close));
        assert_eq!(state.closed, Some(why));
    }
}

#[test]
fn leaving_ends_nothing() {
    let lives_on = [Effect::Leave, Effect::Leave, Effect::Leave, Effect::Close];
    let ends = [Event::Typed(b"\x1dq".to_vec()), Event::TerminalGone, Event::ShellTaken, Event::ShellEnded];
    for (end, how) in ends.into_iter().zip(lives_on) {
        let mut state = at_work((80, 24));
        let effects = state.update(end);
        assert!(effects.contains(&how) && acts(effects).is_empty());
        assert!(state.closed.is_none_or(|closed| closed == Closed::Left));
    }
}

#[test]
fn every_key_but_the_prefix_is_the_shells() {
    let mut state = at_work((120, 40));
    for bytes in [&b"\x03"[..], b"\x1a", b"lnpfoaetzq?", b"\x1bOA", b"\x1b[200~a\x1dt\x1b[201~", b"\x02"] {
        assert_eq!(typed(&mut state, bytes), [Effect::ToShell(bytes.to_vec())]);
    }
    assert!(typed(&mut state, b"\x1d\x1d").contains(&Effect::ToShell(vec![0x1d])));
    assert!(typed(&mut state, b"\x1dz").contains(&Effect::ResizeShell(120, 39)));
    assert!(state.update(Event::Resized(80, 24)).contains(&Effect::ResizeShell(80, 23)));
}

#[test]
fn nothing_says_what_is_right_or_how_much_a_task_has_earned() {
    let mut observed = midway();
    let event = Written::Observed { task: 1, points: 77, max: 88 };
    observed.take(&Entry { moment: moment(999), event });
    for size in SIZES {
        let mut state = at(observed.clone(), 1000, size);
        for keys in [&b"\r"[..], b"\x1dt", b"l", b"\x1b", b"\x1de", b"\x1b\x1do"] {
            typed(&mut state, keys);
            let shown = frame(&state);
            assert!(!shown.contains("77") && !shown.contains("88") && !shown.contains('✔'), "{shown}");
        }
    }
}

#[test]
fn a_screen_of_any_size_and_somebody_elses_text_break_nothing() {
    let hostile = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}evil";
    let mut exam = midway();
    for task in &mut exam.tasks {
        task.place.title = hostile.into();
        task.place.host = task.place.host.take().map(|_| hostile.into());
        task.answer = task.answer.take().or(Some(hostile.into()));
    }
    exam.notes = hostile.into();
    for size in [(0, 0), (1, 1), (29, 10), (30, 6), (40, 12), (120, 6), (200, 50)] {
        let texts = BTreeMap::from([(1, hostile.to_owned())]);
        let mut state = State::new(exam.clone(), texts, moment(1000), size);
        state.told(News::Refused(hostile.into()));
        for keys in [
            &b"\r"[..],
            b"\x1d1",
            b"\x1dt",
            b"l",
            b"GG",
            b"\x1b",
            b"\x1de",
            b"\x1b\x1do",
            b"\x1b\x1d4a",
            b"\x1b\x1d?",
        ] {
            typed(&mut state, keys);
            let shown = frame(&state);
            assert!(!shown.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{shown:?}");
        }
    }
}

/// A seat whose journal is a list.
struct Fake {
    entries: Mutex<Vec<Entry>>,
    full: bool,
}

impl Seat for Fake {
    fn state(&self) -> Result<Exam, String> {
        Ok(Exam::of(&self.entries.lock().unwrap(), 0).unwrap())
    }

    fn act(&self, act: Act) -> Result<Exam, String> {
        if self.full {
            return Err("the disk is full".into());
        }
        let event = match act {
            Act::Read(task) => Written::Read { task },
            Act::Flag(task, set) => Written::Flagged { task, set },
            Act::Note { text, .. } => Written::Noted { text },
            Act::Answer(task, text) => Written::Answered { task, text },
            Act::Finish => Written::Ended { by: EndedBy::Candidate },
        };
        self.entries.lock().unwrap().push(Entry { moment: self.now(), event });
        self.state()
    }

    fn now(&self) -> Moment {
        moment(100)
    }

    fn task_text(&self, number: usize) -> String {
        format!("Task {number}.")
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_is_done_in_order_even_if_the_desk_is_closed() {
    for full in [false, true] {
        let entries =
            [(-10, opened()), (0, Written::Begun)].map(|(at, event)| Entry { moment: moment(at), event });
        let seat = Arc::new(Fake { entries: Mutex::new(entries.to_vec()), full });
        let (news, mut told) = mpsc::channel(16);
        let (asks, asked) = mpsc::unbounded_channel();
        let feed = tokio::spawn(run(seat.clone(), Line { news, asked }));
        asks.send(Act::Flag(2, true)).unwrap();
        let answer = loop {
            match told.recv().await.unwrap() {
                News::Now(now) => assert_eq!(now, moment(100)),
                other => break other,
            }
        };
        match answer {
            News::Exam(exam) => assert!(!full && exam.task(2).unwrap().flagged),
            News::Refused(why) => assert!(full && why == "the disk is full"),
            other => panic!("{other:?}"),
        }
        // The desk closes with two acts on their way.
        asks.send(note("", "a")).unwrap();
        asks.send(note("a", "ab")).unwrap();
        drop((asks, told));
        feed.await.unwrap();
        assert_eq!(seat.state().unwrap().notes, if full { "" } else { "ab" });
    }
}
