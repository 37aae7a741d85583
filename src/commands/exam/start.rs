//! `satrain exam start`: a paper, its clusters and labs, and then the clock.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use super::clusters::Own;
use super::draw::{Drawn, any_seed};
use super::sit;
use crate::commands::context::Context;
use crate::commands::trust::{self, Trust};
use crate::error::{Exit, Failure, Result};
use crate::event::Event;
use crate::exam::{self, BoundPaper, ReadPaper};
use crate::quiz::Bank;
use crate::session::trust::Ground;
use crate::sitting::begin::{self, Wanted};
use crate::sitting::error::SittingError;
use crate::sitting::folder::Exams;
use crate::sitting::state::Phase;

/// Arguments of `satrain exam start`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain exam start\n  satrain exam start --tasks 4 --questions 2 --seed 7\n  satrain exam start --paper paper.yaml --extra-time 25% --reason 'second language'"
)]
pub(super) struct StartArgs {
    /// A paper to sit, instead of a drawn one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["tasks", "questions", "minutes", "topic", "pass", "seed"])]
    paper: Option<PathBuf>,
    #[command(flatten)]
    drawn: Drawn,
    /// Draw the same paper again [default: another one each time]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// More time: minutes, or per cent of the paper's, such as `25%`
    #[arg(long, value_name = "TIME", requires = "reason")]
    extra_time: Option<String>,
    /// Why there is more time; the result says it
    #[arg(long, value_name = "TEXT", requires = "extra_time")]
    reason: Option<String>,
    /// Allow checks, hints and pauses; the exam is marked and does not count
    #[arg(long)]
    practice: bool,
    #[command(flatten)]
    trust: Trust,
}

/// Runs the command.
pub(super) async fn run(ctx: &Context, args: &StartArgs, out: &mut impl Write) -> Result<Exit> {
    let (read, text, seed) = paper(ctx, args)?;
    let packs = ctx.session.packs();
    let paper = BoundPaper::of(&read, &ctx.session.catalog()?, &Bank::builtin()?)?;
    let labs = paper.tasks.iter().filter_map(|task| task.lab()).map(|lab| &lab.bound);
    trust::must_be_allowed(ctx, &labs.collect::<Vec<_>>(), Ground::Own, args.trust)?;
    let lasts = Duration::from_secs(u64::from(paper.minutes) * 60);
    let extra = match (&args.extra_time, &args.reason) {
        (Some(time), Some(reason)) => Some((more(time, lasts)?, sentence(reason)?)),
        _ => None,
    };
    let wanted = Wanted { seed, practice: args.practice, packs, extra };
    let exams = Exams::new(&ctx.paths.state);
    let own = Own(ctx);
    let began = Instant::now();
    let id = {
        let busy = |holder: &_| {
            ctx.events.note(format!("another satrain is at work on an exam: {holder}; waiting for it"))
        };
        let _lock = tokio::task::block_in_place(|| exams.lock(&ctx.doing(), busy, &ctx.cancel))?;
        exams.sweep()?;
        if let Some((folder, mut state)) = exams.open()? {
            if state.phase != Phase::SettingUp {
                return Err(SittingError::UnderWay { id: state.opened.id }.into());
            }
            ctx.events.note(format!("removing exam {}, whose clock never began", state.opened.id));
            begin::discard(&folder, &mut state, &own, "interrupted before it began").await?;
        }
        let (id, folder) = exams.create()?;
        let mut state = begin::open(&folder, &id, &paper, &text, &wanted)?;
        let begun = begin::begin(&folder, &mut state, &paper, &own, &ctx.events).await;
        let took = match begun {
            Ok(took) => took,
            Err(error) => {
                // The first error says more than one of the removal.
                let _ = begin::discard(&folder, &mut state, &own, "it could not be set up").await;
                return Err(error.into());
            }
        };
        for (detail, time) in [("clusters and hosts", took.clusters), ("labs", took.tasks)] {
            let done = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            ctx.events.emit(Event::Progress { done, total: done, unit: "ms", detail: detail.into() });
        }
        id
    };
    ctx.events.done(format!("exam {id} began {:.1} s after the command", began.elapsed().as_secs_f32()));
    sit::go_on(ctx, out).await
}

/// The paper that is wanted, its text, and the seed that drew it.
fn paper(ctx: &Context, args: &StartArgs) -> Result<(ReadPaper, String, Option<u64>)> {
    match &args.paper {
        Some(file) => {
            let read = exam::file::load(file)?;
            // With what it leaves out, and no more than satrain understood of it.
            let text = exam::write(read.paper(), &[format!("From {}.", file.display())]);
            Ok((read, text, None))
        }
        None => {
            let seed = args.seed.map_or_else(any_seed, Ok)?;
            let (_, text) = args.drawn.paper(ctx, seed)?;
            Ok((exam::read("the drawn paper", &text)?, text, Some(seed)))
        }
    }
}

/// More time, as somebody writes it.
pub(super) fn more(text: &str, lasts: Duration) -> Result<Duration> {
    let refused = || {
        Failure::usage(format!(
            "`{}` is no time\nWrite minutes, such as `15`, or per cent of the paper's time, such as `25%`.",
            crate::printable::excerpt(text, 40)
        ))
    };
    let (number, per_cent) = match text.trim().strip_suffix('%') {
        Some(number) => (number, true),
        None => (text.trim().trim_end_matches('m'), false),
    };
    let number: u64 = number.trim().parse().map_err(|_| refused())?;
    let time = match per_cent {
        true if number <= 300 => Duration::from_secs(lasts.as_secs() * number / 100),
        false if number <= 600 => Duration::from_secs(number * 60),
        _ => {
            return Err(Failure::usage(format!(
                "`{}` is too much\nMore time is at most 600 minutes, or 300% of the paper's.",
                crate::printable::excerpt(text, 40)
            )));
        }
    };
    if time.is_zero() { Err(refused()) } else { Ok(time) }
}

/// A reason that says something.
pub(super) fn sentence(text: &str) -> Result<String> {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.chars().count() {
        3..=200 => Ok(text),
        _ => Err(Failure::usage("a reason has 3 to 200 characters\nThe result shows it.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_time_is_minutes_or_a_share() {
        let lasts = Duration::from_secs(3600);
        assert_eq!(more("15", lasts).unwrap(), Duration::from_secs(900));
        assert_eq!(more(" 25% ", lasts).unwrap(), Duration::from_secs(900));
        assert_eq!(more("15m", lasts).unwrap(), Duration::from_secs(900));
        for wrong in ["", "0", "-5", "1h", "400%", "601", "99999999999999999999"] {
            assert!(more(wrong, lasts).is_err(), "{wrong}");
        }
        assert!(sentence(" ").is_err() && sentence("a\n fire  alarm").unwrap() == "a fire alarm");
    }
}
