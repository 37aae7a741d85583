//! The desk of an exam in a real terminal, with a real journal. The test program starts itself with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::sys::signal::{Signal, kill};
use satrain::desk::exam::{Act, Desk, Seat, open};
use satrain::sitting::clock::Moment;
use satrain::sitting::entry::{EndedBy, Event, Opened, Place};
use satrain::sitting::journal::Journal;
use satrain::sitting::state::State;

use crate::tmux::Tmux;
use crate::{ended, fake};

/// The variable by which the test program knows that it is the desk of an exam: the folder for its files.
const FOLDER: &str = "SATRAIN_TEST_EXAM";

/// An exam whose journal is in that folder.
struct Sat(Journal);

impl Sat {
    fn new(folder: &Path) -> Self {
        Self(Journal::new(folder.join("journal.jsonl")))
    }

    /// Begins one of so many seconds.
    fn begin(folder: &Path, seconds: u64) -> Self {
        let sat = Self::new(folder);
        let tasks = (1..=3).map(|number| Place {
            number,
            id: format!("scenario-{number}"),
            title: format!("Title {number}"),
            weight: 30,
            minutes: 5,
            host: (number < 3).then(|| format!("sa-0{number}")),
            cluster: None,
        });
        let opened = Opened {
            schema: Opened::SCHEMA.into(),
            id: "e".into(),
            satrain: "0".into(),
            title: "A mock exam".into(),
            seconds,
            pass: 67,
            seed: None,
            practice: false,
            packs: Vec::new(),
            tasks: tasks.collect(),
        };
        for event in [Event::Opened(opened), Event::Begun] {
            sat.0.append(sat.now(), event).unwrap();
        }
        sat
    }
}

impl Seat for Sat {
    fn state(&self) -> Result<State, String> {
        let lines = self.0.read().map_err(|e| e.to_string())?;
        State::of(&lines.entries, lines.damaged).ok_or_else(|| "there is no exam".into())
    }

    fn act(&self, act: Act) -> Result<State, String> {
        let event = match act {
            Act::Read(task) => Event::Read { task },
            Act::Flag(task, set) => Event::Flagged { task, set },
            Act::Note { text, .. } => Event::Noted { text },
            Act::Answer(task, text) => Event::Answered { task, text },
            Act::Finish => Event::Ended { by: EndedBy::Candidate },
        };
        self.0.append(self.now(), event).map_err(|e| e.to_string())?;
        self.state()
    }

    fn now(&self) -> Moment {
        let text = std::fs::read_to_string("/proc/uptime").unwrap();
        let seconds: f64 = text.split(' ').next().unwrap().parse().unwrap();
        let up = std::time::Duration::from_secs_f64(seconds).as_millis() as u64;
        Moment { at: jiff::Timestamp::now(), boot: "b".into(), up }
    }

    fn task_text(&self, number: usize) -> String {
        format!("Read text {number}.")
    }
}

#[test]
#[ignore = "this is the desk that the other tests look at"]
fn exam_under_test() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    std::fs::write(folder.join("process"), std::process::id().to_string()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let desk = Desk {
        seat: Arc::new(Sat::new(&folder)),
        shell: fake::bash(&folder),
        socket: None,
        satrain: env!("CARGO_BIN_EXE_satrain").into(),
    };
    let closed = runtime.block_on(open(desk)).unwrap();
    runtime.shutdown_background();
    println!("{closed}");
    std::process::exit(0);
}

fn start(tmux: &Tmux) {
    let program = std::env::current_exe().unwrap();
    tmux.line(&format!(
        "clear; {FOLDER}={} {} --exact exam::exam_under_test --ignored --nocapture -q --test-threads=1",
        tmux.folder().display(),
        program.display()
    ));
    tmux.until(" left · ");
}

#[test]
fn an_exam_is_sat_left_and_gone_on_with() {
    let Some(tmux) = Tmux::start(120, 40) else { return };
    let before = tmux.look();
    let sat = Sat::begin(tmux.folder(), 3600);
    start(&tmux);
    tmux.until("Read text 1.");
    tmux.until("inside$");
    tmux.line("echo a-b-c");
    tmux.until_so("a-b-c", |text| text.lines().any(|line| line.ends_with("│a-b-c")));
    // A flag is seen when it is written down.
    tmux.press(&["C-]", "f"]);
    tmux.until("⚑ flagged");
    assert!(sat.state().unwrap().task(1).unwrap().flagged);
    // A note, with what a shell would obey.
    tmux.press(&["C-]", "o"]);
    tmux.type_text("look; exit");
    tmux.press(&["Enter"]);
    tmux.type_text("again");
    tmux.until_so("saved notes", |text| text.contains("again") && text.contains("Notes · saved"));
    tmux.press(&["Escape"]);
    assert_eq!(sat.state().unwrap().notes, "look; exit\nagain");
    // A question.
    tmux.press(&["C-]", "3", "C-]", "a"]);
    tmux.until("Answer to task 3");
    tmux.line("b");
    tmux.until("Your answer: b");
    // Others see it as it is written down: somebody goes to a host.
    sat.0.append(sat.now(), Event::Entered { task: 2 }).unwrap();
    tmux.until("on sa-02");
    tmux.until("Read text 2.");
    // Narrow, the task is behind the shell.
    tmux.resize(80, 24);
    tmux.until_so("the shell alone", |text| text.contains("a-b-c") && !text.contains("Read text"));
    tmux.press(&["C-]", "l"]);
    tmux.until(">  2");
    tmux.press(&["Escape", "C-]", "q"]);
    let left = tmux.until("You have left the desk");
    assert!(!left.contains("inside$"), "{left}");
    tmux.resize(120, 40);
    // tmux tells programs a little later.
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(tmux.look(), before);
    ended(&tmux);
    assert!(sat.state().unwrap().ended.is_none(), "leaving ends nothing");

    start(&tmux);
    tmux.until("Read text 2.");
    tmux.press(&["Enter", "C-]", "o"]);
    tmux.until("again");
    tmux.press(&["Escape", "C-]", "e"]);
    tmux.until("1 task is untouched (30 %)");
    tmux.line("y");
    tmux.until("type yes in full");
    tmux.press(&["C-u"]);
    tmux.line("yes");
    tmux.until("The exam is finished");
    assert_eq!(tmux.look(), before);
    ended(&tmux);
    assert_eq!(sat.state().unwrap().ended.unwrap().1, EndedBy::Candidate);
}

#[test]
fn at_the_deadline_the_shell_is_hung_up_on_and_the_desk_closes() {
    let Some(tmux) = Tmux::start(80, 24) else { return };
    let before = tmux.look();
    Sat::begin(tmux.folder(), 62);
    start(&tmux);
    tmux.press(&["Enter"]);
    tmux.until("inside$");
    // Nothing that a program in the shell does keeps the exam open.
    tmux.line("trap '' HUP; vi note");
    tmux.until("! ALERT: 1 minute left");
    tmux.press(&["i"]);
    std::thread::sleep(std::time::Duration::from_secs(4));
    tmux.type_text("x");
    tmux.until_so("the alert is gone", |text| !text.contains("ALERT"));
    tmux.until_so("the end", |_| tmux.fact("#{alternate_on}") == "0");
    tmux.until("Time is over");
    assert_eq!(tmux.look(), before);
    ended(&tmux);
}

#[test]
fn killed_in_an_exam_the_terminal_is_given_back_and_what_was_noted_is_there() {
    let Some(tmux) = Tmux::start(100, 30) else { return };
    let before = tmux.look();
    let sat = Sat::begin(tmux.folder(), 600);
    start(&tmux);
    tmux.press(&["Enter", "C-]", "o"]);
    tmux.type_text("keep this");
    tmux.until_so("saved notes", |text| text.contains("keep this") && text.contains("Notes · saved"));
    kill(fake::process(&tmux), Signal::SIGKILL).unwrap();
    tmux.until("satrain was killed");
    assert_eq!(tmux.look(), before);
    ended(&tmux);
    assert_eq!(sat.state().unwrap().notes, "keep this");
}
