//! The life of the cluster inside its namespaces: keys, components, the way in from the host.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use super::children::Children;
use super::ready;
use super::status_file::StatusFile;
use crate::cluster::embedded::components::{self, Stage};
use crate::cluster::embedded::config::{self, Node};
use crate::cluster::embedded::failure::Failure;
use crate::cluster::embedded::kubeconfigs::{COMPONENTS, kubeconfig, outer_server};
use crate::cluster::embedded::layout::Lab;
use crate::cluster::embedded::network::API_PORT;
use crate::cluster::embedded::pki::{self, GRADER, LEARNER, Pair, SUPERVISOR};
use crate::cluster::embedded::record::{Identity, Record};
use crate::cluster::error::Result;
use crate::cluster::json::write_private;

/// Runs the cluster; returns only if its start is given up.
pub(super) async fn run(
    status_file: Arc<StatusFile>,
    node: Node,
    listener: std::net::TcpListener,
    record: &Record,
    known: Option<Identity>,
) -> std::result::Result<Infallible, Failure> {
    let lab = Lab::inside();
    // With users of its own, the cluster's root is who the logs are for.
    let owner = record.owner.filter(|_| record.users.is_none());
    let children = Arc::new(Children::new(owner, record.tuning));
    let (stage, _) = watch::channel(Stage::Begun);
    let (give_up, mut given_up) = mpsc::channel(components::NAMES.len());
    config::write(&lab.config(), &node)?;

    for component in components::all() {
        let (children, status_file) = (children.clone(), status_file.clone());
        let (stage, give_up) = (stage.subscribe(), give_up.clone());
        tokio::spawn(async move { children.keep(&component, &status_file, stage, give_up).await });
    }
    let port = status_file.current_port();
    let serve = proxy(listener);
    let start = async {
        let again = known.is_some();
        let (ca, supervisor, outside) =
            tokio::task::spawn_blocking(move || keys(&Lab::inside(), again, port))
                .await
                .map_err(|e| Failure::Other { why: format!("making keys: {e}") })??;
        if let Some([learner, grader]) = outside {
            status_file.kubeconfigs(learner, grader);
        }
        status_file.milestone("keys");
        stage.send_replace(Stage::Keys);
        let inner = kubeconfig(&inner_server(), &ca, SUPERVISOR, &supervisor).to_string();
        let uid = ready::bring_up(&inner, &ca, known.as_ref(), &status_file, &stage).await?;
        if !again {
            status_file.identity(Identity { uid });
        }
        status_file.ready();
        // From here on a component that dies makes the cluster degraded; it no longer ends it.
        Ok::<Infallible, Failure>(std::future::pending().await)
    };
    let first_failure = async {
        while let Some(failure) = given_up.recv().await {
            if !status_file.is_ready() {
                return failure;
            }
        }
        std::future::pending().await
    };
    tokio::select! {
        failure = children.reap() => Err(failure),
        failure = first_failure => Err(failure),
        failure = serve => Err(failure),
        end = start => end,
    }
}

fn inner_server() -> String {
    format!("https://127.0.0.1:{API_PORT}")
}

/// The kubeconfigs of learner and grader, for the host.
type Outside = [String; 2];

/// The CA's certificate and the supervisor's credentials: those of a cluster that comes back, or new ones with kubeconfigs for
/// the host.
fn keys(lab: &Lab, again: bool, port: u16) -> Result<(String, Pair, Option<Outside>)> {
    if again {
        let (ca, supervisor) = pki::kept(lab)?;
        return Ok((ca, supervisor, None));
    }
    let pki = pki::create(lab)?;
    let pairs = [&pki.controller_manager, &pki.scheduler, &pki.kubelet];
    for (user, pair) in COMPONENTS.into_iter().zip(pairs) {
        let text = kubeconfig(&inner_server(), &pki.ca, user, pair).to_string();
        write_private(&lab.kubeconfig_of(user), text.as_bytes(), None)?;
    }
    let outer = outer_server(port);
    let outside = [(LEARNER, &pki.learner), (GRADER, &pki.grader)]
        .map(|(user, pair)| kubeconfig(&outer, &pki.ca, user, pair).to_string());
    Ok((pki.ca, pki.supervisor, Some(outside)))
}

/// Copies bytes between the host's port and the API server. TLS goes through untouched.
async fn proxy(listener: std::net::TcpListener) -> Failure {
    let listener = match listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener)) {
        Ok(listener) => listener,
        Err(e) => return Failure::Other { why: format!("listening for the host: {e}") },
    };
    loop {
        let Ok((mut client, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: some connection will end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        tokio::spawn(async move {
            let Ok(mut api) = TcpStream::connect((Ipv4Addr::LOCALHOST, API_PORT)).await else { return };
            let _ = (client.set_nodelay(true), api.set_nodelay(true));
            let _ = tokio::io::copy_bidirectional(&mut client, &mut api).await;
        });
    }
}
