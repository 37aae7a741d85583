//! The clusters of an exam, as satrain makes its own.

use futures::future::BoxFuture;

use crate::commands::cluster::choice::ClusterChoice;
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::error::{Failure, Result};
use crate::lab::clean;
use crate::lab::cluster::LabCluster;
use crate::lab::store::record::ClusterRef;
use crate::sitting::clusters::Clusters;
use crate::sitting::error::{Result as SittingResult, SittingError};

/// Makes them for this command.
pub(super) struct Own<'a>(pub(super) &'a Context);

impl Own<'_> {
    async fn fresh(&self, name: &str) -> Result<LabCluster> {
        connect::afresh(self.0, &ClusterChoice::embedded(name), name).await
    }
}

impl Clusters for Own<'_> {
    fn fresh<'a>(&'a self, name: &'a str) -> BoxFuture<'a, SittingResult<LabCluster>> {
        Box::pin(async move { self.fresh(name).await.map_err(told) })
    }

    fn remember<'a>(&'a self, lab: &'a LabCluster) -> BoxFuture<'a, SittingResult<()>> {
        Box::pin(async move { Ok(clean::remember(lab).await?) })
    }

    fn find<'a>(&'a self, cluster: &'a ClusterRef) -> BoxFuture<'a, SittingResult<Option<LabCluster>>> {
        Box::pin(async move { connect::found(self.0, cluster).await.map_err(told) })
    }

    fn end<'a>(&'a self, name: &'a str) -> BoxFuture<'a, SittingResult<()>> {
        Box::pin(async move { connect::end(self.0, name).await.map_err(told) })
    }
}

fn told(failure: Failure) -> SittingError {
    let help = failure.report.help().map(|help| format!("\n{help}")).unwrap_or_default();
    SittingError::Cluster(format!("{}{help}", failure.report))
}
