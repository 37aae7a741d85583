//! Where the world begins: whoever answers probes.

use std::time::Duration;

use super::observation::{Observations, Observed};
use super::probe::Probe;

/// How long one pass may take where the [`Prober`] does not say.
const PASS_LIMIT: Duration = Duration::from_secs(60);

/// Answers probes: the cluster and the workspace in life, a fake in tests.
pub trait Prober: Send + Sync {
    /// Answers one probe. What goes wrong is in the answer.
    fn ask(&self, probe: &Probe) -> impl Future<Output = Observed> + Send;

    /// How long one pass over all probes may take: what is not answered by then is not seen.
    fn pass_limit(&self) -> Duration {
        PASS_LIMIT
    }

    /// Returns when something that `seen` holds may have changed, and after `at_most` at the latest.
    /// The longer was `waited` already, the less often is asked what cannot be watched.
    fn changed(
        &self,
        seen: &Observations,
        waited: Duration,
        at_most: Duration,
    ) -> impl Future<Output = ()> + Send;
}
