//! What the cluster's init tells the monitor, over a pipe: it cannot write satrain's own files, and nothing inside of the
//! cluster can.
//!
//! Whoever is root in the cluster may write into this pipe what they like. So a report is data of a bounded size, credentials and
//! identity are taken once, before the first Pod could run, and what the monitor knows better is its own.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::pipe2;
use serde::{Deserialize, Serialize};

use crate::cluster::embedded::record::{Identity, Signal, Status};

/// The longest report; the kubeconfigs of learner and grader take a tenth of it.
const LONGEST: usize = 256 << 10;

/// One thing that init tells.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "kebab-case")]
pub(super) enum Report {
    /// How the cluster is.
    Status { status: Box<Status> },
    /// Something happened for which `up` waits.
    Signal { signal: Signal },
    /// The kubeconfigs of a new cluster, for the host.
    Kubeconfigs { learner: String, grader: String },
    /// What a new cluster is, when it is first ready.
    Identity { identity: Identity },
}

/// Makes both ends.
pub(super) fn channel() -> nix::Result<(Reports, Reporter)> {
    let (read, write) = pipe2(OFlag::O_CLOEXEC)?;
    fcntl(&read, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok((Reports { pipe: read.into(), begun: Vec::new() }, Reporter::new(write)))
}

/// Init's end.
pub(super) struct Reporter(Mutex<File>);

impl Reporter {
    fn new(pipe: OwnedFd) -> Self {
        Self(Mutex::new(pipe.into()))
    }

    /// Tells; when nobody hears it, the cluster is about to end.
    pub(super) fn tell(&self, report: &Report) {
        let Ok(mut line) = serde_json::to_vec(report) else { return };
        line.push(b'\n');
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line);
    }
}

/// The monitor's end.
pub(super) struct Reports {
    pipe: File,
    /// The beginning of a report that is not whole.
    begun: Vec<u8>,
}

impl Reports {
    /// What has come since the last time.
    pub(super) fn read(&mut self) -> Vec<Report> {
        let mut block = vec![0; 64 << 10];
        let mut all = Vec::new();
        // Not for ever: somebody who writes without end must not keep the monitor from all else.
        for _ in 0..16 {
            match self.pipe.read(&mut block) {
                Ok(0) => break,
                Ok(read) => self.take(&block[..read], &mut all),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        all
    }

    fn take(&mut self, bytes: &[u8], all: &mut Vec<Report>) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.begun.len() + part.len() <= LONGEST {
                self.begun.extend_from_slice(part);
            }
            if part.ends_with(b"\n") {
                all.extend(serde_json::from_slice(&self.begun).ok());
                self.begun.clear();
            }
        }
    }
}

impl AsFd for Reports {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Report {
        Report::Signal { signal: Signal::Ready }
    }

    #[test]
    fn what_is_told_arrives_in_its_order_and_half_a_report_waits() {
        let (mut reports, reporter) = channel().unwrap();
        assert!(reports.read().is_empty());
        reporter.tell(&Report::Kubeconfigs { learner: "l".repeat(40_000), grader: "g".into() });
        reporter.tell(&ready());
        let got = reports.read();
        assert!(
            matches!(&got[..], [Report::Kubeconfigs { learner, .. }, Report::Signal { .. }] if learner.len() == 40_000)
        );
        let line = serde_json::to_vec(&ready()).unwrap();
        let mut all = Vec::new();
        reports.take(&line, &mut all);
        assert!(all.is_empty());
        reports.take(b"\n", &mut all);
        assert!(matches!(all[..], [Report::Signal { .. }]));
    }

    #[test]
    fn nonsense_and_endless_lines_are_dropped() {
        let (mut reports, _reporter) = channel().unwrap();
        let mut all = Vec::new();
        reports.take(&vec![b'x'; 3 * LONGEST], &mut all);
        assert!(reports.begun.len() <= LONGEST);
        reports.take(b"\n{\"report\":\"nonsense\"}\n", &mut all);
        let mut line = serde_json::to_vec(&ready()).unwrap();
        line.push(b'\n');
        reports.take(&line, &mut all);
        assert!(matches!(all[..], [Report::Signal { .. }]));
    }
}
