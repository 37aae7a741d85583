//! The desk of a real lab: the board turns green while somebody works, nothing is recorded by that, and the shell's end is
//! graded.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use satrain::scenario::Catalog;

use crate::lab_support::Lab;
use crate::tmux::Tmux;

#[test]
fn the_board_of_a_real_lab_turns_green_while_somebody_works() {
    let Some(desk) = Tmux::start(120, 40) else { return };
    let Some(board) = Tmux::start(80, 24) else { return };
    let Some(lab) = Lab::start() else { return };
    let before = desk.look();
    let satrain = format!(
        "clear; SATRAIN_STATE={} SATRAIN_DISTRIBUTION={} {}",
        lab.state().display(),
        lab.distribution().display(),
        env!("CARGO_BIN_EXE_satrain")
    );
    let play = format!("{satrain} run scenario-2 --desk");
    desk.line(&play);
    desk.until("0 of ");
    desk.until("scenario-2 workspace");
    board.line(&format!("{satrain} watch"));
    board.until("0 of ");

    // An editor that kubectl opens has the desk's terminal.
    desk.line("EDITOR=vi kubectl edit namespace default");
    desk.until("apiVersion: v1");
    desk.line(":q!");
    desk.until("Edit cancelled");

    let solution = Catalog::builtin().get("scenario-2").unwrap().scenario.solutions[0].run.clone();
    let script = lab.state().join("solution.sh");
    std::fs::write(&script, solution).unwrap();
    desk.line(&format!("clear; bash -euo pipefail {}; echo code-$?", script.display()));
    desk.until("code-0");
    for shown in [&desk, &board] {
        let text = shown.until_so("all green", |text| {
            text.lines().any(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                words
                    .windows(4)
                    .any(|w| w[1] == "of" && w[0] == w[2] && w[0] != "0" && w[3] == "requirements")
            })
        });
        assert!(text.contains("✔") && text.contains("seen ") && !text.contains('✘'), "{text}");
    }
    let results = || {
        lab.files().iter().filter(|(path, _)| path.parent().is_some_and(|p| p.ends_with("results"))).count()
    };
    assert_eq!(results(), 0, "watching records nothing");
    assert_eq!(lab.code(&["history"]).1.matches("lab  ").count(), 0);

    // What is broken again is seen again.
    desk.line("clear; kubectl delete serviceaccounts --all --namespace production --wait=false");
    board.until("✘");
    board.press(&["q"]);
    board.until_so("outside", |text| text.trim_end().ends_with("outside$"));

    desk.line("exit");
    desk.until_so("the grade", |text| text.contains("points") && text.trim_end().ends_with("outside$"));
    assert_eq!(desk.look(), before);
    assert_eq!(results(), 1);

    // The program itself, ended from outside.
    for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGKILL] {
        desk.line(&play);
        desk.until("scenario-2 workspace");
        std::thread::sleep(Duration::from_millis(500));
        kill(program(&lab), signal).unwrap();
        desk.until_so("the screen before", |_| desk.fact("#{alternate_on}") == "0");
        let word = if signal == Signal::SIGKILL { "was killed" } else { "stays in progress" };
        desk.until(word);
        assert_eq!(desk.look(), before, "{signal}");
    }
    assert_eq!(results(), 1, "what was interrupted was not graded");
    // It goes on where it was. The earlier grade must not be taken for the next one.
    desk.line("clear");
    desk.until_so("an empty screen", |text| !text.contains("points"));
    desk.line(&play);
    desk.until("scenario-2 workspace");
    desk.line("exit");
    desk.until_so("the grade", |text| text.contains("points") && text.trim_end().ends_with("outside$"));
    assert_eq!(results(), 2);
}

/// The process of `satrain run … --desk`.
fn program(lab: &Lab) -> Pid {
    let state = format!("SATRAIN_STATE={}", lab.state().display());
    let all = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
        let id: i32 = entry.file_name().to_str()?.parse().ok()?;
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        let around = std::fs::read(entry.path().join("environ")).ok()?;
        let has = |text: &[u8], part: &[u8]| text.split(|b| *b == 0).any(|word| word == part);
        (has(&line, b"--desk") && has(&around, state.as_bytes())).then_some(id)
    });
    Pid::from_raw(all.max().unwrap())
}
