//! Pure: in which order manifests are applied, and which labels they get.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::DynamicObject;
use serde_json::Value;

use super::kinds::{Kind, Kinds};
use crate::lab::error::{LabError, Result};
use crate::lab::{ATTEMPT, MANAGED, SCENARIO};

/// The labels of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// The attempt's id.
    pub attempt: String,
    /// The scenario's id.
    pub scenario: String,
}

impl Labels {
    /// Puts the labels on an object.
    pub fn stamp(&self, metadata: &mut ObjectMeta) {
        let labels = metadata.labels.get_or_insert_default();
        labels.insert(MANAGED.into(), "true".into());
        labels.insert(ATTEMPT.into(), self.attempt.clone());
        labels.insert(SCENARIO.into(), self.scenario.clone());
    }

    /// Whether an object carries the labels of this attempt.
    pub fn on(&self, metadata: &ObjectMeta) -> bool {
        attempt_of(metadata) == Some(self.attempt.as_str())
    }
}

/// The attempt that an object says it belongs to.
pub fn attempt_of(metadata: &ObjectMeta) -> Option<&str> {
    metadata.labels.as_ref()?.get(ATTEMPT).map(String::as_str)
}

/// Manifests in the order of their making; each wave may be applied at once.
#[derive(Debug, Default)]
pub struct Waves {
    namespaces: BTreeMap<String, DynamicObject>,
    /// ServiceAccounts: a token Secret of one that does not exist yet would be deleted by the cluster.
    pub accounts: Vec<(Kind, DynamicObject)>,
    /// Rights, configuration, anything that Pods refer to.
    pub settings: Vec<(Kind, DynamicObject)>,
    /// Pods and what makes Pods.
    pub workloads: Vec<(Kind, DynamicObject)>,
}

impl Waves {
    /// The manifest of a namespace, where setup has one.
    pub fn namespace(&self, name: &str) -> Option<&DynamicObject> {
        self.namespaces.get(name)
    }

    /// The namespaces in which Pods will be made.
    pub fn populated(&self) -> BTreeSet<&str> {
        self.workloads.iter().filter_map(|(_, o)| o.metadata.namespace.as_deref()).collect()
    }
}

/// Sorts `manifests` into waves; a namespaced object without a namespace goes to the first of `namespaces`.
pub fn waves(manifests: &[Value], namespaces: &[String], kinds: &Kinds) -> Result<Waves> {
    let mut waves = Waves::default();
    for (index, manifest) in manifests.iter().enumerate() {
        let mut object: DynamicObject = serde_json::from_value(manifest.clone()).map_err(|e| {
            LabError::Manifest { object: format!("manifest {}", index + 1), why: e.to_string() }
        })?;
        let types = object.types.clone().unwrap_or_default();
        let kind = kinds.of_manifest(&types.api_version, &types.kind)?;
        let name = object.metadata.name.clone().unwrap_or_default();
        if kind.namespaced {
            let namespace = object.metadata.namespace.take().or_else(|| namespaces.first().cloned());
            match namespace {
                Some(n) if namespaces.contains(&n) => object.metadata.namespace = Some(n),
                other => {
                    return Err(LabError::Manifest {
                        object: format!("{} {name}", types.kind),
                        why: format!("setup does not create its Namespace `{}`", other.unwrap_or_default()),
                    });
                }
            }
        }
        match rank(&types.kind) {
            Rank::Namespace => drop(waves.namespaces.insert(name, object)),
            Rank::Account => waves.accounts.push((kind, object)),
            Rank::Setting => waves.settings.push((kind, object)),
            Rank::Workload => waves.workloads.push((kind, object)),
        }
    }
    Ok(waves)
}

#[derive(Debug, PartialEq, Eq)]
enum Rank {
    Namespace,
    Account,
    Setting,
    Workload,
}

fn rank(kind: &str) -> Rank {
    match kind {
        "Namespace" => Rank::Namespace,
        "ServiceAccount" => Rank::Account,
        "Pod"
        | "Deployment"
        | "ReplicaSet"
        | "StatefulSet"
        | "DaemonSet"
        | "Job"
        | "CronJob"
        | "ReplicationController" => Rank::Workload,
        _ => Rank::Setting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_comes_before_its_token_and_a_pod_after_everything() {
        assert_eq!(rank("ServiceAccount"), Rank::Account);
        assert_eq!(rank("Secret"), Rank::Setting);
        assert_eq!(rank("RoleBinding"), Rank::Setting);
        assert_eq!(rank("Pod"), Rank::Workload);
    }

    #[test]
    fn an_object_belongs_to_the_attempt_on_its_label() {
        let labels = Labels { attempt: "scenario-2-abc".into(), scenario: "scenario-2".into() };
        let mut metadata = ObjectMeta::default();
        assert!(!labels.on(&metadata));
        labels.stamp(&mut metadata);
        assert!(labels.on(&metadata));
        assert_eq!(attempt_of(&metadata), Some("scenario-2-abc"));
    }
}
