//! `satrain doctor`.
//!
//! In: the environment. Out: the report on the writer, as text or JSON, and whether a lab can run.

use std::io::{IsTerminal, Write};

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::environment::Environment;
use crate::doctor::collect::{Sources, collect};
use crate::doctor::{Report, Status, Terminal, Topic, examine};

/// Arguments of `satrain doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {}

/// Examines the machine; true when a lab can run (exit code 0, else 4).
///
/// # Errors
/// When the output cannot be written.
pub fn run(
    _args: &DoctorArgs,
    json: bool,
    environment: &Environment,
    docker: bool,
    cancel: &CancellationToken,
    out: &mut dyn Write,
) -> std::io::Result<bool> {
    let terminal = Terminal {
        input: std::io::stdin().is_terminal(),
        output: std::io::stderr().is_terminal(),
        capable: std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb"),
    };
    let facts = collect(Sources {
        host: environment.host(),
        locate: &environment.locate_options(),
        store: &environment.store(),
        search_path: &environment.search_path,
        terminal,
        docker,
        cancel,
    });
    let report = examine(&facts);
    if json {
        let mut value = serde_json::to_value(&report)?;
        value["host"] = serde_json::to_value(&facts.host)?;
        writeln!(out, "{value:#}")?;
    } else {
        write_text(&report, &facts.host.os.name, out)?;
        let end = match (report.ready, docker) {
            (true, _) => "Ready: a lab can run here.",
            (false, true) => {
                "Not ready for the embedded cluster: see what is missing. Labs can be played in Docker: `satrain run ID --cluster k3s`."
            }
            (false, false) => "Not ready: see what is missing.",
        };
        writeln!(out, "{end}")?;
    }
    Ok(report.ready)
}

fn write_text(report: &Report, os: &str, out: &mut dyn Write) -> std::io::Result<()> {
    let mut topic = None;
    for line in &report.lines {
        if topic.replace(line.topic) != Some(line.topic) {
            writeln!(out, "{}", title(line.topic, os))?;
        }
        let status = match line.status {
            Status::Ok => "ok",
            Status::Warn => "warn",
            Status::Missing => "missing",
        };
        writeln!(out, "  {status:<8} {}", line.says)?;
        if let Some(cure) = &line.cure {
            writeln!(out, "  {:<8} -> {cure}", "")?;
        }
    }
    Ok(())
}

fn title(topic: Topic, os: &str) -> String {
    match topic {
        Topic::Cluster => format!("Cluster ({os})"),
        Topic::Kernel => "Kernel".into(),
        Topic::Machine => "Machine".into(),
        Topic::Distribution => "Distribution".into(),
        Topic::Providers => "Other providers".into(),
    }
}
