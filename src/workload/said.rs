//! Pure: what a Pod's status says, in a sentence.

use k8s_openapi::api::core::v1::Pod;

use crate::printable::excerpt;

/// The longest message that is told.
const TOLD: usize = 300;

/// Why a Pod does not start, if its status says so.
pub(super) fn waits(pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    let unscheduled = status.conditions.iter().flatten().find(|condition| {
        condition.type_ == "PodScheduled"
            && condition.status == "False"
            && condition.reason.as_deref() == Some("Unschedulable")
    });
    if let Some(condition) = unscheduled {
        return Some(format!("no node takes it: {}", told(condition.message.as_deref())));
    }
    let waiting = status
        .container_statuses
        .iter()
        .flatten()
        .filter_map(|container| container.state.as_ref()?.waiting.as_ref())
        .find(|waiting| {
            !matches!(waiting.reason.as_deref(), None | Some("ContainerCreating" | "PodInitializing"))
        })?;
    let reason = waiting.reason.as_deref().unwrap_or_default();
    let hint = match reason {
        "ErrImagePull" | "ImagePullBackOff" | "ErrImageNeverPull" | "InvalidImageName" => {
            "; see docs/many-machines.md for how an image comes to the nodes"
        }
        _ => "",
    };
    Some(format!("{}: {}{hint}", excerpt(reason, 60), told(waiting.message.as_deref())))
}

/// How a Pod ended badly; None: it did not.
pub(super) fn failed(pod: &Pod) -> Option<String> {
    let status = pod.status.as_ref()?;
    if status.phase.as_deref() != Some("Failed") {
        return None;
    }
    let ended = status
        .container_statuses
        .iter()
        .flatten()
        .find_map(|container| container.state.as_ref()?.terminated.as_ref().filter(|t| t.exit_code != 0));
    let how = match ended {
        Some(ended) if ended.reason.as_deref() == Some("OOMKilled") => {
            "it took more memory than it may have (OOMKilled)".to_owned()
        }
        Some(ended) => {
            let last = ended.message.as_deref().and_then(last_line);
            let last = last.map_or_else(String::new, |line| format!(": {}", excerpt(line, TOLD)));
            format!("it ended with exit code {}{last}", ended.exit_code)
        }
        None => "it ended".to_owned(),
    };
    Some(match status.reason.as_deref() {
        Some(reason) => format!("{}: {}; {how}", excerpt(reason, 60), told(status.message.as_deref())),
        None => how,
    })
}

/// How a program of a Pod ended before it was started again; None: it did not.
pub(super) fn restarted(pod: &Pod) -> Option<String> {
    let statuses = pod.status.as_ref()?.container_statuses.as_ref()?;
    let container = statuses.iter().find(|container| container.restart_count > 0)?;
    let last = container.last_state.as_ref()?.terminated.as_ref()?;
    let reason = last.reason.as_deref().unwrap_or("Error");
    Some(format!(
        "it was started again {} times; it ended with {} ({})",
        container.restart_count,
        last.exit_code,
        excerpt(reason, 60)
    ))
}

fn told(message: Option<&str>) -> String {
    message.map_or_else(|| "no reason is given".to_owned(), |message| excerpt(message, TOLD))
}

fn last_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).rfind(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(status: Value) -> Pod {
        serde_json::from_value(json!({"status": status})).unwrap()
    }

    #[test]
    fn what_keeps_a_pod_is_said() {
        let waits = |status| super::waits(&pod(status));
        let state = |reason| {
            json!({"containerStatuses": [{"name": "satrain", "image": "", "imageID": "", "ready": false,
            "restartCount": 0, "state": {"waiting": {"reason": reason, "message": "back-off"}}}]})
        };
        assert!(waits(state("ImagePullBackOff")).unwrap().contains("many-machines"));
        assert_eq!(waits(state("CreateContainerError")).unwrap(), "CreateContainerError: back-off");
        assert_eq!(waits(state("ContainerCreating")), None);
        let unscheduled = json!({"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/1 nodes are available"}]});
        assert_eq!(waits(unscheduled).unwrap(), "no node takes it: 0/1 nodes are available");
        assert_eq!(waits(json!({})), None);
    }

    #[test]
    fn what_ended_a_pod_is_said() {
        let ended = |reason: &str, code: i32| {
            json!({"phase": "Failed", "containerStatuses": [{"name": "satrain", "image": "", "imageID": "",
                "ready": false, "restartCount": 0,
                "state": {"terminated": {"exitCode": code, "reason": reason, "message": "a\n\u{1b}[2Jlast\n\n"}}}]})
        };
        assert!(failed(&pod(ended("OOMKilled", 137))).unwrap().contains("more memory"));
        let said = failed(&pod(ended("Error", 4))).unwrap();
        assert!(said.starts_with("it ended with exit code 4: ") && !said.contains('\u{1b}'), "{said}");
        let evicted = json!({"phase": "Failed", "reason": "Evicted", "message": "the node was low on disk"});
        assert_eq!(failed(&pod(evicted)).unwrap(), "Evicted: the node was low on disk; it ended");
        assert_eq!(failed(&pod(json!({"phase": "Running"}))), None);
    }
}
