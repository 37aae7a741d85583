//! Binding: every template of a loaded scenario rendered with one set of values.
//!
//! In: a [`Loaded`] scenario and a [`Binding`]. Out: a [`BoundScenario`], ready to be set up and graded.
//! Never: a cluster, a process.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use sha2::{Digest as _, Sha256};

use super::binding::Binding;
use super::error::{Result, ScenarioError, ScenarioErrorKind};
use super::folder::Origin;
use super::loaded::{Loaded, MANIFESTS};
use super::model::{Manifests, ParamKind, Scenario};
use super::names;
use super::parse;
use super::strings;
use super::template;
use super::verify::template_error;
use crate::grade::expectation::{Check, Guard};
use crate::plural::counted;

/// A scenario whose strings are final.
#[derive(Debug, Clone, PartialEq)]
pub struct BoundScenario {
    /// The scenario, rendered; `setup.manifests` is inline.
    pub scenario: Scenario,
    /// The value of each parameter.
    pub values: BTreeMap<String, String>,
    /// The parameters that the task's text uses: others may name what is to be found out.
    pub told: BTreeSet<String>,
    /// The manifests, rendered.
    pub manifests: String,
    /// SHA-256 of all files of the scenario.
    pub digest: String,
    /// Where the scenario comes from.
    pub origin: Origin,
}

/// Renders every template of `loaded` with the values of `binding`.
///
/// # Errors
/// When a value is missing or a template fails or grows too large; with its place in the file.
pub fn bind(loaded: &Loaded, binding: &Binding) -> Result<BoundScenario> {
    let values = binding.resolved(&loaded.scenario);
    // Checked again: a binding may come from another version of the scenario.
    Binding::from_values(&loaded.scenario, values.clone())?;
    let mut room = template::MAX_RENDERED;
    let mut render = |pointer: &str, text: &str| -> Result<Option<String>> {
        if !strings::is_rendered(pointer) {
            return Ok(None);
        }
        let rendered =
            template::render(text, &values, room).map_err(|e| template_error(loaded, pointer, text, e))?;
        room = room.saturating_sub(rendered.len());
        Ok(Some(rendered))
    };
    let told = told(loaded)?;
    let manifests = render(MANIFESTS, loaded.manifests())?.unwrap_or_default();
    let mut scenario = loaded.scenario.clone();
    scenario.setup.manifests = Manifests::Inline(String::new());
    let mut value = serde_json::to_value(&scenario).map_err(|e| broken(&e))?;
    strings::walk(&mut value, "", &mut render)?;
    let mut scenario: Scenario = serde_json::from_value(value).map_err(|e| broken(&e))?;
    scenario.setup.manifests = Manifests::Inline(manifests.clone());
    put_helpers_before_scripts(&mut scenario);
    parse::set_lines(&mut scenario, &loaded.places);
    let (digest, origin) = (loaded.digest.clone(), loaded.origin.clone());
    Ok(BoundScenario { scenario, values, told, manifests, digest, origin })
}

/// The parameters that the task and its requirements use, and where Namespaces are.
fn told(loaded: &Loaded) -> Result<BTreeSet<String>> {
    let scenario = &loaded.scenario;
    let known: Vec<&str> = scenario.params.keys().map(String::as_str).collect();
    let requirements =
        scenario.expectations().map(|e| (format!("{}/requirement", e.pointer), e.is.requirement.as_str()));
    let mut told: BTreeSet<String> = BTreeSet::new();
    for (pointer, text) in [("/task".to_owned(), scenario.task.as_str())].into_iter().chain(requirements) {
        let used = template::check(text, &known).map_err(|e| template_error(loaded, &pointer, text, e))?;
        told.extend(used.into_iter().map(str::to_owned));
    }
    let of_namespaces = scenario.params.iter().filter(|(_, param)| param.kind == ParamKind::Namespace);
    told.extend(of_namespaces.map(|(name, _)| name.clone()));
    Ok(told)
}

fn put_helpers_before_scripts(scenario: &mut Scenario) {
    let helpers = std::mem::take(&mut scenario.helpers);
    if helpers.is_empty() {
        return;
    }
    let solutions = scenario.solutions.iter_mut().map(|s| &mut s.run);
    for run in solutions.chain(scenario.mistakes.iter_mut().map(|m| &mut m.run)) {
        *run = with_helpers(&helpers, run);
    }
}

/// A whole script: the scenario's helpers, then the script's own part.
pub fn with_helpers(helpers: &str, run: &str) -> String {
    match helpers.trim_end() {
        "" => run.to_owned(),
        helpers => format!("{helpers}\n{run}"),
    }
}

/// The typed form survives rendering, since rendering keeps strings strings.
fn broken(error: &serde_json::Error) -> Box<ScenarioError> {
    ScenarioError::plain(ScenarioErrorKind::Binding, format!("the rendered scenario is invalid: {error}"))
}

/// Parameters as variables for scripts: `serviceAccount` is `SERVICE_ACCOUNT`.
pub fn as_variables(values: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    values.iter().map(|(name, value)| (names::env_name(name), value.clone())).collect()
}

impl BoundScenario {
    /// The parameters that the learner may see: all but the cause of what is wrong.
    pub fn shown_values(&self) -> BTreeMap<String, String> {
        let mut values = self.values.clone();
        if let Some((name, _)) = self.scenario.cause() {
            values.remove(name);
        }
        values
    }

    /// Those of them that the task tells anyway.
    pub fn told_values(&self) -> BTreeMap<String, String> {
        let mut values = self.shown_values();
        values.retain(|name, _| self.told.contains(name));
        values
    }

    /// SHA-256 of everything that decides what a lab is before anybody acts: a grade of a lab that was set up otherwise says nothing
    /// about this one.
    pub fn setup_digest(&self) -> String {
        // A typed setup always serializes: all its keys are strings.
        let setup = serde_json::json!({
            "setup": self.scenario.setup,
            "needs": self.scenario.needs,
            "values": self.values,
        });
        Sha256::digest(setup.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The Namespaces that the scenario's setup makes: the values of all parameters of that kind.
    pub fn namespaces(&self) -> Vec<String> {
        let is_namespace =
            |name: &str| self.scenario.params.get(name).is_some_and(|p| p.kind == ParamKind::Namespace);
        let mut all: Vec<String> = self
            .values
            .iter()
            .filter(|(name, _)| is_namespace(name))
            .map(|(_, value)| value.clone())
            .collect();
        all.sort();
        all.dedup();
        all
    }
}

/// The task with its requirements, which are the checks and guards themselves: all that is graded is said.
pub fn task_text(bound: &BoundScenario) -> String {
    text_with(bound, "Graded; you pass with all 100 points:")
}

/// The same for a task of an exam, where points count one by one.
pub fn exam_text(bound: &BoundScenario) -> String {
    text_with(bound, "Graded:")
}

fn text_with(bound: &BoundScenario, heading: &str) -> String {
    let s = &bound.scenario;
    let mut text = format!("{}\n\n{heading}\n", s.task.trim_end());
    // Writing to a String cannot fail.
    for (i, check) in s.checks.iter().enumerate() {
        let _ =
            writeln!(text, "{:>3}. {} ({})", i + 1, check.requirement.trim(), counted(check.points, "point"));
    }
    if !s.guards.is_empty() {
        text.push_str("\nMust stay true:\n");
        for guard in &s.guards {
            let _ = writeln!(text, "  -  {} ({})", guard.requirement.trim(), cost(guard, &s.checks));
        }
    }
    text
}

/// What breaking a guard costs, by the numbers of the checks it protects.
fn cost(guard: &Guard, checks: &[Check]) -> String {
    let protected = checks.iter().enumerate().filter(|(_, check)| guard.protects.contains(&check.id));
    let numbers: Vec<String> = protected.map(|(i, _)| (i + 1).to_string()).collect();
    match numbers.split_last() {
        Some((last, [])) => format!("costs the points of {last}"),
        Some((last, rest)) if numbers.len() < checks.len() => {
            format!("costs the points of {} and {last}", rest.join(", "))
        }
        _ => "costs all points".into(),
    }
}

#[cfg(test)]
mod tests;
