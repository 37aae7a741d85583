//! `satrain grade --shard`, `--collect`, `--on`: a class that several machines grade.
//!
//! Each machine plays its part of the hand-ins and keeps marks in the folder of the class, which all of them share. The gradebook is
//! made of all marks, by whoever collects them.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::elsewhere::Players;
use super::kubernetes::KubernetesArgs;
use crate::commands::cluster::connect::this_program;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};
use crate::marking::{Batch, BatchJob, Outcomes, Plan, WantedShard};
use crate::plural::counted;
use crate::shard::Shard;

/// The part of the work that is meant, by the number that the batch system gave.
pub(super) fn resolved(ctx: &Context, wanted: WantedShard) -> Result<Shard> {
    let known = &ctx.environment.array_job;
    wanted.resolved(|name| known.get(name).cloned()).map_err(Failure::usage)
}

/// How several machines share the work.
#[derive(Debug, Args)]
pub(super) struct PartArgs {
    /// Play only part K of N, and write no gradebook; `auto/N` in an array job of Slurm or an Indexed Job of Kubernetes
    #[arg(long, value_name = "K/N", conflicts_with_all = ["replay", "csv", "html", "junit", "gradescope", "fill"])]
    shard: Option<WantedShard>,
    /// Play nothing: make the gradebook of the marks that are there
    #[arg(long, conflicts_with_all = ["replay", "shard", "again", "jobs"])]
    collect: bool,
    /// Have a batch system grade the class in parts: print its job file, or run Pods and wait for them
    #[arg(long, value_name = "SYSTEM", requires = "shards", conflicts_with_all = ["replay", "shard", "collect", "jobs"])]
    on: Option<System>,
    /// How many parts
    #[arg(long, value_name = "N", requires = "on", value_parser = clap::value_parser!(u32).range(1..=1000))]
    shards: Option<u32>,
    /// Where hand-ins and marks are for machines that do not share the folder of the class: s3://BUCKET/FOLDER, gs://, az://, or a
    /// folder; `satrain class play` plays them
    #[arg(long, value_name = "STORE", conflicts_with_all = ["replay", "shard"])]
    store: Option<String>,
    #[command(flatten)]
    kubernetes: KubernetesArgs,
}

/// A batch system.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum System {
    /// A script for `sbatch`
    Slurm,
    /// A description for `condor_submit`
    Htcondor,
    /// An Indexed Job, on the cluster of `--context`
    Kubernetes,
}

impl PartArgs {
    /// Whether only the marks that are there count.
    pub(super) fn collects(&self) -> bool {
        self.collect
    }

    /// The part to play, if not all.
    pub(super) fn shard(&self, ctx: &Context) -> Result<Option<Shard>> {
        self.shard.map(|wanted| resolved(ctx, wanted)).transpose()
    }

    /// Whether others play the hand-ins.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.store.is_some()
    }

    /// Whether a job file is all that comes of it.
    pub(super) fn prints_a_job_file(&self) -> bool {
        matches!(self.on, Some(System::Slurm | System::Htcondor))
    }

    /// The store, and who plays what is put there, if that is asked for.
    pub(super) fn elsewhere(&self) -> Result<Option<(&str, Players<'_>)>> {
        let parts = self.shards.unwrap_or(1);
        let players = match self.on {
            None => Players::Whoever,
            Some(System::Slurm) => Players::Batch(Batch::Slurm, parts),
            Some(System::Htcondor) => Players::Batch(Batch::HtCondor, parts),
            Some(System::Kubernetes) => Players::Pods(&self.kubernetes, parts),
        };
        match (&self.store, &players) {
            (Some(_), Players::Whoever) if !self.collect => Err(Failure::usage(
                "`--store` is for `--on SYSTEM`, or for `--collect`, which takes the marks that are there",
            )),
            (Some(store), _) => Ok(Some((store, players))),
            (None, Players::Pods(..)) => Err(Failure::usage(
                "Pods do not see the folder of the class\nName an object store by which they get hand-ins and give marks: `--store s3://BUCKET/FOLDER`.",
            )),
            (None, _) => Ok(None),
        }
    }

    /// The job file for machines that share the folder of the class, if that is asked for.
    pub(super) fn job_file(
        &self,
        ctx: &Context,
        class: &Path,
        hand_ins: &[PathBuf],
    ) -> Result<Option<String>> {
        let (Some(system), Some(parts), None) = (self.on, self.shards, &self.store) else { return Ok(None) };
        let batch = match system {
            System::Slurm => Batch::Slurm,
            System::Htcondor => Batch::HtCondor,
            System::Kubernetes => return Ok(None),
        };
        super::opened(ctx, class)?;
        let whole = |path: &Path| match path.canonicalize() {
            Ok(whole) => Ok(whole.to_string_lossy().into_owned()),
            Err(e) => Err(Failure::of_file(path, &e)),
        };
        let files = std::iter::once(class).chain(hand_ins.iter().map(PathBuf::as_path));
        let mut arguments = vec!["grade".to_owned()];
        for path in files {
            arguments.push(whole(path)?);
        }
        Ok(Some(batch.file(&BatchJob { program: &this_program()?, arguments: &arguments, parts })))
    }
}

/// Says what came of a part.
pub(super) fn tell(
    ctx: &Context,
    shard: Shard,
    plan: &Plan,
    outcomes: &Outcomes,
    out: &mut impl Write,
) -> Result<Exit> {
    let mine: Vec<_> = plan.jobs.iter().filter(|job| shard.holds(job.key.number())).collect();
    let graded = |key| matches!(outcomes.get(key), Some(Ok(_)));
    let left: Vec<_> = mine.iter().filter(|job| !graded(&job.key)).collect();
    if ctx.json {
        let left: Vec<_> = left.iter().map(|job| job.key.as_str()).collect();
        let value = serde_json::json!({
            "schema": "satrain.dev/grade-part/v1", "shard": shard.to_string(), "handIns": mine.len(), "notGraded": left,
        });
        ctx.write_json(out, &value)?;
    } else {
        writeln!(
            out,
            "Part {shard}: {} of {} {} graded. `satrain grade ... --collect` makes the gradebook when all parts are done.",
            mine.len() - left.len(),
            counted(mine.len(), "hand-in"),
            if mine.len() == 1 { "is" } else { "are" },
        )?;
        for job in &left {
            let why = outcomes.get(&job.key).and_then(|outcome| outcome.as_ref().err());
            writeln!(out, "  {}: {}", job.label, why.map_or("it was not played", String::as_str))?;
        }
    }
    Ok(if left.is_empty() { Exit::Passed } else { Exit::Incomplete })
}
