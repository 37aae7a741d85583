//! Whether a cluster is as it was when it came up, in all that several attempts share; what is not is put back.
//!
//! A grade is worth as much as the cluster that it is taken on: a binding that an earlier attempt left gives every later
//! one rights that nobody asked for, and no check can tell. So what all share (`grade::shared`) is written down when the
//! cluster comes up, and compared before each setup and after each attempt. On a cluster of satrain's own with nobody else
//! at work, differences are removed. Beside other attempts, and on somebody else's cluster, they are named.
//!
//! Never touched: what is in the Namespaces of attempts in progress or carries their label, and Namespaces that came later.

mod fingerprint;
mod mend;

use jiff::Timestamp;

use super::cluster::LabCluster;
use super::error::{LabError, Result};
use super::store::record::AttemptRecord;
use crate::event::Events;
use crate::grade::checks::nothing_wider::wider;
use crate::grade::shared::Change;
use crate::grade::verdict::{Outcome, Verdict};
use fingerprint::Fingerprint;

pub use fingerprint::remember;

/// How many findings a message names.
const NAMED: usize = 8;

/// Makes sure that nothing which others left is in the way of an attempt that is about to be set up. `others` are the
/// attempts in progress on the same cluster.
///
/// # Errors
/// If what is left cannot be removed, or another attempt in progress has changed what all share.
pub async fn make_sure(lab: &LabCluster, others: &[AttemptRecord], events: &Events) -> Result<()> {
    let Some(beginning) = Fingerprint::of(lab)? else { return Ok(()) };
    if lab.capabilities.exclusive && others.is_empty() {
        let put_back = mend::mend(lab, &beginning.seen, &[], |_| true).await?;
        if !put_back.is_empty() {
            events.note(format!("put back what was left on the cluster: {}", shortened(put_back)));
        }
        return Ok(());
    }
    let what = concerns_all(lab, &beginning).await?;
    if what.is_empty() {
        return Ok(());
    }
    if lab.capabilities.exclusive {
        return Err(beside(others, what));
    }
    events.warn(format!(
        "the cluster is not as it was when it was first used for labs, so checks of rights, admission and placement may be wrong: \
         {}",
        shortened(what)
    ));
    Ok(())
}

/// Refuses to set up beside `others` that have changed what concerns everybody.
///
/// # Errors
/// If they have, or the cluster does not answer.
pub async fn must_not_concern_all(lab: &LabCluster, others: &[AttemptRecord]) -> Result<()> {
    let Some(beginning) = Fingerprint::of(lab)?.filter(|_| lab.capabilities.exclusive) else { return Ok(()) };
    match concerns_all(lab, &beginning).await? {
        what if what.is_empty() => Ok(()),
        what => Err(beside(others, what)),
    }
}

fn beside(others: &[AttemptRecord], what: Vec<String>) -> LabError {
    let attempts: Vec<&str> = others.iter().map(|other| other.id.as_str()).collect();
    LabError::ChangedBeside { attempts: attempts.join(", "), what }
}

/// What is not as it was, and concerns others than the attempt that did it.
async fn concerns_all(lab: &LabCluster, beginning: &Fingerprint) -> Result<Vec<String>> {
    let verdict = wider(&beginning.seen, &fingerprint::look(lab).await?, Timestamp::now());
    Ok(if verdict.outcome == Outcome::Fail { named(&verdict) } else { Vec::new() })
}

/// Puts back what an attempt that ended has changed for all, once nobody else is at work; says what it was.
///
/// # Errors
/// If the cluster does not answer, or something cannot be put back.
pub async fn after(lab: &LabCluster) -> Result<Vec<String>> {
    put_back(lab, &[], |_| true).await
}

/// Takes away what could refuse every other removal: redirected parts of the API, webhooks and policies. `own` are the
/// labels of the attempt that ends.
///
/// # Errors
/// As [`after`].
pub async fn unblock(lab: &LabCluster, own: &[&str]) -> Result<Vec<String>> {
    put_back(lab, own, |change| change.kind.decides_about_requests()).await
}

/// Puts back what `which` picks, on a cluster of satrain's own.
async fn put_back(
    lab: &LabCluster,
    own: &[&str],
    which: impl Fn(&Change<'_>) -> bool,
) -> Result<Vec<String>> {
    match Fingerprint::of(lab)? {
        Some(beginning) if lab.capabilities.exclusive => mend::mend(lab, &beginning.seen, own, which).await,
        _ => Ok(Vec::new()),
    }
}

fn named(verdict: &Verdict) -> Vec<String> {
    verdict.evidence.iter().map(|piece| format!("{}: {}", piece.place(), piece.seen)).collect()
}

fn shortened(mut what: Vec<String>) -> String {
    let more = what.len().saturating_sub(NAMED);
    what.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", what.join(", "))
}
