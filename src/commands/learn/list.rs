//! `satrain list`: the catalog, in the order of the learning path.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Args;

use crate::commands::cluster::choice::ClusterChoice;
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::commands::learn::topic::TopicArgs;
use crate::error::{Exit, Result};
use crate::lab::requirements::{self, Unmet};
use crate::report::catalog::{self, Row};
use crate::scenario::model::Difficulty;
use crate::scenario::{self, Binding, BoundScenario, Entry, bind, path};
use crate::session::progress::Progress;

/// Arguments of `satrain list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  satrain list\n  satrain list --topic rbac")]
pub struct ListArgs {
    #[command(flatten)]
    topic: TopicArgs,
    /// Show which of them this existing cluster cannot run, and why
    #[arg(long, value_name = "CONTEXT")]
    context: Option<String>,
}

impl ListArgs {
    /// Whether a cluster has to be asked.
    pub const fn asks_a_cluster(&self) -> bool {
        self.context.is_some()
    }
}

/// Runs the command with a cluster that has to be asked.
pub async fn run_asking(ctx: &Context, args: &ListArgs, out: &mut impl Write) -> Result<Exit> {
    let mut lacking = BTreeMap::new();
    if let Some(context) = &args.context {
        let lab = connect::up(ctx, &ClusterChoice::existing(context)).await?;
        let catalog = ctx.session.catalog()?;
        let loaded = catalog.entries().iter().filter_map(|entry| entry.loaded.as_ref().ok());
        let bound: Vec<BoundScenario> = loaded
            .map(|loaded| bind(loaded, &Binding::defaults(&loaded.scenario)))
            .collect::<scenario::Result<_>>()?;
        let found = requirements::unmet(&lab, &bound).await?;
        lacking = bound.iter().map(|b| b.scenario.id.clone()).zip(found).collect();
    }
    listed(ctx, args, &lacking, out)
}

/// Runs the command.
pub fn run(ctx: &Context, args: &ListArgs, out: &mut impl Write) -> Result<Exit> {
    listed(ctx, args, &BTreeMap::new(), out)
}

fn listed(
    ctx: &Context,
    args: &ListArgs,
    lacking: &BTreeMap<String, Vec<Unmet>>,
    out: &mut impl Write,
) -> Result<Exit> {
    let progress = Progress::of(&ctx.session.store())?;
    let open = progress.open_scenarios();
    let catalog = ctx.session.catalog()?;
    let chosen = args.topic.choose(catalog.entries())?;
    let rows: Vec<Row> = path::order(&chosen)
        .into_iter()
        .map(|entry| row(entry, progress.best.get(&entry.id).copied(), open.contains(&entry.id)))
        .map(|row| match lacking.get(&row.id) {
            Some(lacking) if !lacking.is_empty() => Row { lacking: lacking.clone(), ..row },
            _ => row,
        })
        .collect();
    match ctx.json {
        true => ctx.write_json(out, &rows)?,
        false => catalog::write(out, &ctx.style, &rows)?,
    }
    Ok(Exit::Passed)
}

fn row(entry: &Entry, best: Option<u32>, in_progress: bool) -> Row {
    match &entry.loaded {
        Ok(loaded) => Row {
            id: entry.id.clone(),
            title: loaded.scenario.title.clone(),
            topics: loaded.scenario.topics.clone(),
            difficulty: match loaded.scenario.difficulty {
                Difficulty::Easy => "easy".into(),
                Difficulty::Medium => "medium".into(),
                Difficulty::Hard => "hard".into(),
            },
            minutes: loaded.scenario.minutes,
            best,
            in_progress,
            usable: true,
            lacking: Vec::new(),
        },
        Err(error) => Row {
            id: entry.id.clone(),
            title: format!("cannot be used: {}", error.one_line()),
            topics: Vec::new(),
            difficulty: String::new(),
            minutes: 0,
            best,
            in_progress,
            usable: false,
            lacking: Vec::new(),
        },
    }
}
