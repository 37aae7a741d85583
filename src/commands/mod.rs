//! The verbs of the command line: parse nothing, decide little, call the library.
//!
//! In: parsed arguments and a [`context::Context`]. Out: results on the given writer, progress as events.
//! This is the only layer that knows clap and environment variables.

mod adopt;
pub mod check;
pub mod choice;
pub mod cluster;
mod cluster_status;
pub mod completions;
pub mod context;
pub mod coverage;
pub mod distribution;
pub mod doctor;
mod editor;
pub mod environment;
pub mod ground;
pub mod hint;
mod images;
pub mod lint;
pub mod list;
pub mod next;
pub mod node;
mod progress;
pub mod prove;
mod prove_quizzes;
pub mod quiz;
mod quiz_dialogue;
mod quiz_file;
pub mod records;
mod replay;
pub mod reset;
pub mod run;
pub mod shell;
pub mod show;
pub mod solution;
pub mod task;

use std::io::Write;

use crate::cli::Command;
use crate::error::{Exit, Failure, Result};
use crate::lab::store::record::Phase;
use context::Context;

/// Whether a verb needs nobody else: no cluster, no waiting.
pub fn is_local(command: &Command) -> bool {
    use Command::{
        Check, Completions, Coverage, Hint, History, Lint, List, Next, Node, Schema, Solution, Stats, Task,
    };
    match command {
        // It has signals of its own to listen to, and so a runtime of its own.
        Node(_) => true,
        Completions(_) | Coverage(_) | Hint(_) | History(_) | Lint(_) | Next(_) | Schema(_) | Solution(_)
        | Stats(_) | Task(_) => true,
        Check(args) => args.replay.is_some(),
        List(args) => !args.asks_a_cluster(),
        _ => false,
    }
}

/// Runs a verb that needs nobody else.
pub fn run_local(ctx: &Context, command: &Command, out: &mut impl Write) -> Result<Exit> {
    match command {
        Command::Check(check::CheckArgs { replay: Some(file), explain, .. }) => {
            replay::run(ctx, file, *explain, out)
        }
        Command::Completions(args) => completions::run(args, out),
        Command::Coverage(args) => coverage::run(ctx, args, out),
        Command::Hint(args) => hint::run(ctx, args, out),
        Command::History(args) => records::history(ctx, args, out),
        Command::Stats(args) => records::stats(ctx, args, out),
        Command::Lint(args) => lint::run(ctx, args, out),
        Command::List(args) => list::run(ctx, args, out),
        Command::Next(args) => next::run(ctx, args, out),
        Command::Node(args) => node::run(ctx, args),
        Command::Schema(args) => completions::schema(ctx, args, out),
        Command::Solution(args) => solution::run(ctx, args, out),
        Command::Task(args) => task::run(ctx, args, out),
        _ => Err(Failure::usage("this verb needs a runtime")),
    }
}

/// Runs any other verb; returns the process's exit code.
pub async fn run(ctx: &Context, command: Command, out: &mut impl Write) -> Result<u8> {
    let exit = match command {
        Command::Run(args) => run::run(ctx, &args, out).await?,
        Command::Check(args) => check::run(ctx, &args, out).await?,
        Command::List(args) => list::run_asking(ctx, &args, out).await?,
        Command::Reset(args) => reset::run(ctx, &args, out).await?,
        Command::Shell(args) => shell::run(ctx, &args, out).await?,
        Command::Quiz(args) => quiz::run(ctx, &args, out).await?,
        Command::Prove(args) => prove::run(ctx, &args, out).await?,
        // It says its own exit code: that of `status` depends on what it finds.
        Command::Cluster(args) => return cluster::run(args, ctx).await,
        Command::Distribution(args) => {
            tokio::task::block_in_place(|| {
                distribution::run(&args, ctx.json, &ctx.environment, &ctx.events, &ctx.cancel, out)
            })?;
            Exit::Passed
        }
        Command::Doctor(args) => {
            let docker = crate::cluster::docker::answers().await;
            let ready = tokio::task::block_in_place(|| {
                doctor::run(&args, ctx.json, &ctx.environment, docker, &ctx.cancel, out)
            })?;
            return Ok(if ready { Exit::Passed.code() } else { Failure::no_cluster("").code });
        }
        other => run_local(ctx, &other, out)?,
    };
    Ok(exit.code())
}

/// What an interrupted command leaves, and how to go on.
pub fn after_interrupt(ctx: &Context, proving: bool) -> String {
    if proving {
        return "interrupted; the proof's own clusters, if it has any, are left running: \
                `satrain cluster down --name prove` (or prove-apart) ends one, and the next proof ends them, too"
            .into();
    }
    let at_work = ctx.at_work.lock().ok().and_then(|id| id.clone());
    let record = at_work.and_then(|id| ctx.store().dir(&id).record().ok().flatten());
    match record {
        Some(record) if record.phase == Phase::Ready => format!(
            "interrupted; attempt {id} stays in progress: `satrain run {}` continues it, `satrain reset --end {id}` removes it",
            record.scenario.id,
            id = record.id
        ),
        Some(record) if record.phase == Phase::Ended => {
            format!("interrupted; attempt {} is ended, its results are kept", record.id)
        }
        Some(record) => format!(
            "interrupted; attempt {id} is half made: `satrain reset {id}` sets it up again, `satrain reset --end {id}` removes it",
            id = record.id
        ),
        None => "interrupted; no attempt was changed".into(),
    }
}
