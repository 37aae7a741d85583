//! `satrain shell`: a shell in the lab of the attempt in progress.

use std::io::Write;

use clap::Args;

use super::context::Context;
use super::{ground, show};
use crate::error::{Exit, Failure, Result};
use crate::lab::attempt::Attempt;
use crate::lab::shell;
use crate::lab::site::Site;
use crate::lab::store::player::Turn;
use crate::lab::store::record::Phase;

/// Arguments of `satrain shell`.
#[derive(Debug, Args)]
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
    let record = ctx.attempt(args.attempt.as_deref())?;
    ctx.works_on(&record.id);
    let site = ground::of_attempt(ctx, &record).await?;
    let bound = ctx.scenario_of(&record)?;
    let store = ctx.store();
    let attempt = Attempt::resume(&store, record, bound)?;
    let taken = {
        let _lock = ctx.lock(&store)?;
        attempt.dir.take_turn("`satrain shell`")?
    };
    turn(ctx, &site, (attempt, taken), false, out).await
}

/// The learner's turn: a shell, and the grade when it ends. Nobody takes the attempt's place meanwhile.
pub async fn turn(
    ctx: &Context,
    site: &Site,
    (attempt, _turn): (Attempt, Turn),
    explain: bool,
    out: &mut impl Write,
) -> Result<Exit> {
    open(ctx, site, &attempt)?;
    let store = ctx.store();
    // Read again: `satrain reset` inside the shell takes a new baseline, or ends the attempt.
    let _lock = ctx.lock(&store)?;
    let Some(record) = attempt.dir.record()?.filter(|r| r.phase != Phase::Ended) else {
        ctx.events.note("the attempt was ended; nothing is graded");
        return Ok(Exit::NotPassed);
    };
    let attempt = Attempt::resume(&store, record, attempt.bound)?;
    attempt.must_be_ready()?;
    // Asked again: the cluster may have gone meanwhile, and that is no fault of the learner's solution.
    let site = ground::of_attempt(ctx, &attempt.record).await?;
    show::graded(ctx, &site, &attempt, show::Turn { explain, left_shell: true, ..show::Turn::default() }, out)
        .await
}

/// Gives the terminal to the learner's shell until it ends. Ctrl-C is the shell's meanwhile.
fn open(ctx: &Context, site: &Site, attempt: &Attempt) -> Result<()> {
    let around = site.shell_surroundings(&attempt.dir, &attempt.bound)?;
    let command = |text| ctx.style.command(text);
    ctx.events.note(format!(
        "a shell in the lab, with {}, {}, {} and {}",
        command("kubectl"),
        command("satrain check"),
        command("hint"),
        command("task")
    ));
    let then = match attempt.record.phase {
        Phase::Ready => "then you are graded",
        _ => "the attempt is not set up, nothing is graded",
    };
    ctx.events.note(format!("leave it with {}: {then}", command("exit")));
    let mut extra = vec![
        ("SATRAIN_LAB", attempt.record.id.to_string().into()),
        ("SATRAIN_STATE", ctx.paths.state.clone().into_os_string()),
    ];
    if !ctx.packs.is_empty() {
        extra.push(("SATRAIN_SCENARIOS", std::env::join_paths(&ctx.packs).unwrap_or_default()));
    }
    let title = attempt.record.scenario.id.as_str();
    let _ours = ctx.hold_interrupts();
    tokio::task::block_in_place(|| shell::open(&around, &extra, &attempt.shell_rc(), title))?;
    Ok(())
}
