//! `satrain exam finish|abandon`: the end of an exam.

use std::io::Write;

use clap::Args;
use serde_json::json;

use super::clusters::Own;
use super::{desk, review, under_way};
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::sitting::entry::{EndedBy, Event};
use crate::sitting::folder::Exams;
use crate::sitting::now::now;
use crate::sitting::row;
use crate::sitting::state::{Phase, State};
use crate::sitting::{Sitting, begin, finish};

/// Arguments of `satrain exam finish`.
#[derive(Debug, Args)]
pub(super) struct FinishArgs {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Arguments of `satrain exam abandon`.
#[derive(Debug, Args)]
pub(super) struct AbandonArgs {
    /// Why, for the list of exams
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Ends the exam, after a look at what is untouched. If none is under way, says so, and shows the last result again.
pub(super) async fn run(ctx: &Context, args: &FinishArgs, out: &mut impl Write) -> Result<Exit> {
    let exams = Exams::new(&ctx.paths.state);
    if exams.open()?.is_none()
        && let Some((folder, state)) = exams.last_graded()?
    {
        return review::again(ctx, &folder, &state, out);
    }
    let (sitting, state) = under_way::begun(ctx)?;
    if state.phase == Phase::Running && !state.is_over(&now()) && !args.yes {
        if !ctx.interactive() {
            return Err(Failure::usage(
                "an exam that is finished cannot be continued\nAdd `--yes` to finish it.",
            ));
        }
        for line in open_ends(&state) {
            ctx.events.note(line);
        }
        if ctx.ask("Finish the exam? Nothing can be changed afterwards. Type yes: ")? != "yes" {
            ctx.events.note("the exam goes on");
            return Ok(Exit::Passed);
        }
    }
    sitting.end(EndedBy::Candidate)?;
    close(ctx, &sitting, out).await
}

/// What was not visited, not answered, or is flagged, a line each.
fn open_ends(state: &State) -> Vec<String> {
    let numbers = |which: &dyn Fn(&crate::sitting::state::TaskState) -> bool| {
        let all: Vec<String> =
            state.tasks.iter().filter(|task| which(task)).map(|task| task.place.number.to_string()).collect();
        let noun = if all.len() == 1 { "task" } else { "tasks" };
        (!all.is_empty()).then(|| format!("{noun} {}", all.join(", ")))
    };
    // What was changed is in the clusters' logs, and what it is worth is told after the end.
    [
        ("not visited", numbers(&|task| !task.touched() && task.place.host.is_some())),
        ("not answered", numbers(&|task| !task.touched() && task.place.host.is_none())),
        ("flagged", numbers(&|task| task.flagged)),
    ]
    .into_iter()
    .filter_map(|(what, which)| Some(format!("{what}: {}", which?)))
    .collect()
}

/// Grades an exam that is over, shows the result, and ends its clusters.
pub(super) async fn close(ctx: &Context, sitting: &Sitting, out: &mut impl Write) -> Result<Exit> {
    sitting.end(EndedBy::Deadline)?;
    desk::end_shell(sitting);
    let own = Own(ctx);
    let result = {
        let _lock = sitting.lock()?;
        let mut state = sitting.state()?;
        let result = finish::grade(sitting, &mut state, &own, &ctx.events).await?;
        begin::end_clusters(&state, &own).await?;
        result
    };
    // The result is kept already: a history that cannot be written costs no exam.
    let added = ctx.session.history().and_then(|history| Ok(history.add_exam(&row::row(&result))?));
    if let Err(failure) = added {
        ctx.events.warn(format!("the exam is not in your history: {failure}"));
    }
    review::show(ctx, sitting, &result, out)
}

/// Ends the clusters of an exam that was given up; who did so may have been interrupted.
pub(super) async fn end_clusters(ctx: &Context, sitting: &Sitting) -> Result<Exit> {
    let _lock = sitting.lock()?;
    begin::end_clusters(&sitting.state()?, &Own(ctx)).await?;
    Ok(Exit::Passed)
}

/// Gives the exam up: it does not count.
pub(super) async fn abandon(ctx: &Context, args: &AbandonArgs, out: &mut impl Write) -> Result<Exit> {
    let (sitting, _) = under_way::exam(ctx)?;
    if !args.yes {
        if !ctx.interactive() {
            return Err(Failure::usage(
                "an exam that is given up cannot be continued\nAdd `--yes` to give it up.",
            ));
        }
        if ctx.ask("Give the exam up? Its labs are removed, and it does not count. Type yes: ")? != "yes" {
            ctx.events.note("the exam goes on");
            return Ok(Exit::Passed);
        }
    }
    let _lock = sitting.lock()?;
    let mut state = sitting.state()?;
    let reason: String =
        args.reason.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
    sitting.folder.write(&mut state, Event::Abandoned { reason })?;
    desk::end_shell(&sitting);
    begin::end_clusters(&state, &Own(ctx)).await?;
    match ctx.json {
        true => ctx.write_json(out, &json!({"abandoned": state.opened.id}))?,
        false => writeln!(out, "exam {} was given up", state.opened.id)?,
    }
    Ok(Exit::Passed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sitting::state::tests::{moment, state};

    #[test]
    fn what_is_open_is_told_before_the_end() {
        let now = state([
            (5, Event::Entered { task: 1 }),
            (6, Event::Left { task: 1 }),
            (9, Event::Flagged { task: 3, set: true }),
        ]);
        assert!(!now.is_over(&moment(10)));
        assert_eq!(open_ends(&now), ["not visited: tasks 2, 3", "flagged: task 3"]);
    }
}
