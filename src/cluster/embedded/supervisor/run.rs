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
use crate::cluster::embedded::kubeconfigs::{COMPONENTS, kubeconfig, moved, outer_server, server_in};
use crate::cluster::embedded::layout::Layout;
use crate::cluster::embedded::network::API_PORT;
use crate::cluster::embedded::pki::{self, GRADER, LEARNER, Pair, Pki, SUPERVISOR};
use crate::cluster::embedded::record::{Identity, Record};
use crate::cluster::error::{Result, io};
use crate::cluster::json::{self, write_private};
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
        let known = json::read::<Identity>(&layout.identity())?;
        let again = known.is_some();
        let (ca, supervisor) =
            tokio::task::spawn_blocking(move || keys(&Layout::inside(), again, port, owner))
                .await
                .map_err(|e| Failure::Other { why: format!("making keys: {e}") })??;
        status_file.milestone("keys");
        stage.send_replace(Stage::Keys);
        let inner = kubeconfig(&inner_server(), &ca, SUPERVISOR, &supervisor).to_string();
        let uid = ready::bring_up(&inner, &ca, known.as_ref(), &status_file, &stage).await?;
        if !again {
            json::write(&layout.identity(), &Identity { uid }, owner)?;
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

/// The CA's certificate and the supervisor's credentials: those of a cluster that comes back, or new ones.
fn keys(layout: &Layout, again: bool, port: u16, owner: Option<Owner>) -> Result<(String, Pair)> {
    if again {
        readdress(layout, port, owner)?;
        return pki::kept(layout);
    }
    let pki = write_keys(layout, port, owner)?;
    Ok((pki.ca, pki.supervisor))
}

/// Writes the API's address into the host's kubeconfigs, where it is another one than before.
fn readdress(layout: &Layout, port: u16, owner: Option<Owner>) -> Result<()> {
    let read = |path: &Path| std::fs::read_to_string(path).map_err(io("reading", path));
    let grader = read(&layout.grader())?;
    let now = outer_server(port);
    let Some(before) = server_in(&grader).filter(|before| *before != now) else { return Ok(()) };
    // The grader's is the last: it tells a supervisor after this one what there was before.
    for path in [layout.learner(), layout.grader()] {
        write_private(&path, moved(&read(&path)?, &before, &now).as_bytes(), owner)?;
    }
    Ok(())
}

/// Makes the keys and every kubeconfig: the components' inside, the learner's and the grader's for the host.
fn write_keys(layout: &Layout, port: u16, owner: Option<Owner>) -> Result<Pki> {
    let pki = pki::create(layout)?;
    let save = |path: &Path, server: &str, user: &str, pair, owner| {
        write_private(path, kubeconfig(server, &pki.ca, user, pair).to_string().as_bytes(), owner)
    };
    let pairs = [&pki.controller_manager, &pki.scheduler, &pki.kubelet];
    for (user, pair) in COMPONENTS.into_iter().zip(pairs) {
        save(&layout.kubeconfig_of(user), &inner_server(), user, pair, None)?;
    }
    let outer = outer_server(port);
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
