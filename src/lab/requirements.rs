//! What a scenario needs of a cluster, and what of it this one does not have: told before anything is made.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cluster::LabCluster;
use super::error::Result;
use super::rights::{self, Right};
use super::setup::documents;
use crate::grade::expectation::expectations;
use crate::scenario::BoundScenario;
use crate::scenario::model::Need;

/// Where images come from that no registry has.
const OURS: &str = "satrain.local/";
const LOAD: &str = "load the archive from `satrain cluster images --export FILE` into every node, which tells of it within a minute";
const ROLE: &str = "`satrain cluster adopt --role` prints a ClusterRole that allows what labs need";

/// Something that the cluster does not have, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmet {
    /// What.
    pub what: String,
    /// The remedy.
    pub remedy: String,
}

impl std::fmt::Display for Unmet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

impl Unmet {
    fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }
}

/// For each of `scenarios`, what it needs and the cluster does not have. Rights that several need are asked for once.
///
/// # Errors
/// If manifests cannot be read, or the cluster does not say what is allowed.
pub async fn unmet(lab: &LabCluster, scenarios: &[BoundScenario]) -> Result<Vec<Vec<Unmet>>> {
    let mut found: Vec<(Vec<Unmet>, Kinds)> =
        scenarios.iter().map(|bound| apart_from_rights(lab, bound)).collect::<Result<_>>()?;
    let as_controllers: Vec<bool> = scenarios.iter().map(tries_as_controllers).collect();
    // Who set up a cluster of satrain's own may do everything there.
    if !lab.capabilities.exclusive {
        let labs = rights::of_labs();
        let all: Kinds = found.iter().flat_map(|(_, kinds)| kinds.clone()).collect();
        let asked = labs.iter().copied().chain(of_kinds(&all));
        let asked: Vec<Right<'_>> = if as_controllers.contains(&true) {
            asked.chain(rights::as_controllers()).collect()
        } else {
            asked.collect()
        };
        let refused = rights::missing(&lab.client, &asked).await?;
        for ((unmet, kinds), as_controllers) in found.iter_mut().zip(as_controllers) {
            let mut own = of_kinds(kinds);
            if as_controllers {
                own.extend(rights::as_controllers());
            }
            let mine: Vec<Right<'_>> =
                refused.iter().filter(|r| labs.contains(r) || own.contains(r)).copied().collect();
            let told = |right| Unmet::new(format!("the right to {right}"), ROLE);
            unmet.extend(rights::described(&mine).into_iter().map(told));
        }
    }
    Ok(found.into_iter().map(|(unmet, _)| unmet).collect())
}

/// Whether a grade tries objects as Kubernetes' controllers.
fn tries_as_controllers(bound: &BoundScenario) -> bool {
    expectations(&bound.scenario.checks, &bound.scenario.guards).any(|e| e.kind.asks_as_others())
}

/// Group and plural of the kinds that setup makes.
type Kinds = BTreeSet<(String, String)>;

fn of_kinds(kinds: &Kinds) -> Vec<Right<'_>> {
    kinds.iter().flat_map(|(group, plural)| rights::of_kind(group, plural)).collect()
}

fn apart_from_rights(lab: &LabCluster, bound: &BoundScenario) -> Result<(Vec<Unmet>, Kinds)> {
    let objects = documents(&bound.manifests)?;
    let scenario = &bound.scenario;
    let mut unmet: Vec<Unmet> = scenario.needs.iter().filter_map(|need| unmet_need(lab, *need)).collect();
    if scenario.exclusive && !lab.capabilities.exclusive {
        unmet.push(Unmet::new("an exclusive cluster", "the embedded cluster is one"));
    }
    if let Some(there) = &lab.capabilities.images {
        let absent = images(&objects).into_iter().filter(|i| i.starts_with(OURS) && !there.contains(i));
        unmet.extend(absent.map(|image| Unmet::new(format!("the image {image} on its nodes"), LOAD)));
    }
    let mut kinds = Kinds::new();
    for object in &objects {
        let (version, kind) = (text(object, "apiVersion"), text(object, "kind"));
        match lab.kinds.of_manifest(version, kind) {
            Ok(kind) => drop(kinds.insert((kind.resource.group, kind.resource.plural))),
            Err(_) => unmet.push(Unmet::new(
                format!("the kind {kind} of {version}"),
                "a newer version of Kubernetes may have it",
            )),
        }
    }
    Ok((unmet, kinds))
}

fn unmet_need(lab: &LabCluster, need: Need) -> Option<Unmet> {
    let kind = |version: &str, kind: &str| lab.kinds.of_manifest(version, kind).is_ok();
    match need {
        Need::AuditLog if lab.capabilities.audit_log.is_none() => {
            Some(Unmet::new("an audit log that satrain can read", "the embedded cluster has one"))
        }
        Need::PodCertificates if !kind("certificates.k8s.io/v1", "PodCertificateRequest") => {
            Some(Unmet::new("certificates for Pods (PodCertificateRequest, v1)", "Kubernetes 1.37 has them"))
        }
        Need::AdmissionPolicies if !kind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy") => {
            Some(Unmet::new("ValidatingAdmissionPolicy (v1)", "Kubernetes 1.30 and later have it"))
        }
        _ => None,
    }
}

/// The images of all containers, wherever their Pod template stands.
fn images(objects: &[Value]) -> BTreeSet<String> {
    fn collect(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                let containers = ["containers", "initContainers"].into_iter().filter_map(|l| fields.get(l));
                for container in containers.filter_map(Value::as_array).flatten() {
                    found.extend(container.get("image").and_then(Value::as_str).map(str::to_owned));
                }
                fields.values().for_each(|value| collect(value, found));
            }
            Value::Array(all) => all.iter().for_each(|value| collect(value, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    objects.iter().for_each(|object| collect(object, &mut found));
    found
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn images_are_found_in_every_kind_of_workload() {
        let pod = json!({"spec": {"containers": [{"image": "a"}], "initContainers": [{"image": "b"}]}});
        let cron = json!({"spec": {"jobTemplate": {"spec": {"template": pod}}}});
        let other = json!({"data": {"image": "none"}});
        let found =
            images(&[json!({"spec": {"template": {"spec": {"containers": [{"image": "c"}]}}}}), cron, other]);
        assert_eq!(found, ["a", "b", "c"].map(str::to_owned).into());
    }
}
