//! `satrain shell`: a shell in the lab of the attempt in progress.

use clap::Args;

use super::context::Context;
use super::ground;
use crate::error::{Exit, Result};
use crate::lab::attempt::Attempt;
use crate::lab::shell;
use crate::lab::site::Site;

/// Arguments of `satrain shell`.
#[derive(Debug, Args)]
pub struct ShellArgs {
    /// The attempt or its scenario, if several are in progress
    attempt: Option<String>,
}

/// Runs the command.
pub async fn run(ctx: &Context, args: &ShellArgs) -> Result<Exit> {
    let record = ctx.attempt(args.attempt.as_deref())?;
    let site = ground::of_attempt(ctx, &record).await?;
    let bound = ctx.scenario_of(&record)?;
    let attempt = Attempt::resume(&ctx.store(), record, bound)?;
    open(ctx, &site, &attempt)?;
    Ok(Exit::Passed)
}

/// Gives the terminal to the learner's shell until it ends. Ctrl-C is the shell's meanwhile.
pub fn open(ctx: &Context, site: &Site, attempt: &Attempt) -> Result<()> {
    let around = site.surroundings(&attempt.dir, &attempt.bound)?;
    let command = |text| ctx.style.command(text);
    ctx.events.note(format!(
        "a shell in the lab, with {}, {}, {} and {}",
        command("kubectl"),
        command("satrain check"),
        command("hint"),
        command("task")
    ));
    ctx.events.note(format!("leave it with {}: then you are graded", command("exit")));
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
