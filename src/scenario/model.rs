//! The shape of a scenario file, exactly as written: every string may still hold a template.
//!
//! The same types serve before and after binding: binding renders each string and keeps the shape. Line
//! numbers come from the loader and are carried along for messages.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::grade::expectation::{Check, Expectation, Guard, WrittenDuration, expectations};

/// A whole scenario file (`scenarios/<id>/scenario.yaml`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scenario {
    /// Version of the format.
    pub api_version: ApiVersion,
    /// Name of the scenario: lower-case letters, digits and dashes; the folder's name.
    pub id: String,
    /// One line, shown in the catalog.
    pub title: String,
    /// Tags: which part of the subject it trains.
    pub topics: Vec<String>,
    /// Domains of the CKS curriculum that it belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<Domain>,
    /// How hard it is.
    pub difficulty: Difficulty,
    /// How long a prepared learner needs, in minutes.
    pub minutes: u32,
    /// Scenarios, by id, that a learner should have passed before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// Whether it needs the cluster to itself: no other attempt may be in progress there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exclusive: bool,
    /// What a cluster must have for it beyond a usual one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// Which parts of the module it trains, each with the checks that do it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub covers: BTreeMap<String, Vec<String>>,
    /// Named values, usable as `{{ name }}` in every string and as upper-case variables in scripts.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// What is made before the learner begins.
    pub setup: Setup,
    /// The task's text. The list of requirements is rendered from the checks and not repeated here.
    pub task: String,
    /// What is graded; the points add up to 100.
    pub checks: Vec<Check>,
    /// What must stay true; worth no points, but a broken guard voids the points of the checks it protects.
    #[serde(default)]
    pub guards: Vec<Guard>,
    /// From a nudge to nearly the command.
    #[serde(default)]
    pub hints: Vec<String>,
    /// Shown after scoring: why it matters, what an attacker gains, the command worth remembering.
    #[serde(default)]
    pub explanation: String,
    /// Bash that binding puts before every solution and mistake: the functions they share.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub helpers: String,
    /// Whether it is a copy for learners: without solutions and mistakes, as `satrain export` writes it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_learners: bool,
    /// Right ways; the first is named `reference`. Only a copy for learners has none.
    #[serde(default)]
    pub solutions: Vec<Solution>,
    /// Plausible wrong ways, each with the exact set of checks and guards that it must fail.
    #[serde(default)]
    pub mistakes: Vec<Mistake>,
    /// What a proof does otherwise than with each other scenario.
    #[serde(default, skip_serializing_if = "ProofPlan::is_usual")]
    pub proof: ProofPlan,
    /// Mutants of solutions that solve the task all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub equivalents: Vec<Equivalent>,
}

/// Something that not every cluster has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Need {
    /// The API server's audit log, readable by `setup.run` as `SATRAIN_AUDIT_LOG`.
    AuditLog,
    /// PodCertificateRequest in its first stable version.
    PodCertificates,
    /// ValidatingAdmissionPolicy.
    AdmissionPolicies,
}

/// An expectation, with its place in the scenario file.
#[derive(Debug, Clone)]
pub struct Expected<'a> {
    /// As in `/checks/0`.
    pub pointer: String,
    /// Whether it is a guard.
    pub guard: bool,
    /// The expectation.
    pub is: &'a Expectation,
}

impl Scenario {
    /// Those of the checks, then those of the guards.
    pub fn expectations(&self) -> impl Iterator<Item = Expected<'_>> {
        let checks = self.checks.len();
        expectations(&self.checks, &self.guards).enumerate().map(move |(i, is)| match i.checked_sub(checks) {
            None => Expected { pointer: format!("/checks/{i}"), guard: false, is },
            Some(i) => Expected { pointer: format!("/guards/{i}"), guard: true, is },
        })
    }

    /// The parameter that says what is wrong, with its name.
    pub fn cause(&self) -> Option<(&String, &Param)> {
        self.params.iter().find(|(_, param)| param.kind == ParamKind::Cause)
    }
}

/// Version of the scenario format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ApiVersion {
    /// The only version so far.
    #[serde(rename = "satrain.dev/v1")]
    V1,
}

/// How hard a scenario is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Difficulty {
    /// One idea, one or two commands.
    Easy,
    /// Several steps that depend on each other.
    Medium,
    /// Needs diagnosis or several ideas at once.
    Hard,
}

/// A domain of the Certified Kubernetes Security Specialist curriculum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    /// Cluster Setup.
    ClusterSetup,
    /// Cluster Hardening.
    ClusterHardening,
    /// System Hardening.
    SystemHardening,
    /// Minimize Microservice Vulnerabilities.
    MinimizeMicroserviceVulnerabilities,
    /// Supply Chain Security.
    SupplyChainSecurity,
    /// Monitoring, Logging and Runtime Security.
    MonitoringLoggingRuntimeSecurity,
}

/// A parameter: its value by default and what else it may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Param {
    /// Used unless a seed is given.
    pub default: String,
    /// Further values that a seed may draw (the default is one of the candidates too).
    #[serde(default)]
    pub variants: Vec<String>,
    /// What the value names: a namespace is made unique where several attempts share a cluster.
    #[serde(default)]
    pub kind: ParamKind,
}

/// What a parameter's value names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ParamKind {
    /// A name inside a namespace.
    #[default]
    Name,
    /// A Namespace that setup creates.
    Namespace,
    /// Anything else (a value, a path, an audience).
    Text,
    /// What is wrong, in a scenario that is about finding it out: never shown to the learner, at most one a scenario.
    Cause,
}

/// What is made before the learner begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Setup {
    /// Kubernetes manifests: inline YAML, or `file: NAME` beside the scenario file.
    pub manifests: Manifests,
    /// What setup waits for: `pod/NAME`, `deployment/NAME` …, with an optional `NAMESPACE/` before.
    #[serde(default)]
    pub ready: Vec<String>,
    /// How long `ready` may take (`30s`, at most `5m`); left out: two minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_within: Option<WrittenDuration>,
    /// Files put into the learner's workspace, by name.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Bash for what manifests cannot say, run as cluster-admin in the workspace once all is ready.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub run: String,
}

/// Where manifests come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Manifests {
    /// The YAML itself.
    Inline(String),
    /// A file beside the scenario file; it may not leave the scenario's folder.
    File {
        /// Its relative path.
        file: String,
    },
}

// By hand instead of `untagged`, whose errors have no place.
impl<'de> Deserialize<'de> for Manifests {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            file: String,
        }
        impl<'de> Visitor<'de> for Form {
            type Value = Manifests;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("manifests as text, or `file: NAME`")
            }

            fn visit_str<E>(self, text: &str) -> Result<Manifests, E> {
                Ok(Manifests::Inline(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Manifests, A::Error> {
                let file = File::deserialize(MapAccessDeserializer::new(access))?.file;
                Ok(Manifests::File { file })
            }
        }
        deserializer.deserialize_any(Form)
    }
}

/// How a scenario is proved, where the usual way would take too long.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProofPlan {
    /// Values of parameters for all cases but the unsolved lab and the reference solution: a small form of a large setup.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub given: BTreeMap<String, String>,
    /// Whether attempts disturb nobody although they have cluster-scoped objects: each of these is named after the
    /// attempt's Namespace, and is about that Namespace only. Then they are played beside others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub together: bool,
    /// Variations, by name, that are otherwise than usual here, each with the reason: an attack that does no harm, or a
    /// harmless variation that the task forbids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exceptions: BTreeMap<String, String>,
}

impl ProofPlan {
    /// Whether there is nothing particular about it.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A right way to solve the task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Solution {
    /// Its name.
    pub name: String,
    /// What is particular about it.
    #[serde(default)]
    pub about: String,
    /// A bash script.
    pub run: String,
}

/// A plausible wrong way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mistake {
    /// Its name.
    pub name: String,
    /// Why somebody would do it.
    #[serde(default)]
    pub about: String,
    /// Values of parameters that it is proved with, instead of their defaults.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub given: BTreeMap<String, String>,
    /// Whether it touches more than its own Namespaces, so that a proof plays it alone although the scenario is `together`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alone: bool,
    /// Exactly the checks and guards that do not pass after it.
    pub fails: Vec<String>,
    /// A bash script.
    pub run: String,
}

/// Mutants of solutions that are right: the change makes no difference that the task is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Equivalent {
    /// The mutant's id, as `satrain prove --mutation` reports it; `*` stands for any text.
    pub mutant: String,
    /// Why it makes no difference.
    pub reason: String,
    /// Whether it does make one until the cluster has caught up by itself, so that it is caught now and then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_time: bool,
}

impl Equivalent {
    /// Whether this is about the mutant with the id `id`.
    pub fn is_about(&self, id: &str) -> bool {
        let mut parts = self.mutant.split('*');
        let Some(mut rest) = id.strip_prefix(parts.next().unwrap_or_default()) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::Equivalent;

    #[test]
    fn a_star_stands_for_any_text_and_nothing_else_is_special() {
        let about = |mutant: &str, id: &str| {
            Equivalent { mutant: mutant.into(), reason: String::new(), in_time: false }.is_about(id)
        };
        assert!(about("a/drop/x[0].y", "a/drop/x[0].y"));
        assert!(about("*/drop/*.y", "a/drop/x[0].y"));
        assert!(about("a*", "a"));
        assert!(about("*", ""));
        assert!(about("a*b*b", "a-b-b"));
        assert!(!about("a*b*b", "a-b"));
        assert!(!about("a", "ab"));
        assert!(!about("*b", "abc"));
        assert!(!about("a?c", "abc"));
    }
}
