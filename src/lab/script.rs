//! Plays a script against the cluster: bash with the learner's kubeconfig, in the workspace, for a bounded time.
//!
//! In: a script and an environment. Out: how it ended. Its output goes out line by line, tokens removed. The
//! script and all that it started are one process group, ended with it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::sys::stat::{Mode, umask};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use super::error::{LabError, Result, io};
use super::orphans;
use crate::host::death;
use crate::token::redact;

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
const GOGC: &str = "400";

/// Runs the script `file`; `line` gets each line that it writes.
pub async fn play(
    file: &Path,
    env: &ScriptEnv,
    limit: Duration,
    line: impl Fn(String) + Send + Sync,
) -> Result<Ended> {
    let mut command = std::process::Command::new("bash");
    command.args(["-euo", "pipefail"]).arg(file);
    command.current_dir(&env.workspace).envs(env.environment()).env(orphans::MARK, &env.workspace);
    command.env("GOGC", GOGC);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0);
    private_and_mortal(&mut command);
    let mut child = Command::from(command)
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| LabError::Spawn { program: "bash".into(), source })?;
    let _group = Group(child.id());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let work = async {
        let (status, (), ()) = tokio::join!(child.wait(), pump(out, &line), pump(err, &line));
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

async fn pump(from: Option<impl AsyncRead + Unpin>, line: &(impl Fn(String) + Sync)) {
    let Some(from) = from else { return };
    let mut lines = BufReader::new(from).split(b'\n');
    while let Ok(Some(bytes)) = lines.next_segment().await {
        line(redact(&String::from_utf8_lossy(&bytes)).into_owned());
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
        };
        let lines = Mutex::new(Vec::new());
        let ended = play(&file, &env, limit, |l| lines.lock().unwrap().push(l)).await.unwrap();
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
