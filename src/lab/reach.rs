//! Whether a script could reach the cluster at all: what it could not do because of that is no fault of the script.
//!
//! Known for certain is only what satrain sees itself: before a play, that kubectl is there and its kubeconfig leads to an API
//! server that answers; meanwhile, that somebody answers; and afterwards, that nobody was started anew, which may take less time
//! than lies between two questions. A script that does not use kubectl, or breaks its own kubeconfig, is graded.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use kube::api::ListParams;
use kube::{Api, Client};

use super::cluster::LabCluster;
use super::error::{LabError, Result, api};
use super::script::ScriptEnv;
use crate::cluster::{ProviderKind, kubeconfig_client};

/// How often somebody is asked to answer during a play.
const AGAIN: Duration = Duration::from_millis(500);

/// Refuses a play whose kubectl cannot work.
pub(super) async fn must_reach(lab: &LabCluster, env: &ScriptEnv) -> Result<()> {
    let useless = |why: String| LabError::KubectlUseless { why };
    let kubectl = env.bin.join("kubectl");
    let is_program =
        fs::metadata(&kubectl).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0);
    if !is_program {
        return Err(useless(format!("{} is not there", lab.kubectl.display())));
    }
    // A plugin may ask a person for something, and does so for kubectl, too.
    if lab.cluster.provider == ProviderKind::Kubeconfig {
        return Ok(());
    }
    let client = learner(&env.kubeconfig).await.map_err(|e| useless(e.to_string()))?;
    match answers(&client).await {
        Err(error) if error.is_unreached() || error.is_unknown_user() => Err(useless(error.to_string())),
        // Whatever else it says, it talks to the learner.
        _ => Ok(()),
    }
}

async fn learner(kubeconfig: &Path) -> crate::cluster::Result<Client> {
    kubeconfig_client(kubeconfig, None).await
}

/// Asks for nothing that is audited.
async fn answers(client: &Client) -> Result<()> {
    let request = http::Request::get("/readyz").body(Vec::new()).unwrap_or_default();
    client.request_text(request).await.map(drop).map_err(api("asking the API server whether it is ready"))
}

/// The label of an API server's Lease.
const IDENTITY: &str = "apiserver.kubernetes.io/identity=kube-apiserver";

/// The API servers' names, of which each takes a new one whenever it starts. A cluster may keep none.
async fn names(client: &Client) -> Result<BTreeSet<String>> {
    let leases: Api<Lease> = Api::namespaced(client.clone(), "kube-system");
    let found = leases.list(&ListParams::default().labels(IDENTITY)).await;
    let found = found.map_err(api("asking which API servers there are"))?;
    Ok(found.into_iter().filter_map(|lease| lease.spec?.holder_identity).collect())
}

/// Plays, and refuses what comes of it if nobody answered for a time.
pub(super) async fn watched<T>(lab: &LabCluster, play: impl Future<Output = Result<T>>) -> Result<T> {
    let before = names(&lab.prober).await.unwrap_or_default();
    let watch = async {
        loop {
            tokio::time::sleep(AGAIN).await;
            match answers(&lab.bare).await {
                Err(error) if error.is_unreached() => return error,
                _ => {}
            }
        }
    };
    tokio::pin!(play);
    let (played, lost) = tokio::select! {
        played = &mut play => (played?, started_anew(lab, &before).await),
        // It is played to its end: what it does then can be looked at.
        lost = watch => (play.await?, Some(lost.to_string())),
    };
    match lost {
        Some(why) => Err(LabError::LostMeanwhile { why }),
        None => Ok(played),
    }
}

/// What became of one of the API servers that there were before.
async fn started_anew(lab: &LabCluster, before: &BTreeSet<String>) -> Option<String> {
    if before.is_empty() {
        return None;
    }
    // As a rule, one that was started anew has taken its name when it says that it is ready.
    let now = match answers(&lab.prober).await {
        Ok(()) => names(&lab.prober).await,
        Err(error) => Err(error),
    };
    match now {
        Ok(now) => gone(before, &now),
        // A script may have taken the grader's rights in a cluster that is somebody's own.
        Err(error) if error.is_refused() => None,
        Err(error) => Some(error.to_string()),
    }
}

fn gone(before: &BTreeSet<String>, now: &BTreeSet<String>) -> Option<String> {
    (!before.is_subset(now)).then(|| "it was started anew".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_went_was_started_anew_and_one_more_is_nothing() {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(gone(&set(&["a_1", "b_1"]), &set(&["a_1", "b_1", "c_1"])), None);
        assert!(gone(&set(&["a_1", "b_1"]), &set(&["a_1", "b_2"])).is_some());
        assert!(gone(&set(&["a_1"]), &set(&[])).is_some());
    }
}
