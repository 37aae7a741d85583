//! Marks of other machines, taken from a store into the folder of the class.

use crate::error::{Failure, Result};
use crate::marking::{Job, Marks, Outcomes, Pool};

/// Takes marks that are new in the store.
pub(super) async fn collect(pool: &Pool, jobs: &[Job], marks: &Marks, outcomes: &mut Outcomes) -> Result<()> {
    let there = pool.marks().await.map_err(Failure::other)?;
    for job in without_outcome(jobs, outcomes).into_iter().filter(|job| there.contains(&job.key)) {
        let Some(kept) = pool.kept(job).await.map_err(Failure::other)? else { continue };
        marks.keep(&job.key, &kept).map_err(|e| Failure::of_file(marks.root(), &e))?;
        outcomes.insert(job.key.clone(), Ok(kept.mark));
    }
    Ok(())
}

/// The jobs of which nothing came yet.
pub(super) fn without_outcome<'a>(jobs: &'a [Job], outcomes: &Outcomes) -> Vec<&'a Job> {
    jobs.iter().filter(|job| !outcomes.contains_key(&job.key)).collect()
}
