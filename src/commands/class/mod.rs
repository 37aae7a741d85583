//! `satrain class …` and `satrain grade`: the folder of a class, made and checked, what each learner plays, and their marks.

mod check;
mod collected;
mod elsewhere;
mod fill;
mod grade;
mod hand_ins;
mod here;
mod kubernetes;
mod labs;
mod list;
mod new;
mod output_folder;
mod outputs;
mod play;
mod pods;
mod quiz;
mod regrade;
mod report;
mod results;
mod seats;
mod shard;
mod variant;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::context::Context;
use crate::class::{BoundClass, ClassFolder};
use crate::error::{Exit, Result};

pub use grade::GradeArgs;
pub(in crate::commands) use grade::run as grade;

/// Arguments of `satrain class`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain class new security --title \"Security, group B\"\n  satrain class check security\n  satrain class variant security --all --csv > mail-merge.csv"
)]
pub struct ClassArgs {
    /// What to do
    #[command(subcommand)]
    verb: ClassVerb,
}

/// What `satrain class` can do.
#[derive(Debug, Subcommand)]
enum ClassVerb {
    /// Make a folder for a class: what is played, an example of a roster, and a key
    New(new::NewArgs),
    /// Check a class, and show what is in it
    Check(ClassFolderArgs),
    /// List the learners with their values in each task (gives away what they are to find out)
    List(ClassFolderArgs),
    /// Show what a learner is to play: the command and the values that the task tells
    Variant(variant::VariantArgs),
    /// Play hand-ins that `satrain grade --store` put into an object store: what a machine or a Pod does that helps to grade
    Play(play::PlayArgs),
    /// Give each learner a lab cluster of their own, in a Pod of a Kubernetes that you have
    Up(labs::UpArgs),
    /// Show the labs of all learners, and what they have earned so far
    Watch(labs::WatchArgs),
    /// Remove the learners' labs
    Down(labs::DownArgs),
    /// Mark the files of answers to a quiz that the learners handed in
    Quiz(quiz::QuizArgs),
    /// Show what the marks say: known mistakes, groups of unknown ones, checks, and values of other learners
    Report(ClassFolderArgs),
    /// Print a hand-in as a mistake of its scenario (YAML)
    Mistake(report::MistakeArgs),
}

/// The folder of a class.
#[derive(Debug, Args)]
struct ClassFolderArgs {
    /// The folder of the class
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Runs the verb.
pub(super) async fn run(ctx: &Context, args: &ClassArgs, out: &mut impl Write) -> Result<Exit> {
    match &args.verb {
        ClassVerb::New(args) => new::run(ctx, args, out),
        ClassVerb::Check(args) => check::run(ctx, &args.folder, out),
        ClassVerb::List(args) => list::run(ctx, &args.folder, out),
        ClassVerb::Variant(args) => variant::run(ctx, args, out),
        ClassVerb::Play(args) => play::play(ctx, args, out).await,
        ClassVerb::Up(args) => labs::up(ctx, args, out).await,
        ClassVerb::Watch(args) => labs::watch(ctx, args, out).await,
        ClassVerb::Down(args) => labs::down(ctx, args).await,
        ClassVerb::Quiz(args) => quiz::run(ctx, args, out),
        ClassVerb::Report(args) => report::run(ctx, &args.folder, out),
        ClassVerb::Mistake(args) => report::as_mistake(ctx, args, out),
    }
}

/// The class in the folder `path`, with its scenarios.
fn opened(ctx: &Context, path: &Path) -> Result<(ClassFolder, BoundClass)> {
    let folder = ClassFolder::open(path)?;
    let class = folder.bound(&ctx.session.catalog()?)?;
    Ok((folder, class))
}
