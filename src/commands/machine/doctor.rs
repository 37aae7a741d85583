//! `satrain doctor`.
//!
//! The report, as text or JSON, and whether a lab can run: exit code 0, else 4.

use std::io::{IsTerminal, Write};

use crate::commands::context::Context;
use crate::doctor::collect::{Sources, collect};
use crate::doctor::{Report, Status, Terminal, Topic, examine};
use crate::error::{Exit, Result};
use crate::sandbox;
use clap::Args;

/// Arguments of `satrain doctor`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain doctor\n  satrain doctor --output json")]
pub struct DoctorArgs {}

/// Examines the machine.
pub async fn run(ctx: &Context, _: &DoctorArgs, out: &mut impl Write) -> Result<Exit> {
    let docker = crate::cluster::docker::answers().await;
    let no_sandbox = match &ctx.environment.executable {
        Some(satrain) => sandbox::probe(satrain).await.err().map(|why| why.to_string()),
        None => Some("satrain cannot find its own executable".into()),
    };
    let ready = tokio::task::block_in_place(|| examined(ctx, docker, no_sandbox, out))?;
    Ok(if ready { Exit::Passed } else { Exit::NoCluster })
}

/// Writes the report; true when a lab can run.
fn examined(
    ctx: &Context,
    docker: bool,
    no_sandbox: Option<String>,
    out: &mut impl Write,
) -> std::io::Result<bool> {
    let environment = &ctx.environment;
    let terminal = Terminal {
        input: std::io::stdin().is_terminal(),
        output: std::io::stderr().is_terminal(),
        capable: environment.capable_terminal,
    };
    let facts = collect(Sources {
        host: environment.host(),
        locate: &environment.locate_options(),
        store: &environment.store(),
        search_path: &environment.search_path,
        terminal,
        docker,
        no_sandbox,
        cancel: &ctx.cancel,
    });
    let report = examine(&facts);
    if ctx.json {
        let mut value = serde_json::to_value(&report)?;
        value["host"] = serde_json::to_value(&facts.host)?;
        writeln!(out, "{value:#}")?;
    } else {
        write_text(&report, &facts.host.os.name, out)?;
        let end = match (report.ready, docker) {
            (true, _) => "Ready: this machine can run labs.",
            (false, true) => {
                "Not ready for the embedded cluster: some requirements are missing. You can play labs in Docker: `satrain run ID --provider k3s`."
            }
            (false, false) => "Not ready: some requirements are missing.",
        };
        writeln!(out, "{end}")?;
    }
    Ok(report.ready)
}

fn write_text(report: &Report, os: &str, out: &mut impl Write) -> std::io::Result<()> {
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
