//! What is graded again and again: the checks, their baseline and the means to ask.

use std::path::PathBuf;
use std::time::Duration;

use satrain::cluster::ClusterInfo;
use satrain::grade::expectation::Check;
use satrain::grade::observation::Observations;
use satrain::grade::{Baseline, ClusterProber, Grade, GradeRequest, baseline, grade};

use super::lab::Lab;
use super::{Outcome, mix};

/// Longer than a learner's grade waits for an answer: a slow machine is to give a large figure, and no error.
const PATIENCE: Duration = Duration::from_secs(60);

/// The work of one cell.
#[derive(Debug)]
pub(super) struct Work {
    info: ClusterInfo,
    workspace: PathBuf,
    before: Observations,
    /// What is graded.
    pub(super) checks: Vec<Check>,
}

impl Work {
    /// So many checks, compared with what is there now.
    pub(super) async fn prepare(lab: &Lab, checks: usize) -> Outcome<Self> {
        let (info, workspace, checks) = (lab.info.clone(), lab.folder("workspace")?, mix::checks(checks)?);
        let mut work = Self { info, workspace, checks, before: Observations::default() };
        work.before = baseline(&work.ask().await?, &work.checks, &[]).await?;
        Ok(work)
    }

    /// One grade as `satrain check` makes it: with a connection of its own.
    pub(super) async fn grade(&self) -> Outcome<Grade> {
        let request =
            GradeRequest { checks: &self.checks, guards: &[], baseline: Baseline::Taken(&self.before) };
        let graded = grade(&self.ask().await?, &request).await;
        if graded.score.passed {
            return Ok(graded);
        }
        let not_passed = graded.results.iter().filter(|result| result.points < result.max);
        let why: Vec<String> =
            not_passed.map(|result| format!("{}: {}", result.id, result.verdict.why)).collect();
        Err(format!("a grade is no full pass: {}", why.join("; ")).into())
    }

    async fn ask(&self) -> Outcome<ClusterProber> {
        let client = self.info.probing_client().await?;
        Ok(ClusterProber::new(client, &self.workspace).with_timeout(PATIENCE))
    }
}
