//! Ends what a script left running when satrain itself was killed: the program that bash had just started would go
//! on changing the cluster below the next attempt.
//!
//! In: the attempt's workspace, which marks every process of its scripts, and of a sandbox the keeper, whose end is the end of
//! the sandbox. Out: nothing. Never touches a process
//! without that mark, nor those that this one runs in.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The variable that marks every process of a script; its value is the attempt's workspace.
pub(super) const MARK: &str = "SATRAIN_SCRIPT";

/// Ends every process that carries the mark of `workspace`.
pub(super) fn end(workspace: &Path) {
    let mark = [MARK.as_bytes(), b"=", workspace.as_os_str().as_bytes()].concat();
    // Unreadable: another user's, or gone meanwhile.
    let is_marked = |process: &Path| {
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark)
    };
    // Called from inside such a script, this would end its caller.
    if is_marked(Path::new("/proc/self")) {
        return;
    }
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if is_marked(&entry.path()) {
            // It may have ended by itself, which is what is wanted.
            let _ = kill(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command};
    use std::time::{Duration, Instant};

    use super::*;

    fn marked(workspace: &Path) -> Child {
        let child = Command::new("sleep").arg("60").env(MARK, workspace).spawn().unwrap();
        // Its environment is there only once it was executed.
        let began = Instant::now();
        let name = || std::fs::read_to_string(format!("/proc/{}/comm", child.id())).unwrap_or_default();
        while name().trim() != "sleep" && began.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
        child
    }

    #[test]
    fn only_what_carries_the_mark_is_ended() {
        let (mine, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (mut orphan, mut stranger) = (marked(mine.path()), marked(other.path()));
        end(mine.path());
        assert_eq!(orphan.wait().unwrap().signal(), Some(9));
        assert!(stranger.try_wait().unwrap().is_none(), "another attempt's script goes on");
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }
}
