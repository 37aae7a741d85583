//! `satrain shell`: a shell in the lab of the attempt in progress.

use std::io::Write;

use clap::Args;

use super::{desk, view};
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::lab::attempt::Attempt;
use crate::lab::cluster::LabCluster;
use crate::lab::store::player::Turn;
use crate::lab::store::record::Phase;

/// Arguments of `satrain shell`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain shell\n  satrain shell scenario-2")]
pub struct ShellArgs {
    /// The attempt or its scenario, if several are in progress
    attempt: Option<String>,
}

/// Runs the command.
pub async fn run(ctx: &Context, args: &ShellArgs, out: &mut impl Write) -> Result<Exit> {
    if !ctx.interactive() {
        return Err(Failure::usage(
            "`satrain shell` needs a terminal\nWithout one, `satrain run ID --solution FILE` plays a script.",
        ));
    }
    let record = ctx.session.attempt(args.attempt.as_deref())?;
    ctx.session.track(&record.id);
    let lab = connect::of_attempt(ctx, &record).await?;
    let bound = ctx.session.scenario_of(&record)?;
    let attempt = Attempt::resume(&ctx.session.store(), record, bound)?;
    let turn_taken = ctx.session.take_turn(&attempt, "`satrain shell`")?;
    turn(ctx, &lab, (attempt, turn_taken), (Place::Terminal, false), out).await
}

/// Where the learner's shell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It has the terminal.
    Terminal,
    /// On the desk.
    Desk,
}

/// The learner's turn: a shell, and the grade when it ends. Nobody takes the attempt's place meanwhile.
pub(super) async fn turn(
    ctx: &Context,
    lab: &LabCluster,
    (attempt, _turn): (Attempt, Turn),
    (place, explain): (Place, bool),
    out: &mut impl Write,
) -> Result<Exit> {
    match place {
        Place::Terminal => {
            announce(ctx, attempt.record.phase);
            let _ours = ctx.hold_interrupts();
            ctx.session.open_shell(lab, &attempt).await?;
        }
        Place::Desk => {
            let shell = ctx.session.shell(lab, &attempt)?;
            if desk::show(ctx, lab, &attempt, Some(shell)).await? {
                let id = &attempt.record.scenario.id;
                ctx.events.note(format!(
                    "the desk was closed, and nothing was graded; `satrain run {id} --desk` goes on"
                ));
                return Ok(Exit::NotPassed);
            }
        }
    }
    let _lock = ctx.session.lock(&ctx.session.store())?;
    let Some(attempt) = ctx.session.as_it_is_now(attempt)? else {
        ctx.events.note("the attempt has ended; there is nothing to grade");
        return Ok(Exit::NotPassed);
    };
    // Asked again: the cluster may have gone meanwhile, and that is no fault of the learner's solution.
    let lab = connect::of_attempt(ctx, &attempt.record).await?;
    let graded = ctx.session.grade(&lab, &attempt, None).await?;
    view::graded(ctx, &graded, view::How { explain, left_shell: true }, out)
}

/// What the learner finds in the shell, and how to leave it.
fn announce(ctx: &Context, phase: Phase) {
    let command = |text| ctx.style.command(text);
    ctx.events.note(format!(
        "a shell in the lab, with {}, {}, {} and {}",
        command("kubectl"),
        command("satrain check"),
        command("hint"),
        command("task")
    ));
    let then = match phase {
        Phase::Ready => "satrain then grades your work",
        _ => "the attempt is not set up, so there is nothing to grade",
    };
    ctx.events.note(format!("leave it with {}: {then}", command("exit")));
}
