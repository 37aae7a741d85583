//! Which live Pods a check is about, and whether they have come to rest.
//!
//! In: a workload as an author writes it (`pod/NAME`, `deployment/NAME`, `pods` with a selector) and what was
//! seen. Out: a [`Scope`]. Templates are never judged: only Pods that the API admitted.

mod controller;
mod credentials;
mod host;
mod listed;
mod same;
mod state;
mod workload;

pub(in crate::grade) use credentials::{Credential, Kind, Stores, credentials, refers_to, unmounted};
pub(in crate::grade) use listed::{Known, labels, read as read_pod, uid};
pub(in crate::grade) use same::{app_labels, differences, runs_all};
pub(in crate::grade) use state::{PodState, pod_state};
pub(in crate::grade) use workload::WorkloadRef;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;

use super::observation::Gap;
use super::probe::Probe;
use super::verdict::{Evidence, Fact, Verdict};
use super::view::View;

/// The Pods of a workload, sorted by what they can tell.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Admitted, not being deleted, not ended.
    pub(super) live: Vec<Pod>,
    /// Completed or failed for good.
    pub(super) ended: Vec<Pod>,
    /// Why the set of Pods may still change: one is being deleted, a rollout is under way.
    pub(super) replacing: Vec<String>,
    /// Live Pods that are not Ready yet, and may become so.
    pub(super) starting: Vec<String>,
    /// Settled, and wrong whatever happens: a crash loop, an image that cannot be pulled.
    pub(super) broken: Vec<String>,
    /// Live Pods that are Ready.
    pub(super) ready: usize,
    /// Why there can be no Pods: the Namespace or the workload is not there.
    pub(super) absent: Option<String>,
}

impl Scope {
    /// The Pods of `workload`, as seen.
    pub(super) fn of(
        workload: &WorkloadRef,
        namespace: &str,
        seen: View<'_>,
        now: Timestamp,
    ) -> Result<Self, Gap> {
        seen.ask_for(workload.lists(namespace));
        let mut scope = Self::default();
        match namespace_state(namespace, seen)? {
            NamespaceState::There => {}
            NamespaceState::Ending => {
                scope.replacing.push(format!("Namespace {namespace} is being deleted"));
            }
            NamespaceState::Absent => {
                scope.absent = Some(format!("Namespace {namespace} does not exist"));
                return Ok(scope);
            }
        }
        let pods = seen.objects(&Probe::pods(namespace))?;
        let mine = controller::select(workload, namespace, pods, seen, now, &mut scope)?;
        for pod in mine {
            match pod_state(&pod, now) {
                PodState::Terminating => {
                    scope.replacing.push(format!("Pod {} is being deleted", full_name(&pod)));
                }
                PodState::Ended(_) => scope.ended.push(pod),
                PodState::Starting(how) => {
                    scope.starting.push(format!("Pod {} {how}", full_name(&pod)));
                    scope.live.push(pod);
                }
                PodState::Broken(how) => {
                    scope.broken.push(format!("Pod {} {how}", full_name(&pod)));
                    scope.live.push(pod);
                }
                PodState::Ready => {
                    scope.ready += 1;
                    scope.live.push(pod);
                }
            }
        }
        Ok(scope)
    }

    /// Whether all live Pods are there to stay and Ready: what a program in them says is not looked at before. Without a
    /// time (`UNIX_EPOCH`) it is only ever too late to say so, never too early: what is starting then may be broken now.
    pub(super) fn is_at_rest(&self) -> bool {
        self.replacing.is_empty() && self.starting.is_empty() && self.broken.is_empty()
    }

    /// Why there is nothing to judge, when there is no live Pod.
    pub(super) fn nothing(&self, workload: &WorkloadRef, namespace: &str) -> Option<Verdict> {
        if !self.live.is_empty() {
            return None;
        }
        if let Some(waits) = self.replacing.first() {
            return Some(Verdict::not_yet(waits.clone()));
        }
        if let Some(absent) = &self.absent {
            return Some(Verdict::fail(format!("{absent}, so there is no Pod to look at.")));
        }
        if let Some(broken) = self.broken.first() {
            return Some(Verdict::fail(format!("{broken}.")));
        }
        let ended = self
            .ended
            .first()
            .map(|pod| format!(" (Pod {} has ended, and an ended Pod does no work)", full_name(pod)));
        let why = format!(
            "There is no {} in Namespace {namespace}{}, so nothing can be shown.",
            workload.live_one(),
            ended.unwrap_or_default()
        );
        Some(Verdict::fail(why).with(Evidence::expected(
            Fact::Presence,
            format!("Pods of Namespace {namespace}"),
            format!("a {}", workload.live_one()),
            "none",
        )))
    }
}

/// Whether a Namespace is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamespaceState {
    /// There.
    There,
    /// Being deleted.
    Ending,
    /// Not there.
    Absent,
}

/// Looks a Namespace up: the positive control for whatever may be missing in it.
pub(super) fn namespace_state(namespace: &str, seen: View<'_>) -> Result<NamespaceState, Gap> {
    let found = seen
        .objects(&Probe::namespaces())?
        .iter()
        .find(|ns| ns.pointer("/metadata/name").and_then(Value::as_str) == Some(namespace));
    Ok(match found {
        None => NamespaceState::Absent,
        Some(ns) if ns.pointer("/metadata/deletionTimestamp").is_some() => NamespaceState::Ending,
        Some(_) => NamespaceState::There,
    })
}

/// `namespace/name`.
pub(super) fn full_name(pod: &Pod) -> String {
    let metadata = &pod.metadata;
    format!(
        "{}/{}",
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default()
    )
}

/// The name of the container that `kubectl exec` takes when none is named.
pub(super) fn first_container(pod: &Pod) -> Option<String> {
    pod.spec.as_ref()?.containers.first().map(|container| container.name.clone())
}

/// Whether there is something to run a program in.
pub(super) fn is_running(pod: &Pod) -> bool {
    pod.status.as_ref().and_then(|s| s.phase.as_deref()) == Some("Running")
}
