//! Makes what an attempt begins with: namespaces first, then accounts, rights and configuration, then Pods;
//! waits by watch until it is ready.
//!
//! In: bound manifests. Out: objects on the cluster, each with the attempt's labels. Never: an object or
//! namespace that belongs to somebody else.

mod documents;
pub mod kinds;
pub mod namespace;
pub mod order;
pub mod ready;
mod refs;

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use kube::Client;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::Status;
use tokio::time::{Instant, sleep};

use super::FIELD_MANAGER;
use super::error::{LabError, Result, api};
use crate::event::Events;
pub(in crate::lab) use documents::documents;
use kinds::{Kind, Kinds};
use order::Labels;
pub use refs::describe;

/// How many requests are under way at a time.
const AT_ONCE: usize = 16;
/// How long the API server may go on refusing by a policy that is gone.
const POLICIES_FOLLOW: Duration = Duration::from_secs(10);

/// What to set up.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Labels for everything that is made.
    pub labels: Labels,
    /// The attempt's namespaces; the first is where objects without one go.
    pub namespaces: Vec<String>,
    /// Earlier attempts whose emptied namespaces may be taken over.
    pub adopts: Vec<String>,
    /// Bound manifests.
    pub manifests: Vec<serde_json::Value>,
    /// Bound `ready` entries.
    pub ready: Vec<String>,
    /// How long all of that may take to become ready.
    pub ready_within: Duration,
    /// How long the cluster may take for what it makes itself in a new namespace.
    pub limit: Duration,
}

/// Sets `plan` up and waits until it is ready; what is waited for long is told.
pub async fn set_up(client: &Client, kinds: &Kinds, plan: &Plan, events: &Events) -> Result<()> {
    let waves = order::waves(&plan.manifests, &plan.namespaces, kinds)?;
    let targets = ready::targets(&plan.ready, plan.namespaces.first().map(String::as_str), kinds)?;
    stream::iter(&plan.namespaces)
        .map(|name| namespace::make(client, name, waves.namespace(name), plan))
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    apply_all(client, &waves.accounts, &plan.labels).await?;
    let accounts = stream::iter(waves.populated())
        .map(|name| namespace::default_account(client, name, plan.limit))
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>();
    futures::try_join!(accounts, apply_all(client, &waves.settings, &plan.labels))?;
    apply_all(client, &waves.workloads, &plan.labels).await?;
    tracing::debug!(what = ?plan.ready, at_most = ?plan.ready_within, "setup waits");
    ready::wait(client, targets, plan.ready_within, |still| events.note(still)).await
}

async fn apply_all(client: &Client, objects: &[(Kind, DynamicObject)], labels: &Labels) -> Result<()> {
    stream::iter(objects)
        .map(|(kind, object)| apply(client, kind, object, labels))
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// Server-side apply of one object, unless one of that name belongs to somebody else.
async fn apply(client: &Client, kind: &Kind, object: &DynamicObject, labels: &Labels) -> Result<()> {
    let name = object.metadata.name.clone().unwrap_or_default();
    let what = describe(kind, object);
    let all: Api<DynamicObject> = kind.api(client, object.metadata.namespace.as_deref());
    // Objects of the attempt's own namespaces cannot be foreign: the namespace itself is ours.
    if !kind.namespaced {
        let there = all.get_metadata_opt(&name).await.map_err(api(format!("looking for {what}")))?;
        if there.is_some_and(|o| !labels.on(&o.metadata)) {
            return Err(LabError::ForeignObject { object: what });
        }
    }
    let mut ours = object.clone();
    labels.stamp(&mut ours.metadata);
    let how = PatchParams::apply(FIELD_MANAGER).force().validation_strict();
    let until = Instant::now() + POLICIES_FOLLOW;
    loop {
        match all.patch(&name, &how, &Patch::Apply(&ours)).await {
            // An earlier attempt's policy is gone, and the API server may not have noticed yet.
            Err(kube::Error::Api(status)) if refused_by_policy(&status) && Instant::now() < until => {
                sleep(Duration::from_millis(250)).await;
            }
            outcome => return applied(outcome.map(drop), what),
        }
    }
}

/// Whether an admission policy refused it, which a scenario's own setup never makes before its objects.
fn refused_by_policy(status: &Status) -> bool {
    matches!(status.code, 403 | 422) && status.message.contains("ValidatingAdmissionPolicy '")
}

fn applied(outcome: kube::Result<()>, what: String) -> Result<()> {
    match outcome {
        Ok(()) => Ok(()),
        Err(kube::Error::Api(status)) if status.is_invalid() || status.code == 400 => {
            Err(LabError::Manifest { object: what, why: status.message.clone() })
        }
        Err(e) => Err(api(format!("applying {what}"))(e)),
    }
}
