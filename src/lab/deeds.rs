//! Pure: what the play of a scenario does, for somebody who has not read it.

use serde_json::Value;

use super::error::Result;
use super::setup::documents;
use crate::scenario::BoundScenario;

/// What a play does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deeds {
    /// The lines of `setup.run`, which runs on this machine.
    pub script: Vec<String>,
    /// How many solutions and mistakes could be played on this machine.
    pub plays: usize,
    /// What setup makes in the cluster.
    pub objects: Vec<Made>,
}

/// An object that setup makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its Namespace; None if it is cluster-wide, or may be.
    pub namespace: Option<String>,
}

/// Kubernetes' kinds that live in Namespaces. What is none of these may be cluster-wide, whatever its manifest says.
const NAMESPACED: [&str; 31] = [
    "ConfigMap",
    "ControllerRevision",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "EndpointSlice",
    "Endpoints",
    "Event",
    "HorizontalPodAutoscaler",
    "Ingress",
    "Job",
    "Lease",
    "LimitRange",
    "LocalSubjectAccessReview",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "Pod",
    "PodCertificateRequest",
    "PodDisruptionBudget",
    "PodTemplate",
    "ReplicaSet",
    "ReplicationController",
    "ResourceClaim",
    "ResourceClaimTemplate",
    "ResourceQuota",
    "Role",
    "RoleBinding",
    "Secret",
    "Service",
    "ServiceAccount",
    "StatefulSet",
];

impl Deeds {
    /// What a play of the scenario does.
    ///
    /// # Errors
    /// When its manifests cannot be read.
    pub fn of(bound: &BoundScenario) -> Result<Self> {
        let scenario = &bound.scenario;
        let home = bound.namespaces().into_iter().next();
        let made = |object: &Value| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (kind, name) = (text(&object["kind"]), text(&object["metadata"]["name"]));
            let own = Some(text(&object["metadata"]["namespace"])).filter(|own| !own.is_empty());
            let lives_in_one = is_in_core(object) && NAMESPACED.contains(&kind.as_str());
            Made { namespace: lives_in_one.then(|| own.or_else(|| home.clone())).flatten(), kind, name }
        };
        Ok(Self {
            script: scenario.setup.run.trim().lines().map(str::to_owned).collect(),
            plays: scenario.solutions.len() + scenario.mistakes.len(),
            objects: documents(&bound.manifests)?.iter().map(made).collect(),
        })
    }

    /// What is there for all of the cluster, Namespaces aside.
    pub fn cluster_wide(&self) -> impl Iterator<Item = &Made> {
        self.objects.iter().filter(|made| made.namespace.is_none() && made.kind != "Namespace")
    }
}

/// Whether the object is of an API group of Kubernetes itself: others may use its kinds' names.
fn is_in_core(object: &Value) -> bool {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    match version.split_once('/') {
        None => true,
        Some((group, _)) => !group.contains('.') || group.ends_with(".k8s.io"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Binding, Catalog, bind};

    fn of(manifests: &str) -> Deeds {
        let catalog = Catalog::builtin();
        let loaded = catalog.get("scenario-2").unwrap();
        let mut bound = bind(loaded, &Binding::defaults(&loaded.scenario)).unwrap();
        bound.manifests = manifests.to_owned();
        Deeds::of(&bound).unwrap()
    }

    #[test]
    fn what_may_concern_all_is_told_apart() {
        let deeds = of("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: b, namespace: hides}\n---\n\
             apiVersion: v1\nkind: Namespace\nmetadata: {name: c}\n---\n\
             apiVersion: example.com/v1\nkind: Secret\nmetadata: {name: d, namespace: x}\n---\n\
             apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: e, namespace: x}\n");
        let wide: Vec<&str> = deeds.cluster_wide().map(|made| made.name.as_str()).collect();
        assert_eq!(wide, ["b", "d"]);
        assert_eq!(deeds.objects.len(), 5);
        assert_eq!(deeds.objects[4].namespace.as_deref(), Some("x"));
        assert!(deeds.objects[0].namespace.is_some(), "{deeds:?}");
    }

    /// The list is what the API of this version says of itself, wherever the bank uses it.
    #[test]
    fn all_that_the_bank_makes_is_known() {
        let wide = [
            "ClusterRole",
            "ClusterRoleBinding",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
        ];
        for entry in Catalog::builtin().entries() {
            let loaded = entry.loaded.as_ref().unwrap();
            let bound = bind(loaded, &Binding::defaults(&loaded.scenario)).unwrap();
            for made in Deeds::of(&bound).unwrap().cluster_wide() {
                assert!(wide.contains(&made.kind.as_str()), "{}: {made:?}", entry.id);
            }
        }
    }
}
