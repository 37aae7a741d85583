//! The clusters on which hand-ins are played, as satrain makes its own.

use futures::future::BoxFuture;

use crate::cluster::embedded::programs_of_pods;
use crate::commands::cluster::choice::ClusterChoice;
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::error::{Failure, Result};
use crate::event::Events;
use crate::lab::clean;
use crate::lab::cluster::LabCluster;
use crate::marking::Seats;
use crate::shard::Shard;

/// Makes them for this command.
pub(super) struct Own {
    /// The command, whose progress is that of the hand-ins: how each cluster comes up is not shown.
    ctx: Context,
    /// Which part of the class, where several machines share it: they may be one.
    shard: Option<Shard>,
}

impl Own {
    pub(super) fn new(ctx: &Context, shard: Option<Shard>) -> Self {
        Self { ctx: ctx.with_events(Events::silent()), shard }
    }

    /// The name of the cluster of a seat.
    fn name(&self, seat: usize) -> String {
        format!("{}-{seat}", Shard::named("satrain-grade", self.shard))
    }

    async fn fresh(&self, seat: usize) -> Result<LabCluster> {
        let name = self.name(seat);
        let lab = connect::afresh(&self.ctx, &ClusterChoice::embedded(&name).for_speed(), &name).await?;
        clean::remember(&lab).await?;
        Ok(lab)
    }
}

impl Seats for Own {
    fn fresh(&self, seat: usize) -> BoxFuture<'_, std::result::Result<LabCluster, String>> {
        Box::pin(async move { self.fresh(seat).await.map_err(|failure| told(&failure)) })
    }

    fn at_work(&self, seat: usize) -> std::result::Result<usize, String> {
        programs_of_pods(&self.ctx.paths, &self.name(seat)).map_err(|e| e.to_string())
    }

    fn end(&self, seat: usize) -> BoxFuture<'_, std::result::Result<(), String>> {
        Box::pin(
            async move { connect::end(&self.ctx, &self.name(seat)).await.map_err(|failure| told(&failure)) },
        )
    }
}

fn told(failure: &Failure) -> String {
    failure.report.to_string()
}
