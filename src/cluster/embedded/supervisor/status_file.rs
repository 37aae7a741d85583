//! How the cluster is, as its supervisor writes it down: status.json, and start.jsonl for the waiting `up`.
//!
//! Cheap enough to be called at each change; a file that cannot be written (disk full) never stops a cluster.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;

use crate::cluster::embedded::components;
use crate::cluster::embedded::failure::Failure;
use crate::cluster::embedded::layout::Layout;
use crate::cluster::embedded::record::{ComponentState, ComponentStatus, Signal, State, Status};
use crate::cluster::json;
use crate::fs::Owner;

/// One cluster's status file.
pub(super) struct StatusFile {
    layout: Layout,
    owner: Option<Owner>,
    begun: Instant,
    status: Mutex<Status>,
}

impl StatusFile {
    pub(super) fn new(layout: Layout, owner: Option<Owner>) -> Self {
        let components = components::NAMES.map(|name| ComponentStatus {
            name: name.to_owned(),
            state: ComponentState::Waiting,
            pid: None,
            restarts: 0,
            last_exit: None,
        });
        let status = Status {
            state: State::Starting,
            supervisor: 0,
            port: 0,
            started: Timestamp::now(),
            version: None,
            uid: None,
            components: components.into(),
            failure: None,
        };
        Self { layout, owner, begun: Instant::now(), status: Mutex::new(status) }
    }

    /// The same file seen from inside the cluster, where its folder has another path.
    pub(super) fn inside(&self) -> Self {
        Self {
            layout: Layout::inside(),
            owner: self.owner,
            begun: self.begun,
            status: Mutex::new(self.lock().clone()),
        }
    }

    pub(super) fn begin(&self, monitor: i32) {
        self.change(|s| s.supervisor = monitor);
    }

    pub(super) fn port(&self, port: u16) {
        self.change(|s| s.port = port);
        self.milestone("spawned");
    }

    pub(super) fn state(&self, state: State) {
        self.change(|s| s.state = state);
    }

    pub(super) fn facts(&self, version: String, uid: String) {
        self.change(|s| (s.version, s.uid) = (Some(version), Some(uid)));
    }

    pub(super) fn current_port(&self) -> u16 {
        self.lock().port
    }

    /// Changes one component, and with it the cluster's state if it is ready or was.
    pub(super) fn component(&self, name: &str, change: impl FnOnce(&mut ComponentStatus)) {
        self.change(|s| {
            if let Some(component) = s.components.iter_mut().find(|c| c.name == name) {
                change(component);
            }
            if matches!(s.state, State::Running | State::Degraded) {
                let well = s.components.iter().all(|c| c.state == ComponentState::Running);
                s.state = if well { State::Running } else { State::Degraded };
            }
        });
    }

    pub(super) fn milestone(&self, name: &str) {
        let millis = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.signal(&Signal::Milestone { name: name.to_owned(), millis });
    }

    pub(super) fn ready(&self) {
        self.state(State::Running);
        self.signal(&Signal::Ready);
    }

    /// Whether the cluster was ready once.
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.lock().state, State::Running | State::Degraded)
    }

    /// Gives up: the status says why, and so does the signal for whoever waits.
    pub(super) fn fail(&self, failure: Failure) {
        self.change(|s| (s.state, s.failure) = (State::Dead, Some(failure.clone())));
        self.signal(&Signal::Failed { failure });
    }

    /// The failure that init wrote: its copy of the status file is another process's.
    pub(super) fn reread_failure(&self) -> Option<Failure> {
        json::read::<Status>(&self.layout.status()).ok().flatten().and_then(|s| s.failure)
    }

    fn change(&self, change: impl FnOnce(&mut Status)) {
        let mut status = self.lock();
        change(&mut status);
        let _ = json::write(&self.layout.status(), &*status, self.owner);
    }

    fn signal(&self, signal: &Signal) {
        let Ok(mut line) = serde_json::to_vec(signal) else { return };
        line.push(b'\n');
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(self.layout.signals());
        let _ = file.and_then(|mut f| f.write_all(&line));
    }

    fn lock(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
