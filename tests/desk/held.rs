//! A held shell in real terminals: it lives on when its desk goes, and ends when it is told to.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::sys::signal::{Signal, kill};

use crate::tmux::Tmux;
use crate::{ended, fake};

fn socket(folder: &Path) -> PathBuf {
    folder.join("shell.sock")
}

/// The shell's own process.
fn shell(tmux: &Tmux) -> String {
    tmux.line("clear; echo pid=$$.");
    let text = tmux.until_so("its number", |text| text.contains("pid=") && !text.contains("pid=$$"));
    let line = text.lines().find_map(|line| line.split("pid=").nth(1)).unwrap().to_owned();
    line.split('.').next().unwrap().to_owned()
}

#[test]
fn a_held_shell_is_there_again_after_a_kill_and_after_the_terminal_was_closed() {
    let (Some(tmux), Some(other)) = (Tmux::start(100, 30), Tmux::start(90, 25)) else { return };
    let folder = tmux.folder().to_owned();
    let before = tmux.look();
    fake::begin_held(&tmux, &folder);
    tmux.press(&["Enter"]);
    tmux.until("inside$");
    let mode = std::fs::metadata(socket(&folder)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let first = shell(&tmux);
    tmux.line("vi note");
    tmux.until("\"note\"");
    tmux.press(&["i"]);
    tmux.type_text("written before the kill");
    tmux.until("before the kill");

    kill(fake::process_in(&folder), Signal::SIGKILL).unwrap();
    tmux.until("satrain was killed");
    assert_eq!(tmux.look(), before);
    fake::begin_held(&tmux, &folder);
    tmux.press(&["Enter"]);
    tmux.until("written before the kill");
    tmux.type_text(", and after it");
    tmux.press(&["Escape"]);
    tmux.line(":wq");
    tmux.until("inside$");
    assert_eq!(
        std::fs::read_to_string(folder.join("note")).unwrap(),
        "written before the kill, and after it\n"
    );

    // Another terminal takes it over, and is closed in its turn.
    fake::begin_held(&other, &folder);
    tmux.until_so("the screen before", |_| tmux.fact("#{alternate_on}") == "0");
    tmux.until("it lives on");
    assert_eq!(tmux.look(), before);
    other.press(&["Enter"]);
    assert_eq!(shell(&other), first, "it is the same shell");
    other.line("stty size");
    other.until("24 90");
    other.line("echo kept-$((40+2))");
    other.until("kept-42");
    other.close();
    fake::begin_held(&tmux, &folder);
    tmux.press(&["Enter"]);
    tmux.until("kept-42");
    tmux.line("clear; stty size");
    tmux.until("29 100");

    // Its end is its own.
    tmux.line("exit");
    tmux.until("it has ended");
    assert_eq!(tmux.look(), before);
    ended(&tmux);
    assert!(!socket(&folder).exists());
}

#[test]
fn a_held_shell_ends_with_its_socket_and_a_holder_that_was_killed_is_replaced() {
    let Some(tmux) = Tmux::start(100, 30) else { return };
    let folder = tmux.folder().to_owned();
    let before = tmux.look();
    fake::begin_held(&tmux, &folder);
    tmux.press(&["Enter"]);
    tmux.until("inside$");
    // Whoever is at work in it is left alone.
    std::fs::remove_file(socket(&folder)).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
    tmux.line("echo there-$((1+1))");
    tmux.until("there-2");
    // Whatever the shell thinks of it.
    tmux.line("trap '' HUP TERM; sleep 1000");
    kill(fake::process_in(&folder), Signal::SIGKILL).unwrap();
    tmux.until("satrain was killed");
    assert_eq!(tmux.look(), before);
    ended(&tmux);

    fake::begin_held(&tmux, &folder);
    tmux.press(&["Enter"]);
    tmux.line("echo $PPID > holder");
    let file = folder.join("holder");
    while !std::fs::read_to_string(&file).is_ok_and(|text| text.ends_with('\n')) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let holder = std::fs::read_to_string(&file).unwrap().trim().parse().unwrap();
    kill(nix::unistd::Pid::from_raw(holder), Signal::SIGKILL).unwrap();
    tmux.until("it lives on");
    assert!(socket(&folder).exists(), "what a kill leaves");
    fake::begin_held(&tmux, &folder);
    tmux.press(&["Enter"]);
    tmux.line("clear; echo again-$((1+1))");
    tmux.until("again-2");
    tmux.line("exit");
    tmux.until("it has ended");
    ended(&tmux);
}
