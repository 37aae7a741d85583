//! Lint: what an author should know before proving a scenario on a cluster.
//!
//! In: a [`Loaded`] scenario, so one that can be used at all. Out: [`Finding`]s with their lines. Never:
//! running anything of the scenario, or asking a cluster; `satrain prove` does that.

mod content;
mod expressions;
mod manifests;
#[cfg(test)]
mod tests;

use super::bind::{BoundScenario, bind};
use super::binding::Binding;
use super::load::Loaded;

/// How many seeds are tried, beside the defaults.
const SEEDS: u64 = 8;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Works, but not as well as it should.
    Warning,
    /// Must not be published so.
    Error,
}

/// Something to change in a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// The line of the scenario file (1-based; 0 = unknown).
    pub line: u32,
    /// What to do about it; may be empty.
    pub help: String,
}

/// Everything to change in a scenario, in the order of lines; empty when it is ready to be proved.
pub fn lint(loaded: &Loaded) -> Vec<Finding> {
    let mut report = Report { loaded, findings: Vec::new() };
    content::lint(&mut report);
    expressions::lint(&mut report);
    if let Some(bound) = binds(&mut report) {
        content::lint_bound(&mut report, &bound);
        manifests::lint(&mut report, &bound);
    }
    let mut findings = report.findings;
    findings.sort_by(|a, b| (a.line, &a.message).cmp(&(b.line, &b.message)));
    findings
}

/// Binds the defaults, several seeds and an isolated attempt; gives the defaults' result.
fn binds(report: &mut Report<'_>) -> Option<BoundScenario> {
    let loaded = report.loaded;
    let scenario = &loaded.scenario;
    let defaults = Binding::defaults(scenario);
    let seeded = (0..SEEDS).map(|seed| Binding::seeded(scenario, seed));
    let isolated = defaults.clone().isolated("lint");
    for binding in std::iter::once(isolated).chain(seeded) {
        if let Err(error) = bind(loaded, &binding) {
            report.at_line(
                Severity::Error,
                error.line(),
                error.to_string(),
                error.advice().unwrap_or_default(),
            );
            return None;
        }
    }
    bind(loaded, &defaults).ok()
}

/// The findings so far.
struct Report<'a> {
    loaded: &'a Loaded,
    findings: Vec<Finding>,
}

impl Report<'_> {
    fn error(&mut self, pointer: &str, message: impl Into<String>, help: &str) {
        let line = self.loaded.places.key(pointer).line;
        self.at_line(Severity::Error, line, message, help);
    }

    fn warning(&mut self, pointer: &str, message: impl Into<String>, help: &str) {
        let line = self.loaded.places.key(pointer).line;
        self.at_line(Severity::Warning, line, message, help);
    }

    fn at_line(&mut self, severity: Severity, line: u32, message: impl Into<String>, help: &str) {
        let finding = Finding { severity, message: message.into(), line, help: help.to_owned() };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}
