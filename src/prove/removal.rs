//! How the attempts of cases go: in full where that is part of the proof, else what runs at once, and their
//! namespaces and one look over the whole cluster at the very end, for all of them.
//!
//! In: attempts that were played. Out: what they leave, in a sentence. A removal in full lists every kind of the
//! cluster twice, which was a third of a proof's work.

use futures::{StreamExt, stream};

use super::env::ProofEnv;
use crate::lab::attempt::{self, Attempt};
use crate::lab::inventory::Entry;
use crate::lab::store::record::AttemptRecord;

/// How many attempts' namespaces are deleted at a time.
const AT_ONCE: usize = 8;

/// How an attempt goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cleanup {
    /// What runs, at once; all else at the very end.
    Deferred,
    /// Completely: more than its namespaces may hold something of it.
    Full,
    /// Completely, and with a look at what is left: its removal is what is proved.
    Verified,
}

/// Removes an attempt. Of one that was only discarded the record comes back: [`remaining`] after it.
pub(super) async fn remove(
    env: &ProofEnv,
    mut attempt: Attempt,
    cleanup: Cleanup,
) -> Result<Option<AttemptRecord>, String> {
    let (store, lab) = (&env.store, &env.lab);
    let unremovable = |e| format!("it could not be removed: {e}");
    let together = attempt.bound.scenario.proof.together;
    if cleanup == Cleanup::Deferred && (together || attempt.stays_inside(lab).map_err(|e| e.to_string())?) {
        return attempt.discard(store, lab).await.map(Some).map_err(unremovable);
    }
    let brought_back = attempt.record.before.is_some();
    attempt.end(store, lab).await.map_err(unremovable)?;
    if brought_back && cleanup == Cleanup::Full {
        // The whole state is what it was; the look at the end is for all cases.
        return Ok(None);
    }
    nothing(&attempt::leftovers(store, lab, &attempt).await.map_err(|e| e.to_string())?)?;
    Ok(None)
}

/// Deletes the namespaces of all discarded attempts; what could not be is left, for [`remaining`] to find.
pub(super) async fn delete_namespaces(env: &ProofEnv, records: impl Iterator<Item = &AttemptRecord>) {
    let deletions = stream::iter(records).map(|record| attempt::delete(&env.store, &env.lab, record));
    let mut ended = deletions.buffer_unordered(AT_ONCE);
    while let Some(outcome) = ended.next().await {
        if let Err(problem) = outcome {
            env.events.warn(problem.to_string());
        }
    }
}

/// What a discarded attempt leaves in `all`, a listing of the whole cluster.
pub(super) async fn remaining(
    env: &ProofEnv,
    all: &[Entry],
    record: &mut AttemptRecord,
) -> Result<(), String> {
    nothing(&attempt::remaining(&env.store, &env.lab, record, all).await.map_err(|e| e.to_string())?)
}

fn nothing(left: &[String]) -> Result<(), String> {
    if left.is_empty() { Ok(()) } else { Err(format!("reset leaves {}", left.join(", "))) }
}
