//! `satrain grade --store`: hand-ins are put where other machines reach them, and their marks are taken from there.
//!
//! The class stays here: its roster, its key, its files. What is sent are scripts and scenarios, named by what is in them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::collected::{collect, without_outcome};
use super::kubernetes::{self, KubernetesArgs};
use crate::class::BoundClass;
use crate::commands::cluster::connect::this_program;
use crate::commands::context::Context;
use crate::error::{Failure, Result};
use crate::marking::{Batch, BatchJob, Job, Key, Marks, Outcomes, PackedJob, Pool};
use crate::objects::Objects;
use crate::plural::counted;

/// Who plays what was put into a store.
pub(super) enum Players<'a> {
    /// Nobody that is known here: marks are collected.
    Whoever,
    /// An array job, which the user submits; its file is printed.
    Batch(Batch, u32),
    /// Pods, which are started and awaited.
    Pods(&'a KubernetesArgs, u32),
}

/// What is to be played, and on what.
pub(super) struct Elsewhere<'a> {
    pub(super) ctx: &'a Context,
    /// The URL of the store.
    pub(super) store: &'a str,
    pub(super) players: Players<'a>,
    pub(super) class: &'a BoundClass,
    /// The class's id.
    pub(super) id: &'a str,
    pub(super) marks: &'a Marks,
    pub(super) limit: Duration,
    /// Whether marks that the store has are thrown away.
    pub(super) again: bool,
}

/// What came of it.
pub(super) enum Came {
    /// What there is of each job.
    Outcomes(Outcomes),
    /// A job file for a batch system.
    JobFile(String),
}

impl Elsewhere<'_> {
    /// Has `jobs` played.
    pub(super) async fn played(&self, jobs: Vec<Job>) -> Result<Came> {
        // What cannot be is told before anything is sent.
        let pods = match &self.players {
            Players::Pods(args, parts) => {
                let place = args.place(self.store)?;
                Some(kubernetes::Pods::found(self.ctx, args, place, (self.id, *parts)).await?)
            }
            Players::Whoever | Players::Batch(..) => None,
        };
        // Marks are collected from a place that is there.
        let open = if matches!(self.players, Players::Whoever) { Objects::open } else { Objects::make };
        let objects = open(self.store, &self.ctx.environment.stores).map_err(Failure::usage)?;
        let pool = Pool::new(objects);
        if !pool.claim(self.id).await.map_err(Failure::other)? {
            return Err(Failure::usage(format!(
                "{} belongs to another class\nName a folder of its own for each class.",
                pool.url()
            )));
        }
        let keys: BTreeSet<Key> = jobs.iter().map(|job| job.key.clone()).collect();
        if self.again {
            pool.remove(&keys).await.map_err(Failure::other)?;
        }
        let mut outcomes = Outcomes::new();
        collect(&pool, &jobs, self.marks, &mut outcomes).await?;
        let left = without_outcome(&jobs, &outcomes);
        if let Players::Batch(batch, parts) = &self.players {
            self.send(&pool, &left).await?;
            return Ok(Came::JobFile(self.job_file(*batch, *parts)?));
        }
        if let Some(pods) = pods.filter(|_| !left.is_empty()) {
            self.send(&pool, &left).await?;
            let work = kubernetes::Work { ctx: self.ctx, pool: &pool, jobs: &jobs, marks: self.marks };
            pods.play(&work, &mut outcomes).await?;
        }
        for job in without_outcome(&jobs, &outcomes) {
            if let Some(why) = pool.reason(&job.key).await.map_err(Failure::other)? {
                self.ctx.events.warn(format!("{}: {why}", job.label));
                outcomes.insert(job.key.clone(), Err(why));
            }
        }
        // What is done needs not wait there any more; its mark stays, for whoever lost the class's folder.
        pool.finished(&keys).await.map_err(Failure::other)?;
        Ok(Came::Outcomes(outcomes))
    }

    async fn send(&self, pool: &Pool, jobs: &[&Job]) -> Result<()> {
        self.ctx.events.step(format!("Sending {} to {}", counted(jobs.len(), "hand-in"), pool.url()));
        let packed = |job: &&Job| {
            let task = self.class.task(&job.bound.scenario.id)?;
            Some((job.key.clone(), PackedJob::new(job, &task.loaded, self.limit)))
        };
        let packed: Vec<_> = jobs.iter().filter_map(packed).collect();
        pool.send(&packed).await.map_err(Failure::other)?;
        self.ctx.events.done(format!("{} in {}", counted(packed.len(), "hand-in"), pool.url()));
        Ok(())
    }

    fn job_file(&self, batch: Batch, parts: u32) -> Result<String> {
        let arguments = ["class", "play", &whole(self.store)].map(str::to_owned);
        Ok(batch.file(&BatchJob { program: &this_program()?, arguments: &arguments, parts }))
    }
}

/// The address of a store as other machines may have it: a folder's path is whole.
fn whole(store: &str) -> String {
    match store.contains("://") {
        true => store.to_owned(),
        false => {
            PathBuf::from(store).canonicalize().map_or_else(|_| store.to_owned(), |p| p.display().to_string())
        }
    }
}
