//! The verbs of the command line: parse nothing, decide little, call the library.
//!
//! In: parsed arguments and a [`context::Context`]. Out: results on the given writer, progress as events.
//! This is the only layer that knows clap and environment variables.

pub mod check;
pub mod cluster;
pub mod completions;
pub mod context;
pub mod distribution;
pub mod environment;
mod ground;
pub mod hint;
pub mod lint;
pub mod list;
pub mod prove;
pub mod reset;
pub mod run;
pub mod shell;
mod show;
pub mod task;

use std::io::Write;

use crate::cli::Command;
use crate::error::{Exit, Failure, Result};
use context::Context;

/// Whether a verb needs nobody else: no cluster, no waiting.
pub fn is_local(command: &Command) -> bool {
    use Command::{Completions, Hint, Lint, List, Schema, Task};
    matches!(command, Completions(_) | Hint(_) | Lint(_) | List(_) | Schema(_) | Task(_))
}

/// Runs a verb that needs nobody else.
pub fn run_local(ctx: &Context, command: &Command, out: &mut impl Write) -> Result<Exit> {
    match command {
        Command::Completions(args) => completions::run(args, out),
        Command::Hint(args) => hint::run(ctx, args, out),
        Command::Lint(args) => lint::run(ctx, args, out),
        Command::List(args) => list::run(ctx, args, out),
        Command::Schema(args) => completions::schema(ctx, args, out),
        Command::Task(args) => task::run(ctx, args, out),
        _ => Err(Failure::usage("this verb needs a runtime")),
    }
}

/// Runs any other verb; returns the process's exit code.
pub async fn run(ctx: &Context, command: Command, out: &mut impl Write) -> Result<u8> {
    let exit = match command {
        Command::Run(args) => run::run(ctx, &args, out).await?,
        Command::Check(args) => check::run(ctx, &args, out).await?,
        Command::Reset(args) => reset::run(ctx, &args, out).await?,
        Command::Shell(args) => shell::run(ctx, &args).await?,
        Command::Prove(args) => prove::run(ctx, &args, out).await?,
        Command::Cluster(args) => return cluster_verb(ctx, args).await,
        Command::Distribution(args) => {
            tokio::task::block_in_place(|| {
                distribution::run(&args, ctx.json, &ctx.environment, &ctx.events, &ctx.cancel, out)
            })?;
            Exit::Passed
        }
        other => run_local(ctx, &other, out)?,
    };
    Ok(exit.code())
}
