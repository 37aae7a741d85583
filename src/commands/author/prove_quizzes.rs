//! `satrain prove --quizzes [TOPIC|ID…]`: runs the experiment of each item, and says whether its key is true.

use std::io::Write;
use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::proof_clusters::{ProofClusters, jobs};
use super::prove::ProveArgs;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::fs::{Durability, write_atomic};
use crate::lab::attempt;
use crate::printable::name;
use crate::quiz::model::Item;
use crate::quiz::observed::Observed;
use crate::quiz::proof::{ItemProof, prove};
use crate::quiz::{Bank, named};
use crate::report::style::{Mark, Style};

/// The file of recorded observations, in the folder of `--record`.
const OBSERVED: &str = "observed.json";

/// Runs the command: proves the items that `args` names.
pub async fn run(ctx: &Context, args: &ProveArgs, out: &mut impl Write) -> Result<Exit> {
    // Before a cluster is started: a typing error should cost nothing.
    let items = items(&Bank::builtin()?, &args.ids)?;
    let clusters = ProofClusters::up(ctx, &args.cluster).await?;
    let proved = proved(ctx, args, &clusters, &items, out).await;
    if !args.keep {
        clusters.down(ctx).await?;
    }
    proved
}

/// The items that are asked for.
fn items(bank: &Bank, names: &[String]) -> Result<Vec<Item>> {
    let items: Vec<Item> = named(bank, names)?.into_iter().map(|(_, item)| item.clone()).collect();
    if items.iter().all(|item| item.experiment.is_none()) {
        return Err(Failure::usage("none of these items has an experiment: there is nothing to prove"));
    }
    Ok(items)
}

/// Proves `items` on the cluster, and writes what came of it.
async fn proved(
    ctx: &Context,
    args: &ProveArgs,
    ProofClusters { lab, store, .. }: &ProofClusters,
    items: &[Item],
    out: &mut impl Write,
) -> Result<Exit> {
    attempt::clear(store, lab).await?;
    let started = std::time::Instant::now();
    let all: Vec<&Item> = items.iter().collect();
    let proofs = prove(store, lab, &all, jobs(args.jobs), &ctx.events).await;
    let holds = proofs.iter().all(|p| p.problems.is_empty());
    if let Some(folder) = &args.record {
        write_observed(folder, &Observed::of(&lab.cluster.version, &today(), &proofs))?;
    }
    let seconds = started.elapsed().as_secs_f64();
    if ctx.json {
        let cluster = json!({"provider": lab.cluster.provider, "version": lab.cluster.version});
        let value = json!({"schema": "satrain.dev/quiz-proof/v1", "cluster": cluster, "items": proofs,
            "undecided": undecided(items), "seconds": seconds, "holds": holds});
        ctx.write_json(out, &value)?;
    } else {
        text(&ctx.style, &proofs, items, seconds, out)?;
    }
    Ok(if holds { Exit::Passed } else { Exit::NotPassed })
}

/// The items that no cluster decides.
fn undecided(items: &[Item]) -> Vec<&str> {
    items.iter().filter(|item| item.experiment.is_none()).map(|item| item.id.as_str()).collect()
}

fn text(
    style: &Style,
    proofs: &[ItemProof],
    items: &[Item],
    seconds: f64,
    out: &mut impl Write,
) -> Result<()> {
    for proof in proofs {
        let mark = style.mark(if proof.problems.is_empty() { Mark::Good } else { Mark::Bad });
        writeln!(out, "{mark} {} ({:.1} s)", proof.id, proof.seconds)?;
        for problem in &proof.problems {
            writeln!(out, "    {problem}")?;
        }
    }
    let wrong = proofs.iter().filter(|p| !p.problems.is_empty()).count();
    let undecided = undecided(items).len();
    writeln!(
        out,
        "\n{} items proved in {seconds:.0} s, {wrong} failed; a cluster cannot decide {undecided} more.",
        proofs.len()
    )?;
    Ok(())
}

fn today() -> String {
    Timestamp::now().strftime("%Y-%m-%d").to_string()
}

fn write_observed(folder: &Path, observed: &Observed) -> Result<()> {
    let failed = |e: std::io::Error| Failure::usage(format!("{}: {e}", name(folder)));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mut text = serde_json::to_string_pretty(observed).map_err(|e| Failure::usage(e.to_string()))?;
    text.push('\n');
    write_atomic(&folder.join(OBSERVED), text.as_bytes(), Durability::Disk).map_err(failed)
}
