//! The exam under way, as the commands find it; and what is closed meanwhile.

use crate::commands::Command;
use crate::commands::context::Context;
use crate::error::Result;
use crate::sitting::error::SittingError;
use crate::sitting::folder::Exams;
use crate::sitting::state::{Phase, State};
use crate::sitting::{Sitting, now};

/// The exam under way, and how it stands.
pub(super) fn exam(ctx: &Context) -> Result<(Sitting, State)> {
    let (folder, state) = Exams::new(&ctx.paths.state).open()?.ok_or(SittingError::None)?;
    Ok((sitting(ctx, folder, &state), state))
}

/// The same, of which the clock runs or ran.
pub(super) fn begun(ctx: &Context) -> Result<(Sitting, State)> {
    let (sitting, state) = exam(ctx)?;
    match state.phase {
        Phase::SettingUp => Err(SittingError::NeverBegan { id: state.opened.id.clone() }.into()),
        _ => Ok((sitting, state)),
    }
}

pub(super) fn sitting(ctx: &Context, folder: crate::sitting::folder::Folder, state: &State) -> Sitting {
    Sitting::of(&ctx.paths.state, folder, state, &ctx.doing(), &ctx.cancel)
}

/// Refuses what would help in an exam, as long as one is under way that counts.
pub fn must_be_open(ctx: &Context, command: &Command) -> Result<()> {
    let what = match command {
        Command::Run(_) => "`satrain run`",
        Command::Check(_) => "`satrain check`",
        Command::Watch(_) => "`satrain watch`",
        Command::Hint(_) => "`satrain hint`",
        Command::Solution(_) => "`satrain solution`",
        Command::Quiz(_) => "`satrain quiz`",
        Command::Prove(_) => "`satrain prove`",
        _ => return Ok(()),
    };
    // A folder that cannot be read is told by the commands of exams, and closes nothing.
    let Ok(Some((_, state))) = Exams::new(&ctx.paths.state).open() else { return Ok(()) };
    if state.opened.practice || state.phase != Phase::Running || state.is_over(&now::now()) {
        return Ok(());
    }
    Err(SittingError::Closed { what: what.into(), id: state.opened.id }.into())
}
