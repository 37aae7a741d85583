//! `satrain solution`: shows a reference solution after a confirmation, and marks the attempt.

use std::io::Write;

use clap::Args;
use serde_json::json;

use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::lab::error::LabError;
use crate::lab::store::record::AttemptRecord;
use crate::printable::{printable, shell_quoted};
use crate::scenario::model::Solution;
use crate::scenario::{Binding, BoundScenario, as_variables, bind};

/// Arguments of `satrain solution`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain solution\n  satrain solution scenario-2 --yes")]
pub struct SolutionArgs {
    /// The scenario or attempt [default: the one in progress]
    id: Option<String>,
    /// Name of the solution
    #[arg(long, value_name = "NAME", default_value = "reference")]
    show: String,
    /// Do not ask for confirmation
    #[arg(long)]
    yes: bool,
}

/// Runs the command.
pub fn run(ctx: &Context, args: &SolutionArgs, out: &mut impl Write) -> Result<Exit> {
    let (record, bound) = found(ctx, args)?;
    let solution = named(&bound, &args.show)?;
    if !args.yes && !confirmed(ctx, record.as_ref())? {
        writeln!(out, "Not shown. {} gives a hint instead.", ctx.style.command("satrain hint"))?;
        return Ok(Exit::NotPassed);
    }
    if let Some(record) = record.filter(|record| !record.solution_shown) {
        // Before it is shown: an interrupted command must not leave an unmarked attempt.
        ctx.session.amend(&record.id, |record| record.solution_shown = true)?;
    }
    let others: Vec<&str> = bound.scenario.solutions.iter().map(|s| s.name.as_str()).collect();
    let values = as_variables(&bound.values);
    if ctx.json {
        let value = json!({
            "scenario": bound.scenario.id, "name": solution.name, "about": solution.about, "variables": values,
            "run": solution.run, "explanation": bound.scenario.explanation, "solutions": others,
        });
        ctx.write_json(out, &value)?;
        return Ok(Exit::Passed);
    }
    let title = format!("{} {} {}", bound.scenario.id, ctx.style.dot(), solution.name);
    writeln!(out, "{}", ctx.style.bold(&title))?;
    if !solution.about.is_empty() {
        writeln!(out, "{}", ctx.style.wrap(&printable(&solution.about), ""))?;
    }
    writeln!(out)?;
    for (name, value) in values.iter().filter(|(name, _)| solution.run.contains(name.as_str())) {
        writeln!(out, "  {name}={}", shell_quoted(value))?;
    }
    for line in printable(&solution.run).lines() {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "\n{}", ctx.style.wrap(&printable(&bound.scenario.explanation), ""))?;
    if others.len() > 1 {
        writeln!(out, "\nThere is more than one way: `--show NAME` shows {}.", others.join(", "))?;
    }
    Ok(Exit::Passed)
}

/// The attempt in progress that is meant, and its scenario; or a scenario that nobody plays.
fn found(ctx: &Context, args: &SolutionArgs) -> Result<(Option<AttemptRecord>, BoundScenario)> {
    match (ctx.session.attempt(args.id.as_deref()), &args.id) {
        (Ok(record), _) => {
            let bound = ctx.session.scenario_of(&record)?;
            Ok((Some(record), bound))
        }
        (Err(_), Some(id)) => {
            let loaded = ctx.session.scenario(id)?;
            Ok((None, bind(&loaded, &Binding::defaults(&loaded.scenario))?))
        }
        (Err(_), None) => Err(LabError::NoAttempt.into()),
    }
}

fn named<'a>(bound: &'a BoundScenario, name: &str) -> Result<&'a Solution> {
    let all = &bound.scenario.solutions;
    if bound.scenario.for_learners {
        return Err(Failure::usage(format!(
            "{} has no solutions: it is a copy for learners\nAsk who gave it to you; `satrain hint` gives a hint.",
            bound.scenario.id
        )));
    }
    all.iter().find(|solution| solution.name == name).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|s| s.name.as_str()).collect();
        Failure::usage(format!(
            "{} has no solution `{}`\nAvailable: {}",
            bound.scenario.id,
            name.escape_debug(),
            names.join(", ")
        ))
    })
}

fn confirmed(ctx: &Context, record: Option<&AttemptRecord>) -> Result<bool> {
    if !ctx.interactive() {
        return Err(Failure::usage("showing a solution needs confirmation\nAdd `--yes` to confirm."));
    }
    let what = match record {
        Some(record) if !record.solution_shown => {
            "Later grades of this attempt will be marked and will not count as your best. Show a solution?"
        }
        _ => "Show a solution?",
    };
    let answer = ctx.ask(&format!("{what} [y/N] "))?;
    Ok(["y", "yes"].contains(&answer.to_lowercase().as_str()))
}
