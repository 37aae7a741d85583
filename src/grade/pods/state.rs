//! Has a Pod come to rest, and how.
//!
//! Settled and wrong at once: a crash loop, an image that cannot be had (both need somebody's action), a Pod whose
//! deletion takes long ([`DELETION_GRACE`]) while it goes on running.
//! Settled and wrong after a grace: a container that cannot be created for want of a ConfigMap or Secret, a
//! Pod that no node takes ([`CREATE_GRACE`]); a running Pod that is not Ready ([`READY_GRACE`]). All else converges.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod, PodStatus};

/// In this time, what a Pod needs may still be created by the same script that created the Pod.
const CREATE_GRACE: i64 = 10;

/// In this time a running Pod may still become Ready.
const READY_GRACE: i64 = 30;

/// In this time a Pod that is being deleted may end: what Kubernetes gives a Pod that does not ask for more.
const DELETION_GRACE: i64 = 30;

/// In this time a Pod that is told to end may do so, if its programs obey.
const ENDING_GRACE: i64 = 10;

/// How a Pod is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PodState {
    /// Being deleted, and soon gone.
    Terminating,
    /// Being deleted, but its containers go on running; the text follows the Pod's name.
    Lingering(String),
    /// Completed or failed for good.
    Ended(String),
    /// Not Ready yet; the text follows the Pod's name.
    Starting(String),
    /// Settled and wrong; the text follows the Pod's name.
    Broken(String),
    /// Running and Ready.
    Ready,
}

/// Tells how a Pod is at `now`.
pub(crate) fn pod_state(pod: &Pod, now: Timestamp) -> PodState {
    let status = pod.status.clone().unwrap_or_default();
    if let Some(end) = &pod.metadata.deletion_timestamp {
        // The time at which the kubelet kills it.
        let left = end.0.as_second() - now.as_second();
        let given = pod.metadata.deletion_grace_period_seconds.unwrap_or_default();
        // Most end at once, however much time they have.
        let at_once = given - left <= ENDING_GRACE;
        if left > DELETION_GRACE && !at_once && runs(&status) {
            let how = format!("is being deleted, but its containers go on running for {left} s");
            return PodState::Lingering(how);
        }
        return PodState::Terminating;
    }
    let phase = status.phase.as_deref().unwrap_or("Pending");
    match phase {
        "Succeeded" => return PodState::Ended("has completed".into()),
        "Failed" => {
            let reason = status.reason.map(|r| format!(" ({r})")).unwrap_or_default();
            return PodState::Ended(format!("has failed{reason}"));
        }
        _ => {}
    }
    let condition = |kind: &str| status.conditions.iter().flatten().find(|c| c.type_ == kind);
    if condition("Ready").is_some_and(|ready| ready.status == "True") {
        return PodState::Ready;
    }
    let age = pod.metadata.creation_timestamp.as_ref().map_or(0, |at| now.as_second() - at.0.as_second());
    let containers: Vec<ContainerStatus> =
        [status.init_container_statuses.clone(), status.container_statuses.clone()]
            .into_iter()
            .flatten()
            .flatten()
            .collect();
    if let Some(state) = containers.iter().find_map(|c| waiting(c, age)) {
        return state;
    }
    if let Some(scheduled) = condition("PodScheduled").filter(|c| c.status == "False") {
        let message = scheduled.message.clone().unwrap_or_default();
        let how = format!("is not scheduled: {message}");
        return if age > CREATE_GRACE { PodState::Broken(how) } else { PodState::Starting(how) };
    }
    if phase == "Running" {
        let since = condition("Ready").and_then(|c| c.last_transition_time.as_ref());
        let waited = since.map_or(0, |at| now.as_second() - at.0.as_second());
        if waited > READY_GRACE {
            return PodState::Broken(format!("is running, but has not been Ready for {waited} s"));
        }
        return PodState::Starting("is running and not Ready yet".into());
    }
    let reason = containers.iter().find_map(|c| c.state.as_ref()?.waiting.as_ref()?.reason.clone());
    PodState::Starting(reason.map_or("is starting".into(), |reason| format!("is starting ({reason})")))
}

/// Whether a container of the Pod runs.
fn runs(status: &PodStatus) -> bool {
    let all =
        [&status.container_statuses, &status.init_container_statuses, &status.ephemeral_container_statuses];
    let mut all = all.into_iter().flatten().flatten();
    all.any(|container| container.state.as_ref().is_some_and(|state| state.running.is_some()))
}

fn waiting(container: &ContainerStatus, age: i64) -> Option<PodState> {
    let waiting = container.state.as_ref()?.waiting.as_ref()?;
    let reason = waiting.reason.as_deref().unwrap_or_default();
    let how = format!("cannot run container {}: {reason}", container.name);
    match reason {
        "CrashLoopBackOff" => {
            let exit = container.last_state.as_ref().and_then(|s| s.terminated.as_ref()).map(|t| t.exit_code);
            let exit = exit.map(|code| format!(" (it ended with exit code {code})")).unwrap_or_default();
            Some(PodState::Broken(how + &exit))
        }
        "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName" => {
            Some(PodState::Broken(format!("{how} (image {})", container.image)))
        }
        "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" => {
            let how = how + &waiting.message.as_ref().map(|m| format!(" ({m})")).unwrap_or_default();
            let settled = age > CREATE_GRACE || container.restart_count > 0;
            Some(if settled { PodState::Broken(how) } else { PodState::Starting(how) })
        }
        _ => None,
    }
}
