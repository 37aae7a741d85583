//! The program: parses the command line, then hands over to `commands/`.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use satrain::commands::cluster::{self, ClusterArgs, Context, SuperviseArgs};
use satrain::event::{Event, EventSink, Events};
use satrain::paths::Paths;

/// Hands-on labs for Kubernetes ServiceAccount security
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// Where satrain keeps its state
    #[arg(long, global = true, env = "SATRAIN_STATE", value_name = "DIR")]
    state: Option<PathBuf>,
    /// Print results as text or JSON
    #[arg(long, global = true, default_value = "text", value_parser = ["text", "json"])]
    output: String,
    /// Show no progress
    #[arg(long, short, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// The lab cluster
    Cluster(ClusterArgs),
    #[command(hide = true)]
    Supervise(SuperviseArgs),
}

/// Progress as plain lines on standard error.
struct Lines;

impl EventSink for Lines {
    fn emit(&self, event: Event) {
        let line = match event {
            Event::Step(text) | Event::StepDone(text) | Event::Note(text) => text,
            Event::Warning(text) => format!("warning: {text}"),
            Event::Progress { .. } => return,
        };
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let verb = match cli.verb {
        Verb::Supervise(args) => return cluster::supervise(args),
        Verb::Cluster(args) => args,
    };
    let context = Context {
        paths: paths(cli.state),
        events: if cli.quiet { Events::silent() } else { Events::new(Lines) },
        json: cli.output == "json",
        terminal: std::io::stdin().is_terminal(),
    };
    let outcome =
        tokio::runtime::Runtime::new().map(|runtime| runtime.block_on(cluster::run(verb, &context)));
    match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(4)
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn paths(state: Option<PathBuf>) -> Paths {
    use etcetera::BaseStrategy;
    let home = etcetera::choose_base_strategy().ok();
    let under =
        |dir: Option<PathBuf>| dir.map_or_else(|| PathBuf::from("/var/tmp/satrain"), |d| d.join("satrain"));
    let cache = under(home.as_ref().map(BaseStrategy::cache_dir));
    let state = state.unwrap_or_else(|| under(home.as_ref().and_then(BaseStrategy::state_dir)));
    Paths { state, cache }
}
