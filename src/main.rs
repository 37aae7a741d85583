//! A stand-in for the command line: mounts the distribution and doctor commands.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use satrain::commands::{distribution, doctor, environment::Environment};
use satrain::event::{Event, EventSink, Events};
use tokio_util::sync::CancellationToken;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// The binaries of the embedded cluster
    Distribution(distribution::DistributionArgs),
    /// What is missing on this machine, and how to get it
    Doctor(doctor::DoctorArgs),
}

/// Steps on standard error, with a bar on a terminal.
struct Terminal {
    bar: ProgressBar,
    shown: bool,
}

impl Terminal {
    fn new() -> Self {
        let shown = std::io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(
            Some(0),
            if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() },
        );
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, shown }
    }

    #[allow(clippy::print_stderr)]
    fn line(&self, text: String) {
        if self.shown { self.bar.println(text) } else { eprintln!("{text}") }
    }
}

impl EventSink for Terminal {
    fn emit(&self, event: Event) {
        match event {
            Event::Step(what) => {
                if !self.shown {
                    self.line(format!("{what} ..."));
                }
                if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} [{elapsed}] {wide_msg}") {
                    self.bar.set_style(style);
                }
                self.bar.reset();
                self.bar.set_prefix(what);
                self.bar.set_message("");
            }
            Event::Progress { done, total, unit, detail } => {
                let template = format!(
                    "{{spinner}} {{prefix}} [{{elapsed}}] {{bar:24}} {{pos}}/{{len}} {unit} {{wide_msg}}"
                );
                if let Ok(style) = ProgressStyle::with_template(&template) {
                    self.bar.set_style(style);
                }
                self.bar.set_length(total);
                self.bar.set_position(done);
                self.bar.set_message(detail);
            }
            Event::StepDone(outcome) => {
                let prefix = self.bar.prefix();
                self.line(if self.shown {
                    format!("✓ {prefix}: {outcome}")
                } else {
                    format!("  {outcome}")
                });
            }
            Event::Note(what) => self.line(what),
            Event::Warning(what) => self.line(format!("warning: {what}")),
        }
    }
}

#[tokio::main]
#[allow(clippy::print_stderr)]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let cancel = CancellationToken::new();
    let on_signal = cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            on_signal.cancel();
        }
    });
    let environment = match Environment::read() {
        Ok(environment) => environment,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(4);
        }
    };
    let work = tokio::task::spawn_blocking(move || {
        let events = Events::new(Terminal::new());
        let mut out = std::io::stdout();
        match &cli.command {
            Command::Distribution(args) => {
                distribution::run(args, cli.json, &environment, &events, &cancel, &mut out)
                    .map(|()| true)
                    .map_err(|error| error.to_string())
            }
            Command::Doctor(args) => doctor::run(args, cli.json, &environment, &cancel, &mut out)
                .map_err(|error| error.to_string()),
        }
    });
    match work.await {
        Ok(Ok(true)) => ExitCode::SUCCESS,
        Ok(Ok(false)) => ExitCode::from(4),
        Ok(Err(error)) => {
            eprintln!("error: {error}");
            ExitCode::from(4)
        }
        Err(_) => ExitCode::from(4),
    }
}
