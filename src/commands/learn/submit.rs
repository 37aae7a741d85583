//! `satrain submit`: packs what the learner did into one signed file to hand in.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::run::read;
use crate::bundle::{self, Attempt, Bundle, BundleError, BundleVersion, Request, SigningKey};
use crate::cluster::embedded::LEARNER;
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::fs::{Durability, foreign_bytes, foreign_file, make_private, write_atomic};
use crate::lab::requests::{read_log, requests};
use crate::lab::store::record::AttemptRecord;
use crate::plural::counted;
use crate::printable::{name, printable};

/// The most requests of an attempt that are handed in: the newest.
const MOST_REQUESTS: usize = 2_000;

/// The largest file of a key.
const KEY: u64 = 4 << 10;

/// Arguments of `satrain submit`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain submit --class 0f6a1c2b3d4e5f60 --learner anna\n  satrain submit --class 0f6a1c2b3d4e5f60 --learner anna --script scenario-2=my-solution.sh scenario-2"
)]
pub struct SubmitArgs {
    /// The scenarios to hand in [default: all that you played]
    #[arg(value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// The class, by the id that your instructor gave you
    #[arg(long, value_name = "ID", value_parser = class)]
    class: String,
    /// You, as your instructor calls you
    #[arg(long, value_name = "ID")]
    learner: String,
    /// Hand in a script for a scenario, which is played again (repeatable)
    #[arg(long, value_name = "SCENARIO=FILE", value_parser = pair)]
    script: Vec<(String, PathBuf)>,
    /// The file to write [default: LEARNER.satrain]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn pair(text: &str) -> std::result::Result<(String, PathBuf), String> {
    let (scenario, file) = text.split_once('=').ok_or("write SCENARIO=FILE")?;
    match scenario.is_empty() || file.is_empty() {
        true => Err("write SCENARIO=FILE".into()),
        false => Ok((scenario.to_owned(), file.into())),
    }
}

fn class(text: &str) -> std::result::Result<String, String> {
    match bundle::is_class(text) {
        true => Ok(text.to_owned()),
        false => {
            Err("it has 16 hexadecimal digits, as your instructor's `satrain class variant` prints it".into())
        }
    }
}

/// Runs the command.
pub async fn run(ctx: &Context, args: &SubmitArgs, out: &mut impl Write) -> Result<Exit> {
    let mut scripts = BTreeMap::new();
    for (scenario, file) in &args.script {
        if scripts.insert(scenario.clone(), read(file)?).is_some() {
            return Err(Failure::usage(format!("`--script` names {} twice", printable(scenario))));
        }
    }
    if let Some(other) =
        scripts.keys().find(|one| !args.scenarios.is_empty() && !args.scenarios.contains(one))
    {
        return Err(Failure::usage(format!(
            "`--script` names {}, which is not among the scenarios to hand in",
            printable(other)
        )));
    }
    let hand_in = ctx.session.hand_in(&args.scenarios, &scripts)?;
    for (scenario, why) in &hand_in.left_out {
        let told = format!("{}: {why}", printable(scenario));
        if args.scenarios.contains(scenario) || scripts.contains_key(scenario) {
            return Err(Failure::usage(told));
        }
        ctx.events.warn(format!("left out: {told}"));
    }
    if hand_in.attempts.is_empty() {
        return Err(Failure::usage(
            "there is nothing to hand in\nPlay a scenario with `satrain run`, and grade it with `satrain check`.",
        ));
    }
    if let Some(other) = scripts.keys().find(|one| !hand_in.attempts.iter().any(|(_, a)| a.scenario == **one))
    {
        return Err(Failure::usage(format!(
            "{} was not played on this machine\nPlay it once with `satrain run {} --solution FILE`.",
            printable(other),
            printable(other)
        )));
    }
    let mut attempts = Vec::new();
    for (record, attempt) in hand_in.attempts {
        attempts.push(Attempt { requests: asked(ctx, &record).await, ..attempt });
    }
    let key = key(&ctx.paths.state.join("submit"))?;
    let bundle = Bundle {
        schema: BundleVersion::V1,
        class: args.class.clone(),
        learner: args.learner.clone(),
        public_key: key.public(),
        submitted_at: Timestamp::now(),
        satrain: env!("CARGO_PKG_VERSION").to_owned(),
        attempts,
        answers: Vec::new(),
    };
    let bytes = bundle::pack(&bundle, &key).map_err(told)?;
    let path = args.out.clone().unwrap_or_else(|| format!("{}.{}", args.learner, bundle::ENDING).into());
    must_be_mine(&path, &bundle)?;
    write_atomic(&path, &bytes, Durability::Disk).map_err(|e| Failure::of_file(&path, &e))?;
    show(ctx, &bundle, &path, bytes.len(), out)?;
    Ok(Exit::Passed)
}

fn show(ctx: &Context, bundle: &Bundle, path: &Path, size: usize, out: &mut impl Write) -> Result<()> {
    if ctx.json {
        let attempts: Vec<_> = bundle
            .attempts
            .iter()
            .map(|one| json!({"scenario": one.scenario, "percent": one.percent, "script": one.script.is_some()}))
            .collect();
        let file = path.display().to_string();
        return ctx.write_json(
            out,
            &json!({"file": file, "class": bundle.class, "learner": bundle.learner, "attempts": attempts}),
        );
    }
    for one in &bundle.attempts {
        let what = match &one.script {
            Some(_) => "its script, which is played again".to_owned(),
            None => format!("what this machine recorded, and {}", counted(one.requests.len(), "request")),
        };
        writeln!(out, "  {} {} {} %: {what}", one.scenario, ctx.style.dot(), one.percent)?;
    }
    writeln!(out, "{} ({} KiB) is ready to hand in.", name(path), size.div_ceil(1024))?;
    Ok(())
}

/// An existing file is replaced only by another bundle of the same learner for the same class.
fn must_be_mine(path: &Path, bundle: &Bundle) -> Result<()> {
    let file = match foreign_file(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Failure::of_file(path, &e)),
    };
    match bundle::unpack(file) {
        Ok(old) if old.is_for(&bundle.class, &bundle.learner).is_ok() => Ok(()),
        _ => Err(Failure::usage(format!(
            "{} exists already, and is no earlier hand-in of yours for this class\nName another file with `--out`.",
            name(path)
        ))),
    }
}

/// The key of this machine's user, made when it is needed first.
fn key(folder: &Path) -> Result<SigningKey> {
    let path = folder.join("key");
    match foreign_bytes(&path, KEY) {
        Ok(bytes) => SigningKey::read(&bytes).map_err(|e| {
            Failure::usage(format!(
                "{}: {e}\nRemove the file: the next `satrain submit` makes a new key.",
                name(&path)
            ))
        }),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            let (key, bytes) = SigningKey::generate().map_err(told)?;
            make_private(folder).map_err(|e| Failure::of_file(folder, &e))?;
            write_atomic(&path, &bytes, Durability::Disk).map_err(|e| Failure::of_file(&path, &e))?;
            Ok(key)
        }
        Err(e) => Err(Failure::of_file(&path, &e)),
    }
}

/// What the learner asked the attempt's cluster to change, as far as the cluster is running and has a log.
async fn asked(ctx: &Context, record: &AttemptRecord) -> Vec<Request> {
    let found = connect::running(ctx, &record.cluster).await.ok().flatten();
    let log = found.and_then(|info| info.capabilities.audit_log);
    let Some(text) = log.and_then(|log| read_log(&log).ok()) else { return Vec::new() };
    let all = requests(&text, &[LEARNER]).into_iter();
    let mut mine: Vec<Request> = all
        .filter(|request| request.at >= record.started && request.changes())
        .filter(|request| request.namespace.as_ref().is_none_or(|name| record.namespaces.contains(name)))
        .map(|request| Request {
            at: request.at,
            verb: request.verb,
            path: request.path,
            user: request.user,
            status: request.code,
        })
        .collect();
    mine.drain(..mine.len().saturating_sub(MOST_REQUESTS));
    mine
}

fn told(error: BundleError) -> Failure {
    match error.is_fault() {
        true => Failure::other(error),
        false => Failure::usage(error),
    }
}
