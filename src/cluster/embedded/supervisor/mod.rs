//! The supervisor: the processes that are the cluster's life.
//!
//! `monitor` is what `up` starts (`satrain supervise`): it leaves its session, holds the lock that says "alive", opens
//! the API's port in the host's network namespace, makes the control groups, and forks `init`. `init` is process 1
//! of the cluster's pid namespace: it enters the private namespaces, runs the components, starts them again when
//! they die, reaps, and copies bytes between the host's port and the API server. What it knows it tells the monitor, which
//! alone writes satrain's own files (`reports`). If the monitor dies, by whatever
//! signal, the kernel kills init, and with it every process, mount and link of the cluster.
//!
//! A supervisor of a cluster that was ready before (`Layout::identity`) takes over its data and keys. Told to by `down`, a
//! supervisor removes them when it ends; ended by a signal, as when the machine shuts down, it leaves them.
//!
//! In: the record in the cluster's folder. Out: status.json and start.jsonl there, logs. Never: a terminal.

mod again;
mod children;
mod group_tree;
mod groups;
mod init;
mod links;
mod monitor;
mod netlink;
mod ready;
mod reports;
pub(crate) mod rootfs;
mod run;
mod status_file;
mod userns;

pub(super) use monitor::sweep;

use std::process::ExitCode;

use super::Supervise;

/// The whole life of a supervisor. The caller must be single-threaded: call it before any runtime is built.
pub fn main(job: &Supervise) -> ExitCode {
    if let Err(e) = crate::fs::close_inherited() {
        return monitor::refuse(&format!("closing what the caller has open: {e}"));
    }
    if job.clean { monitor::clean(&job.dir) } else { monitor::main(&job.dir, job.delegated) }
}
