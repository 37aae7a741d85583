//! The clusters that a proof works on: its own, which end with it, or one that the author names.

use crate::commands::cluster::choice::ClusterChoice;
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::error::{Failure, Result};
use crate::fs::Lock;
use crate::lab::cluster::LabCluster;
use crate::lab::store::Store;

/// The cluster that is made for a proof and taken down after it.
const OWN: &str = "prove";
/// And another, where cases that need one to themselves are played meanwhile.
const APART: &str = "prove-apart";

/// Cases often wait: for Pods, or for the ten seconds for which the API server remembers a token.
const JOBS_PER_CPU: usize = 4;

/// Where a proof is played.
pub(in crate::commands) struct ProofClusters {
    choice: ClusterChoice,
    own: bool,
    /// The cluster.
    pub(in crate::commands) lab: LabCluster,
    /// The proof's attempts.
    pub(in crate::commands) store: Store,
    // Until the clusters are down: another proof would use them, and lose them on its way.
    _lock: Lock,
}

impl ProofClusters {
    /// Brings the proof's own cluster up, or takes the one that `named` names, where no attempt is in progress.
    pub(in crate::commands) async fn up(ctx: &Context, named: &ClusterChoice) -> Result<Self> {
        let own = !named.is_explicit();
        let choice = if own { ClusterChoice::embedded(OWN).for_speed() } else { named.clone() };
        let state = ctx.paths.state.join("prove");
        let store = if own { Store::ephemeral(state) } else { Store::new(state) };
        let lock = ctx.session.lock(&store)?;
        if own {
            forget_dead(ctx, &choice).await?;
        }
        let lab = connect::up(ctx, &choice).await?;
        if !lab.capabilities.exclusive {
            return Err(Failure::usage(
                "a proof needs an exclusive cluster, and an adopted one is shared\nOmit `--context`: the proof then creates its own cluster.",
            ));
        }
        let open = ctx.session.store().in_progress()?;
        if open.iter().any(|r| r.cluster.uid == lab.cluster.uid) {
            return Err(Failure::usage(
                "attempts are in progress on that cluster, and a proof must not disturb them\n\
                 Omit `--name`: the proof then creates its own cluster.",
            ));
        }
        Ok(Self { choice, own, lab, store, _lock: lock })
    }

    /// A second cluster for the cases that need one to themselves. None: where there is no room for it, they wait for the
    /// others.
    pub(in crate::commands) async fn apart(&self, ctx: &Context) -> Option<LabCluster> {
        if !self.own {
            return None;
        }
        let lab = afresh(ctx).await;
        lab.inspect_err(|failure| {
            let why = &failure.report;
            ctx.events
                .warn(format!("no second cluster is available, so some cases wait for all others: {why}"));
        })
        .ok()
    }

    /// Ends the proof's own clusters.
    pub(in crate::commands) async fn down(self, ctx: &Context) -> Result<()> {
        if !self.own {
            return Ok(());
        }
        connect::down(ctx, &*connect::provider(ctx, &self.choice, false)?, OWN).await?;
        // This proof's, or that of an earlier one which kept its clusters.
        connect::end(ctx, APART).await
    }
}

/// A proof's own cluster that died is not brought back: it holds what an interrupted proof left.
async fn forget_dead(ctx: &Context, choice: &ClusterChoice) -> Result<()> {
    let provider = connect::provider(ctx, choice, false)?;
    if provider.is_kept() {
        connect::down(ctx, &*provider, OWN).await?;
    }
    Ok(())
}

/// How many cases are played at a time.
pub(in crate::commands) fn jobs(asked: Option<u16>) -> usize {
    let cpus = std::thread::available_parallelism().map_or(2, usize::from);
    asked.map_or(cpus * JOBS_PER_CPU, usize::from)
}

/// The second cluster as it is at its start, whatever an interrupted proof left running.
async fn afresh(ctx: &Context) -> Result<LabCluster> {
    connect::end(ctx, APART).await?;
    connect::up(ctx, &ClusterChoice::embedded(APART).for_speed()).await
}
