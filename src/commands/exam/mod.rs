//! `satrain exam …`: papers, drawn and proved; and exams: begun, sat, ended and reviewed.

mod clusters;
mod desk;
mod draw;
mod finish;
mod host;
mod keeper;
mod practice;
mod prove;
mod review;
mod sit;
mod start;
mod tasks;
mod time;
mod under_way;

use std::io::Write;

use clap::{Args, Subcommand};
use futures::FutureExt;

use super::Begun;
use super::context::Context;

pub use under_way::{after_interrupt, must_be_open};

/// Arguments of `satrain exam`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain exam start\n  satrain exam task 1\n  satrain exam finish\n  satrain exam draw --tasks 6 > paper.yaml"
)]
pub struct ExamArgs {
    /// What to do [default: go on with the exam under way]
    #[command(subcommand)]
    verb: Option<ExamVerb>,
}

/// What `satrain exam` can do.
#[derive(Debug, Subcommand)]
enum ExamVerb {
    /// Begin an exam: draw a paper or take one, set its labs up, and let the clock run
    Start(start::StartArgs),
    /// Show a task
    Task(tasks::TaskArgs),
    /// Flag a task, to come back to it
    Flag(tasks::FlagArgs),
    /// Answer a question
    Answer(tasks::AnswerArgs),
    /// Show your notes, or add a line
    Note(tasks::NoteArgs),
    /// Show how much time is left
    Time,
    /// Open a shell on the host of a task
    Host(host::HostArgs),
    /// Give more time, with a reason that the result shows
    Extra(time::ExtraArgs),
    /// Grade a task now (practice only)
    Check(practice::PracticeArgs),
    /// Show the next hint to a task (practice only)
    Hint(practice::PracticeArgs),
    /// Stop the clock (practice only)
    Pause,
    /// Let the clock run again
    Continue,
    /// End the exam and grade it
    Finish(finish::FinishArgs),
    /// Give the exam up: it does not count
    Abandon(finish::AbandonArgs),
    /// Show the result of an exam
    Review(review::ReviewArgs),
    /// List all exams
    List,
    /// Draw a paper and print it as a file
    Draw(draw::DrawArgs),
    /// Prove papers: with all tasks on one cluster, unsolved ones score 0, solved ones 100, and none disturbs another
    Prove(prove::ProveArgs),
    /// Look at what a task is worth, for the review
    #[command(hide = true)]
    Observe(host::ObserveArgs),
}

impl ExamArgs {
    /// Whether it is about papers only.
    pub(super) fn is_proof(&self) -> bool {
        matches!(self.verb, Some(ExamVerb::Prove(_)))
    }
}

/// Begins the verb.
pub(super) fn begin<'a>(ctx: &'a Context, args: &'a ExamArgs, out: &'a mut impl Write) -> Begun<'a> {
    use Begun::{Done, Waits};
    let Some(verb) = &args.verb else { return Waits(sit::run(ctx, out).boxed_local()) };
    match verb {
        ExamVerb::Start(args) => Waits(start::run(ctx, args, out).boxed_local()),
        ExamVerb::Task(args) => Done(tasks::task(ctx, args, out)),
        ExamVerb::Flag(args) => Done(tasks::flag(ctx, args, out)),
        ExamVerb::Answer(args) => Done(tasks::answer(ctx, args, out)),
        ExamVerb::Note(args) => Done(tasks::note(ctx, args, out)),
        ExamVerb::Time => Done(time::time(ctx, out)),
        ExamVerb::Host(args) => Waits(host::run(ctx, args, out).boxed_local()),
        ExamVerb::Extra(args) => Done(time::extra(ctx, args, out)),
        ExamVerb::Check(args) => Waits(practice::check(ctx, args, out).boxed_local()),
        ExamVerb::Hint(args) => Done(practice::hint(ctx, args, out)),
        ExamVerb::Pause => Done(time::pause(ctx, true, out)),
        ExamVerb::Continue => Done(time::pause(ctx, false, out)),
        ExamVerb::Finish(args) => Waits(finish::run(ctx, args, out).boxed_local()),
        ExamVerb::Abandon(args) => Waits(finish::abandon(ctx, args, out).boxed_local()),
        ExamVerb::Review(args) => Done(review::review(ctx, args, out)),
        ExamVerb::List => Done(review::list(ctx, out)),
        ExamVerb::Draw(args) => Done(draw::run(ctx, args, out)),
        ExamVerb::Prove(args) => Waits(prove::run(ctx, args, out).boxed_local()),
        ExamVerb::Observe(args) => Waits(host::observe(ctx, args).boxed_local()),
    }
}
