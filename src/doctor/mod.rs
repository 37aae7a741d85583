//! `satrain doctor`: says beforehand whether a lab can run on this machine, and what to do if not.
//!
//! In: [`Facts`], collected by [`collect`]. Out: a [`Report`] of lines, each ok, warn or missing, with a cure.
//! The rules are pure; nothing here changes the machine.

pub mod build_rules;
pub mod cluster_rules;
pub mod collect;
pub mod kernel_rules;
pub mod machine_rules;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use serde::Serialize;

use crate::distribution::Origin;
use crate::distribution::prerequisites::BuildFacts;
use crate::host::HostFacts;
use crate::host::disk::Space;

/// Everything the rules look at.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The machine.
    pub host: HostFacts,
    /// The distribution.
    pub distribution: DistributionFact,
    /// What a build needs; `None` when it could not be looked at.
    pub build: Option<BuildFacts>,
    /// Space for the cache and the labs.
    pub space: Option<Space>,
    /// Whether a Docker answers.
    pub docker: bool,
    /// The program `kind`.
    pub kind: Option<PathBuf>,
    /// The terminal.
    pub terminal: Terminal,
    /// Why no sandbox for scripts can be made; none when it can.
    pub no_sandbox: Option<String>,
}

/// Whether there is a distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DistributionFact {
    /// There is.
    Present {
        /// Kubernetes' version.
        kubernetes: String,
        /// Where it is.
        dir: PathBuf,
        /// How it was found.
        origin: Origin,
    },
    /// Nowhere.
    Absent,
    /// A place that was meant holds none; a sentence.
    Broken(String),
}

/// The terminal satrain talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Keys come from a terminal.
    pub input: bool,
    /// What satrain says goes to a terminal.
    pub output: bool,
    /// `TERM` promises more than a typewriter.
    pub capable: bool,
}

/// How a thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be, or not needed.
    Ok,
    /// A lab can run, but something will be lacking.
    Warn,
    /// No lab can run.
    Missing,
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// Rights and control groups.
    Cluster,
    /// Kernel features.
    Kernel,
    /// Memory, disk, terminal.
    Machine,
    /// The distribution and what its build needs.
    Distribution,
    /// Other ways to get a cluster.
    Providers,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What it is about.
    pub topic: Topic,
    /// How it stands.
    pub status: Status,
    /// What was found.
    pub says: String,
    /// What to do; none when ok.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<String>,
}

impl Line {
    /// Nothing to do.
    pub fn ok(topic: Topic, says: impl Into<String>) -> Self {
        Self { topic, status: Status::Ok, says: says.into(), cure: None }
    }

    /// Something will be lacking.
    pub fn warn(topic: Topic, says: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { topic, status: Status::Warn, says: says.into(), cure: Some(cure.into()) }
    }

    /// No lab can run.
    pub fn missing(topic: Topic, says: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { topic, status: Status::Missing, says: says.into(), cure: Some(cure.into()) }
    }
}

/// All lines, by topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Always `satrain.dev/doctor/v1`.
    pub schema: &'static str,
    /// A lab can run: nothing is missing.
    pub ready: bool,
    /// The lines.
    pub lines: Vec<Line>,
}

/// Applies every rule.
pub fn examine(facts: &Facts) -> Report {
    let mut lines = cluster_rules::lines(&facts.host);
    lines.extend(kernel_rules::lines(&facts.host));
    lines.extend(machine_rules::lines(facts));
    lines.extend(build_rules::lines(facts));
    lines.extend(providers(facts).map(|says| Line::ok(Topic::Providers, says)));
    lines.sort_by_key(|line| line.topic);
    let ready = lines.iter().all(|line| line.status != Status::Missing);
    Report { schema: "satrain.dev/doctor/v1", ready, lines }
}

/// Where else labs could be played. Nothing of it is needed.
fn providers(facts: &Facts) -> impl Iterator<Item = String> {
    let docker = match facts.docker {
        true => "Docker answers: `--provider k3s` can be used".to_owned(),
        false => "Docker does not answer (not needed; `--provider k3s` and `kind` would use it)".to_owned(),
    };
    let kind = match &facts.kind {
        Some(path) => format!("kind: {}", path.display()),
        None => "kind: not installed (not needed)".to_owned(),
    };
    [docker, kind].into_iter()
}
