//! Whether a script could reach the cluster at all: what it could not do because of that is no fault of the script.
//!
//! Known for certain is only what satrain sees itself: before a play, that kubectl is there and its kubeconfig leads to an API
//! server that answers; meanwhile, that somebody answers. A script that does not use kubectl, or breaks its own kubeconfig, is graded.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use kube::Client;

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

/// Plays, and refuses what comes of it if nobody answered for a time.
pub(super) async fn watched<T>(lab: &LabCluster, play: impl Future<Output = Result<T>>) -> Result<T> {
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
    tokio::select! {
        played = &mut play => played,
        lost = watch => {
            // It is played to its end: what it does then can be looked at.
            play.await?;
            Err(LabError::LostMeanwhile { why: lost.to_string() })
        }
    }
}
