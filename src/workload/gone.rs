//! What a cluster refuses, and how objects go.

use std::time::Duration;

use tokio::time::Instant;

use crate::printable::excerpt;

/// How long objects may take to go.
const GOES: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(300);

/// Why there is no workload.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    /// The cluster refuses such Pods.
    #[error("the cluster refuses these Pods: {0}")]
    Pods(String),
    /// A Job of that name is there already.
    #[error("a Job of the name {0} is there already")]
    Exists(String),
    /// It does not go.
    #[error("the {kind} {name} and its Pods are still there after {seconds} s", seconds = GOES.as_secs())]
    Stays {
        /// What it is.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// The cluster cannot be asked, or refuses.
    #[error("the cluster: {0}")]
    Cluster(String),
}

pub(super) type Result<T> = std::result::Result<T, WorkloadError>;

pub(super) fn cluster(error: &kube::Error) -> WorkloadError {
    WorkloadError::Cluster(match error {
        kube::Error::Api(status) => excerpt(&status.message, 600),
        other => excerpt(&other.to_string(), 600),
    })
}

/// An object that is to go may be gone.
pub(super) fn ignore_missing<T>(answer: kube::Result<T>) -> Result<()> {
    match answer {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(e) => Err(cluster(&e)),
    }
}

/// Waits until nothing is left; `left` names something of `kind` that is.
pub(super) async fn until_gone(
    kind: &'static str,
    left: impl AsyncFn() -> Result<Option<String>>,
) -> Result<()> {
    let began = Instant::now();
    while let Some(name) = left().await? {
        if began.elapsed() > GOES {
            return Err(WorkloadError::Stays { kind, name });
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_stays_is_named() {
        assert!(until_gone("lab", async || Ok(None)).await.is_ok());
        let stays = until_gone("lab", async || Ok(Some("seat-1".to_owned()))).await.unwrap_err();
        assert_eq!(stays.to_string(), "the lab seat-1 and its Pods are still there after 120 s");
    }
}
