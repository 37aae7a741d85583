//! `satrain lint`: what is wrong with scenarios, before anybody plays them.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::lint::{Finding, Severity};
use crate::printable::name;
use crate::quiz::Bank;
use crate::scenario::{Catalog, Entry};

/// Arguments of `satrain lint`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain lint\n  satrain lint my-pack/my-scenario")]
pub struct LintArgs {
    /// Ids, scenario files, or folders of scenarios [default: all]
    #[arg(value_name = "FILE|DIR|ID")]
    what: Vec<String>,
}

/// Runs the command.
pub fn run(ctx: &Context, args: &LintArgs, out: &mut impl Write) -> Result<Exit> {
    let entries = match args.what.is_empty() {
        true => ctx.session.catalog()?.entries().to_vec(),
        false => {
            let lists: Result<Vec<Vec<Entry>>> = args.what.iter().map(|w| entries(ctx, w)).collect();
            lists?.into_iter().flatten().collect()
        }
    };
    // The bank of questions is checked as a whole when it is read.
    if args.what.is_empty() {
        Bank::builtin()?;
    }
    let mut findings: Vec<(&String, Finding)> = Vec::new();
    for entry in &entries {
        let found = match &entry.loaded {
            Ok(loaded) => crate::lint::lint(loaded),
            Err(error) => vec![Finding { severity: Severity::Error, error: error.clone() }],
        };
        for finding in found {
            // What several scenarios share is wrong once.
            let line = finding.error.one_line();
            if !findings.iter().any(|(_, earlier)| earlier.error.one_line() == line) {
                findings.push((&entry.id, finding));
            }
        }
    }
    if ctx.json {
        let value: Vec<_> = findings
            .iter()
            .map(|(id, Finding { severity, error: f })| {
                json!({"scenario": id, "severity": severity, "file": f.file(), "line": f.line(), "column": f.column(),
                    "message": f.to_string(), "help": f.advice()})
            })
            .collect();
        ctx.write_json(out, &value)?;
    } else {
        for (_, finding) in &findings {
            let report = Failure::from(finding.error.clone()).report;
            writeln!(out, "{report:?}")?;
        }
        let count = entries.len();
        let checked = if count == 1 { "1 scenario".to_owned() } else { format!("{count} scenarios") };
        match findings.len() {
            0 => writeln!(out, "{checked}, no findings.")?,
            1 => writeln!(out, "1 finding in {checked}.")?,
            n => writeln!(out, "{n} findings in {checked}.")?,
        }
    }
    let invalid = findings.iter().any(|(_, finding)| finding.severity == Severity::Error);
    Ok(if invalid { Exit::Invalid } else { Exit::Passed })
}

/// The scenarios that an argument names: by id, as a file or folder, or as a folder of scenarios.
pub(super) fn entries(ctx: &Context, what: &str) -> Result<Vec<Entry>> {
    let path = PathBuf::from(what);
    if path.is_dir() && !path.join("scenario.yaml").exists() {
        let builtin = Catalog::builtin().entries().len();
        let catalog = Catalog::new(std::slice::from_ref(&path))?;
        let found: Vec<Entry> = catalog.entries().iter().skip(builtin).cloned().collect();
        return if found.is_empty() { Err(nothing_in(&path)) } else { Ok(found) };
    }
    if path.is_file() && path.canonicalize().is_ok_and(|file| !file.ends_with("scenario.yaml")) {
        return Err(Failure::usage(format!(
            "{} is not called scenario.yaml\nA scenario is a folder that contains a scenario.yaml: name either of them.",
            name(&path)
        )));
    }
    if path.exists() {
        let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(vec![Entry { id, loaded: crate::scenario::load(&path) }]);
    }
    Ok(vec![Entry { id: what.to_owned(), loaded: Ok(ctx.session.scenario(what)?) }])
}

/// A folder without a scenario: most likely another one was meant, or a file has another name than satrain looks for.
fn nothing_in(folder: &Path) -> Failure {
    let told = "Name a folder that contains scenario.yaml, or ID/scenario.yaml.";
    let told = match misnamed(folder) {
        Some(file) => format!("{} must be called scenario.yaml.", name(&file)),
        None => told.to_owned(),
    };
    Failure::usage(format!("{} contains no scenario\n{told}", name(folder)))
}

/// A `scenario.yml` in the folder, or in one of its folders.
fn misnamed(folder: &Path) -> Option<PathBuf> {
    let below = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let folders = std::iter::once(folder.to_owned()).chain(below);
    folders.map(|folder| folder.join("scenario.yml")).find(|file| file.is_file())
}
