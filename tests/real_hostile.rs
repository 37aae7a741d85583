//! Hostile hand-ins on a real cluster: what each is worth, what the host looks like afterwards, and that the next right script
//! is worth everything. SATRAIN_HOSTILE=each plays the right script after every one of them instead of after every fifth.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod hostile_support;
mod lab_support;

use std::fs;
use std::time::{Duration, Instant};

use hostile_support::{Host, Worth, hostile, memory};
use lab_support::Lab;

#[test]
fn hostile_hand_ins_get_what_they_are_worth_and_the_next_one_too() {
    let Some(lab) = Lab::start() else { return };
    let each = std::env::var("SATRAIN_HOSTILE").is_ok_and(|how| how == "each");
    let before = (Host::look(), memory());
    assert_eq!(right(&lab), 100);
    for (number, hostile) in hostile().iter().enumerate() {
        let began = Instant::now();
        let script = lab.state().join("hand-in.sh");
        fs::write(&script, &hostile.script).unwrap();
        let out = lab.run(&[
            "run",
            "scenario-2",
            "--fresh",
            "--timeout",
            "4",
            "--output",
            "json",
            "--solution",
            script.to_str().unwrap(),
        ]);
        let code = out.status.code().unwrap();
        let result: Option<serde_json::Value> = serde_json::from_slice(&out.stdout).ok();
        let points = result.as_ref().and_then(|result| result["score"]["percent"].as_u64());
        let seconds = began.elapsed().as_secs_f32();
        println!("{}: exit code {code}, {points:?} points, {seconds:.1} s", hostile.name);
        let said = || String::from_utf8_lossy(&out.stderr).into_owned();
        match hostile.worth {
            Worth::Exactly(worth) => assert_eq!(points, Some(worth), "{}: {}", hostile.name, said()),
            Worth::NotAll => {
                assert!(points.is_some_and(|points| points < 100), "{}: {}", hostile.name, said());
            }
            Worth::Refused => assert_eq!((code, points), (2, None), "{}: {}", hostile.name, said()),
        }
        assert!(out.stderr.len() < 32 << 20, "{}: {} bytes", hostile.name, out.stderr.len());
        assert!(!said().contains('\u{1b}'), "{}: an escape sequence", hostile.name);
        assert_eq!(Host::look(), before.0, "{}", hostile.name);
        let after = comes_back(before.1);
        assert!(after + ROOM > before.1, "{}: {} and now {after} KiB of memory", hostile.name, before.1);
        if each || number % 5 == 4 {
            assert_eq!(right(&lab), 100, "after: {}", hostile.name);
        }
    }
    assert_eq!(right(&lab), 100);
}

/// In KiB: how much less memory than before is no sign of anything.
const ROOM: u64 = 3 << 20;

/// What somebody else uses for a moment comes back, and what a hand-in has left behind does not.
fn comes_back(before: u64) -> u64 {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let now = memory();
        if now + ROOM > before || Instant::now() > until {
            return now;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn right(lab: &Lab) -> u64 {
    let result = lab.json(&["run", "scenario-2", "--fresh", "--solution", "reference"]);
    result["score"]["percent"].as_u64().unwrap()
}
