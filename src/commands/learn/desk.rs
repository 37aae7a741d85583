//! The desk for an attempt: whether this terminal can show one, and what is put on it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Args;

use crate::commands::context::Context;
use crate::commands::environment::ON_DESK;
use crate::desk::held;
use crate::desk::lab::{Desk, open, watcher};
use crate::error::{Failure, Result};
use crate::lab::attempt::Attempt;
use crate::lab::cluster::LabCluster;
use crate::session::watching::Watching;

/// Refuses where a screen cannot be drawn; `instead` says which commands do the same.
pub(in crate::commands) fn must_be_possible(ctx: &Context, what: &str, instead: &str) -> Result<()> {
    match prevented(ctx) {
        None => Ok(()),
        Some(why) => Err(Failure::usage(format!("{what} needs a whole screen: {why}\n{instead}"))),
    }
}

/// Why no screen can be drawn here; None: one can.
pub(in crate::commands) fn prevented(ctx: &Context) -> Option<&'static str> {
    if ctx.json {
        Some("the output is JSON")
    } else if ctx.style.plain {
        Some("`--plain` asks for lines of text")
    } else if !ctx.interactive() {
        Some("standard input and output are not a terminal")
    } else if !ctx.environment.capable_terminal {
        Some("this terminal shows lines of text only (`TERM` is not set, or `dumb`)")
    } else if ctx.environment.on_desk {
        Some("this shell is on a desk already")
    } else {
        None
    }
}

/// Shows the attempt until it is left, with a shell or the board alone; gives whether the shell lives on.
pub(super) async fn show(
    ctx: &Context,
    lab: &LabCluster,
    attempt: &Attempt,
    shell: Option<Command>,
) -> Result<bool> {
    let store = ctx.session.store();
    let watched = Attempt::resume(&store, attempt.record.clone(), attempt.bound.clone())?;
    let scenario = &attempt.bound.scenario;
    let shell = shell.map(|mut shell| {
        on_desk(ctx, &mut shell);
        shell
    });
    let desk = Desk {
        what: (scenario.id.clone(), scenario.title.clone(), scenario.task.clone()),
        shell,
        socket: Some(attempt.dir.shell_socket()),
        watcher: watcher(Watching::new(store, lab.clone(), watched)),
        satrain: lab.satrain.clone(),
    };
    // Whatever moves on the terminal must stop before the desk has it.
    ctx.events.rest();
    let _ours = ctx.hold_interrupts();
    open(desk).await.map_err(|e| Failure::other(format!("the desk cannot be shown: {e}")))
}

/// What programs in the desk's shell may know of it.
pub(in crate::commands) fn on_desk(ctx: &Context, shell: &mut Command) {
    shell.env("TERM", if ctx.environment.many_colours { "xterm-256color" } else { "xterm" });
    shell.env(ON_DESK, "1");
}

/// Arguments of the holder of a shell.
#[derive(Debug, Args)]
pub struct HoldArgs {
    /// Where desks find it
    socket: PathBuf,
    /// Columns of its terminal
    columns: u16,
    /// Rows of its terminal
    rows: u16,
    /// The shell
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// Holds a shell until it ends. Must be called before the process has a second thread.
pub(in crate::commands) fn hold(args: &HoldArgs) -> ExitCode {
    let Some((program, rest)) = args.command.split_first() else { return ExitCode::FAILURE };
    let mut shell = Command::new(program);
    shell.args(rest);
    held::hold(&args.socket, (args.columns, args.rows), shell)
}
