//! The verbs of the command line, in folders by who uses them: parse nothing, decide little, call the library.
//!
//! In: parsed arguments and a [`context::Context`]. Out: results on the given writer, progress as events.
//! This is the only layer that knows clap and environment variables.

pub mod author;
pub mod class;
pub mod cli;
pub mod cluster;
pub mod context;
pub mod environment;
pub mod exam;
mod home;
pub mod learn;
pub mod machine;
pub mod trust;
mod typed;

use std::io::Write;
use std::process::ExitCode;

use clap::Subcommand;
use futures::FutureExt;
use futures::future::LocalBoxFuture;

use crate::desk::{guardian, held};
use crate::error::{Exit, Failure, Result};
use crate::lab::store::record::Phase;
use author::{coverage, export, lint, new, prove, prove_quizzes};
use context::Context;
use learn::{
    check, desk, hint, list, next, quiz, records, replay, reset, run, shell, solution, submit, task, watch,
};
use machine::{completions, distribution, doctor, node};

/// What satrain can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the scenarios, with your best score
    List(list::ListArgs),
    /// Suggest the scenario to play next
    Next(next::NextArgs),
    /// Play a scenario: start a cluster, set up the lab, open a shell, and grade when you leave it
    Run(run::RunArgs),
    /// Show the task of the attempt in progress, or of a scenario
    Task(task::TaskArgs),
    /// Show the requirements of the attempt in progress, kept up to date while you work
    Watch(watch::WatchArgs),
    /// Grade the attempt in progress
    Check(check::CheckArgs),
    /// Show the next hint
    Hint(hint::HintArgs),
    /// Show a solution (this marks the attempt)
    Solution(solution::SolutionArgs),
    /// Set up the attempt in progress again, or remove it (--end)
    Reset(reset::ResetArgs),
    /// Open a shell in the lab of the attempt in progress
    Shell(shell::ShellArgs),
    /// Pack what you did into one signed file to hand in
    Submit(submit::SubmitArgs),
    /// Answer quiz questions, with explanations
    Quiz(quiz::QuizArgs),
    /// Show your history of labs and answers
    History(records::HistoryArgs),
    /// Show your statistics by scenario and topic
    Stats(records::StatsArgs),
    /// Prove the graders: unsolved labs score 0, solutions 100, and every mistake is caught
    Prove(prove::ProveArgs),
    /// Sit exams; draw papers for them, and prove them
    Exam(exam::ExamArgs),
    /// Prepare classes: rosters, due dates, and values of their own for all learners
    Class(class::ClassArgs),
    /// Grade what the learners of a class handed in, each script in a sandbox and on a lab of its own
    Grade(class::GradeArgs),
    /// Write a new scenario to start from
    New(new::NewArgs),
    /// Check scenario files
    Lint(lint::LintArgs),
    /// Copy scenarios for learners, without solutions and mistakes
    Export(export::ExportArgs),
    /// Show which part of the module each scenario and check trains
    Coverage(coverage::CoverageArgs),
    /// Start, stop and inspect the lab cluster
    Cluster(cluster::ClusterArgs),
    /// Build or fetch the Kubernetes distribution
    Distribution(distribution::DistributionArgs),
    /// Show what this machine lacks, and how to fix it
    Doctor(doctor::DoctorArgs),
    /// Print the JSON Schema of scenario files, papers, classes, marks or results
    Schema(completions::SchemaArgs),
    /// Print a completion script for your shell
    Completions(completions::CompletionsArgs),
    /// The node of a container: process 1 of our own image
    #[command(hide = true)]
    Node(node::NodeArgs),
    /// The embedded cluster's supervisor
    #[command(hide = true)]
    Supervise(cluster::SuperviseArgs),
    /// Gives the terminal back when satrain is killed
    #[command(hide = true, name = guardian::VERB)]
    GuardTerminal,
    /// Holds a shell that lives on when its screen goes
    #[command(hide = true, name = held::VERB)]
    HoldShell(desk::HoldArgs),
}

/// The verbs that a user sees, by who needs them; `--help` shows them so.
pub const GROUPS: [(&str, &[&str]); 5] = [
    (
        "Learn",
        &[
            "list", "next", "run", "task", "watch", "check", "hint", "solution", "reset", "shell", "submit",
            "quiz", "exam", "history", "stats",
        ],
    ),
    ("Teach", &["class", "grade"]),
    ("Author", &["new", "lint", "prove", "coverage", "export", "schema"]),
    ("Cluster", &["cluster"]),
    ("Machine", &["doctor", "distribution", "completions"]),
];

/// What became of a command when it was begun.
pub enum Begun<'a> {
    /// It needed nobody else, and is done.
    Done(Result<Exit>),
    /// It waits for a cluster or a program, and can be interrupted.
    Waits(LocalBoxFuture<'a, Result<Exit>>),
}

/// Begins a verb: every verb is here once. Without one, home.
pub fn begin<'a>(ctx: &'a Context, command: Option<&'a Command>, out: &'a mut impl Write) -> Begun<'a> {
    use Begun::{Done, Waits};
    let Some(command) = command else { return Waits(home::run(ctx, out).boxed_local()) };
    if let Err(homeless) = needs_a_folder(ctx, command) {
        return Done(Err(homeless));
    }
    if let Err(closed) = exam::must_be_open(ctx, command) {
        return Done(Err(closed));
    }
    match command {
        Command::Next(args) => Done(next::run(ctx, args, out)),
        Command::Task(args) => Done(task::run(ctx, args, out)),
        Command::Hint(args) => Done(hint::run(ctx, args, out)),
        Command::Solution(args) => Done(solution::run(ctx, args, out)),
        Command::History(args) => Done(records::history(ctx, args, out)),
        Command::Stats(args) => Done(records::stats(ctx, args, out)),
        Command::Class(args) => Waits(class::run(ctx, args, out).boxed_local()),
        Command::Grade(args) => Waits(class::grade(ctx, args, out).boxed_local()),
        Command::New(args) => Done(new::run(ctx, args, out)),
        Command::Lint(args) => Done(lint::run(ctx, args, out)),
        Command::Export(args) => Done(export::run(ctx, args, out)),
        Command::Coverage(args) => Done(coverage::run(ctx, args, out)),
        Command::Schema(args) => Done(completions::schema(ctx, args, out)),
        Command::Completions(args) => Done(completions::run(args, out)),
        Command::List(args) if !args.asks_a_cluster() => Done(list::run(ctx, args, out)),
        Command::List(args) => Waits(list::run_asking(ctx, args, out).boxed_local()),
        Command::Check(args) => match &args.replay {
            Some(file) => Done(replay::run(ctx, file, args.explain, out)),
            None => Waits(check::run(ctx, args, out).boxed_local()),
        },
        Command::Run(args) => Waits(run::run(ctx, args, out).boxed_local()),
        Command::Watch(args) => Waits(watch::run(ctx, args).boxed_local()),
        Command::Submit(args) => Waits(submit::run(ctx, args, out).boxed_local()),
        Command::Reset(args) => Waits(reset::run(ctx, args, out).boxed_local()),
        Command::Shell(args) => Waits(shell::run(ctx, args, out).boxed_local()),
        Command::Quiz(args) => Waits(quiz::run(ctx, args, out).boxed_local()),
        Command::Prove(args) if args.quizzes => Waits(prove_quizzes::run(ctx, args, out).boxed_local()),
        Command::Prove(args) => Waits(prove::run(ctx, args, out).boxed_local()),
        Command::Exam(args) => exam::begin(ctx, args, out),
        Command::Cluster(args) => Waits(cluster::run(ctx, args, out).boxed_local()),
        Command::Distribution(args) => Waits(distribution::run(ctx, args, out).boxed_local()),
        Command::Doctor(args) => Waits(doctor::run(ctx, args, out).boxed_local()),
        // It has signals of its own to listen to, and so a runtime of its own.
        Command::Node(args) => Done(node::run(ctx, args)),
        Command::Supervise(_) | Command::GuardTerminal | Command::HoldShell(_) => Done(Ok(Exit::Passed)),
    }
}

/// Refuses, for somebody without a home, what keeps something.
fn needs_a_folder(ctx: &Context, command: &Command) -> Result<()> {
    let keeps_nothing = matches!(
        command,
        Command::List(_)
            | Command::Next(_)
            | Command::Task(_)
            | Command::History(_)
            | Command::Stats(_)
            | Command::New(_)
            | Command::Lint(_)
            | Command::Export(_)
            | Command::Coverage(_)
            | Command::Doctor(_)
            | Command::Schema(_)
            | Command::Completions(_)
            | Command::Node(_)
    );
    if keeps_nothing || !ctx.environment.is_homeless {
        return Ok(());
    }
    Err(Failure::usage(
        "nobody says where your files are: you have no home directory\nSet HOME, or name a folder with `--state`.",
    ))
}

/// A verb that must run before the process has a second thread, and needs no context.
pub fn before_threads(command: &Command) -> Option<ExitCode> {
    match command {
        Command::Supervise(args) => Some(cluster::supervise(args)),
        Command::GuardTerminal => Some(guardian::watch_over()),
        Command::HoldShell(args) => Some(desk::hold(args)),
        _ => None,
    }
}

/// What an interrupted command leaves, and how to go on.
pub fn after_interrupt(ctx: &Context, command: Option<&Command>) -> String {
    if let Some(Command::Exam(args)) = command
        && !args.is_proof()
    {
        return exam::after_interrupt(ctx);
    }
    if matches!(command, Some(Command::Prove(_) | Command::Exam(_))) {
        return "interrupted; the proof's own clusters, if any, keep running: \
                stop them with `satrain cluster down --name prove` (or prove-apart); the next proof stops them, too"
            .into();
    }
    if let Some(Command::Grade(args)) = command
        && args.is_elsewhere()
    {
        return "interrupted; what was graded is kept, and the same command goes on from there".into();
    }
    if matches!(command, Some(Command::Grade(_))) {
        return "interrupted; what was graded is kept, and the same command goes on from there; it also ends the clusters that keep \
                running until then (`satrain cluster list` names them)"
            .into();
    }
    match ctx.session.tracked() {
        Some(record) if record.phase == Phase::Ready => format!(
            "interrupted; attempt {id} stays in progress: `satrain run {}` continues it, `satrain reset --end {id}` removes it",
            record.scenario.id,
            id = record.id
        ),
        Some(record) if record.phase == Phase::Ended => {
            format!("interrupted; attempt {} is ended, its results are kept", record.id)
        }
        Some(record) => format!(
            "interrupted; attempt {id} is incomplete: `satrain reset {id}` sets it up again, `satrain reset --end {id}` removes it",
            id = record.id
        ),
        None => "interrupted; no attempt was changed".into(),
    }
}
