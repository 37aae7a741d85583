//! How the cluster is, as its supervisor writes it down: status.json, and start.jsonl for the waiting `up`.
//!
//! The monitor writes the files; init tells the monitor. Cheap enough to be called at each change; a file that cannot be
//! written (disk full) never stops a cluster.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;

use super::reports::{Report, Reporter};
use crate::cluster::embedded::components;
use crate::cluster::embedded::failure::Failure;
use crate::cluster::embedded::layout::Layout;
use crate::cluster::embedded::record::{ComponentState, ComponentStatus, Identity, Signal, State, Status};
use crate::cluster::json;
use crate::fs::Owner;

/// One cluster's status.
pub(super) struct StatusFile {
    sink: Sink,
    begun: Instant,
    status: Mutex<Status>,
}

/// Where it is written down.
enum Sink {
    /// In the files, by the monitor.
    Files { layout: Layout, owner: Option<Owner> },
    /// Told to the monitor.
    Monitor(Reporter),
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
        Self { sink: Sink::Files { layout, owner }, begun: Instant::now(), status: Mutex::new(status) }
    }

    /// The same status, as init goes on with it.
    pub(super) fn told(&self, reporter: Reporter) -> Self {
        Self { sink: Sink::Monitor(reporter), begun: self.begun, status: Mutex::new(self.lock().clone()) }
    }

    /// Writes down what init tells.
    pub(super) fn take(&self, report: Report) {
        match report {
            Report::Status { status } => self.change(|s| {
                // Those are the monitor's own.
                let (supervisor, port, started) = (s.supervisor, s.port, s.started);
                *s = Status { supervisor, port, started, ..*status };
            }),
            Report::Signal { signal } => self.signal(signal),
            Report::Kubeconfigs { learner, grader } => {
                let Sink::Files { layout, owner } = &self.sink else { return };
                if !layout.grader().exists() {
                    // The grader's is the last: with it, they are never written again.
                    for (path, text) in [(layout.learner(), learner), (layout.grader(), grader)] {
                        if let Err(e) = json::write_private(&path, text.as_bytes(), *owner) {
                            return self.fail(e.into());
                        }
                    }
                }
            }
            Report::Identity { identity } => {
                let Sink::Files { layout, owner } = &self.sink else { return };
                if !layout.is_kept()
                    && let Err(e) = json::write(&layout.identity(), &identity, *owner)
                {
                    self.fail(e.into());
                }
            }
        }
    }

    /// Gives the kubeconfigs of a new cluster to the host.
    pub(super) fn kubeconfigs(&self, learner: String, grader: String) {
        self.take_or_tell(Report::Kubeconfigs { learner, grader });
    }

    /// Says what a new cluster is.
    pub(super) fn identity(&self, identity: Identity) {
        self.take_or_tell(Report::Identity { identity });
    }

    fn take_or_tell(&self, report: Report) {
        match &self.sink {
            Sink::Files { .. } => self.take(report),
            Sink::Monitor(reporter) => reporter.tell(&report),
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
        self.signal(Signal::Milestone { name: name.to_owned(), millis });
    }

    /// The same for one that a component noted down in its log; earlier starts' are there, too.
    pub(super) fn milestone_at(&self, name: &str, at: Timestamp) {
        let since = at.as_millisecond() - self.lock().started.as_millisecond();
        if let Ok(millis) = u64::try_from(since) {
            self.signal(Signal::Milestone { name: name.to_owned(), millis });
        }
    }

    pub(super) fn ready(&self) {
        self.state(State::Running);
        self.signal(Signal::Ready);
    }

    /// Whether the cluster was ready once.
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.lock().state, State::Running | State::Degraded)
    }

    /// Gives up: the status says why, and so does the signal for whoever waits.
    pub(super) fn fail(&self, failure: Failure) {
        self.change(|s| (s.state, s.failure) = (State::Dead, Some(failure.clone())));
        self.signal(Signal::Failed { failure });
    }

    /// Why the start was given up.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.lock().failure.clone()
    }

    fn change(&self, change: impl FnOnce(&mut Status)) {
        let mut status = self.lock();
        change(&mut status);
        match &self.sink {
            Sink::Files { layout, owner } => {
                let _ = json::write(&layout.status(), &*status, *owner);
            }
            Sink::Monitor(reporter) => reporter.tell(&Report::Status { status: Box::new(status.clone()) }),
        }
    }

    fn signal(&self, signal: Signal) {
        let layout = match &self.sink {
            Sink::Files { layout, .. } => layout,
            Sink::Monitor(reporter) => return reporter.tell(&Report::Signal { signal }),
        };
        let Ok(mut line) = serde_json::to_vec(&signal) else { return };
        line.push(b'\n');
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(layout.signals());
        let _ = file.and_then(|mut f| f.write_all(&line));
    }

    fn lock(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
