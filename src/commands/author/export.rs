//! `satrain export`: copies of scenarios for learners, without solutions and mistakes.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::lint::entries;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::fs::{Durability, write_atomic};
use crate::printable::{name, shell_quoted};
use crate::scenario::{Loaded, OUTLINE, for_learners, outline_beside};

/// Arguments of `satrain export`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain export my-pack --for-learners handout\n  satrain export my-pack/cronjob-identity --for-learners handout"
)]
pub struct ExportArgs {
    /// Ids, scenario files, or folders of scenarios
    #[arg(value_name = "FILE|DIR|ID", required = true)]
    what: Vec<String>,
    /// Write the copies into this folder, each as DIR/ID/scenario.yaml, without solutions and mistakes
    #[arg(long, value_name = "DIR")]
    for_learners: PathBuf,
}

/// Runs the command. All copies are made before the first is written.
pub fn run(ctx: &Context, args: &ExportArgs, out: &mut impl Write) -> Result<Exit> {
    let mut copies = Vec::new();
    for what in &args.what {
        for entry in entries(ctx, what)? {
            let loaded = entry.loaded?;
            copies.push((for_learners(&loaded)?, loaded));
        }
    }
    for (number, (_, loaded)) in copies.iter().enumerate() {
        let id = &loaded.scenario.id;
        if let Some((_, first)) = copies.iter().take(number).find(|(_, before)| before.scenario.id == *id) {
            return Err(Failure::usage(format!(
                "{} and {} are both `{id}`\nGive each scenario an id of its own.",
                first.origin, loaded.origin
            )));
        }
        must_be_new(&args.for_learners.join(&loaded.scenario.id))?;
    }
    for (text, loaded) in &copies {
        write(&args.for_learners, text, loaded)?;
    }
    let ids: Vec<&str> = copies.iter().map(|(_, loaded)| loaded.scenario.id.as_str()).collect();
    if ctx.json {
        ctx.write_json(out, &json!({"scenarios": ids, "folder": args.for_learners.display().to_string()}))?;
        return Ok(Exit::Passed);
    }
    let folder = args.for_learners.display().to_string();
    writeln!(out, "{}: {}, without solutions and mistakes.", name(&args.for_learners), ids.join(", "))?;
    writeln!(out, "Comments, checks, hints and explanations are in there: read it before you hand it out.")?;
    writeln!(out, "  satrain --scenarios {} run {}", shell_quoted(&folder), ids[0])?;
    Ok(Exit::Passed)
}

/// A copy never replaces a file: it may be the only one that has the solutions.
fn must_be_new(folder: &Path) -> Result<()> {
    match folder.symlink_metadata() {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) => Err(Failure::of_file(folder, &e)),
        Ok(_) => Err(Failure::usage(format!(
            "{} exists already\nName another folder with `--for-learners`.",
            name(folder)
        ))),
    }
}

fn write(into: &Path, text: &str, loaded: &Loaded) -> Result<()> {
    let folder = into.join(&loaded.scenario.id);
    std::fs::create_dir_all(&folder).map_err(|e| Failure::of_file(&folder, &e))?;
    put(&folder.join("scenario.yaml"), text)?;
    if let Some((name, manifests)) = loaded.manifests_beside() {
        let file = folder.join(name);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent).map_err(|e| Failure::of_file(parent, &e))?;
        }
        put(&file, manifests)?;
    }
    let outline = into.join(OUTLINE);
    match outline_beside(loaded)? {
        Some(text) if !outline.exists() => put(&outline, &text),
        _ => Ok(()),
    }
}

fn put(file: &Path, text: &str) -> Result<()> {
    write_atomic(file, text.as_bytes(), Durability::Disk).map_err(|e| Failure::of_file(file, &e))
}
