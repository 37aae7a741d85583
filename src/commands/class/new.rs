//! `satrain class new`: a folder for a class.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::class::fresh;
use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::printable::{printable, shell_quoted};

/// What is played where nothing is named.
const SCENARIOS: [&str; 3] = ["scenario-1", "scenario-2", "scenario-3"];

/// Arguments of `satrain class new`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain class new security\n  satrain class new security --scenario scenario-2 --scenario scenario-3"
)]
pub(super) struct NewArgs {
    /// The folder to make; there must be nothing in its place
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Title of the class
    #[arg(long, value_name = "TITLE", default_value = "My class")]
    title: String,
    /// Scenario that the class plays (repeatable) [default: scenario-1, scenario-2 and scenario-3]
    #[arg(long = "scenario", value_name = "ID")]
    scenarios: Vec<String>,
}

/// Runs the command.
pub(super) fn run(ctx: &Context, args: &NewArgs, out: &mut impl Write) -> Result<Exit> {
    let usual = || SCENARIOS.map(str::to_owned).to_vec();
    let scenarios = if args.scenarios.is_empty() { usual() } else { args.scenarios.clone() };
    fresh::create(&args.folder, &args.title, &scenarios, &ctx.session.catalog()?)?;
    let folder = args.folder.display().to_string();
    if ctx.json {
        ctx.write_json(out, &json!({"folder": folder, "title": args.title, "scenarios": scenarios}))?;
        return Ok(Exit::Passed);
    }
    writeln!(out, "The new class is in {}:", ctx.style.bold(&printable(&folder)))?;
    for (file, what) in [
        ("class.yaml", "what is played, until when, and how that counts"),
        ("roster.csv", "the learners: replace the two examples"),
        ("class.key", "draws the values of each learner: keep it, and show it to nobody"),
    ] {
        writeln!(out, "  {file:10}  {what}")?;
    }
    let check = format!("satrain class check {}", shell_quoted(&folder));
    writeln!(out, "\n{} checks it.", ctx.style.command(&printable(&check)))?;
    Ok(Exit::Passed)
}
