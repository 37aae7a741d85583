//! The exam under way, as the commands find it; and what is closed meanwhile.

use crate::commands::Command;
use crate::commands::cluster::ClusterVerb;
use crate::commands::context::Context;
use crate::error::{Failure, Result};
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

/// Refuses what would help in an exam, as long as one is under way that counts, and what would end one.
pub fn must_be_open(ctx: &Context, command: &Command) -> Result<()> {
    if let Command::Cluster(args) = command
        && matches!(args.verb, ClusterVerb::Down)
    {
        return must_not_be_an_exams(ctx, &args.name);
    }
    let what = match command {
        Command::Run(_) => "`satrain run`",
        Command::Check(_) => "`satrain check`",
        Command::Watch(_) => "`satrain watch`",
        Command::Hint(_) => "`satrain hint`",
        Command::Solution(_) => "`satrain solution`",
        Command::Quiz(_) => "`satrain quiz`",
        Command::Prove(_) => "`satrain prove`",
        Command::Grade(_) => "`satrain grade`",
        Command::Exam(args) if args.is_proof() => "`satrain exam prove`",
        Command::Task(_) => "`satrain task`",
        Command::Next(_) => "`satrain next`",
        _ => return Ok(()),
    };
    // A folder that cannot be read is told by the commands of exams, and closes nothing.
    let Ok(Some((_, state))) = Exams::new(&ctx.paths.state).open() else { return Ok(()) };
    if state.opened.practice || state.phase != Phase::Running || state.is_over(&now::now()) {
        return Ok(());
    }
    Err(SittingError::Closed { what: what.into(), id: state.opened.id }.into())
}

/// Refuses to end a cluster that an exam needs until it is graded.
fn must_not_be_an_exams(ctx: &Context, name: &str) -> Result<()> {
    match Exams::new(&ctx.paths.state).open() {
        Ok(Some((_, state))) if state.phase != Phase::SettingUp && state.cluster_names().contains(name) => {
            Err(Failure::usage(format!(
                "cluster {name} belongs to exam {}, which is not graded yet\n`satrain exam finish` grades it, `satrain exam abandon` gives it up; both remove the cluster.",
                state.opened.id
            )))
        }
        _ => Ok(()),
    }
}

/// What an interrupted command leaves of an exam.
pub fn after_interrupt(ctx: &Context) -> String {
    match Exams::new(&ctx.paths.state).open() {
        Ok(Some((_, state))) if state.phase == Phase::SettingUp => format!(
            "interrupted; exam {} has not begun, and does not count: `satrain exam abandon` removes what there is of it, `satrain exam start` does and begins another one",
            state.opened.id
        ),
        Ok(Some(_)) => "interrupted; the exam and its clock go on: `satrain exam` goes back to it".into(),
        Ok(None) | Err(_) => "interrupted; no exam is under way".into(),
    }
}
