//! The main job in the surroundings that machines of other people have: one table, one run through each row.
//!
//! A row is a few lines of bash that run before satrain, in a shell of their own, and what must come of it.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod lab_support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use lab_support::Lab;

/// What must come of a row.
enum Then {
    /// 100 points.
    Works,
    /// This exit code, and these words.
    Says(i32, &'static str),
}

use Then::{Says, Works};

/// Name, lines of bash before, what is run if it is not the main job, what must come of it.
type Row = (&'static str, &'static str, &'static str, Then);

/// The main job: a scenario is set up, solved and graded.
const JOB: &str = "run scenario-2 --fresh --solution reference";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("a proxy that nobody is at", "for p in HTTPS_PROXY https_proxy HTTP_PROXY http_proxy ALL_PROXY all_proxy; do export $p=http://127.0.0.1:9; done; unset NO_PROXY no_proxy", "", Works),
    ("a SOCKS proxy, and exceptions of all kinds", "export ALL_PROXY=socks5h://127.0.0.1:9 NO_PROXY=',*.corp,[::1],10.0.0.0/8,.x, localhost:1'", "", Works),
    ("a proxy that is no address", "export HTTPS_PROXY='not a proxy' http_proxy=://", "", Works),
    ("no HOME", "unset HOME USER LOGNAME", "", Works),
    ("a HOME that is not there", "export HOME=/nonexistent/home", "", Works),
    ("a HOME that is a file", "export HOME=/etc/passwd", "", Works),
    ("a HOME where nothing can be written", "export HOME=/proc XDG_CACHE_HOME=/proc/cache", "", Works),
    ("a relative HOME and relative XDG folders", "export HOME=home XDG_STATE_HOME=state XDG_CACHE_HOME=.. XDG_CONFIG_HOME=", "", Works),
    ("a HOME with blanks and letters of all kinds", "export HOME=\"$DIR/A b'\\\"\\$é漢\"; mkdir -p \"$HOME\"", "", Works),
    ("a HOME that is no UTF-8", "export HOME=$'/tmp/\\xff\\xfe' ODD=$'\\xff'", "", Works),
    ("the locale C", "export LC_ALL=C LANG=C", "", Works),
    ("a Turkish locale, and one that is not there", "export LC_ALL=tr_TR.UTF-8 LANG=xx_YY", "", Works),
    ("a dumb terminal", "export TERM=dumb", "", Works),
    ("no terminal, and colours by force", "unset TERM; export CLICOLOR_FORCE=1 FORCE_COLOR=1", "", Works),
    ("one column", "export COLUMNS=1 LINES=1", "", Works),
    ("columns that are no number", "export COLUMNS=wide TERM=no-such-terminal", "", Works),
    ("no folder for temporary files", "export TMPDIR=/nonexistent", "", Works),
    ("an empty PATH", "export PATH=", "", Works),
    ("a PATH with a kubectl that lies", "printf '#!/bin/sh\\nexit 1\\n' > $DIR/kubectl; chmod +x $DIR/kubectl; export PATH=$DIR:$PATH", "", Works),
    ("files that nobody may read", "umask 0777", "", Works),
    ("files that everybody may write", "umask 0", "", Works),
    ("a closed stdin", "exec <&-", "", Works),
    ("a stdin without end", "exec < <(yes)", "", Works),
    ("a folder that is gone", "mkdir $DIR/gone; cd $DIR/gone; rmdir $DIR/gone", "", Works),
    ("a time zone of the far east", "export TZ=Pacific/Kiritimati", "", Works),
    ("a time zone that is none", "export TZ=':/etc/passwd'", "", Works),
    ("kubeconfigs and a Pod's variables of somebody else", "export KUBECONFIG=/etc/passwd:/dev/null KUBERNETES_SERVICE_HOST=192.0.2.1 KUBERNETES_SERVICE_PORT=1", "", Works),
    ("Docker and kind somewhere else", "export KIND_EXPERIMENTAL_PROVIDER=podman DOCKER_HOST=tcp://127.0.0.1:9 DOCKER_CONTEXT=x", "", Works),
    ("bash that is told what to do", "kubectl() { false; }; export -f kubectl; export BASH_ENV=$DIR/no ENV=$DIR/no PS4='$(exit)' CDPATH=/ GREP_OPTIONS=-v; set -a", "", Works),
    ("shell options in the environment", "export SHELLOPTS BASHOPTS; set -eux", "", Works),
    ("Go and Rust that are told what to do", "export GODEBUG=http2client=0,x509sha1=1 GOGC=off GOMAXPROCS=1 GOFLAGS=-mod=mod RUST_LOG=trace RUST_BACKTRACE=full", "", Works),
    ("certificates of nobody", "export SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/nonexistent", "", Works),
    ("few open files", "ulimit -n 256", "", Works),
    ("no core files, a small stack", "ulimit -c 0; ulimit -s 1024", "", Works),
    ("signals that are ignored", "trap '' HUP PIPE USR1 TERM", "", Works),
    ("a full stdout", "exec >/dev/full", JOB, Says(5, "No space left on device")),
    ("a closed stdout", "exec >&-", "list", Says(0, "")),
    ("a reader that is gone", "exec > >(exec true); sleep 0.2", "list", Says(5, "")),
    ("a full stdout and a long answer", "exec >/dev/full", "schema scenario", Says(5, "No space left on device")),
    ("a clock 400 days ahead", "export LD_PRELOAD=$DIR/clock.so CLOCK=34560000", "check", Says(4, "clock")),
    ("a clock before 1970", "export LD_PRELOAD=$DIR/clock.so CLOCK=-2000000000", "check", Says(2, "clock")),
    ("a user without a passwd entry", "become='setpriv --reuid 54321 --regid 54321 --clear-groups'; unset HOME USER; export SATRAIN_STATE=$DIR/own", "list", Says(0, "scenario-2")),
    ("the same, without a folder", "become='setpriv --reuid 54321 --regid 54321 --clear-groups'; unset HOME USER SATRAIN_STATE XDG_STATE_HOME", "task scenario-2", Says(0, "ServiceAccount")),
    ("the same, who plays", "become='setpriv --reuid 54321 --regid 54321 --clear-groups'; unset HOME USER SATRAIN_STATE XDG_STATE_HOME", JOB, Says(2, "--state")),
    ("a user who may start no processes", "become='setpriv --reuid 54322 --regid 54322 --clear-groups prlimit --nproc=3'; export SATRAIN_STATE=$DIR/few", "list", Says(0, "scenario-2")),
];

/// Moves the clock that a program sees by CLOCK seconds.
const CLOCK: &str = r#"
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t which, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, which, now);
    if (which == CLOCK_REALTIME && getenv("CLOCK")) now->tv_sec += atol(getenv("CLOCK"));
    return failed;
}
"#;

#[test]
fn the_main_job_in_all_surroundings() {
    let Some(lab) = Lab::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    clock(folder.path());
    let mut odd = Vec::new();
    for (name, before, what, then) in ROWS {
        let began = Instant::now();
        if let Err(why) = row(&lab, folder.path(), before, if what.is_empty() { JOB } else { what }, then) {
            odd.push(format!("{name}: {why}"));
        }
        println!("{name}: {:.1} s", began.elapsed().as_secs_f32());
    }
    assert!(odd.is_empty(), "{} of {} rows:\n\n{}", odd.len(), ROWS.len(), odd.join("\n\n"));
}

fn row(lab: &Lab, folder: &Path, before: &str, what: &str, then: &Then) -> Result<(), String> {
    let line = format!("become=; {{ {before}; }} || exit 99\nexec $become \"$SATRAIN\" {what}");
    let mut command = Command::new("bash");
    let own = lab.command();
    command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env_remove("SATRAIN_LAB").env("DIR", folder).env("SATRAIN", own.get_program());
    command.args(["-c", &line]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let out = command.output().map_err(|e| e.to_string())?;
    let (told, said) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    let (code, words) = match then {
        Works => (0, "100"),
        Says(code, words) => (*code, *words),
    };
    let fits = out.status.code() == Some(code) && (told.contains(words) || said.contains(words));
    let is_bare = ["panicked", "stack backtrace", "\u{1b}[2J"].iter().all(|bad| !said.contains(bad));
    match fits && is_bare {
        true => Ok(()),
        false => {
            let short = |text: &str| text.chars().take(1_500).collect::<String>();
            Err(format!("{:?} and not {code} with `{words}`\n{}{}", out.status, short(&told), short(&said)))
        }
    }
}

fn clock(folder: &Path) {
    let source = folder.join("clock.c");
    fs::write(&source, CLOCK).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(folder.join("clock.so"))
        .arg(&source)
        .status();
    assert!(built.unwrap().success());
    // Others read it, too.
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
}
