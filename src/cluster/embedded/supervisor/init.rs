//! Process 1 of the cluster: enters the private namespaces, then hands over to the components' supervisor.

use std::convert::Infallible;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal as Sig};

use super::groups::Groups;
use super::rootfs::{self, Rootfs};
use super::status_file::StatusFile;
use super::{links, run, userns};
use crate::cluster::embedded::config::Node;
use crate::cluster::embedded::failure::Failure;
use crate::cluster::embedded::layout::Layout;
use crate::cluster::embedded::network;
use crate::cluster::embedded::record::{Identity, Privilege, Record};

/// What the monitor hands to the init it made.
pub(super) struct Init<'a> {
    pub(super) layout: &'a Layout,
    pub(super) record: &'a Record,
    pub(super) groups: &'a Groups,
    /// Told to the monitor.
    pub(super) status_file: Arc<StatusFile>,
    /// What a cluster that comes back was.
    pub(super) known: Option<Identity>,
    /// Opened in the host's network namespace, and stays there.
    pub(super) listener: TcpListener,
    /// The monitor writes one byte when init is who it shall be, where it shall be; hung up by the kernel when it is gone.
    pub(super) monitor: OwnedFd,
    /// The lock is held as long as any process of the supervisor lives.
    pub(super) _alive: &'a OwnedFd,
}

/// Never returns: the cluster ends with this process.
pub(super) fn main(init: Init<'_>) -> ! {
    let status_file = init.status_file.clone();
    let Err(failure) = start(init);
    status_file.fail(failure);
    std::process::exit(1)
}

fn start(init: Init<'_>) -> Result<Infallible, Failure> {
    let other = |what: &'static str| move |e: nix::Error| Failure::Other { why: format!("{what}: {e}") };
    if nix::unistd::read(&init.monitor, &mut [0u8; 1]) != Ok(1) {
        return Err(Failure::Other { why: "the monitor is gone".into() });
    }
    unshare(CloneFlags::CLONE_NEWCGROUP).map_err(other("a cgroup namespace"))?;
    let namespaces = CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWNET;
    unshare(namespaces).map_err(|e| {
        Failure::kernel(
            "private namespaces (mount, uts, ipc, net)",
            e,
            "Run satrain as root, or enable user namespaces.",
        )
    })?;
    let record = init.record;
    // Root opens its own folders while it still is root, and those of who called it through sudo as that user.
    let is_the_callers = record.privilege == Privilege::Sudo && record.users.is_some();
    if is_the_callers {
        userns::become_root()?;
    }
    let rootfs = Rootfs::open(
        init.layout.lab().dir(),
        &record.distribution,
        record.audit.as_deref(),
        rootfs::Node {
            cgroup2: matches!(init.groups, Groups::V2 { .. }),
            id: &record.id,
            for_pods: record.users.map(|users| users.for_pods()),
        },
    )?;
    if record.users.is_some() && !is_the_callers {
        userns::become_root()?;
    }
    // After that, which takes it back.
    set_pdeathsig(Sig::SIGKILL).map_err(other("asking to die with the monitor"))?;
    // The monitor may have died before that was asked for.
    let mut monitor = [PollFd::new(init.monitor.as_fd(), PollFlags::POLLIN)];
    poll(&mut monitor, PollTimeout::ZERO).map_err(other("looking for the monitor"))?;
    if monitor[0].revents().is_some_and(|r| r.contains(PollFlags::POLLHUP)) {
        return Err(Failure::Other { why: "the monitor is gone".into() });
    }
    // Inside, files are a node's: containers of any user read them. The cluster's folder is closed to the host's users.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o022));
    SigSet::all().thread_unblock().map_err(other("unblocking signals"))?;

    init.groups.share()?;
    rootfs.enter()?;
    nix::unistd::sethostname(network::NODE).map_err(other("setting the host name"))?;
    links::set_up()?;

    let status_file = init.status_file;
    status_file.milestone("namespaces");
    let node = Node {
        in_user_namespace: record.users.is_some() || record.privilege == Privilege::Rootless,
        reserve: record.limits.map_or(0, |limits| limits.reserve),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::Other { why: format!("the runtime: {e}") })?;
    runtime.block_on(run::run(status_file, node, init.listener, record, init.known))
}
