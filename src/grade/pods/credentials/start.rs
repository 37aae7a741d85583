//! What a container took when it started, and keeps: variables, and files that are mounted by themselves (`subPath`).
//!
//! The kubelet renews neither. So an object that was changed later says nothing about what such a container holds: only
//! that it cannot be known. In: a container, and the objects as they are now. Out: which of them changed since.
//!
//! When an object was changed is told by the API server: by `managedFields`, and by the versions of the object and of
//! the Pod. Seconds are as exact as it gets.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Pod};
use serde_json::Value;

/// The start of a container that has one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    at: Timestamp,
    /// The Pod's version, which is later than its start.
    version: Option<u64>,
    /// Whether it has ended: then nothing of it was renewed since.
    pub(super) ended: bool,
}

impl Start {
    /// When the container of that name was started for the last time; None: it was not, or nobody knows.
    pub(super) fn of(pod: &Pod, container: &str) -> Option<Self> {
        let status = pod.status.as_ref()?;
        let all = [
            &status.container_statuses,
            &status.init_container_statuses,
            &status.ephemeral_container_statuses,
        ];
        let named = |status: &&ContainerStatus| status.name == container;
        let ContainerState { running, terminated, waiting: _ } =
            all.into_iter().flatten().flatten().find(named)?.state.clone()?;
        let ended = terminated.is_some();
        let at = running.and_then(|r| r.started_at).or_else(|| terminated.and_then(|t| t.started_at))?;
        let at = Timestamp::from_second(at.0.as_second()).ok()?;
        Some(Self {
            at,
            version: pod.metadata.resource_version.as_deref().and_then(|v| v.parse().ok()),
            ended,
        })
    }

    /// Whether it was before that time.
    pub(super) fn is_before(&self, time: Timestamp) -> bool {
        self.at < time
    }

    /// Whether the values of a Secret or ConfigMap were changed later. An observation that does not say when they were
    /// changed is of an earlier version.
    pub(super) fn is_before_change_of(&self, object: &Value) -> bool {
        let Some(changed) = object.pointer("/metadata/changed") else { return false };
        let time = |field: &str| changed.get(field)?.as_str()?.parse::<Timestamp>().ok();
        let later = |time: Option<Timestamp>| time.is_some_and(|time| time > self.at);
        let version = object.pointer("/metadata/resourceVersion").and_then(Value::as_str);
        let version: Option<u64> = version.and_then(|version| version.parse().ok());
        // A key that was taken out leaves a new version, and no time.
        let untold =
            || version.zip(self.version).is_some_and(|(object, pod)| object > pod) && !later(time("any"));
        later(time("content")) || untold()
    }

    /// Whether labels or annotations of the Pod were changed later.
    pub(super) fn is_before_change_of_fields(&self, pod: &Pod) -> bool {
        let entries = pod.metadata.managed_fields.iter().flatten();
        let mut times = entries.filter_map(|entry| entry.time.as_ref());
        times.any(|time| time.0.as_second() > self.at.as_second())
    }
}
