//! The desk in a real terminal: what is typed in it, and how the terminal is after it, whatever ended it.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    dead_code,
    reason = "tests and their support"
)]

mod exam;
mod fake;
mod figures;
mod held;
#[path = "../lab_support/mod.rs"]
mod lab_support;
mod real;
mod tmux;

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use tmux::Tmux;

#[test]
fn programs_in_the_desks_shell_work_as_they_do_elsewhere() {
    let Some(tmux) = Tmux::start(120, 40) else { return };
    let before = tmux.look();
    fake::begin(&tmux, true);
    tmux.until("Read this task.");
    tmux.until("inside$");

    // Typing, and editing what was typed.
    tmux.type_text("echo a-c");
    tmux.press(&["Left", "BSpace"]);
    tmux.type_text("b");
    tmux.press(&["Enter"]);
    tmux.until_so("abc", |text| text.lines().any(|line| line.ends_with("│abc")));

    // Ctrl-C ends a program, not the desk.
    tmux.line("sleep 1000; echo code-$?");
    std::thread::sleep(Duration::from_millis(300));
    tmux.press(&["C-c"]);
    tmux.until_so("a new prompt", |text| text.contains("^C") && text.matches("inside$").count() >= 3);

    // Ctrl-Z stops one, and `fg` goes on.
    tmux.line("cat");
    std::thread::sleep(Duration::from_millis(300));
    tmux.press(&["C-z"]);
    tmux.until("Stopped");
    tmux.line("fg");
    tmux.line("once-more");
    tmux.until_so("cat goes on", |text| text.matches("once-more").count() >= 2);
    tmux.press(&["C-d"]);

    // What is pasted is pasted, not executed: the shell asked for brackets.
    tmux.line("clear");
    tmux.until_so("an empty shell", |text| !text.contains("once-more"));
    tmux.paste("echo one\necho t\u{1d}wo\n");
    tmux.until("echo one");
    std::thread::sleep(Duration::from_millis(300));
    let pasted = tmux.text();
    assert!(!pasted.lines().any(|line| line.ends_with("│one")), "{pasted}");
    tmux.press(&["C-c"]);

    // A full-screen program, with the size that it has room for.
    tmux.line("clear; vi note");
    tmux.until("\"note\"");
    tmux.press(&["i"]);
    tmux.type_text("first line");
    tmux.press(&["Enter"]);
    tmux.type_text("second");
    tmux.press(&["Up", "Escape"]);
    tmux.until("second");
    tmux.resize(80, 24);
    tmux.until_so("vi alone", |text| text.contains("second") && !text.contains("Read this task."));
    tmux.line(":wq");
    tmux.until("inside$");
    assert_eq!(std::fs::read_to_string(tmux.folder().join("note")).unwrap(), "first line\nsecond\n");
    tmux.line("clear; stty size");
    tmux.until("23 80");
    tmux.press(&["C-]", "t"]);
    tmux.until("Read this task.");
    tmux.press(&["q"]);
    tmux.until("23 80");
    tmux.resize(120, 40);
    tmux.until("│23 80");
    tmux.line("clear; stty size");
    tmux.until("39 80");

    tmux.line("exit");
    tmux.until_so("outside", |text| !text.contains("Read this task."));
    assert_eq!(tmux.look(), before);
}

/// A name, and what ends the desk in that terminal.
type Way<'a> = (&'a str, &'a dyn Fn(&Tmux));

#[test]
fn the_terminal_is_as_it_was_whatever_ends_the_desk() {
    let Some(tmux) = Tmux::start(100, 30) else { return };
    let before = tmux.look();
    let signal = |signal| move |tmux: &Tmux| kill(fake::process(tmux), signal).unwrap();
    let exit = |tmux: &Tmux| tmux.line("exit");
    let leave = |tmux: &Tmux| tmux.press(&["C-]", "q"]);
    let panic = |tmux: &Tmux| fake::panic(tmux);
    let (terminate, hang_up, end) =
        (signal(Signal::SIGTERM), signal(Signal::SIGHUP), signal(Signal::SIGKILL));
    let ways: [Way<'_>; 6] = [
        ("exit", &exit),
        ("the desk's own key", &leave),
        ("SIGTERM", &terminate),
        ("SIGHUP", &hang_up),
        ("kill -9", &end),
        ("a panic", &panic),
    ];
    for program in ["", "vi", "stty raw -echo; printf '\\033[?1h\\033[?25l'; sleep 1000"] {
        for (name, way) in ways {
            // Neither an `exit` nor anything else that is typed reaches a shell behind such a program.
            if !program.is_empty() && name == "exit" {
                continue;
            }
            println!("{name}, with `{program}`");
            let _ = std::fs::remove_file(tmux.folder().join("panic"));
            fake::begin(&tmux, true);
            tmux.press(&["Enter"]);
            tmux.until("inside$");
            if !program.is_empty() {
                tmux.line(program);
                std::thread::sleep(Duration::from_millis(500));
            }
            assert_eq!(tmux.fact("#{alternate_on}"), "1", "the desk has a screen of its own");
            way(&tmux);
            tmux.until_so("the screen before", |_| tmux.fact("#{alternate_on}") == "0");
            // The prompt may have been written on the screen that is gone, where nobody could give it back in time.
            let is_back =
                |text: &str| text.trim_end().ends_with("outside$") || text.contains("satrain was killed");
            let said = tmux.until_so("the prompt", is_back);
            assert!(name != "kill -9" || said.contains("satrain was killed"), "{said}");
            assert_eq!(said.contains("as the test wants it"), name == "a panic", "{said}");
            assert_eq!(tmux.look(), before, "{name}, with `{program}`");
            ended(&tmux);
        }
    }
}

/// Nothing of a desk runs any more: neither what was in its shell, nor the guardian.
fn ended(tmux: &Tmux) {
    let folder = tmux.folder().display().to_string();
    let at_work = || {
        let all = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        let mine = all.filter(|process| {
            let here =
                std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.display().to_string() == folder);
            let command = std::fs::read(process.join("cmdline")).unwrap_or_default();
            here && !command.is_empty()
        });
        mine.count()
    };
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while at_work() > 0 {
        assert!(std::time::Instant::now() < end, "something of the desk still runs");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_board_alone_stops_and_goes_on() {
    let Some(tmux) = Tmux::start(80, 24) else { return };
    let before = tmux.look();
    fake::begin(&tmux, false);
    for _ in 0..2 {
        tmux.press(&["C-z"]);
        tmux.until("Stopped");
        assert_eq!(tmux.look(), before, "while it is stopped");
        tmux.line("clear; fg");
        tmux.until("Read this task.");
        assert_eq!(tmux.fact("#{alternate_on}"), "1");
    }
    // From outside, too.
    kill(fake::process(&tmux), Signal::SIGTSTP).unwrap();
    tmux.until("Stopped");
    assert_eq!(tmux.look(), before);
    tmux.line("clear; fg");
    tmux.until("Read this task.");
    tmux.press(&["C-c"]);
    tmux.until_so("outside", |text| text.trim_end().ends_with("outside$"));
    assert_eq!(tmux.look(), before);
}

#[test]
fn a_desk_whose_terminal_is_closed_ends() {
    let Some(tmux) = Tmux::start(100, 30) else { return };
    fake::begin(&tmux, true);
    tmux.press(&["Enter"]);
    tmux.line("sleep 1000");
    let process = fake::process(&tmux);
    tmux.close();
    let end = std::time::Instant::now() + Duration::from_secs(20);
    while std::path::Path::new(&format!("/proc/{process}")).exists() {
        assert!(std::time::Instant::now() < end, "the desk still runs without a terminal");
        std::thread::sleep(Duration::from_millis(50));
    }
    ended(&tmux);
}
