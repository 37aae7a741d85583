//! What a supervisor says when it gives up: data that crosses from its process to the `up` that waits.

use serde::{Deserialize, Serialize};

use super::layout::{Layout, SUPERVISOR_LOG};
use crate::cluster::error::ClusterError;

/// Why a supervisor gave up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Failure {
    /// The port asked for is in use.
    PortTaken { port: u16 },
    /// No usable control groups.
    Cgroup { why: String, remedy: String },
    /// The kernel refused something.
    Kernel { feature: String, why: String, remedy: String },
    /// A component dies again and again.
    Component { name: String, status: String },
    /// Anything else.
    Other { why: String },
}

impl Failure {
    /// A refusal of the kernel, with what to do about it.
    pub(crate) fn kernel(feature: impl Into<String>, why: impl ToString, remedy: impl Into<String>) -> Self {
        Self::Kernel { feature: feature.into(), why: why.to_string(), remedy: remedy.into() }
    }

    /// One line, for a status.
    pub(crate) fn summary(&self) -> String {
        match self {
            Self::PortTaken { port } => format!("port {port} was in use"),
            Self::Cgroup { why, .. } => format!("no control groups: {why}"),
            Self::Kernel { feature, why, .. } => format!("the kernel refused {feature}: {why}"),
            Self::Component { name, status } => format!("{name} did not stay up ({status})"),
            Self::Other { why } => why.clone(),
        }
    }

    /// The failure as an error of the command that waited, with the last lines of the log it concerns.
    pub(crate) fn into_error(self, layout: &Layout) -> ClusterError {
        match self {
            Self::PortTaken { port } => ClusterError::PortTaken { port },
            Self::Cgroup { why, remedy } => ClusterError::NoCgroup { why, remedy },
            Self::Kernel { feature, why, remedy } => ClusterError::Kernel { feature, why, remedy },
            Self::Component { name, status } => {
                let log = layout.log(&name);
                let tail = tail(&log, 8);
                let advice = match advice(&tail) {
                    known if known.is_empty() && layout.is_kept() => {
                        let name = layout.dir().file_name().unwrap_or_default().to_string_lossy();
                        format!(
                            "\nWhat the cluster has kept is still there. If it does not come back, `satrain cluster down --name {name}` \
                             removes it and its labs."
                        )
                    }
                    known => known,
                };
                ClusterError::ComponentFailed { advice, component: name, status, log, tail }
            }
            Self::Other { why } => ClusterError::Supervisor { why, log: layout.log(SUPERVISOR_LOG) },
        }
    }
}

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        match error {
            ClusterError::PortTaken { port } => Self::PortTaken { port },
            ClusterError::NoCgroup { why, remedy } => Self::Cgroup { why, remedy },
            ClusterError::Kernel { feature, why, remedy } => Self::Kernel { feature, why, remedy },
            other => Self::Other { why: other.to_string() },
        }
    }
}

/// What to do about causes that lie in the machine and are known by their words.
fn advice(tail: &str) -> String {
    const KNOWN: [(&str, &str); 3] = [
        (
            "inotify_init: too many open files",
            "This machine has run out of inotify instances (a cluster needs about 20; most machines allow 128 per user): \
             stop another cluster, or raise sysctl fs.inotify.max_user_instances.",
        ),
        (
            "no space left on device",
            "The disk is full: free some space, or move the state with SATRAIN_STATE.",
        ),
        ("cannot allocate memory", "The machine is out of memory: a cluster needs about 600 MB."),
    ];
    let tail = tail.to_lowercase();
    KNOWN
        .iter()
        .find(|(words, _)| tail.contains(words))
        .map(|(_, advice)| format!("\n{advice}"))
        .unwrap_or_default()
}

/// The last `lines` lines of a log, indented; says so when there are none.
pub(crate) fn tail(log: &std::path::Path, lines: usize) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text[text.len().saturating_sub(16 * 1024)..]);
    let all: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    if all.is_empty() {
        return "  (no output)".to_owned();
    }
    let clip = |l: &&str| format!("  {}", l.chars().take(400).collect::<String>());
    all[all.len().saturating_sub(lines)..].iter().map(clip).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_is_out_of_something_is_told_what() {
        assert!(advice("kubelet: inotify_init: too many open files").contains("max_user_instances"));
        assert!(advice("write /x: No space left on device").contains("SATRAIN_STATE"));
        assert_eq!(advice("on fire"), "");
    }

    #[test]
    fn a_tail_is_short_and_never_empty() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("x.log");
        assert_eq!(tail(&log, 3), "  (no output)");
        std::fs::write(&log, "a\n\nb\nc\nd\n").unwrap();
        assert_eq!(tail(&log, 2), "  c\n  d");
    }
}
