//! What marking needs of clusters; who starts satrain says how they are made.

use futures::future::BoxFuture;

use crate::lab::cluster::LabCluster;

/// Makes and ends the clusters that hand-ins are played on, one a seat.
pub trait Seats: Sync {
    /// A new cluster for that seat, from nothing: one that is there already is ended first. Or why there is none.
    fn fresh(&self, seat: usize) -> BoxFuture<'_, Result<LabCluster, String>>;

    /// How many programs of Pods run on the cluster of a seat, as the machine sees it. Or why nobody knows.
    fn at_work(&self, seat: usize) -> Result<usize, String>;

    /// Ends the cluster of a seat, if there is one.
    fn end(&self, seat: usize) -> BoxFuture<'_, Result<(), String>>;
}
