//! What a proof has at hand: clusters, a store, and where it tells how far it has come.

use std::path::PathBuf;

use crate::event::Events;
use crate::lab::cluster::LabCluster;
use crate::lab::store::Store;

/// What the proof runs on.
#[derive(Debug, Clone)]
pub struct ProofEnv {
    /// The cluster.
    pub lab: LabCluster,
    /// Another, for the cases that need one to themselves; None: they wait until all others are done.
    pub apart: Option<LabCluster>,
    /// Where its attempts are written down: not the learner's.
    pub store: Store,
    /// Cases at a time.
    pub jobs: usize,
    /// Shows how far it has come.
    pub events: Events,
    /// Where each case's grade is recorded, if it is.
    pub record: Option<PathBuf>,
}
