//! `satrain class play`: plays hand-ins that wait in an object store, and knows nothing of the class.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::here;
use super::shard::resolved;
use crate::cluster::embedded;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::marking::{Job, Keeper, Key, Pool, WantedShard};
use crate::objects::Objects;
use crate::plural::counted;
use crate::shard::Shard;

/// Arguments of `satrain class play`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  satrain class play s3://classes/security-b --shard 2/3\n  satrain class play /mnt/shared/security-b --shard auto/8\n\nA store's own variables say its address and credentials: AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, GOOGLE_SERVICE_ACCOUNT, AZURE_STORAGE_ACCOUNT_NAME, and so on."
)]
pub(super) struct PlayArgs {
    /// Where `satrain grade --store` put the hand-ins
    #[arg(value_name = "STORE")]
    store: String,
    /// Play only part K of N; `auto/N` in an array job of Slurm or an Indexed Job of Kubernetes
    #[arg(long, value_name = "K/N")]
    shard: Option<WantedShard>,
    /// Hand-ins to play in parallel, each on a cluster of its own [default: by processors and memory]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: Option<u16>,
}

/// What is to be played, and what cannot be.
struct Part {
    jobs: Vec<Job>,
    limit: Duration,
    /// How many hand-ins are this machine's, with those that have a mark.
    total: usize,
    broken: BTreeMap<Key, String>,
}

/// Runs the command.
pub(super) async fn play(ctx: &Context, args: &PlayArgs, out: &mut impl Write) -> Result<Exit> {
    let shard = args.shard.map(|wanted| resolved(ctx, wanted)).transpose()?;
    // In a container of its own it is process 1: a Pod on somebody's node.
    if std::process::id() == 1 {
        if !embedded::root_is_nobody(&ctx.environment.path) {
            return Err(Failure::usage(
                "this node gives labs no user namespace: root in a lab would be root on the node\nUse nodes with Linux 5.11 or later that allow user namespaces (`user.max_user_namespaces`).",
            ));
        }
        embedded::delegate_container_groups()?;
    }
    let pool = Pool::new(Objects::open(&args.store, &ctx.environment.stores).map_err(Failure::usage)?);
    let part = part(&pool, shard).await?;
    let mut faults = part.broken;
    for (key, why) in &faults {
        ctx.events.warn(format!("hand-in {:.12}: {why}", key.as_str()));
        pool.fault(key, why).await.map_err(Failure::other)?;
    }
    let played = here::played(ctx, &pool, part.jobs, (args.jobs, part.limit), shard).await?;
    faults.extend(played.into_iter().filter_map(|(key, outcome)| Some((key, outcome.err()?))));
    let marked = pool.marks().await.map_err(Failure::other)?;
    let left = mine(&pool, shard).await?.difference(&marked).count();
    match ctx.json {
        true => ctx.write_json(
            out,
            &json!({"schema": "satrain.dev/played-part/v1", "handIns": part.total, "left": left, "faults": faults.len()}),
        )?,
        false => writeln!(
            out,
            "{} of {} in {} {} graded.",
            part.total.saturating_sub(left),
            counted(part.total, "hand-in"),
            pool.url(),
            if part.total == 1 { "is" } else { "are" },
        )?,
    }
    Ok(if left == 0 { Exit::Passed } else { Exit::Incomplete })
}

/// The names of this machine's hand-ins.
async fn mine(pool: &Pool, shard: Option<Shard>) -> Result<std::collections::BTreeSet<Key>> {
    let all = pool.jobs().await.map_err(Failure::other)?;
    Ok(all.into_iter().filter(|key| shard.is_none_or(|shard| shard.holds(key.number()))).collect())
}

async fn part(pool: &Pool, shard: Option<Shard>) -> Result<Part> {
    let mine = mine(pool, shard).await?;
    let marked = pool.marks().await.map_err(Failure::other)?;
    let mut part =
        Part { jobs: Vec::new(), limit: Duration::ZERO, total: mine.len(), broken: BTreeMap::new() };
    for key in mine.difference(&marked) {
        match pool.job(key).await.map_err(Failure::other)? {
            None => {}
            Some(Ok((job, limit))) => {
                part.limit = part.limit.max(limit);
                part.jobs.push(job);
            }
            Some(Err(why)) => drop(part.broken.insert(key.clone(), why)),
        }
    }
    Ok(part)
}
