//! The desk with a shell of the test's choice and a board that nobody looks at a lab for. The test program starts itself
//! with it in a terminal.

use std::future::pending;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use satrain::desk::lab::board::{Board, Row};
use satrain::desk::lab::{Desk, News, Watchers, open};
use satrain::grade::verdict::Outcome;
use tokio::signal::unix::{SignalKind, signal};

use crate::tmux::Tmux;

/// The variable by which the test program knows that it is the desk: the folder for its files.
const FOLDER: &str = "SATRAIN_TEST_DESK";

/// Whether it has a shell: one of its own, or one that is held.
const SHELL: &str = "SATRAIN_TEST_SHELL";

/// The desk, or the board alone, in that terminal; returns when it is to be seen.
pub fn begin(tmux: &Tmux, with_shell: bool) {
    start(tmux, tmux.folder(), if with_shell { "own" } else { "" });
}

/// The desk in that terminal, with the shell that is held in `folder`.
pub fn begin_held(tmux: &Tmux, folder: &Path) {
    start(tmux, folder, "held");
}

fn start(tmux: &Tmux, folder: &Path, shell: &str) {
    let folder = folder.display();
    let program = std::env::current_exe().unwrap();
    let shell = if shell.is_empty() { String::new() } else { format!("{SHELL}={shell} ") };
    tmux.line(&format!(
        "clear; {FOLDER}={folder} {shell}{} --exact fake::desk_under_test --ignored --nocapture -q --test-threads=1",
        program.display()
    ));
    tmux.until("seen ");
}

/// The process of the desk.
pub fn process(tmux: &Tmux) -> nix::unistd::Pid {
    process_in(tmux.folder())
}

/// The process of the desk with that folder.
pub fn process_in(folder: &Path) -> nix::unistd::Pid {
    let file = folder.join("process");
    nix::unistd::Pid::from_raw(std::fs::read_to_string(file).unwrap().parse().unwrap())
}

/// Has the watcher of the lab panic.
pub fn panic(tmux: &Tmux) {
    std::fs::write(tmux.folder().join("panic"), "").unwrap();
}

#[test]
#[ignore = "this is the desk that the other tests look at"]
fn desk_under_test() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    std::fs::write(folder.join("process"), std::process::id().to_string()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let desk = Desk {
        what: ("scenario-x".into(), "A fake".into(), "Read this task.".into()),
        shell: std::env::var_os(SHELL).map(|_| bash(&folder)),
        socket: std::env::var_os(SHELL).filter(|how| how == "held").map(|_| folder.join("shell.sock")),
        watcher: Box::new(move |to| Box::pin(watch(folder, to))),
        satrain: env!("CARGO_BIN_EXE_satrain").into(),
    };
    // As the program does it: what is under way is dropped.
    let ended = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).unwrap();
        let mut hangup = signal(SignalKind::hangup()).unwrap();
        tokio::select! {
            ended = open(desk) => ended.map(|lives_on| if lives_on { "it lives on" } else { "it has ended" }),
            _ = terminate.recv() => Ok("terminated"),
            _ = hangup.recv() => Ok("hung up"),
        }
    });
    runtime.shutdown_background();
    let code = match ended {
        Ok(left @ ("it lives on" | "it has ended")) => {
            println!("{left}");
            0
        }
        _ => 130,
    };
    std::process::exit(code);
}

pub fn bash(folder: &Path) -> Command {
    let mut bash = Command::new("bash");
    bash.args(["--norc", "--noprofile", "-i"]).current_dir(folder);
    bash.env("PS1", "inside$ ").env("TERM", "xterm-256color").env("HISTFILE", "").env_remove("TMUX");
    bash
}

async fn watch(folder: PathBuf, to: Watchers) {
    for points in 0.. {
        assert!(!folder.join("panic").exists(), "the watcher panics, as the test wants it");
        let row = Row {
            outcome: Some(if points % 2 == 0 { Outcome::Fail } else { Outcome::Pass }),
            requirement: "The board is kept up to date".into(),
            why: None,
            points: 100,
            guard: false,
            earlier: None,
        };
        let board = Board { rows: vec![row], points, max: 100, at: Timestamp::now() };
        if to.news.send(News::Board(board)).await.is_err() {
            pending::<()>().await;
        }
        let pause = if folder.join("busy").exists() { 100 } else { 200 };
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}
