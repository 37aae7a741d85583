//! `satrain node`, hidden: the node of our own image, process 1 of a container. Its words are those of `docker logs`.

use std::io::Write;
use std::time::Duration;

use clap::{Args, ValueEnum};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use tokio::signal::unix::{SignalKind, signal};

use crate::cluster::docker::{KUBECONFIG_MODE, Node, READY};
use crate::cluster::embedded::{self, Embedded};
use crate::cluster::{ClusterInfo, Provider as _};
use crate::commands::cluster::connect;
use crate::commands::context::Context;
use crate::error::{Exit, Failure, Result};

/// How often it is looked whether the cluster still lives.
const LOOK: Duration = Duration::from_secs(1);

/// Arguments of `satrain node`, as a k3s container gets them.
#[derive(Debug, Args)]
pub struct NodeArgs {
    /// `server`: be the node. In the same container, `ready` says by its exit code whether the node works, and `kubeconfig` prints the
    /// learner's kubeconfig
    #[arg(value_enum, default_value_t = Role::Server)]
    role: Role,
    /// Accepted for k3s' sake: images are unpacked on overlayfs
    #[arg(long, value_name = "NAME")]
    snapshotter: Option<String>,
}

/// What the process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// The node, until the container is stopped.
    Server,
    /// Whether it works.
    Ready,
    /// How a learner reaches it.
    Kubeconfig,
}

/// Runs until the container is stopped, or the cluster has died.
pub fn run(ctx: &Context, args: &NodeArgs) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| Failure::other(format!("cannot start threads: {e}")))?;
    match args.role {
        Role::Server => runtime.block_on(node(ctx)),
        Role::Ready => runtime.block_on(found(ctx)).map(|_| Exit::Passed),
        Role::Kubeconfig => runtime.block_on(kubeconfig(ctx)),
    }
}

async fn found(ctx: &Context) -> Result<ClusterInfo> {
    let found = Embedded::new(connect::embedded(ctx, None, None)?)?.find().await?;
    found.ok_or_else(|| Failure::no_cluster("the node is not ready yet"))
}

async fn kubeconfig(ctx: &Context) -> Result<Exit> {
    let file = found(ctx).await?.learner_kubeconfig;
    let text = std::fs::read_to_string(&file).map_err(|e| Failure::of_file(&file, &e))?;
    write!(ctx.writer(), "{text}")?;
    Ok(Exit::Passed)
}

async fn node(ctx: &Context) -> Result<Exit> {
    // Process 1 ignores every signal that it does not ask for.
    let kinds = [SignalKind::terminate(), SignalKind::interrupt()];
    let [Ok(mut terminate), Ok(mut interrupt)] = kinds.map(signal) else {
        return Err(Failure::other("cannot set up signal handlers"));
    };
    if !embedded::root_is_nobody(&ctx.environment.path) {
        ctx.events.warn("no user namespace here: a privileged Pod of this cluster is root in its container");
    }
    let distribution = connect::distribution(ctx)?;
    let node = Node::new(connect::embedded(ctx, Some(distribution), None)?)?;
    let live = async {
        let info = node.up(kubeconfig_mode(ctx)?, &ctx.events).await?;
        ctx.events.note(format!("Kubernetes {}: {READY}", info.version));
        loop {
            tokio::time::sleep(LOOK).await;
            reap();
            if let Some(why) = node.ended()? {
                return Err(Failure::no_cluster(format!("the cluster is gone: {why}")));
            }
        }
    };
    tokio::select! {
        ended = live => ended,
        _ = terminate.recv() => stopped(ctx, &node).await,
        _ = interrupt.recv() => stopped(ctx, &node).await,
    }
}

async fn stopped(ctx: &Context, node: &Node) -> Result<Exit> {
    node.down(&ctx.events).await?;
    Ok(Exit::Passed)
}

/// Takes the exit codes of processes whose parents ended before them: they are process 1's.
fn reap() {
    while !matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Ok(WaitStatus::StillAlive) | Err(_)) {}
}

fn kubeconfig_mode(ctx: &Context) -> Result<u32> {
    let Some(mode) = &ctx.environment.kubeconfig_mode else { return Ok(0o600) };
    let mode = mode.to_string_lossy();
    u32::from_str_radix(&mode, 8).map_err(|_| {
        Failure::usage(format!("{KUBECONFIG_MODE} is {mode:?}, which is not an octal file mode"))
    })
}
