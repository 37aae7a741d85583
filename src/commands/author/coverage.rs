//! `satrain coverage`: which part of the module each scenario and check trains.

use std::io::Write;

use clap::Args;

use crate::commands::context::Context;
use crate::error::{Exit, Result};
use crate::report::coverage;
use crate::scenario;

/// Arguments of `satrain coverage`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain coverage\n  satrain coverage --output json")]
pub struct CoverageArgs {}

/// Runs the command; a part that no check trains is "not passed".
pub fn run(ctx: &Context, _: &CoverageArgs, out: &mut impl Write) -> Result<Exit> {
    let covered = scenario::coverage(ctx.session.catalog()?.entries());
    match ctx.json {
        true => ctx.write_json(out, &covered)?,
        false => coverage::write(out, &ctx.style, &scenario::module().title, &covered)?,
    }
    let complete = covered.iter().all(scenario::Covered::is_trained);
    Ok(if complete { Exit::Passed } else { Exit::NotPassed })
}
