//! `satrain new ID`: writes a small but complete scenario, which its author then makes their own.

use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::fs::{Durability, write_atomic};
use crate::printable::{name, shell_quoted};
use crate::scenario::is_dns_label;

/// The scenario that is written, with an id of its own.
const EXAMPLE: &str = include_str!("../../../examples/minimal-pack/read-one-config/scenario.yaml");
/// Its id, which is replaced.
const EXAMPLE_ID: &str = "read-one-config";

/// Arguments of `satrain new`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain new cronjob-identity\n  satrain new cronjob-identity --into my-pack"
)]
pub struct NewArgs {
    /// The id of the new scenario, such as `cronjob-identity`
    #[arg(value_name = "ID")]
    id: String,
    /// The folder of the pack that it belongs to
    #[arg(long, value_name = "DIR", default_value = ".")]
    into: PathBuf,
}

/// Runs the command.
pub fn run(ctx: &Context, args: &NewArgs, out: &mut impl Write) -> Result<Exit> {
    if !is_dns_label(&args.id) {
        return Err(Failure::usage(format!(
            "`{}` is not a scenario id\nUse lower-case letters, digits and dashes, at most 63.",
            args.id.escape_debug()
        )));
    }
    if ctx.session.catalog()?.entries().iter().any(|entry| entry.id == args.id) {
        return Err(Failure::usage(format!("there is a scenario `{}` already\nChoose another id.", args.id)));
    }
    let folder = args.into.join(&args.id);
    std::fs::create_dir_all(&args.into).map_err(|e| Failure::of_file(&args.into, &e))?;
    std::fs::create_dir(&folder).map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => Failure::usage(format!(
            "{} exists already\nChoose another id, or another folder with `--into`.",
            name(&folder)
        )),
        _ => Failure::of_file(&folder, &e),
    })?;
    let file = folder.join("scenario.yaml");
    write_atomic(&file, scenario(&args.id).as_bytes(), Durability::Disk)
        .map_err(|e| Failure::of_file(&file, &e))?;
    if ctx.json {
        ctx.write_json(out, &json!({"id": args.id, "file": file.display().to_string()}))?;
        return Ok(Exit::Passed);
    }
    let path = shell_quoted(&folder.display().to_string()).into_owned();
    writeln!(out, "{} is a scenario that works: make it yours.", name(&file))?;
    for (command, does) in [
        ("lint", "looks for mistakes, without a cluster"),
        ("run", "plays it; `--solution reference` plays a solution"),
        ("prove", "proves its checks against its solutions and mistakes"),
    ] {
        writeln!(out, "  satrain {command} {path}  # {does}")?;
    }
    Ok(Exit::Passed)
}

/// The example under another id.
fn scenario(id: &str) -> String {
    EXAMPLE.replacen(&format!("id: {EXAMPLE_ID}\n"), &format!("id: {id}\n"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_scenario_is_sound_and_has_its_own_id() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("my-own");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("scenario.yaml"), scenario("my-own")).unwrap();
        assert_eq!(crate::scenario::load(&folder).unwrap().scenario.id, "my-own");
    }
}
