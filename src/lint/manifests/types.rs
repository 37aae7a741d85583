//! Pure: the types of the well-known kinds, as `k8s_openapi` has them.

use k8s_openapi::Resource;
use k8s_openapi::api::{
    admissionregistration::v1 as admission, apps::v1 as apps, batch::v1 as batch, core::v1 as core,
    networking::v1 as networking, policy::v1 as policy, rbac::v1 as rbac, scheduling::v1 as scheduling,
    storage::v1 as storage,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Reads an object as a type and writes it again, or says why that fails.
pub(super) type Read = fn(&Value) -> Result<Value, String>;

/// A type, with its `apiVersion` and kind.
type Known = (&'static str, &'static str, Read);

fn known<T>() -> Known
where
    T: Resource + Serialize + for<'de> Deserialize<'de>,
{
    let read: Read = |object| {
        let typed = T::deserialize(object).map_err(|error| error.to_string())?;
        serde_json::to_value(&typed).map_err(|error| error.to_string())
    };
    (T::API_VERSION, T::KIND, read)
}

/// The types that are looked at. Those of definitions of resources are not: their schemas hold anything.
fn types() -> [Known; 30] {
    [
        known::<core::ConfigMap>(),
        known::<core::LimitRange>(),
        known::<core::Namespace>(),
        known::<core::PersistentVolume>(),
        known::<core::PersistentVolumeClaim>(),
        known::<core::Pod>(),
        known::<core::ReplicationController>(),
        known::<core::ResourceQuota>(),
        known::<core::Secret>(),
        known::<core::Service>(),
        known::<core::ServiceAccount>(),
        known::<apps::DaemonSet>(),
        known::<apps::Deployment>(),
        known::<apps::ReplicaSet>(),
        known::<apps::StatefulSet>(),
        known::<batch::CronJob>(),
        known::<batch::Job>(),
        known::<rbac::ClusterRole>(),
        known::<rbac::ClusterRoleBinding>(),
        known::<rbac::Role>(),
        known::<rbac::RoleBinding>(),
        known::<networking::Ingress>(),
        known::<networking::IngressClass>(),
        known::<networking::NetworkPolicy>(),
        known::<policy::PodDisruptionBudget>(),
        known::<scheduling::PriorityClass>(),
        known::<storage::StorageClass>(),
        known::<admission::ValidatingAdmissionPolicy>(),
        known::<admission::ValidatingAdmissionPolicyBinding>(),
        known::<admission::ValidatingWebhookConfiguration>(),
    ]
}

/// How objects of a kind are read; None: the kind is not known here.
pub(super) fn of(api_version: &str, kind: &str) -> Option<Read> {
    let types = types();
    let known = types.iter().find(|(version, name, _)| (*version, *name) == (api_version, kind));
    known.map(|(_, _, read)| *read)
}

/// How metadata is read: an object of nothing else.
pub(super) fn of_metadata() -> Read {
    known::<core::ConfigMap>().2
}
