//! Keeps an exam's clock while one of its shells has the terminal: alerts, signs of life, and the end.

use std::io::IsTerminal;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{SetArg, tcgetattr, tcsetattr};
use nix::unistd::Pid;
use tokio::process::Child;

use crate::commands::context::Context;
use crate::error::{Failure, Result};
use crate::host::death;
use crate::sitting::Sitting;
use crate::sitting::clock::{alert, shown};
use crate::sitting::entry::EndedBy;
use crate::sitting::host::alert_file;
use crate::sitting::now::now;
use crate::sitting::state::{Phase, State};

/// How often the clock is looked at, and the journal with it: somebody may give more time, or finish elsewhere.
const TICK: Duration = Duration::from_millis(500);

/// How often it is written down that the exam is still open.
const ALIVE: Duration = Duration::from_secs(60);

/// How long a shell may take to end after it was hung up on.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why a shell is no longer there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// The candidate left it; the exit code.
    Left(i32),
    /// The exam's time is over.
    Time,
    /// The exam was ended elsewhere.
    Elsewhere,
}

/// Runs a shell until it is left, or the exam ends. `host` is its folder, where alerts are put. One that others wait behind is
/// hung up on `later`, so that they come first.
pub(super) async fn keep(
    ctx: &Context,
    sitting: &Sitting,
    mut shell: Command,
    host: &Path,
    later: Duration,
) -> Result<Over> {
    let terminal = std::io::stdin();
    let before = tcgetattr(&terminal).ok().filter(|_| terminal.is_terminal());
    let _ours = ctx.hold_interrupts();
    ctx.events.rest();
    let failed = |e: std::io::Error| Failure::other(format!("the shell cannot be started: {e}"));
    death::hangs_up(&mut shell);
    let mut child = tokio::process::Command::from(shell).kill_on_drop(true).spawn().map_err(failed)?;
    let over = watch(sitting, &mut child, host, later).await?;
    if !matches!(over, Over::Left(_)) {
        hang_up(&mut child).await;
        // Whatever had the terminal may have left it in a mode of its own.
        if let Some(before) = before {
            let _ = tcsetattr(&terminal, SetArg::TCSADRAIN, &before);
        }
    }
    Ok(over)
}

async fn watch(sitting: &Sitting, child: &mut Child, host: &Path, later: Duration) -> Result<Over> {
    let mut state = sitting.state()?;
    let mut left = state.left(&now());
    let (mut alive, mut since) = (Instant::now(), None::<Instant>);
    loop {
        tokio::select! {
            status = child.wait() => {
                let code = status.ok().and_then(|status| status.code()).unwrap_or(1);
                return Ok(Over::Left(code));
            }
            () = tokio::time::sleep(TICK) => {}
        }
        // A journal that cannot be read now, can be later; the clock goes on by what is known.
        state = sitting.state().unwrap_or(state);
        let now_left = state.left(&now());
        if let Some(minutes) = alert(left, now_left).filter(|_| state.phase == Phase::Running) {
            tell(host, minutes, &state);
        }
        left = now_left;
        if state.phase != Phase::Running || state.is_over(&now()) {
            // Written down at once, whoever is hung up on when.
            let ended = sitting.end(EndedBy::Deadline).unwrap_or_else(|_| state.clone());
            let since = *since.get_or_insert_with(Instant::now);
            if since.elapsed() >= later {
                let by_time = ended.ended.is_none_or(|(_, by)| by == EndedBy::Deadline);
                return Ok(if by_time { Over::Time } else { Over::Elsewhere });
            }
        } else if alive.elapsed() >= ALIVE {
            alive = Instant::now();
            // A full disk costs no more than the minute after which the next sign is due.
            let _ = sitting.alive();
        }
    }
}

/// Has the next prompt say how much is left, with a bell.
fn tell(host: &Path, minutes: u64, state: &State) {
    let until = state.deadline(&now()).map(|at| {
        at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime(", until %H:%M:%S").to_string()
    });
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    let text = format!("\x07** {minutes} {unit} left{} **\n", until.unwrap_or_default());
    let _ = std::fs::write(alert_file(host), text);
}

async fn hang_up(child: &mut Child) {
    let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()) else { return };
    let _ = kill(Pid::from_raw(pid), Signal::SIGHUP);
    let _ = kill(Pid::from_raw(pid), Signal::SIGCONT);
    if tokio::time::timeout(FAREWELL, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}

/// How much is left, in a line.
pub(super) fn left(state: &State) -> String {
    let now = now();
    let left = shown(state.left(&now));
    match (state.phase, state.deadline(&now)) {
        (Phase::Running, Some(at)) => {
            let at = at.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%H:%M:%S");
            format!("{left} left, until {at}")
        }
        (Phase::Running, None) => format!("{left} left; the clock stands still"),
        _ => "the exam has ended".into(),
    }
}
