//! `satrain list`: the catalog, in the order of the learning path.

use std::io::Write;

use clap::Args;

use super::context::Context;
use super::progress::Progress;
use crate::error::{Exit, Result};
use crate::report::catalog::{self, Row};
use crate::scenario::model::Difficulty;
use crate::scenario::{Entry, path};

/// Arguments of `satrain list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only scenarios with this topic
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
}

/// Runs the command.
pub fn run(ctx: &Context, args: &ListArgs, out: &mut impl Write) -> Result<Exit> {
    let Progress { best, open } = Progress::of(&ctx.store())?;
    let catalog = ctx.catalog()?;
    let rows: Vec<Row> = path::order(catalog.entries())
        .into_iter()
        .map(|entry| row(entry, best.get(&entry.id).copied(), open.contains(&entry.id)))
        .filter(|row| args.topic.as_ref().is_none_or(|t| row.topics.contains(t)))
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
        },
    }
}
