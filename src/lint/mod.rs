//! Lint: what an author should know before proving a scenario on a cluster.
//!
//! In: a [`Loaded`] scenario, so one that can be used at all. Out: [`Finding`]s with their lines. Never:
//! running anything of the scenario, or asking a cluster; `satrain prove` does that.

mod calls;
mod comparisons;
mod content;
mod equivalents;
mod exceptions;
mod expressions;
mod manifests;
mod names;
mod patterns;
mod presence;
mod ready;
mod scripts;
#[cfg(test)]
mod tests;
mod walk;

use serde::Serialize;

use crate::scenario::model::Scenario;
use crate::scenario::{Binding, BoundScenario, Loaded, ScenarioError, bind, template};

/// How many seeds are tried, beside the defaults.
const SEEDS: u64 = 8;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Works, but not as well as it should.
    Warning,
    /// Must not be published so.
    Error,
}

/// Something to change in a scenario.
#[derive(Debug, Clone)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, where, and what to do about it.
    pub error: Box<ScenarioError>,
}

impl Finding {
    fn place(&self) -> (&str, u32) {
        (self.error.file(), self.error.line())
    }
}

/// Everything to change in a scenario, in the order of lines; empty when it is ready to be proved.
pub fn lint(loaded: &Loaded) -> Vec<Finding> {
    let mut report = Report { loaded, findings: Vec::new() };
    content::lint(&mut report);
    scripts::lint(&mut report);
    names::lint(&mut report);
    comparisons::lint(&mut report);
    expressions::lint(&mut report);
    equivalents::lint(&mut report);
    exceptions::lint(&mut report);
    let (first, others) = binds(&mut report);
    if let Some(bound) = &first {
        content::lint_bound(&mut report, bound);
        ready::lint(&mut report, bound);
        names::lint_bound(&mut report, bound);
        expressions::lint_bound(&mut report, bound);
        manifests::lint(&mut report, bound);
    }
    for bound in &others {
        let before = report.findings.len();
        manifests::lint(&mut report, bound);
        // The same with other names is found once.
        let new = report.findings.split_off(before);
        let is_known = |new: &Finding| report.findings.iter().any(|known| known.place() == new.place());
        let new: Vec<Finding> = new.into_iter().filter(|finding| !is_known(finding)).collect();
        report.findings.extend(new);
    }
    let mut findings = report.findings;
    findings.sort_by_key(|finding| (finding.error.line(), finding.error.to_string()));
    findings
}

/// Binds the defaults, several seeds and an isolated attempt; gives the defaults' result, and others that may have other manifests.
fn binds(report: &mut Report<'_>) -> (Option<BoundScenario>, Vec<BoundScenario>) {
    let loaded = report.loaded;
    let scenario = &loaded.scenario;
    let defaults = Binding::defaults(scenario);
    let seeded = (0..SEEDS).map(|seed| Binding::seeded(scenario, seed));
    let isolated = defaults.clone().isolated("lint");
    let mut others = Vec::new();
    for binding in std::iter::once(isolated).chain(seeded).chain(variants(scenario)) {
        match bind(loaded, &binding) {
            Ok(bound) => others.push(bound),
            Err(error) => {
                report.add(Severity::Error, error);
                return (None, Vec::new());
            }
        }
    }
    // Without statements, manifests differ in names only.
    if !template::has_statements(loaded.manifests()) {
        others.clear();
    }
    (bind(loaded, &defaults).ok(), others)
}

/// The defaults with one variant of one parameter, for all of them.
fn variants(scenario: &Scenario) -> impl Iterator<Item = Binding> {
    scenario.params.iter().flat_map(|(name, param)| {
        param.variants.iter().filter_map(|value| {
            let given = [(name.clone(), value.clone())].into();
            Binding::defaults(scenario).given(scenario, &given).ok()
        })
    })
}

/// The findings so far.
struct Report<'a> {
    loaded: &'a Loaded,
    findings: Vec<Finding>,
}

impl Report<'_> {
    fn error(&mut self, pointer: &str, message: impl Into<String>, help: &str) {
        self.at(Severity::Error, pointer, message, help);
    }

    fn warning(&mut self, pointer: &str, message: impl Into<String>, help: &str) {
        self.at(Severity::Warning, pointer, message, help);
    }

    fn at(&mut self, severity: Severity, pointer: &str, message: impl Into<String>, help: &str) {
        let error = self.loaded.error_at_key(pointer, message);
        self.add(severity, if help.is_empty() { error } else { error.help(help) });
    }

    fn add(&mut self, severity: Severity, error: Box<ScenarioError>) {
        let known = |f: &Finding| f.error.line() == error.line() && f.error.to_string() == error.to_string();
        if !self.findings.iter().any(known) {
            self.findings.push(Finding { severity, error });
        }
    }
}
