//! Puts a cluster back to its beginning: what is new is removed, finalizers and all, what was changed or deleted is restored.
//!
//! In: what was seen at the beginning. Out: what was put back, by kind and name. What cannot be is an error that names it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use serde_json::{Map, Value, json};
use tokio::time::{Duration, Instant, sleep};

use super::fingerprint::look;
use crate::grade::observation::Observations;
use crate::grade::shared::{Change, How, changes_between};
use crate::lab::cluster::LabCluster;
use crate::lab::error::{LabError, Result, api};
use crate::lab::inventory::Entry;
use crate::lab::setup::kinds::Kind;
use crate::lab::{ATTEMPT, FIELD_MANAGER};

/// How long what is removed may take to be gone, and what is restored to be seen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Puts back what `wanted` accepts, except what carries the label of an attempt in `kept`; says what it was.
pub(super) async fn mend(
    lab: &LabCluster,
    beginning: &Observations,
    kept: &[&str],
    wanted: impl Fn(&Change<'_>) -> bool,
) -> Result<Vec<String>> {
    let until = Instant::now() + PATIENCE;
    let mut done: Vec<String> = Vec::new();
    // What a finalizer held, or what hid something else, is seen the next time.
    loop {
        let now = look(lab).await?;
        let mut left = Vec::new();
        let mut trouble = None;
        let mut changes = changes_between(beginning, &now);
        changes.sort_by_key(order);
        for change in changes.iter().filter(|change| wanted(change)) {
            if is_of(change, kept) || by_itself(lab, change).await? {
                continue;
            }
            left.push(change.to_string());
            if let Err(failed) = put_back(lab, change).await {
                trouble.get_or_insert(failed);
            }
        }
        if left.is_empty() {
            return Ok(done);
        }
        done.extend(left.iter().filter(|name| !done.contains(name)).cloned().collect::<Vec<_>>());
        if Instant::now() >= until {
            tracing::debug!(?trouble, "the cluster could not be put back");
            return Err(LabError::NotClean { what: left });
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Whether it carries the label of one of these attempts.
fn is_of(change: &Change<'_>, attempts: &[&str]) -> bool {
    let label = change.object().pointer("/metadata/labels").and_then(|labels| labels.get(ATTEMPT));
    label.and_then(Value::as_str).is_some_and(|attempt| attempts.contains(&attempt))
}

/// Whether a controller of the cluster did it. Where satrain runs the control plane, nothing comes later but accounts; any
/// name of a writer may be a person's who took it.
async fn by_itself(lab: &LabCluster, change: &Change<'_>) -> Result<bool> {
    if change.how == How::New && change.kind.comes_by_itself() {
        return Ok(true);
    }
    if lab.checkpoints.is_some() || change.how == How::Gone {
        return Ok(false);
    }
    let metadata = live(lab, change).await?;
    Ok(metadata.is_some_and(|metadata| !Entry { kind: kind(change), metadata }.by_a_person()))
}

async fn live(lab: &LabCluster, change: &Change<'_>) -> Result<Option<ObjectMeta>> {
    let found = objects(lab, change).get_metadata_opt(change.name()).await;
    Ok(found.map_err(api(format!("looking at {change}")))?.map(|object| object.metadata))
}

/// Not by what the cluster says that it knows: a redirected part of the API hides its kinds.
fn kind(change: &Change<'_>) -> Kind {
    let (group, version) = change.kind.api_version.split_once('/').unwrap_or(("", change.kind.api_version));
    let gvk = GroupVersionKind::gvk(group, version, change.kind.kind);
    Kind { resource: ApiResource::from_gvk(&gvk), namespaced: change.namespace().is_some(), removable: true }
}

fn objects(lab: &LabCluster, change: &Change<'_>) -> Api<DynamicObject> {
    kind(change).api(&lab.client, change.namespace())
}

/// In which order things are put back: what may refuse the rest comes first.
fn order(change: &Change<'_>) -> u8 {
    match change.kind.kind {
        kind if kind.ends_with("WebhookConfiguration") => 0,
        _ if change.kind.decides_about_requests() => 1,
        _ => 2,
    }
}

async fn put_back(lab: &LabCluster, change: &Change<'_>) -> Result<()> {
    let all = objects(lab, change);
    match (change.how, change.before) {
        (How::New, _) => remove(&all, change).await,
        (How::Gone, Some(before)) => create(&all, change, before).await,
        (How::Changed, Some(before)) => match change.kind.kind {
            "Node" | "Namespace" => relabel(&all, change, before).await,
            "RoleBinding" | "ClusterRoleBinding" => {
                // The role that a binding names cannot be changed.
                remove(&all, change).await?;
                create(&all, change, before).await
            }
            _ => replace(&all, change, before).await,
        },
        (How::Gone | How::Changed, None) => Ok(()),
    }
}

/// Deletes it, and takes off the finalizers that nobody is left to answer.
async fn remove(all: &Api<DynamicObject>, change: &Change<'_>) -> Result<()> {
    let name = change.name();
    let failed = || api(format!("removing {change}"));
    unless_gone(all.delete(name, &DeleteParams::background()).await).map_err(failed())?;
    let left = all.get_metadata_opt(name).await.map_err(failed())?;
    if left.is_some_and(|object| object.metadata.finalizers.is_some_and(|all| !all.is_empty())) {
        let none = Patch::Merge(json!({"metadata": {"finalizers": null}}));
        unless_gone(all.patch(name, &PatchParams::default(), &none).await).map_err(failed())?;
    }
    Ok(())
}

fn unless_gone<T>(outcome: kube::Result<T>) -> kube::Result<()> {
    match outcome {
        Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(()),
        outcome => outcome.map(drop),
    }
}

async fn create(all: &Api<DynamicObject>, change: &Change<'_>, before: &Value) -> Result<()> {
    let object = written(before, None).map_err(|why| unwritable(change, why))?;
    let how = PostParams { field_manager: Some(FIELD_MANAGER.into()), ..PostParams::default() };
    unless_gone(all.create(&how, &object).await).map_err(api(format!("restoring {change}")))
}

async fn replace(all: &Api<DynamicObject>, change: &Change<'_>, before: &Value) -> Result<()> {
    let version = change.now.and_then(|now| now.pointer("/metadata/resourceVersion")).cloned();
    let object = written(before, version).map_err(|why| unwritable(change, why))?;
    let how = PostParams { field_manager: Some(FIELD_MANAGER.into()), ..PostParams::default() };
    unless_gone(all.replace(change.name(), &how, &object).await).map_err(api(format!("restoring {change}")))
}

/// Labels, taints and placement as they were; all else of it is the cluster's own.
async fn relabel(all: &Api<DynamicObject>, change: &Change<'_>, before: &Value) -> Result<()> {
    let labels = |object: Option<&Value>| -> Map<String, Value> {
        let labels = object.and_then(|o| o.pointer("/metadata/labels")).and_then(Value::as_object);
        labels.cloned().unwrap_or_default()
    };
    let mut wanted: Map<String, Value> =
        labels(change.now).into_iter().map(|(key, _)| (key, Value::Null)).collect();
    wanted.extend(labels(Some(before)));
    let mut patch = json!({"metadata": {"labels": wanted}});
    if change.kind.kind == "Node" {
        let at = |path: &str| before.pointer(path).cloned().unwrap_or_default();
        patch["spec"] = json!({"taints": at("/spec/taints"), "unschedulable": at("/spec/unschedulable")});
    }
    let how = PatchParams::default();
    let patched = all.patch(change.name(), &how, &Patch::Merge(patch)).await;
    unless_gone(patched).map_err(api(format!("restoring {change}")))
}

/// An object as it is sent: without what the API gives it.
fn written(before: &Value, version: Option<Value>) -> serde_json::Result<DynamicObject> {
    let mut object = before.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in [
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "generation",
            "managedFields",
            "deletionTimestamp",
        ] {
            metadata.remove(key);
        }
        if let Some(version) = version {
            metadata.insert("resourceVersion".into(), version);
        }
    }
    serde_json::from_value(object)
}

fn unwritable(change: &Change<'_>, why: serde_json::Error) -> LabError {
    LabError::Manifest { object: change.to_string(), why: why.to_string() }
}
