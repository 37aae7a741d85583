//! Pure: an Indexed Job whose Pods play one part each.

use k8s_openapi::api::batch::v1::Job;
use serde_json::json;

use super::pod::{self, PodWish};

/// The label by which Kueue takes a Job into a queue (<https://kueue.sigs.k8s.io/docs/tasks/run/jobs/>).
pub const QUEUE_LABEL: &str = "kueue.x-k8s.io/queue-name";

/// How often a part is begun again before it is given up: what has a mark is not played again.
const TRIES_AGAIN: u32 = 3;
/// How long the whole may take, in seconds.
const LONGEST: u64 = 24 * 3600;
/// How long a Job stays that nobody removes, in seconds: whoever started it may have been killed.
const STAYS: u32 = 3600;

/// What an Indexed Job is to be.
#[derive(Debug, Clone)]
pub struct ArrayJob<'a> {
    /// Its name, and the instance label of all that belongs to it.
    pub name: &'a str,
    /// How many Pods.
    pub parts: u32,
    /// The queue of Kueue.
    pub queue: Option<&'a str>,
    /// Exit codes by which the program says that trying again is of no use.
    pub hopeless: &'a [u8],
    /// The Pods.
    pub pod: PodWish<'a>,
}

impl ArrayJob<'_> {
    /// The object.
    ///
    /// # Errors
    /// Never, as long as the text below is a Job.
    pub(super) fn object(&self) -> serde_json::Result<Job> {
        let mut labels = pod::labels("satrain-grade", self.name);
        let template = labels.clone();
        labels.extend(self.queue.map(|queue| (QUEUE_LABEL.to_owned(), queue.to_owned())));
        serde_json::from_value(json!({
            "metadata": {"name": self.name, "labels": labels},
            "spec": {
                "completionMode": "Indexed",
                "completions": self.parts,
                "parallelism": self.parts,
                "backoffLimitPerIndex": TRIES_AGAIN,
                "maxFailedIndexes": self.parts,
                // Kueue starts it when there is room.
                "suspend": self.queue.is_some(),
                "activeDeadlineSeconds": LONGEST,
                "ttlSecondsAfterFinished": STAYS,
                "podFailurePolicy": {"rules": [
                    // A node that went, or a Pod that had to make room, is nobody's fault, however often.
                    {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                    {"action": "FailIndex", "onExitCodes": {"containerName": "satrain", "operator": "In", "values": self.hopeless}},
                ]},
                "template": {"metadata": {"labels": template}, "spec": pod::spec(&self.pod)},
            },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::pod::{Node, Size};
    use super::*;

    #[test]
    fn a_job_forgives_nodes_and_not_wrong_arguments() {
        let pod = PodWish {
            image: "i",
            arguments: &[],
            secret: None,
            volume: None,
            size: Size::Grades,
            node: &Node::Any,
            own_users: true,
        };
        let of = |queue| ArrayJob { name: "n", parts: 3, queue, hopeless: &[2], pod: pod.clone() };
        let job = of(Some("class")).object().unwrap();
        let spec = job.spec.unwrap();
        assert_eq!((spec.completions, spec.parallelism, spec.suspend), (Some(3), Some(3), Some(true)));
        let rules = spec.pod_failure_policy.unwrap().rules;
        assert_eq!(rules[0].action, "Ignore");
        assert_eq!(rules[1].on_exit_codes.as_ref().unwrap().values, [2]);
        assert_eq!(job.metadata.labels.unwrap()[QUEUE_LABEL], "class");
        assert_eq!(spec.template.spec.unwrap().host_users, Some(false));
        let plain = of(None).object().unwrap();
        assert_eq!(plain.spec.unwrap().suspend, Some(false));
        assert!(!plain.metadata.labels.unwrap().contains_key(QUEUE_LABEL));
    }
}
