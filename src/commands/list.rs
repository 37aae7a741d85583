//! `satrain list`: the catalog.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Args;

use super::context::Context;
use crate::error::{Exit, Result};
use crate::lab::store::record::Phase;
use crate::report::catalog::{self, Row};
use crate::report::result::ResultV1;
use crate::scenario::Entry;
use crate::scenario::model::Difficulty;

/// Arguments of `satrain list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only scenarios with this topic
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
}

/// Runs the command.
pub fn run(ctx: &Context, args: &ListArgs, out: &mut impl Write) -> Result<Exit> {
    let store = ctx.store();
    let mut best: BTreeMap<String, u32> = BTreeMap::new();
    let mut open = Vec::new();
    for record in store.all()? {
        if record.phase != Phase::Ended {
            open.push(record.scenario.id.clone());
        }
        for result in store.dir(&record.id).all_results::<ResultV1>()? {
            // What a solution earned is not the learner's.
            if result.solution.is_none() && result.score.complete {
                let score = best.entry(record.scenario.id.clone()).or_default();
                *score = (*score).max(result.score.percent);
            }
        }
    }
    let catalog = ctx.catalog()?;
    let rows: Vec<Row> = catalog
        .entries()
        .iter()
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
