//! The command line: every verb and the options that all share. Parsing only.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{
    check, cluster, completions, coverage, distribution, doctor, hint, lint, list, next, node, prove, quiz,
    records, reset, run, shell, solution, task,
};

/// Learn and train Kubernetes ServiceAccount security on a real cluster.
#[derive(Debug, Parser)]
#[command(name = "satrain", version, about, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 passed, 1 not passed, 2 usage, 3 scenario invalid, 4 cluster unavailable, \
                        5 could not be graded in full."
)]
pub struct Cli {
    /// What all verbs share.
    #[command(flatten)]
    pub global: Global,
    /// The verb.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every verb.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// How results are written to stdout
    #[arg(long, short, global = true, value_enum, default_value_t = Output::Text, value_name = "FORM")]
    pub output: Output,
    /// No progress on stderr, only warnings
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// What goes on inside, on stderr; twice for more
    #[arg(long, short, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// ASCII without colour, one fact a line
    #[arg(long, global = true)]
    pub plain: bool,
    /// Folder with further scenarios; may be repeated
    #[arg(
        long = "scenarios",
        global = true,
        value_name = "DIR",
        env = "SATRAIN_SCENARIOS",
        value_delimiter = ':'
    )]
    pub packs: Vec<PathBuf>,
    /// Folder for attempts, results and clusters [default: the user's state folder]
    #[arg(long, global = true, value_name = "DIR", env = "SATRAIN_STATE")]
    pub state: Option<PathBuf>,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What satrain can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the scenarios, with your best score
    List(list::ListArgs),
    /// Propose the scenario to play next
    Next(next::NextArgs),
    /// Play a scenario: cluster, setup, task, a shell, and your score when you leave it
    Run(run::RunArgs),
    /// Show the task of the attempt in progress, or of a scenario
    Task(task::TaskArgs),
    /// Grade the attempt in progress
    Check(check::CheckArgs),
    /// Show the next hint
    Hint(hint::HintArgs),
    /// Show a solution; the attempt is marked
    Solution(solution::SolutionArgs),
    /// Set the attempt in progress up again, or remove it (--end)
    Reset(reset::ResetArgs),
    /// Open a shell in the lab of the attempt in progress
    Shell(shell::ShellArgs),
    /// Answer questions, and learn why
    Quiz(quiz::QuizArgs),
    /// Show what you did: labs and answers
    History(records::HistoryArgs),
    /// Show how you are doing, by scenario and by topic
    Stats(records::StatsArgs),
    /// Prove that the graders are right: unsolved 0, solutions 100, every mistake caught
    Prove(prove::ProveArgs),
    /// Check scenario files
    Lint(lint::LintArgs),
    /// Show which part of the module each scenario and check trains
    Coverage(coverage::CoverageArgs),
    /// Start, stop and look at the lab cluster
    Cluster(cluster::ClusterArgs),
    /// Build or fetch the Kubernetes distribution
    Distribution(distribution::DistributionArgs),
    /// Show what is missing on this machine, and how to get it
    Doctor(doctor::DoctorArgs),
    /// Print the JSON Schema of scenario files or results
    Schema(completions::SchemaArgs),
    /// Print a completion script for your shell
    Completions(completions::CompletionsArgs),
    /// The node of a container: process 1 of our own image
    #[command(hide = true)]
    Node(node::NodeArgs),
    /// The embedded cluster's supervisor
    #[command(hide = true)]
    Supervise(cluster::SuperviseArgs),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
