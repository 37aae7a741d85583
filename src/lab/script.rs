//! Plays a script against the cluster: bash with the learner's kubeconfig, in the workspace, for a bounded time.
//!
//! In: a script and an environment. Out: how it ended. Its output goes out line by line, tokens removed. It is played in a
//! sandbox; where there is none, what it started is one process group, ended with it.

mod confined;
mod text;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::sys::stat::{Mode, umask};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use super::error::{LabError, Result, io};
use super::orphans;
use crate::host::death;
use crate::printable::printable;
use crate::sandbox::{self, Sandbox, SandboxError};
use crate::token::redact;

pub use text::{NoScript, as_script};

/// The variable that tells a script where the API server's audit log is.
pub const AUDIT_LOG: &str = "SATRAIN_AUDIT_LOG";

/// The variable by which kubectl is told where to keep what it learns.
pub const KUBECTL_CACHE: &str = "KUBECACHEDIR";

/// Where and with what a script runs, or a shell.
#[derive(Debug, Clone)]
pub struct ScriptEnv {
    /// The learner's kubeconfig.
    pub kubeconfig: PathBuf,
    /// Where kubectl keeps what it learns of the cluster, unless where it usually does.
    pub kubectl_cache: Option<PathBuf>,
    /// A folder with `kubectl` (and `satrain`), first on the PATH.
    pub bin: PathBuf,
    /// The rest of the PATH.
    pub path: OsString,
    /// The workspace: current directory of the script.
    pub workspace: PathBuf,
    /// Parameters under their upper-case names, and whatever else a script is told.
    pub variables: BTreeMap<String, String>,
    /// The cluster's audit log, for who may read it.
    pub audit_log: Option<PathBuf>,
}

impl ScriptEnv {
    /// The environment on top of the caller's own.
    pub fn environment(&self) -> Vec<(OsString, OsString)> {
        let mut path = self.bin.clone().into_os_string();
        path.push(":");
        path.push(&self.path);
        let mut all: Vec<(OsString, OsString)> =
            self.variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
        // Last, so that no parameter can take their place.
        all.push(("PATH".into(), path));
        all.push(("KUBECONFIG".into(), self.kubeconfig.clone().into()));
        all.extend(self.audit_log.iter().map(|log| (AUDIT_LOG.into(), log.into())));
        all.extend(self.kubectl_cache.iter().map(|cache| (KUBECTL_CACHE.into(), cache.into())));
        all
    }
}

/// How a script ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It was ended because its time was up.
    TimedOut(Duration),
}

impl Ended {
    /// Whether it did all it wanted.
    pub fn well(&self) -> bool {
        *self == Ended::Code(0)
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Ended::Code(code) => write!(f, "ended with exit code {code}"),
            Ended::Signal(signal) => write!(f, "was ended by signal {signal}"),
            Ended::TimedOut(limit) => write!(f, "was stopped after {} s", limit.as_secs()),
        }
    }
}

/// A kubectl lives for forty milliseconds; with Go's own setting it spends a quarter of them on collecting garbage.
pub(super) const GOGC: &str = "400";

/// Whose script it is, which decides how it is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// A scenario's: bash, which stops at the first command that fails.
    Strict,
    /// Somebody else's: as it is written, by the program that its first line names, or bash.
    AsWritten,
}

/// The longest first line that names a program, as for Linux.
const LONGEST_FIRST: u64 = 256;

/// The longest line that is read as a whole; what follows in it is dropped.
const LONGEST_LINE: usize = 64 << 10;

/// How much a script may write; what follows is dropped, and the script goes on.
const MOST_OUTPUT: usize = 16 << 20;

/// How long what a script has written is still read when it has ended: what it started may hold its output for ever.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What becomes of a script where there is no sandbox, or none is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confinement {
    /// It is refused.
    Required,
    /// It is played without one: it is satrain's own.
    IfPossible,
    /// Somebody said so.
    Never,
}

/// What is played.
#[derive(Debug, Clone, Copy)]
pub struct Script<'a> {
    /// The file.
    pub file: &'a Path,
    /// Whose it is.
    pub manner: Manner,
    /// Whether it needs a sandbox.
    pub confinement: Confinement,
    /// satrain's own executable, which makes the sandbox.
    pub satrain: &'a Path,
}

/// Runs a script; `line` gets each line that it writes. It ends when its shell does, with all that it started.
pub async fn play(
    script: Script<'_>,
    env: &ScriptEnv,
    limit: Duration,
    line: impl Fn(String) + Send + Sync,
) -> Result<Ended> {
    if script.confinement != Confinement::Never {
        match confined::start(&script, env).await {
            Ok(sandbox) => return in_sandbox(sandbox, limit, line).await,
            Err(LabError::NoSandbox { .. }) if script.confinement == Confinement::IfPossible => {}
            Err(error) => return Err(error),
        }
    }
    in_the_open(script, env, limit, line).await
}

async fn in_sandbox(
    mut sandbox: Sandbox,
    limit: Duration,
    line: impl Fn(String) + Send + Sync,
) -> Result<Ended> {
    let (out, err) = sandbox.output();
    let room = AtomicUsize::new(MOST_OUTPUT);
    let work = async {
        // Nobody is left to hold its outputs when it has ended.
        let words = async { tokio::join!(pump(out, &room, &line), pump(err, &room, &line)) };
        tokio::join!(sandbox.ended(), words).0
    };
    let ended = match tokio::time::timeout(limit, work).await {
        Err(_) => Ok(Ended::TimedOut(limit)),
        Ok(Ok(sandbox::Ended::Code(code))) => Ok(Ended::Code(code)),
        Ok(Ok(sandbox::Ended::Signal(signal))) => Ok(Ended::Signal(signal)),
        Ok(Err(error)) => Err(LabError::from(error)),
    };
    match sandbox.take_back().await {
        Err(SandboxError::Workspace(what)) => {
            line(format!("… (it left {what} in the workspace; nothing that it wrote there is kept)"));
            ended
        }
        took => took.map_err(LabError::from).and(ended),
    }
}

async fn in_the_open(
    script: Script<'_>,
    env: &ScriptEnv,
    limit: Duration,
    line: impl Fn(String) + Send + Sync,
) -> Result<Ended> {
    let file = script.file;
    let mut command = program(file, script.manner)?;
    let program = printable(&command.get_program().to_string_lossy()).into_owned();
    command.current_dir(&env.workspace).envs(env.environment()).env(orphans::MARK, &env.workspace);
    command.env("GOGC", GOGC);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0);
    private_and_mortal(&mut command);
    let mut child = Command::from(command)
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| LabError::Spawn { program, source })?;
    let _group = Group(child.id());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let room = AtomicUsize::new(MOST_OUTPUT);
    let work = async {
        let words = async { tokio::join!(pump(out, &room, &line), pump(err, &room, &line)) };
        tokio::pin!(words);
        let status = tokio::select! {
            status = child.wait() => {
                // Both are told the rest of what it wrote.
                let _ = tokio::time::timeout(LAST_WORDS, &mut words).await;
                status
            }
            ((), ()) = &mut words => child.wait().await,
        };
        status.map_err(io("waiting for", file))
    };
    match tokio::time::timeout(limit, work).await {
        Err(_) => Ok(Ended::TimedOut(limit)),
        Ok(status) => {
            let status = status?;
            Ok(match status.code() {
                Some(code) => Ended::Code(code),
                None => Ended::Signal(status.signal().unwrap_or_default()),
            })
        }
    }
}

/// Has the kernel end the script when satrain is killed: it must not go on changing the cluster by itself. What it
/// writes is for its owner only: labs write tokens.
fn private_and_mortal(command: &mut std::process::Command) {
    let parent = nix::unistd::getpid();
    let request = move || {
        umask(Mode::from_bits_truncate(0o077));
        death::follow(parent)
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; this makes system calls only.
    unsafe { command.pre_exec(request) };
}

/// The program that runs the script.
fn program(file: &Path, manner: Manner) -> Result<std::process::Command> {
    let mut words = words(file, manner)?.into_iter();
    let mut command = std::process::Command::new(words.next().unwrap_or_default());
    command.args(words).arg(file);
    Ok(command)
}

/// The program that runs the script, and its arguments before the script's name.
pub(super) fn words(file: &Path, manner: Manner) -> Result<Vec<OsString>> {
    if manner == Manner::Strict {
        return Ok(["bash", "-euo", "pipefail"].map(Into::into).into());
    }
    let mut first = Vec::new();
    let script = std::fs::File::open(file).map_err(io("reading", file))?;
    script.take(LONGEST_FIRST).read_to_end(&mut first).map_err(io("reading", file))?;
    let (program, argument) = interpreter(&first).unwrap_or((OsStr::new("bash"), None));
    Ok(std::iter::once(program).chain(argument).map(Into::into).collect())
}

/// The program that a script's first line names (`#!`), and its one argument: as Linux reads the line. The kernel is not asked
/// to, because it refuses a file on a file system without programs (`noexec`), and one that a forked process has still open.
fn interpreter(script: &[u8]) -> Option<(&OsStr, Option<&OsStr>)> {
    let line = script.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?.trim_ascii();
    let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let [program, argument] = [&line[..end], line[end..].trim_ascii()].map(OsStr::from_bytes);
    (!program.is_empty()).then_some((program, (!argument.is_empty()).then_some(argument)))
}

/// Gives each line to `line`, as long as there is `room`. All is read, so that the script never waits for it.
async fn pump(from: Option<impl AsyncRead + Unpin>, room: &AtomicUsize, line: &(impl Fn(String) + Sync)) {
    let Some(mut from) = from else { return };
    let (mut now, mut block) = (Vec::new(), vec![0; 16 << 10]);
    let mut is_cut = false;
    let tell = |now: &mut Vec<u8>, is_cut: bool| {
        let left = room.load(Ordering::Relaxed);
        if left > 0 {
            room.store(left.saturating_sub(now.len() + 1), Ordering::Relaxed);
            // Half a token might not be known as one.
            let whole =
                if is_cut { now.iter().rposition(u8::is_ascii_whitespace).unwrap_or(0) } else { now.len() };
            let text = redact(&String::from_utf8_lossy(&now[..whole])).into_owned();
            line(if is_cut { format!("{text} … (a line of more than 64 KiB)") } else { text });
            if left <= now.len() + 1 {
                line("… (what it writes after this is not shown)".into());
            }
        }
        now.clear();
    };
    while let Ok(read @ 1..) = from.read(&mut block).await {
        for part in block[..read].split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match part.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (part, false),
            };
            let fits = LONGEST_LINE.saturating_sub(now.len()).min(text.len());
            is_cut |= fits < text.len();
            now.extend_from_slice(&text[..fits]);
            if ends {
                tell(&mut now, is_cut);
                is_cut = false;
            }
        }
    }
    if !now.is_empty() {
        tell(&mut now, is_cut);
    }
}

/// Ends a process group when dropped: on time-out, on Ctrl-C, and when the script left something running.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0.and_then(|id| i32::try_from(id).ok()) {
            // The group may be gone already, which is what is wanted.
            let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// The sandbox has tests of its own (tests/sandbox).
    fn in_the_open(file: &Path, manner: Manner) -> Script<'_> {
        Script { file, manner, confinement: Confinement::Never, satrain: Path::new("/no/satrain") }
    }

    async fn run(text: &str, limit: Duration) -> (Ended, Vec<String>) {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("script");
        std::fs::write(&file, text).unwrap();
        let env = ScriptEnv {
            kubeconfig: "/lab/kubeconfig".into(),
            kubectl_cache: Some("/lab/cache".into()),
            bin: "/lab/bin".into(),
            path: std::env::var_os("PATH").unwrap(),
            workspace: root.path().to_owned(),
            variables: BTreeMap::from([("NAMESPACE".to_owned(), "production".to_owned())]),
            audit_log: None,
        };
        let lines = Mutex::new(Vec::new());
        let ended = play(in_the_open(&file, Manner::Strict), &env, limit, |l| lines.lock().unwrap().push(l))
            .await
            .unwrap();
        (ended, lines.into_inner().unwrap())
    }

    #[tokio::test]
    async fn a_script_sees_parameters_and_the_learners_kubeconfig() {
        let (ended, lines) =
            run("echo $NAMESPACE $KUBECONFIG $KUBECACHEDIR; echo ${PATH%%:*}", Duration::from_secs(10)).await;
        assert!(ended.well());
        assert_eq!(lines, ["production /lab/kubeconfig /lab/cache", "/lab/bin"]);
    }

    #[tokio::test]
    async fn the_first_failing_command_ends_it_with_its_code() {
        let (ended, lines) = run("(exit 7) | cat; echo not reached", Duration::from_secs(10)).await;
        assert_eq!((ended, lines.len()), (Ended::Code(7), 0));
    }

    #[tokio::test]
    async fn an_endless_script_is_stopped_with_what_it_started() {
        let (ended, lines) = run("sleep 600 & echo $!; wait", Duration::from_millis(500)).await;
        assert!(matches!(ended, Ended::TimedOut(_)));
        let sleeper = Pid::from_raw(lines[0].parse().unwrap());
        // Killed; a reaper may not have come by yet, so a zombie counts as ended.
        let ended = || {
            let state = std::fs::read_to_string(format!("/proc/{sleeper}/stat")).unwrap_or_default();
            state.is_empty() || state.contains(") Z ") || state.contains(") X ")
        };
        let mut patience = 100;
        while !ended() && patience > 0 {
            patience -= 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(ended());
    }

    #[tokio::test]
    async fn it_ends_with_its_shell_whoever_holds_its_output() {
        let began = std::time::Instant::now();
        let (ended, lines) = run("setsid sleep 60 & echo done", Duration::from_secs(30)).await;
        assert!(ended.well() && lines == ["done"] && began.elapsed() < Duration::from_secs(10), "{lines:?}");
    }

    #[tokio::test]
    async fn what_it_writes_is_bounded_and_it_never_waits_for_that() {
        let (ended, lines) =
            run("head -c 50000000 /dev/zero | tr '\\0' y; echo; echo after", Duration::from_secs(60)).await;
        assert!(ended.well());
        assert!(lines[0].len() < 200 && lines[0].contains("more than 64 KiB"), "{}", lines[0].len());
        assert_eq!(lines[1..], ["after"]);
        let (ended, lines) =
            run("{ yes 0123456789 || true; } | head -c 40000000; echo after", Duration::from_secs(60)).await;
        assert!(ended.well());
        let bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
        assert!(bytes < MOST_OUTPUT + 200, "{bytes}");
        assert!(lines.last().unwrap().contains("is not shown"));
    }

    #[tokio::test]
    async fn somebody_elses_script_is_run_as_it_is_written() {
        let written = |text: &'static str| async move {
            let root = tempfile::tempdir().unwrap();
            let file = root.path().join("script");
            std::fs::write(&file, text).unwrap();
            let env = ScriptEnv {
                kubeconfig: "/lab/kubeconfig".into(),
                kubectl_cache: None,
                bin: "/lab/bin".into(),
                path: std::env::var_os("PATH").unwrap(),
                workspace: root.path().to_owned(),
                variables: BTreeMap::new(),
                audit_log: None,
            };
            let lines = Mutex::new(Vec::new());
            let tell = |l| lines.lock().unwrap().push(l);
            let ended = play(in_the_open(&file, Manner::AsWritten), &env, Duration::from_secs(10), tell)
                .await
                .unwrap();
            (ended, lines.into_inner().unwrap())
        };
        assert_eq!(
            written("false; echo $unset; echo on").await,
            (Ended::Code(0), vec![String::new(), "on".into()])
        );
        assert_eq!(written("#!/bin/bash -e\nfalse; echo on").await, (Ended::Code(1), vec![]));
        assert_eq!(written("#!/usr/bin/env cat\nshown").await.1, ["#!/usr/bin/env cat", "shown"]);
        assert_eq!(written("#! /bin/bash\necho on").await.1, ["on"]);
        assert_eq!(written("#!\necho on").await.1, ["on"]);
        assert_eq!(
            interpreter(b"#!/usr/bin/env -S bash -e \n"),
            Some((OsStr::new("/usr/bin/env"), Some(OsStr::new("-S bash -e"))))
        );
        assert_eq!(interpreter(b"# comment\n"), None);
    }

    #[tokio::test]
    async fn what_it_writes_is_for_its_owner_only() {
        let (_, lines) = run("echo x > f; stat -c %a f", Duration::from_secs(10)).await;
        assert_eq!(lines, ["600"]);
    }

    #[tokio::test]
    async fn a_token_is_not_shown() {
        let (_, lines) =
            run("echo eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0xx.c2ln", Duration::from_secs(10)).await;
        assert!(lines[0].starts_with("<token sha256:"), "{lines:?}");
    }
}
