//! `satrain class report` and `satrain class mistake`: what the marks of a class say beyond marks.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::opened;
use super::results::{Results, write};
use crate::class::gradebook::Gradebook;
use crate::class::{BoundClass, ClassFolder};
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::insight::mistake;
use crate::marking::{Marks, Plan};
use crate::report::insight as report;

/// The fewest characters of a key that name a hand-in.
const SHORTEST: usize = 6;

/// Arguments of `satrain class mistake`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain class mistake security 1f0c2a9b44d1\n  satrain class mistake security 1f0c2a9b44d1 --name role-for-all-pods"
)]
pub(super) struct MistakeArgs {
    /// The folder of the class
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The hand-in, by the beginning of its key: `satrain class report` names it
    #[arg(value_name = "KEY")]
    key: String,
    /// The name of the mistake [default: made from the key]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// Shows everything.
pub(super) fn run(ctx: &Context, path: &Path, out: &mut impl Write) -> Result<Exit> {
    let (folder, class) = opened(ctx, path)?;
    let insight = Results::read(&folder)?.insight(&folder, &class);
    match ctx.json {
        true => ctx.write_json(out, &insight)?,
        false => report::full(out, &ctx.style, &insight, &path.display().to_string())?,
    }
    Ok(Exit::Passed)
}

/// Prints a hand-in as a mistake of its scenario.
pub(super) fn as_mistake(ctx: &Context, args: &MistakeArgs, out: &mut impl Write) -> Result<Exit> {
    let (folder, class) = opened(ctx, &args.folder)?;
    let results = Results::read(&folder)?;
    let mark = match args.key.len() {
        0..SHORTEST => {
            return Err(Failure::usage(format!("a key is named by at least {SHORTEST} of its characters")));
        }
        _ => {
            let mut found = results.marked.values().filter(|mark| mark.key.starts_with(&args.key));
            match (found.next(), found.next()) {
                (Some(one), None) => one,
                (None, _) => {
                    return Err(Failure::usage(format!(
                        "no hand-in of this class has the key `{}`\n`satrain class report` names them.",
                        args.key.escape_debug()
                    )));
                }
                (Some(_), Some(_)) => {
                    return Err(Failure::usage(format!(
                        "several hand-ins have a key that begins with `{}`\nGive more of it.",
                        args.key
                    )));
                }
            }
        }
    };
    let Some(script) = results.scripts.get(&mark.key) else {
        return Err(Failure::usage("its script was not kept\nGrade the hand-ins again: then it is kept."));
    };
    let id = &mark.result.scenario.id;
    let Some(task) = class.task(id) else {
        return Err(Failure::usage(format!("this class has no task `{id}`")));
    };
    let values = mark.played.as_ref().map_or(&mark.result.params, |played| &played.values);
    let short: String = mark.key.chars().take(8).collect();
    let name = args.name.clone().unwrap_or_else(|| format!("hand-in-{short}"));
    let text = mistake(&name, &task.loaded.scenario, &mark.result, script, values)
        .map_err(|e| Failure::usage(e.to_string()))?;
    match ctx.json {
        true => ctx.write_json(out, &serde_json::json!({"scenario": id, "mistake": text}))?,
        false => write!(out, "{text}")?,
    }
    Ok(Exit::Passed)
}

/// After a grade: keeps the scripts of marks that have none, writes the insight, and shows it in a few lines.
pub(super) fn after_grade(
    ctx: &Context,
    path: &Path,
    (folder, class): (&ClassFolder, &BoundClass),
    (marks, plan, book): (&Marks, &Plan, &Gradebook),
    out: &mut impl Write,
) -> Result<()> {
    for job in &plan.jobs {
        if marks.find_for(job).map_err(Failure::other)?.is_some() {
            let unwritable = |e: std::io::Error| Failure::of_file(marks.root(), &e);
            marks.keep_script(&job.key, &job.script).map_err(unwritable)?;
        }
    }
    let insight = Results::of(folder, book.clone())?.insight(folder, class);
    write(folder, "insight.json", &insight)?;
    if !ctx.json {
        report::short(out, &ctx.style, &insight, &path.display().to_string())?;
    }
    Ok(())
}
