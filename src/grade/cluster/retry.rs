//! Repeats a request that changes nothing: a read, a review, a dry run. Never a program in a Pod.
//!
//! In: the request, and until when it makes sense. Out: its answer, or the last fault. It waits as long as the API
//! asks for (`Retry-After`), else a little longer each time; it gives up at once where a wait would end too late,
//! so that the reason is told instead of a time limit.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::fault::Fault;

/// How often a request is repeated.
const REPEATS: u32 = 5;

/// The wait before the first repetition; each later one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The longest wait that nobody asked for.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// Asks until there is an answer, a fault that lasts, or no time left before `until`.
pub(super) async fn retry<T, F>(until: Instant, request: impl Fn() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    for repeat in 0..REPEATS {
        let fault = match request().await {
            Err(fault) if fault.is_transient() => fault,
            settled => return settled,
        };
        let wait = fault.retry_after().unwrap_or_else(|| backoff(repeat));
        if Instant::now() + wait >= until {
            return Err(fault);
        }
        sleep(wait).await;
    }
    request().await
}

/// Doubled each time, and up to a half shorter by chance: requests that failed together do not come back together.
fn backoff(repeat: u32) -> Duration {
    let full = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(repeat)).min(MAX_WAIT);
    let chance = RandomState::new().hash_one(repeat) % 1000;
    full.mul_f64(1.0 - chance as f64 / 2000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_differ_and_have_an_end() {
        for repeat in 0..40 {
            let full = FIRST_WAIT.as_secs_f64() * 2_f64.powi(repeat as i32);
            let wait = backoff(repeat).as_secs_f64();
            assert!(wait <= full.min(2.0) && wait >= full.min(2.0) / 2.0, "{repeat}: {wait}");
        }
        let waits: std::collections::BTreeSet<Duration> = (0..20).map(|_| backoff(4)).collect();
        assert!(waits.len() > 1, "{waits:?}");
    }
}
