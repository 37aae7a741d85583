//! Runs Kubernetes' own cleaner of unused legacy tokens at once, instead of once a day.
//!
//! In: a running cluster. Out: Secrets of type `kubernetes.io/service-account-token` that were not used for a second
//! (and that a ServiceAccount still lists) get the label `kubernetes.io/legacy-token-invalid-since`; those that carry
//! it for longer are deleted (KEP-2799). It is the controller manager's code, in a second process that runs nothing
//! else and needs nothing but the API.

use std::fs::{OpenOptions, canonicalize};
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::Embedded;
use crate::cluster::Provider;
use crate::cluster::error::{ClusterError, Result};

/// How long the cleaner runs: it looks once when it starts, as soon as it has read Secrets, Pods and accounts.
const RUN: Duration = Duration::from_secs(4);
/// Its name, for the log.
const NAME: &str = "legacy-token-cleaner";

/// Cleans once.
///
/// # Errors
/// [`ClusterError::NotRunning`]; [`ClusterError::Cleaner`] if the cleaner does not stay up.
pub(super) async fn clean(cluster: &Embedded) -> Result<()> {
    let name = || cluster.options.name.clone();
    let info = cluster.find().await?.ok_or_else(|| ClusterError::NotRunning { name: name() })?;
    let io = |action, path: &std::path::Path| {
        let path = path.to_owned();
        move |source| ClusterError::Io { action, path, source }
    };
    // The learner's kubectl is a link into the distribution; the program with the components is beside it.
    let kubectl = canonicalize(&info.kubectl).map_err(io("finding", &info.kubectl))?;
    let program = kubectl.with_file_name("satrain-kube");
    let at = cluster.layout.logs().join(format!("{NAME}.log"));
    let log =
        OpenOptions::new().create(true).append(true).mode(0o600).open(&at).map_err(io("opening", &at))?;
    let mut child = Command::new(&program)
        .arg("kube-controller-manager")
        .arg("--controllers=legacy-serviceaccount-token-cleaner-controller")
        .arg("--legacy-service-account-token-clean-up-period=1s")
        .args(["--secure-port=0", "--leader-elect=false", "--authentication-tolerate-lookup-failure=true"])
        .arg(format!("--kubeconfig={}", info.grader_kubeconfig.display()))
        .arg(format!(
            "--service-account-private-key-file={}",
            cluster.layout.lab().pki().join("sa.key").display()
        ))
        .stdin(Stdio::null())
        .stdout(log.try_clone().map_err(io("opening", &at))?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .map_err(io("starting", &program))?;
    match timeout(RUN, child.wait()).await {
        Ok(_) => Err(ClusterError::Cleaner { log: at }),
        Err(_still_running) => child.kill().await.map_err(io("ending", &program)),
    }
}
