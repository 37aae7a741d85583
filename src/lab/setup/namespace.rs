//! A namespace of an attempt: made, or taken over when an earlier attempt of ours left it empty.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use kube::api::{Api, DynamicObject, PostParams};
use kube::runtime::wait::{Condition, await_condition};
use kube::{Client, ResourceExt};

use super::Plan;
use super::order::{Labels, attempt_of};
use crate::lab::FIELD_MANAGER;
use crate::lab::error::{LabError, Result, api};

/// Makes Namespace `name` with the labels of its `manifest` and of the attempt. One that is being deleted is
/// waited for; one that is not ours is refused.
pub async fn make(client: &Client, name: &str, manifest: Option<&DynamicObject>, plan: &Plan) -> Result<()> {
    let all: Api<Namespace> = Api::all(client.clone());
    let wanted = wanted(name, manifest, &plan.labels);
    let how = PostParams { field_manager: Some(FIELD_MANAGER.into()), ..PostParams::default() };
    loop {
        match all.create(&how, &wanted).await {
            Ok(_) => return Ok(()),
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            Err(e) => return Err(api(format!("making Namespace {name}"))(e)),
        }
        let Some(there) = all.get_opt(name).await.map_err(api(format!("looking at Namespace {name}")))?
        else {
            continue;
        };
        if there.metadata.deletion_timestamp.is_some() {
            // On its way out, whoever made it.
            let uid = there.uid().unwrap_or_default();
            until(&all, name, kube::runtime::conditions::is_deleted(&uid), plan.limit).await?;
            continue;
        }
        return match attempt_of(&there.metadata).map(str::to_owned) {
            None => Err(LabError::ForeignNamespace { namespace: name.into() }),
            Some(a) if a == plan.labels.attempt || plan.adopts.contains(&a) => {
                take_over(&all, there, &wanted, &how).await
            }
            Some(attempt) => Err(LabError::NamespaceInUse { namespace: name.into(), attempt }),
        };
    }
}

/// Puts labels and annotations of an emptied namespace back to what setup wants, whoever changed them.
async fn take_over(
    all: &Api<Namespace>,
    mut there: Namespace,
    wanted: &Namespace,
    how: &PostParams,
) -> Result<()> {
    let name = there.name_any();
    there.metadata.labels = wanted.metadata.labels.clone();
    there.metadata.annotations = wanted.metadata.annotations.clone();
    there.metadata.managed_fields = None;
    all.replace(&name, how, &there).await.map_err(api(format!("taking over Namespace {name}")))?;
    Ok(())
}

fn wanted(name: &str, manifest: Option<&DynamicObject>, labels: &Labels) -> Namespace {
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(name.into());
    namespace.metadata.labels = Some(manifest.and_then(|m| m.metadata.labels.clone()).unwrap_or_default());
    namespace.metadata.annotations = manifest.and_then(|m| m.metadata.annotations.clone());
    labels.stamp(&mut namespace.metadata);
    namespace
}

/// Waits until the cluster has made the namespace's `default` ServiceAccount: Pods are refused before.
pub async fn default_account(client: &Client, namespace: &str, limit: Duration) -> Result<()> {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), namespace);
    let exists = |account: Option<&ServiceAccount>| account.is_some();
    until(&accounts, "default", exists, limit).await
}

async fn until<K>(all: &Api<K>, name: &str, condition: impl Condition<K>, limit: Duration) -> Result<()>
where
    K: kube::Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + 'static,
{
    match tokio::time::timeout(limit, await_condition(all.clone(), name, condition)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(e)) => {
            Err(LabError::NotReady { seconds: limit.as_secs(), waiting: vec![format!("{name}: {e}")] })
        }
        Err(_) => Err(LabError::Stuck { what: name.into(), seconds: limit.as_secs() }),
    }
}
