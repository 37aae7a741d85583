//! What all attempts on a cluster share, as it was when the cluster came up: a file beside the attempts.

use std::path::PathBuf;

use futures::{StreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fs::{Durability, make_private, write_atomic};
use crate::grade::observation::Observations;
use crate::grade::shared::KINDS;
use crate::grade::{ClusterProber, Prober};
use crate::lab::cluster::LabCluster;
use crate::lab::error::{LabError, Result, io};

/// How many lists are under way at a time.
const AT_ONCE: usize = 8;

/// The beginning of a cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Fingerprint {
    /// Which cluster.
    uid: String,
    /// When it was looked at.
    taken: Timestamp,
    /// What was seen.
    pub(super) seen: Observations,
}

impl Fingerprint {
    /// That of `lab`; None: nobody has written it down.
    pub(super) fn of(lab: &LabCluster) -> Result<Option<Self>> {
        let Some(path) = &lab.fingerprint else { return Ok(None) };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(io("reading", path)(e)),
        };
        // One that cannot be read is taken anew, as if the cluster had just been found.
        let read: Option<Self> = serde_json::from_slice(&bytes).ok();
        Ok(read.filter(|fingerprint| fingerprint.uid == lab.cluster.uid))
    }
}

/// Writes down how a cluster is that nobody has looked at before.
///
/// # Errors
/// If the cluster does not answer, or the file cannot be written.
pub async fn remember(lab: &LabCluster) -> Result<()> {
    let Some(path) = &lab.fingerprint else { return Ok(()) };
    if Fingerprint::of(lab)?.is_some() {
        return Ok(());
    }
    let fingerprint =
        Fingerprint { uid: lab.cluster.uid.clone(), taken: Timestamp::now(), seen: look(lab).await? };
    let record = |e: serde_json::Error| LabError::Record { path: path.clone(), why: e.to_string() };
    let bytes = serde_json::to_vec(&fingerprint).map_err(record)?;
    if let Some(folder) = path.parent() {
        make_private(folder).map_err(io("creating", folder))?;
    }
    write_atomic(path, &bytes, Durability::Process).map_err(io("writing", path))
}

/// Looks at all that attempts share.
///
/// # Errors
/// If a part of it is not told.
pub(super) async fn look(lab: &LabCluster) -> Result<Observations> {
    let ask = &ClusterProber::new(lab.questions.clone(), PathBuf::new());
    let probes: Vec<_> = KINDS.iter().map(|kind| kind.probe()).collect();
    let answers =
        stream::iter(probes).map(|probe| async move { ask.ask(&probe).await }).buffer_unordered(AT_ONCE);
    Ok(answers.collect::<Vec<_>>().await.into())
}
