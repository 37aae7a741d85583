//! How fast a key is echoed, in a report: `cargo test --release --test desk figures -- --ignored --nocapture`.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};

/// Letters that neither the board nor the shell's other output has.
const LETTERS: &[u8] = b"QXZJ";

#[test]
#[ignore = "a report, and no promise about this machine"]
fn figures() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("busy"), "").unwrap();
    let size = Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(&size, None).unwrap();
    let mut desk = Command::new(std::env::current_exe().unwrap());
    desk.args(["--exact", "fake::desk_under_test", "--ignored", "--nocapture", "-q"]);
    desk.env("SATRAIN_TEST_DESK", folder.path()).env("SATRAIN_TEST_SHELL", "1");
    let end = || Stdio::from(terminal.slave.try_clone().unwrap());
    desk.stdin(end()).stdout(end()).stderr(end());
    // SAFETY: only a system call.
    unsafe { desk.pre_exec(|| Ok(nix::unistd::setsid().map(drop)?)) };
    let mut child = desk.spawn().unwrap();
    let (mut into, mut from) =
        (File::from(terminal.master.try_clone().unwrap()), File::from(terminal.master.try_clone().unwrap()));
    let (seen, sees) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 65536];
        while let Ok(n @ 1..) = from.read(&mut bytes) {
            for byte in bytes[..n].iter().filter(|b| LETTERS.contains(b)) {
                let _ = seen.send((*byte, Instant::now()));
            }
        }
    });
    std::thread::sleep(Duration::from_secs(3));
    // Beside the board, ten times a second, something writes into the shell as `kubectl get --watch` does.
    into.write_all(b"(while :; do echo 11111 22222 33333; sleep 0.1; done) & cat >/dev/null\r").unwrap();
    std::thread::sleep(Duration::from_secs(1));
    while sees.try_recv().is_ok() {}
    let mut took: Vec<Duration> = Vec::new();
    for n in 0..400 {
        let letter = LETTERS[n % LETTERS.len()];
        let begun = Instant::now();
        into.write_all(&[letter]).unwrap();
        let at = loop {
            match sees.recv_timeout(Duration::from_secs(5)).unwrap() {
                (byte, at) if byte == letter && at >= begun => break at,
                _ => {}
            }
        };
        took.push(at - begun);
        std::thread::sleep(Duration::from_millis(23));
        while sees.try_recv().is_ok() {}
        if n % 40 == 39 {
            into.write_all(b"\r").unwrap();
            std::thread::sleep(Duration::from_millis(50));
            while sees.try_recv().is_ok() {}
        }
    }
    took.sort();
    let at = |percent: usize| took[took.len() * percent / 100].as_secs_f64() * 1000.0;
    println!("a key is echoed within: median {:.2} ms, 90 % {:.2} ms, 99 % {:.2} ms", at(50), at(90), at(99));
    let _ = child.kill();
    let _ = child.wait();
}
