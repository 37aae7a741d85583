//! Where the world begins: whoever answers probes.

use std::time::Duration;

use super::observation::{Observations, Observed};
use super::probe::Probe;

/// Answers probes: the cluster and the workspace in life, a fake in tests.
pub trait Ask: Send + Sync {
    /// Answers one probe. What goes wrong is in the answer.
    fn ask(&self, probe: &Probe) -> impl Future<Output = Observed> + Send;

    /// Returns when something that `seen` holds may have changed, and after `at_most` at the latest.
    fn changed(&self, seen: &Observations, at_most: Duration) -> impl Future<Output = ()> + Send;
}
