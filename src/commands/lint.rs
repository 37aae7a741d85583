//! `satrain lint`: what is wrong with scenarios, before anybody plays them.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::scenario::{self, Catalog, Entry, Severity};

/// Arguments of `satrain lint`.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// Ids, scenario files, or folders of scenarios [default: all]
    #[arg(value_name = "FILE|DIR|ID")]
    what: Vec<String>,
}

/// Runs the command.
pub fn run(ctx: &Context, args: &LintArgs, out: &mut impl Write) -> Result<Exit> {
    let entries = match args.what.is_empty() {
        true => ctx.catalog()?.entries().to_vec(),
        false => {
            let lists: Result<Vec<Vec<Entry>>> = args.what.iter().map(|w| entries(ctx, w)).collect();
            lists?.into_iter().flatten().collect()
        }
    };
    let findings: Vec<Found> = entries.iter().flat_map(found).collect();
    if ctx.json {
        ctx.write_json(out, &findings)?;
    } else {
        write(ctx, &entries, &findings, out)?;
    }
    let bad = findings.iter().any(|f| f.severity == "error");
    Ok(if bad { Exit::Invalid } else { Exit::Passed })
}

/// A finding as JSON.
#[derive(Debug, Serialize)]
struct Found {
    scenario: String,
    file: String,
    line: u32,
    severity: &'static str,
    message: String,
    help: String,
}

fn found(entry: &Entry) -> Vec<Found> {
    let loaded = match &entry.loaded {
        Ok(loaded) => loaded,
        Err(error) => {
            return vec![Found {
                scenario: entry.id.clone(),
                file: error.file().to_owned(),
                line: error.line(),
                severity: "error",
                message: error.to_string(),
                help: error.advice().unwrap_or_default().to_owned(),
            }];
        }
    };
    let findings = scenario::lint(loaded).into_iter().map(|finding| Found {
        scenario: entry.id.clone(),
        file: loaded.origin.to_string(),
        line: finding.line,
        severity: if finding.severity == Severity::Error { "error" } else { "warning" },
        message: finding.message,
        help: finding.help,
    });
    findings.collect()
}

fn write(ctx: &Context, entries: &[Entry], findings: &[Found], out: &mut impl Write) -> Result<()> {
    for error in entries.iter().filter_map(|e| e.loaded.as_ref().err()) {
        // With the lines of the file and a caret.
        writeln!(out, "{:?}", Failure::from(error.clone()).report)?;
    }
    let usable = |f: &&Found| entries.iter().any(|e| e.id == f.scenario && e.loaded.is_ok());
    for finding in findings.iter().filter(usable) {
        let head = format!("{}:{}: {}: {}", finding.file, finding.line, finding.severity, finding.message);
        writeln!(out, "{}", ctx.style.wrap(&head, ""))?;
        if !finding.help.is_empty() {
            writeln!(out, "{}", ctx.style.wrap(&format!("help: {}", finding.help), "    "))?;
        }
    }
    let count = entries.len();
    match findings.len() {
        0 => writeln!(out, "{count} scenarios, nothing to complain about.")?,
        n => writeln!(out, "{n} findings in {count} scenarios.")?,
    }
    Ok(())
}

fn entries(ctx: &Context, what: &str) -> Result<Vec<Entry>> {
    let path = PathBuf::from(what);
    if path.is_dir() && !path.join("scenario.yaml").exists() {
        let builtin = Catalog::builtin().entries().len();
        return Ok(Catalog::new(&[path])?.entries().iter().skip(builtin).cloned().collect());
    }
    if path.exists() {
        let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(vec![Entry { id, loaded: scenario::load(&path) }]);
    }
    Ok(vec![Entry { id: what.to_owned(), loaded: Ok(ctx.scenario(what)?) }])
}
