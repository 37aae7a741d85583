//! `satrain exam host`: a shell on the host of a task, which `ssh` on `base` calls.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Args;

use super::clusters::Own;
use super::keeper::{Over, keep};
use super::{finish, under_way};
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::commands::environment::PLAIN;
use crate::error::{Exit, Failure, Result};
use crate::sitting::clusters::Clusters;
use crate::sitting::entry::Event;
use crate::sitting::error::SittingError;
use crate::sitting::host::{self, Around, BASE, Run};
use crate::sitting::state::{Phase, State};
use crate::sitting::{Act, Sitting};

/// Arguments of `satrain exam host`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain exam host 3\n  satrain exam host sa-03")]
pub(super) struct HostArgs {
    /// The task's number, or its host's name
    host: String,
    /// A command to run there, instead of a shell: the words are joined by blanks and read by a shell, as ssh does
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Arguments of the hidden `satrain exam observe`.
#[derive(Debug, Args)]
pub(super) struct ObserveArgs {
    /// The task's number
    task: usize,
}

/// What shells of the exam are told.
pub(super) fn around(ctx: &Context, sitting: &Sitting) -> Result<Around> {
    Ok(Around {
        folder: sitting.folder.clone(),
        satrain: connect::this_program()?,
        state: ctx.paths.state.clone(),
        path: ctx.environment.path.clone(),
        cache: ctx.paths.cache.parent().unwrap_or(&ctx.paths.cache).to_owned(),
        variables: if ctx.style.plain { vec![(PLAIN, "1".into())] } else { Vec::new() },
    })
}

/// Runs the command.
pub(super) async fn run(ctx: &Context, args: &HostArgs, out: &mut impl Write) -> Result<Exit> {
    let (sitting, state) = under_way::begun(ctx)?;
    match ctx.environment.exam_host.as_deref() {
        Some(host) if host != BASE => {
            return Err(Failure::usage(format!(
                "this is {host}; the other hosts are reached from {BASE} only\nLeave it with `exit` first."
            )));
        }
        _ => {}
    }
    let number = number(&state, &args.host)?;
    let attempt = sitting.attempt(&state, number)?;
    let cluster = attempt.record.cluster.clone();
    let gone = || {
        Failure::no_cluster(format!(
            "the cluster of task {number} is gone, and cannot be brought back\nThe task does not count; go on with another one."
        ))
    };
    let lab = Own(ctx).find(&cluster).await?.ok_or_else(gone)?;
    let name = host::name(number);
    let folder: PathBuf = sitting.folder.host(&name)?;
    let what = match args.command.as_slice() {
        [] if ctx.interactive() => Run::Shell,
        [] => Run::Input,
        words => Run::Command(words),
    };
    let shell = around(ctx, &sitting)?.host(&lab, &attempt, &name, what)?;
    sitting.act(Act::Enter(number))?;
    let over = keep(ctx, &sitting, shell, &folder, Duration::ZERO).await;
    let left = sitting.act(Act::Leave(number));
    // What `base` would say again.
    let _ = std::fs::remove_file(host::alert_file(&sitting.folder.host(BASE)?));
    match over? {
        Over::Left(code) => {
            left?;
            observe_later(ctx, number)?;
            Ok(Exit::Of(u8::try_from(code).unwrap_or(1)))
        }
        Over::Time if ctx.environment.exam_host.is_none() => {
            writeln!(out, "\nTime is over.")?;
            finish::close(ctx, &sitting, out).await
        }
        Over::Time => {
            writeln!(out, "\nTime is over.")?;
            Ok(Exit::Passed)
        }
        Over::Elsewhere => {
            writeln!(out, "\nThe exam was ended.")?;
            Ok(Exit::Passed)
        }
    }
}

/// The task of a host, by its number or its name.
fn number(state: &State, wanted: &str) -> Result<usize> {
    let by_name = || state.tasks.iter().find(|task| task.place.host.as_deref() == Some(wanted));
    let found = match wanted.parse::<usize>() {
        Ok(number) => state.task(number).ok_or(SittingError::NoTask { number, last: state.tasks.len() })?,
        Err(_) => by_name().ok_or_else(|| {
            let hosts: Vec<&str> = state.tasks.iter().filter_map(|task| task.place.host.as_deref()).collect();
            let wanted = crate::printable::excerpt(wanted, 40);
            Failure::usage(format!("there is no host `{wanted}`\nThe hosts are: {}.", hosts.join(", ")))
        })?,
    };
    Ok(found.place.number)
}

/// Looks at what the task is worth now, without keeping anybody waiting.
fn observe_later(ctx: &Context, number: usize) -> Result<()> {
    let mut command = Command::new(connect::this_program()?);
    command.args(["exam", "observe", &number.to_string()]).env("SATRAIN_STATE", &ctx.paths.state);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C on the terminal is not meant for it.
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    // Whether it can be looked at or not: the exam does not depend on it.
    drop(command.spawn());
    Ok(())
}

/// Writes down what a task is worth at the moment, for the review.
pub(super) async fn observe(ctx: &Context, args: &ObserveArgs) -> Result<Exit> {
    let (sitting, state) = under_way::begun(ctx)?;
    let attempt = sitting.attempt(&state, args.task)?;
    let Some(lab) = Own(ctx).find(&attempt.record.cluster).await? else { return Ok(Exit::NoCluster) };
    let grade = attempt.grade_at_once(&lab, Duration::from_secs(10)).await;
    let _lock = sitting.lock()?;
    let mut state = sitting.state()?;
    if state.phase == Phase::Running && grade.score.complete {
        let (points, max) = (grade.score.points, grade.score.max);
        sitting.folder.write(&mut state, Event::Observed { task: args.task, points, max })?;
    }
    Ok(Exit::Passed)
}
