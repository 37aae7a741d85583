//! What an exam needs of clusters; who starts satrain says how they are made.

use futures::future::BoxFuture;

use super::error::Result;
use crate::lab::cluster::LabCluster;
use crate::lab::store::record::ClusterRef;

/// Makes, finds and ends the clusters of an exam.
pub trait Clusters: Sync {
    /// Makes a cluster of that name from nothing: one that is there already is ended first.
    fn fresh<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<LabCluster>>;

    /// Writes down how a cluster is, before the first attempt begins there.
    fn remember<'a>(&'a self, lab: &'a LabCluster) -> BoxFuture<'a, Result<()>>;

    /// A cluster that was made before, brought back if it died; None: it is not there any more.
    fn find<'a>(&'a self, cluster: &'a ClusterRef) -> BoxFuture<'a, Result<Option<LabCluster>>>;

    /// Ends a cluster of that name.
    fn end<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<()>>;
}

/// The name of the cluster that tasks share, and of those that a task has to itself.
pub fn name(alone: Option<usize>) -> String {
    match alone {
        None => "satrain-exam".into(),
        Some(number) => format!("satrain-exam-{number}"),
    }
}
