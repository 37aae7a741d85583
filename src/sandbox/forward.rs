//! The way out of a sandbox: connections to its port are carried to one server, and to nothing else.

use std::net::TcpListener as StdListener;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::request::Forward;

/// Connections at once; more wait.
const MOST: usize = 256;

/// Accepts on a socket that listens inside, until it is dropped.
pub(super) fn serve(listener: OwnedFd, forward: Forward) -> std::io::Result<JoinSet<()>> {
    let listener = StdListener::from(listener);
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let mut tasks = JoinSet::new();
    tasks.spawn(accept(listener, forward));
    Ok(tasks)
}

async fn accept(listener: TcpListener, forward: Forward) {
    let room = Arc::new(Semaphore::new(MOST));
    // Dropped with this task: then they end.
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = room.clone().acquire_owned().await else { return };
        let Ok((mut inside, _)) = listener.accept().await else { return };
        let (host, port) = (forward.host.clone(), forward.to);
        connections.spawn(async move {
            let _place = place;
            // A server that is not there hangs up on the script, which sees that as it would without a sandbox.
            let Ok(mut server) = TcpStream::connect((host.as_str(), port)).await else { return };
            let _ = (inside.set_nodelay(true), server.set_nodelay(true));
            let _ = copy_bidirectional(&mut inside, &mut server).await;
        });
        while connections.try_join_next().is_some() {}
    }
}
