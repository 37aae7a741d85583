//! `satrain task [ID]`: the task of the attempt in progress, or of a scenario with its default names.

use std::io::Write;

use clap::Args;
use serde_json::json;

use super::view;
use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::lab::attempt::Attempt;
use crate::lab::error::LabError;
use crate::scenario::{Binding, bind, task_text};

/// Arguments of `satrain task`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain task\n  satrain task scenario-3")]
pub struct TaskArgs {
    /// The scenario or attempt [default: the one in progress]
    id: Option<String>,
}

/// Runs the command.
pub fn run(ctx: &Context, args: &TaskArgs, out: &mut impl Write) -> Result<Exit> {
    let store = ctx.session.store();
    let found = match (&args.id, ctx.session.attempt(args.id.as_deref())) {
        (_, Ok(record)) => Some(record),
        (Some(_), Err(_)) => None,
        (None, Err(_)) => return Err(LabError::NoAttempt.into()),
    };
    let bound = match (&found, &args.id) {
        (Some(record), _) => ctx.session.scenario_of(record)?,
        (None, id) => {
            let loaded = ctx.session.scenario(id.as_deref().unwrap_or_default())?;
            bind(&loaded, &Binding::defaults(&loaded.scenario))?
        }
    };
    if ctx.json {
        let scenario = &bound.scenario;
        let workspace = found.map(|record| store.dir(&record.id).workspace());
        let value = json!({
            "id": scenario.id, "title": scenario.title, "minutes": scenario.minutes, "params": bound.told_values(),
            "task": task_text(&bound), "workspace": workspace,
        });
        ctx.write_json(out, &value)?;
        return Ok(Exit::Passed);
    }
    match found {
        Some(record) => view::task(ctx, &Attempt::resume(&store, record, bound)?, out)?,
        None => {
            writeln!(
                out,
                "{}\n",
                ctx.style.bold(&format!("{} · {}", bound.scenario.id, bound.scenario.title))
            )?;
            writeln!(out, "{}", ctx.style.wrap(&task_text(&bound), ""))?;
        }
    }
    Ok(Exit::Passed)
}
