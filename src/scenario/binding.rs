//! Parameter values: by default, drawn by a seed, or as kept from an earlier process.
//!
//! In: a scenario's parameters. Out: one value each. A seed draws the same values in every version and on
//! every machine. Never: a clock, a random source.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::{Result, ScenarioError, ScenarioErrorKind};
use super::model::{Param, ParamKind, Scenario};
use super::names;

const LABEL: usize = 63;

/// One value for each parameter of a scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    values: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suffix: Option<String>,
}

impl Binding {
    /// Every parameter's default.
    pub fn defaults(scenario: &Scenario) -> Self {
        Self::of(scenario, |_, param| param.default.clone())
    }

    /// Draws each parameter from its default and variants. Equal seeds draw equal values; parameters draw
    /// independently of each other.
    pub fn seeded(scenario: &Scenario, seed: u64) -> Self {
        Self::of(scenario, |name, param| {
            let candidates = candidates(param);
            let hash = Sha256::digest(format!("satrain/v1\n{}\n{name}\n{seed}", scenario.id));
            let number = hash.iter().take(8).fold(0u64, |n, byte| (n << 8) | u64::from(*byte));
            let index = number % candidates.len().max(1) as u64;
            usize::try_from(index)
                .ok()
                .and_then(|i| candidates.get(i))
                .copied()
                .unwrap_or_default()
                .to_owned()
        })
    }

    /// The same with some values written down instead of drawn.
    ///
    /// # Errors
    /// When there is no such parameter, or a value does not fit it.
    pub fn given(self, scenario: &Scenario, given: &BTreeMap<String, String>) -> Result<Self> {
        let mut values = self.values;
        values.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
        Ok(Self { suffix: self.suffix, ..Self::from_values(scenario, values)? })
    }

    /// The values of an earlier attempt.
    ///
    /// # Errors
    /// When a parameter is missing, unknown, or its value does not fit.
    pub fn from_values(scenario: &Scenario, values: BTreeMap<String, String>) -> Result<Self> {
        let refuse = |message: String| {
            let known: Vec<&str> = scenario.params.keys().map(String::as_str).collect();
            ScenarioError::plain(ScenarioErrorKind::Binding, message).help(format!(
                "the parameters of {} are: {}",
                scenario.id,
                known.join(", ")
            ))
        };
        if let Some(unknown) = values.keys().find(|name| !scenario.params.contains_key(*name)) {
            return Err(refuse(format!("{} has no parameter `{unknown}`", scenario.id)));
        }
        for (name, param) in &scenario.params {
            let value =
                values.get(name).ok_or_else(|| refuse(format!("the parameter `{name}` has no value")))?;
            names::param_value(param.kind, value)
                .map_err(|why| refuse(format!("`{name}` cannot be `{}`: {why}", value.escape_debug())))?;
        }
        Ok(Self { values, suffix: None })
    }

    /// Gives every Namespace a suffix of its own, so that several attempts can share a cluster.
    ///
    /// The suffix is brought into the form of a DNS label; a name that gets too long is cut and carries four
    /// digits of its hash, so that two long names stay two.
    #[must_use]
    pub fn isolated(mut self, suffix: &str) -> Self {
        self.suffix = Some(label(suffix)).filter(|suffix| !suffix.is_empty());
        self
    }

    /// The values as the scenario's templates and scripts see them.
    pub(crate) fn resolved(&self, scenario: &Scenario) -> BTreeMap<String, String> {
        let mut values = self.values.clone();
        if let Some(suffix) = &self.suffix {
            for (name, value) in &mut values {
                if scenario.params.get(name).is_some_and(|p| p.kind == ParamKind::Namespace) {
                    *value = with_suffix(value, suffix);
                }
            }
        }
        values
    }

    fn of(scenario: &Scenario, mut pick: impl FnMut(&str, &Param) -> String) -> Self {
        let values = scenario.params.iter().map(|(name, param)| (name.clone(), pick(name, param))).collect();
        Self { values, suffix: None }
    }
}

/// The default first, then the variants, each once.
pub(crate) fn candidates(param: &Param) -> Vec<&str> {
    let mut all = vec![param.default.as_str()];
    for variant in &param.variants {
        if !all.contains(&variant.as_str()) {
            all.push(variant);
        }
    }
    all
}

fn label(text: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let text: String = text.chars().map(kept).take(40).collect();
    text.trim_matches('-').to_owned()
}

fn with_suffix(name: &str, suffix: &str) -> String {
    let whole = format!("{name}-{suffix}");
    if whole.len() <= LABEL && names::is_dns_label(&whole) {
        return whole;
    }
    let hash = Sha256::digest(name);
    let tail = format!("-{:02x}{:02x}-{suffix}", hash[0], hash[1]);
    let head: String = label(name).chars().take(LABEL.saturating_sub(tail.len())).collect();
    format!("{}{tail}", head.trim_end_matches('-'))
}
