//! `satrain history` and `satrain stats`: what the learner did, and what it comes to.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::civil;
use serde::Serialize;
use serde_json::json;

use super::quiz::day_and_time;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::history::stats::{LabStats, TopicStats, labs, topics};
use crate::history::{Forgotten, Row, schedule};
use crate::plural::counted;
use crate::printable::name;
use crate::report::history as report;

/// Arguments of `satrain history`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:\n  satrain history -n 50\n  satrain history export my-history.json")]
pub struct HistoryArgs {
    /// Number of rows to show
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    count: usize,
    /// Print all rows as CSV
    #[arg(long)]
    csv: bool,
    #[command(subcommand)]
    verb: Option<HistoryVerb>,
}

/// What else can be done with it.
#[derive(Debug, Subcommand)]
enum HistoryVerb {
    /// Export your history to a file: CSV if the name ends in .csv, otherwise JSON
    Export {
        /// The file (an existing one is not overwritten)
        file: PathBuf,
    },
    /// Delete your history, or only entries before a date
    Forget {
        /// Delete only entries before this date (YYYY-MM-DD)
        #[arg(long, value_name = "DAY")]
        before: Option<civil::Date>,
        /// Confirm the deletion
        #[arg(long)]
        yes: bool,
    },
}

/// Arguments of `satrain stats`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain stats\n  satrain stats --csv")]
pub struct StatsArgs {
    /// Print CSV
    #[arg(long)]
    csv: bool,
}

/// Runs `satrain history`.
pub fn history(ctx: &Context, args: &HistoryArgs, out: &mut impl Write) -> Result<Exit> {
    match &args.verb {
        Some(HistoryVerb::Forget { before, yes }) => return forget(ctx, *before, *yes, out),
        Some(HistoryVerb::Export { file }) => return export(ctx, file, out),
        None => {}
    }
    let rows = ctx.session.history_read_only()?.rows()?;
    if args.csv {
        write!(out, "{}", report::csv(&rows))?;
    } else if ctx.json {
        ctx.write_json(out, &exported(&rows[..args.count.min(rows.len())]))?;
    } else if rows.is_empty() {
        writeln!(
            out,
            "Nothing yet. Start with {} or {}.",
            ctx.style.command("satrain run"),
            ctx.style.command("satrain quiz")
        )?;
    } else {
        report::rows(out, &ctx.style, &rows[..args.count.min(rows.len())], day_and_time)?;
        if rows.len() > args.count {
            writeln!(out, "\n{} more: `-n {}` shows all.", rows.len() - args.count, rows.len())?;
        }
    }
    Ok(Exit::Passed)
}

fn forget(ctx: &Context, before: Option<civil::Date>, yes: bool, out: &mut impl Write) -> Result<Exit> {
    if !yes {
        let what = before.map_or("your whole history".to_owned(), |day| format!("your history before {day}"));
        return Err(Failure::usage(format!(
            "this deletes {what} permanently\nAdd `--yes` to confirm; `satrain history export FILE` keeps a copy."
        )));
    }
    let mut history = ctx.session.history()?;
    let forgotten = history.forget(before.map(|day| format!("{day}T00:00:00Z")).as_deref())?;
    let Forgotten { grades, answers, exams } = forgotten;
    if ctx.json {
        ctx.write_json(out, &json!({"deleted": {"grades": grades, "answers": answers, "exams": exams}}))?;
        return Ok(Exit::Passed);
    }
    writeln!(
        out,
        "Deleted {}, {} and {}. Results stay with their attempts and exams.",
        counted(grades, "grade"),
        counted(answers, "answer"),
        counted(exams, "exam")
    )?;
    Ok(Exit::Passed)
}

fn export(ctx: &Context, file: &Path, out: &mut impl Write) -> Result<Exit> {
    let rows = ctx.session.history_read_only()?.rows()?;
    let text = match file.extension().is_some_and(|e| e == "csv") {
        true => report::csv(&rows),
        false => format!("{}\n", crate::printable::json(&exported(&rows)).map_err(Failure::other)?),
    };
    save(file, &text)?;
    if ctx.json {
        ctx.write_json(out, &json!({"file": file.display().to_string(), "rows": rows.len()}))?;
        return Ok(Exit::Passed);
    }
    writeln!(out, "{} written to {}.", counted(rows.len(), "row"), name(file))?;
    Ok(Exit::Passed)
}

/// What is written as JSON.
#[derive(Serialize)]
struct Exported<'a> {
    schema: &'static str,
    rows: &'a [Row],
}

const fn exported(rows: &[Row]) -> Exported<'_> {
    Exported { schema: "satrain.dev/history/v1", rows }
}

fn save(file: &Path, text: &str) -> Result<()> {
    let failed = |e: std::io::Error| Failure::usage(format!("{}: {e}", name(file)));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// Runs `satrain stats`.
pub fn stats(ctx: &Context, args: &StatsArgs, out: &mut impl Write) -> Result<Exit> {
    let history = ctx.session.history_read_only()?;
    let answers = history.answers(None)?;
    let (labs, topics): (Vec<LabStats>, Vec<TopicStats>) = (labs(&history.labs()?), topics(&answers));
    let exams = history.exams()?;
    let due = schedule::due_now(&answers).len();
    if args.csv {
        write!(out, "{}", report::stats_csv(&labs, &topics, &exams))?;
    } else if ctx.json {
        ctx.write_json(
            out,
            &json!({"schema": "satrain.dev/stats/v1", "labs": labs, "topics": topics, "exams": exams, "due": due}),
        )?;
    } else {
        report::stats(out, &ctx.style, &labs, &topics, &exams, due)?;
    }
    Ok(Exit::Passed)
}
