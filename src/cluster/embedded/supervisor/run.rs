//! The life of the cluster inside its namespaces: keys, components, the way in from the host.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::Path;
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
use crate::cluster::embedded::kubeconfigs::kubeconfig;
use crate::cluster::embedded::layout::Layout;
use crate::cluster::embedded::network::API_PORT;
use crate::cluster::embedded::pki::{self, GRADER, LEARNER, Pki, SUPERVISOR};
use crate::cluster::embedded::record::Record;
use crate::cluster::error::Result;
use crate::cluster::json::write_private;
use crate::fs::Owner;

/// Runs the cluster; returns only if its start is given up.
pub(super) async fn run(
    status_file: StatusFile,
    node: Node,
    listener: std::net::TcpListener,
    record: &Record,
) -> std::result::Result<Infallible, Failure> {
    let layout = Layout::inside();
    let status_file = Arc::new(status_file);
    let owner = record.owner;
    let children = Arc::new(Children::new(owner, record.tuning));
    let (stage, _) = watch::channel(Stage::Begun);
    let (give_up, mut given_up) = mpsc::channel(components::NAMES.len());
    config::write(&layout.config(), &node)?;

    for component in components::all() {
        let (children, status_file) = (children.clone(), status_file.clone());
        let (stage, give_up) = (stage.subscribe(), give_up.clone());
        tokio::spawn(async move { children.keep(&component, &status_file, stage, give_up).await });
    }
    let port = status_file.current_port();
    let serve = proxy(listener);
    let start = async {
        let pki = tokio::task::spawn_blocking(move || write_keys(&Layout::inside(), port, owner))
            .await
            .map_err(|e| Failure::Other { why: format!("making keys: {e}") })??;
        status_file.milestone("keys");
        stage.send_replace(Stage::Keys);
        let inner = kubeconfig(&inner_server(), &pki.ca, SUPERVISOR, &pki.supervisor).to_string();
        ready::bring_up(&inner, &pki.ca, &status_file, &stage).await?;
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

/// Makes the keys and every kubeconfig: the components' inside, the learner's and the grader's for the host.
fn write_keys(layout: &Layout, port: u16, owner: Option<Owner>) -> Result<Pki> {
    let pki = pki::create(layout)?;
    let save = |path: &Path, server: &str, user: &str, pair, owner| {
        write_private(path, kubeconfig(server, &pki.ca, user, pair).to_string().as_bytes(), owner)
    };
    for (user, pair) in [
        ("kube-controller-manager", &pki.controller_manager),
        ("kube-scheduler", &pki.scheduler),
        ("kubelet", &pki.kubelet),
    ] {
        save(&layout.config().join(format!("{user}.kubeconfig")), &inner_server(), user, pair, None)?;
    }
    let outer = format!("https://127.0.0.1:{port}");
    save(&layout.learner(), &outer, LEARNER, &pki.learner, owner)?;
    save(&layout.grader(), &outer, GRADER, &pki.grader, owner)?;
    Ok(pki)
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
