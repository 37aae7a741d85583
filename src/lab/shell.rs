//! The lab shell: an interactive bash with kubectl ready, in the workspace, as the learner.
//!
//! In: the environment of the attempt. Out: nothing but its end. The grader's credentials are nowhere in its
//! environment. The caller owns the terminal and must ignore Ctrl-C meanwhile.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use nix::unistd::{Pid, tcgetpgrp, tcsetpgrp};
use tokio::process::Child;

use super::error::{LabError, Result, io};
use super::script::ScriptEnv;
use super::store::make_private;
use crate::host::death;

/// Variables that could lead to other credentials, or send `satrain` inside the shell elsewhere.
const HIDDEN: &[&str] =
    &["KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT", "BASH_ENV", "ENV"];

/// Makes the folder that is first on the PATH: `kubectl` and `satrain`.
pub fn fill_bin(bin: &Path, kubectl: &Path, satrain: &Path) -> Result<()> {
    make_private(bin)?;
    for (name, to) in [("kubectl", kubectl), ("satrain", satrain)] {
        let link = bin.join(name);
        if fs::read_link(&link).is_ok_and(|there| there == to) {
            continue;
        }
        if link.is_symlink() || link.exists() {
            fs::remove_file(&link).map_err(io("replacing", &link))?;
        }
        symlink(to, &link).map_err(io("linking", &link))?;
    }
    Ok(())
}

/// How long a shell may take to end after it was hung up on.
const FAREWELL: Duration = Duration::from_secs(2);

/// Runs the shell until the learner leaves it. If this is given up before, or satrain is killed, the shell is hung up on, as if its
/// terminal were gone.
pub async fn run(mut shell: Command) -> Result<ExitStatus> {
    let terminal = Terminal::now();
    death::hangs_up(&mut shell);
    let failed = |source| LabError::Spawn { program: "bash".into(), source };
    let child = tokio::process::Command::from(shell).spawn().map_err(failed)?;
    let mut open = Open { child, terminal };
    open.child.wait().await.map_err(failed)
}

/// A shell that has the terminal.
struct Open {
    child: Child,
    terminal: Option<Terminal>,
}

impl Drop for Open {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let Some(pid) = self.child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw) else {
            return;
        };
        // A stopped one would not notice.
        let _ = kill(pid, Signal::SIGHUP).and_then(|()| kill(pid, Signal::SIGCONT));
        let until = Instant::now() + FAREWELL;
        while Instant::now() < until && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = kill(pid, Signal::SIGKILL);
        }
        if let Some(terminal) = &self.terminal {
            terminal.restore();
        }
    }
}

/// How the terminal was, and whose.
struct Terminal {
    modes: Termios,
    /// None: it is the terminal of another session.
    group: Option<Pid>,
}

impl Terminal {
    fn now() -> Option<Self> {
        let modes = tcgetattr(std::io::stdin()).ok()?;
        Some(Self { modes, group: tcgetpgrp(std::io::stdin()).ok() })
    }

    /// Whatever had the terminal may have left it in a mode of its own. It may also be gone.
    fn restore(&self) {
        // Who is not in front is stopped by asking for the front.
        let stop = SigSet::from(Signal::SIGTTOU);
        let _ = stop.thread_block();
        if let Some(group) = self.group {
            let _ = tcsetpgrp(std::io::stdin(), group);
        }
        let _ = tcsetattr(std::io::stdin(), SetArg::TCSADRAIN, &self.modes);
        let _ = stop.thread_unblock();
    }
}

/// The learner's bash, with `rc` as its start-up file; `extra` is set on top of the environment.
pub fn command(env: &ScriptEnv, extra: &[(&str, OsString)], rc: &Path, startup: &str) -> Result<Command> {
    fs::write(rc, startup).map_err(io("writing", rc))?;
    let mut command = Command::new("bash");
    command.arg("--rcfile").arg(rc).arg("-i").current_dir(&env.workspace);
    for name in HIDDEN {
        command.env_remove(name);
    }
    command.envs(env.environment()).envs(extra.iter().map(|(name, value)| (name, value)));
    Ok(command)
}

/// A prompt that names what is worked on.
pub fn prompt(title: &str) -> String {
    format!(r"\[\e[36m\]{}\[\e[0m\] \W \$ ", plain(title))
}

/// What of a name cannot break out of a prompt.
pub fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

/// What bash reads first: the learner's own settings, then ours, which must win.
pub fn startup(prompt: &str) -> String {
    format!(
        r#"satrain_path=$PATH satrain_kubeconfig=$KUBECONFIG
[ -r ~/.bashrc ] && . ~/.bashrc
export PATH=$satrain_path KUBECONFIG=$satrain_kubeconfig
unset satrain_path satrain_kubeconfig PROMPT_COMMAND
alias k=kubectl
if type _init_completion >/dev/null 2>&1; then
  . <(kubectl completion bash) && complete -o default -F __start_kubectl k
fi
PS1='{prompt}'
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_break_out_of_the_prompt() {
        assert!(startup(&prompt("a'; rm -rf ~; '")).contains("arm-rf"));
    }

    #[test]
    fn the_bin_folder_follows_a_new_kubectl() {
        let root = tempfile::tempdir().unwrap();
        let bin = root.path().join("bin");
        fill_bin(&bin, Path::new("/a/kubectl"), Path::new("/s")).unwrap();
        fill_bin(&bin, Path::new("/b/kubectl"), Path::new("/s")).unwrap();
        assert_eq!(fs::read_link(bin.join("kubectl")).unwrap(), Path::new("/b/kubectl"));
    }
}
