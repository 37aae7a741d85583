//! Child processes of the cluster's init: started, kept running, reaped.
//!
//! Init must reap every orphan of its pid namespace (shims leave many), so it waits for any child; tokio's own
//! child handling would be robbed by that and is not used. Everything runs on one thread: between a spawn and its
//! registration nothing can reap.

use std::collections::{HashMap, VecDeque};
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};

use super::status_file::StatusFile;
use crate::cluster::embedded::components::{Component, Stage};
use crate::cluster::embedded::failure::Failure;
use crate::cluster::embedded::layout::{BIN, LAB, Lab};
use crate::cluster::embedded::record::{ComponentState, Tuning};
use crate::fs::Owner;

/// So many deaths within [`WINDOW`] make a component "failing"; while the cluster starts, they end the start.
const TOO_MANY: usize = 4;
const WINDOW: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The table of running children, and how they are started.
pub(super) struct Children {
    table: Mutex<HashMap<i32, oneshot::Sender<String>>>,
    /// To whom their logs belong.
    owner: Option<Owner>,
    tuning: Tuning,
}

/// A component that was started.
struct Started {
    pid: i32,
    /// It runs when this is dropped.
    input: Option<ChildStdin>,
    /// Gets how it ended.
    exit: oneshot::Receiver<String>,
}

impl Children {
    pub(super) fn new(owner: Option<Owner>, tuning: Tuning) -> Self {
        Self { table: Mutex::default(), owner, tuning }
    }

    /// Starts a component; it runs when its input ends.
    fn spawn(&self, component: &Component, input: Stdio) -> io::Result<Started> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(Lab::inside().log(component.name))?;
        if let Some(owner) = self.owner {
            std::os::unix::fs::fchown(&log, Some(owner.uid), Some(owner.gid))?;
        }
        let mut command = Command::new(&component.program);
        if component.shows_pods {
            without_control_plane(&mut command);
        }
        let mut child = command
            .args(&component.args)
            .env_clear()
            .env("PATH", format!("{BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"))
            .env("HOME", "/root")
            .env("GOGC", self.tuning.gogc())
            .stdin(input)
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        let (ended, exit) = oneshot::channel();
        let pid = child.id().cast_signed();
        self.table().insert(pid, ended);
        Ok(Started { pid, input: child.stdin.take(), exit })
    }

    /// Reaps whatever ends, for ever.
    pub(super) async fn reap(&self) -> Failure {
        let mut deaths = match signal(SignalKind::child()) {
            Ok(deaths) => deaths,
            Err(e) => return Failure::Other { why: format!("waiting for children: {e}") },
        };
        loop {
            while let Ok(status) = waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
                let (pid, how) = match status {
                    WaitStatus::Exited(pid, code) => (pid, format!("exit status {code}")),
                    WaitStatus::Signaled(pid, signal, _) => (pid, format!("killed by {signal}")),
                    WaitStatus::StillAlive => break,
                    _ => continue,
                };
                if let Some(ended) = self.table().remove(&pid.as_raw()) {
                    let _ = ended.send(how);
                }
            }
            deaths.recv().await;
        }
    }

    /// Loads one component at its stage, runs it from its other stage on, and again whenever it ends.
    pub(super) async fn keep(
        &self,
        component: &Component,
        status_file: &StatusFile,
        mut stage: watch::Receiver<Stage>,
        given_up: mpsc::Sender<Failure>,
    ) {
        if stage.wait_for(|s| *s >= component.loads).await.is_err() {
            return;
        }
        let mut deaths = VecDeque::new();
        loop {
            let waits = *stage.borrow() < component.runs;
            let input = if waits { Stdio::piped() } else { Stdio::null() };
            let how = match self.spawn(component, input) {
                Ok(Started { pid, input, exit }) => {
                    if stage.wait_for(|s| *s >= component.runs).await.is_err() {
                        return;
                    }
                    drop(input);
                    status_file.component(component.name, |c| {
                        (c.state, c.pid) = (ComponentState::Running, Some(pid))
                    });
                    exit.await.unwrap_or_else(|_| "lost".into())
                }
                Err(e) => format!("not started: {e}"),
            };
            let now = Instant::now();
            deaths.push_back(now);
            deaths.retain(|d| now.duration_since(*d) < WINDOW);
            let failing = deaths.len() >= TOO_MANY;
            status_file.component(component.name, |c| {
                c.state = if failing { ComponentState::Failing } else { ComponentState::Restarting };
                c.pid = None;
                c.restarts += 1;
                c.last_exit = Some(how.clone());
            });
            if failing {
                let _ = given_up.try_send(Failure::Component { name: component.name.into(), status: how });
            }
            tokio::time::sleep(pause(deaths.len())).await;
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<i32, oneshot::Sender<String>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets a component, and with it every Pod, see nothing of the control plane's own files. All other mounts stay common, so that
/// what the kubelet mounts is there for containerd.
fn without_control_plane(command: &mut Command) {
    let hidden = Lab::inside().of_control_plane();
    let hide = move || {
        unshare(CloneFlags::CLONE_NEWNS)?;
        mount(None::<&str>, LAB, None::<&str>, MsFlags::MS_PRIVATE | MsFlags::MS_REC, None::<&str>)?;
        for folder in &hidden {
            let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
            mount(Some("hidden"), folder, Some("tmpfs"), flags, Some("size=4k,mode=0555"))?;
        }
        Ok(())
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; this makes system calls only, and its paths
    // are short enough to be put on the stack.
    unsafe { command.pre_exec(hide) };
}

/// How long to wait before the next start, after so many deaths within the window.
fn pause(deaths: usize) -> Duration {
    let doublings = u32::try_from(deaths.saturating_sub(1)).unwrap_or(u32::MAX).min(10);
    (FIRST_PAUSE * 2u32.pow(doublings)).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_restart_is_at_once_and_later_ones_are_slower() {
        assert_eq!(pause(1), Duration::from_millis(100));
        assert_eq!(pause(3), Duration::from_millis(400));
        assert_eq!(pause(100), LONGEST_PAUSE);
    }
}
