//! `satrain exam …`: papers, drawn and proved.

mod draw;
mod prove;

use std::io::Write;

use clap::{Args, Subcommand};
use futures::FutureExt;

use super::Begun;
use super::context::Context;

/// Arguments of `satrain exam`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain exam draw --tasks 6 > paper.yaml\n  satrain exam prove paper.yaml"
)]
pub struct ExamArgs {
    /// What to do.
    #[command(subcommand)]
    verb: ExamVerb,
}

/// What `satrain exam` can do.
#[derive(Debug, Subcommand)]
enum ExamVerb {
    /// Draw a paper and print it as a file
    Draw(draw::DrawArgs),
    /// Prove papers: with all tasks on one cluster, unsolved ones score 0, solved ones 100, and none disturbs another
    Prove(prove::ProveArgs),
}

/// Begins the verb.
pub(super) fn begin<'a>(ctx: &'a Context, args: &'a ExamArgs, out: &'a mut impl Write) -> Begun<'a> {
    match &args.verb {
        ExamVerb::Draw(args) => Begun::Done(draw::run(ctx, args, out)),
        ExamVerb::Prove(args) => Begun::Waits(prove::run(ctx, args, out).boxed_local()),
    }
}
