//! `satrain` without a verb: what there is to do now, and the command that is chosen.

use std::io::Write;
use std::path::PathBuf;

use super::context::Context;
use super::learn::{desk, next};
use super::{Begun, begin, cli};
use crate::desk::home;
use crate::error::{Exit, Failure, Result};
use crate::home::{Choice, Exam, Home, Line};
use crate::session::progress::Progress;
use crate::sitting::folder::Exams;
use crate::sitting::now::now;

/// Shows home on a whole screen and runs what is chosen; where no screen can be drawn, says the same in five lines.
pub(super) async fn run(ctx: &Context, out: &mut impl Write) -> Result<Exit> {
    let home = at_home(ctx)?;
    if ctx.json {
        ctx.write_json(out, &home)?;
        return Ok(Exit::Passed);
    }
    if desk::prevented(ctx).is_some() {
        write(ctx, &home.lines(), out)?;
        return Ok(Exit::Passed);
    }
    let Some(choice) = choose(ctx, &home).await? else { return Ok(Exit::Passed) };
    ctx.events.note(format!("`{}`", choice.typed()));
    let words = std::iter::once("satrain".to_owned()).chain(choice.command);
    let Some(command) = cli::read(words).command else { return Ok(Exit::Passed) };
    match begin(ctx, Some(&command), out) {
        Begun::Done(ended) => ended,
        Begun::Waits(work) => work.await,
    }
}

fn at_home(ctx: &Context) -> Result<Home> {
    let progress = Progress::of(&ctx.session.store())?;
    let catalog = ctx.session.catalog()?;
    Ok(Home::of(&progress, catalog.entries(), next::due(ctx)?, exam(ctx)))
}

/// The exam under way. One that cannot be read hides nothing else.
fn exam(ctx: &Context) -> Option<Exam> {
    match Exams::new(&ctx.paths.state).open() {
        Ok(open) => open.and_then(|(_, state)| Exam::of(&state, &now())),
        Err(error) => {
            ctx.events.warn(error.to_string());
            None
        }
    }
}

async fn choose(ctx: &Context, home: &Home) -> Result<Option<Choice>> {
    // Without its own path it has no guardian, and all else works.
    let satrain = ctx.environment.executable.clone().unwrap_or_else(|| PathBuf::from("satrain"));
    ctx.events.rest();
    let _ours = ctx.hold_interrupts();
    let chosen = home::open(&satrain, home.choices()).await;
    chosen.map_err(|e| Failure::other(format!("the screen cannot be shown: {e}")))
}

fn write(ctx: &Context, lines: &[Line], out: &mut impl Write) -> Result<()> {
    let width = |of: fn(&Line) -> usize| lines.iter().map(of).max().unwrap_or_default();
    let (headings, commands) = (width(|line| line.heading.len()), width(|line| line.command.len()));
    for Line { heading, command, stands } in lines {
        let blank = " ".repeat(commands.saturating_sub(command.len()));
        let heading = ctx.style.bold(&format!("{heading:<headings$}"));
        writeln!(out, "{heading}  {}{blank}  {stands}", ctx.style.command(command))?;
    }
    Ok(())
}
