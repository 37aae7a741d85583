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
    let catalog = ctx.session.catalog()?;
    let entries = catalog.entries();
    let modules = scenario::modules(entries)?;
    let covered: Vec<_> =
        modules.iter().map(|module| (module, scenario::coverage(module, entries))).collect();
    let parts = || covered.iter().flat_map(|(_, parts)| parts);
    match ctx.json {
        true => ctx.write_json(out, &parts().collect::<Vec<_>>())?,
        false => {
            for (i, (module, parts)) in covered.iter().enumerate() {
                if i > 0 {
                    writeln!(out)?;
                }
                coverage::write(out, &ctx.style, &module.title, parts)?;
            }
        }
    }
    let complete = parts().all(scenario::Covered::is_trained);
    Ok(if complete { Exit::Passed } else { Exit::NotPassed })
}
