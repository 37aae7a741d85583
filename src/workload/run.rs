//! An Indexed Job from its creation until nothing of it is left.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams, PostParams};
use kube::{Api, Client};
use serde_json::json;

use super::gone::{Result, WorkloadError, cluster, ignore_missing, until_gone};
use super::job::ArrayJob;
use super::pod::{self, PodWish, selector};
use super::said;
use crate::printable::excerpt;

/// A Job that was created.
pub struct Running {
    client: Client,
    namespace: String,
    name: String,
    parts: u32,
}

/// How a Job is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct State {
    /// Parts that are done.
    pub done: u32,
    /// Parts that were given up.
    pub given_up: u32,
    /// Pods at work.
    pub at_work: u32,
    /// Whether nothing more will happen.
    pub ended: bool,
    /// Why it waits, where that is known.
    pub waits: Option<String>,
    /// Pods that ended badly, by name, and how.
    pub failed: BTreeMap<String, String>,
}

impl Running {
    /// Creates the Job.
    ///
    /// # Errors
    /// When the cluster refuses, or has a Job of that name.
    pub async fn start(client: Client, namespace: &str, job: &ArrayJob<'_>) -> Result<Self> {
        let object = job.object().map_err(|e| WorkloadError::Cluster(e.to_string()))?;
        let jobs: Api<Job> = Api::namespaced(client.clone(), namespace);
        match jobs.create(&PostParams::default(), &object).await {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.code == 409 => {
                return Err(WorkloadError::Exists(job.name.to_owned()));
            }
            Err(e) => return Err(cluster(&e)),
        }
        let (namespace, name) = (namespace.to_owned(), job.name.to_owned());
        Ok(Self { client, namespace, name, parts: job.parts })
    }

    /// A Job that an earlier run left, by its name.
    pub fn left(client: Client, namespace: &str, name: &str) -> Self {
        Self { client, namespace: namespace.to_owned(), name: name.to_owned(), parts: 0 }
    }

    /// How it is now.
    ///
    /// # Errors
    /// When the cluster cannot be asked.
    pub async fn state(&self) -> Result<State> {
        let Some(job) = self.jobs().get_opt(&self.name).await.map_err(|e| cluster(&e))? else {
            return Ok(State { ended: true, waits: Some("the Job was removed".into()), ..State::default() });
        };
        let pods = self.pods().await?;
        Ok(state(&job, &pods, self.parts))
    }

    /// Removes the Job and waits until its Pods are gone.
    ///
    /// # Errors
    /// When the cluster cannot be asked, or they do not go.
    pub async fn remove(&self) -> Result<()> {
        ignore_missing(self.jobs().delete(&self.name, &DeleteParams::background()).await)?;
        until_gone("Job", async || {
            let job = self.jobs().get_opt(&self.name).await.map_err(|e| cluster(&e))?;
            let is_there = job.is_some() || !self.pods().await?.is_empty();
            Ok(is_there.then(|| self.name.clone()))
        })
        .await
    }

    fn jobs(&self) -> Api<Job> {
        Api::namespaced(self.client.clone(), &self.namespace)
    }

    async fn pods(&self) -> Result<Vec<Pod>> {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &self.namespace);
        let of_this = ListParams::default().labels(&selector(&self.name));
        Ok(pods.list(&of_this).await.map_err(|e| cluster(&e))?.items)
    }
}

/// Asks whether the cluster takes such a Pod; nothing is made. A Job is always taken: that its Pods are not is told only its controller.
///
/// # Errors
/// When it does not, with its reason.
pub async fn is_taken(client: &Client, namespace: &str, name: &str, wish: &PodWish<'_>) -> Result<()> {
    let one: Pod = serde_json::from_value(json!({
        "metadata": {"name": format!("{name}-probe"), "labels": pod::labels(name, name)},
        "spec": pod::spec(wish),
    }))
    .map_err(|e| WorkloadError::Cluster(e.to_string()))?;
    let probe = PostParams { dry_run: true, ..PostParams::default() };
    let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
    match pods.create(&probe, &one).await {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if matches!(status.code, 400 | 403 | 404 | 422) => {
            Err(WorkloadError::Pods(excerpt(&status.message, 600)))
        }
        Err(e) => Err(cluster(&e)),
    }
}

/// What the objects say.
fn state(job: &Job, pods: &[Pod], parts: u32) -> State {
    let status = job.status.clone().unwrap_or_default();
    let finished = status.conditions.iter().flatten().find(|condition| {
        condition.status == "True" && matches!(condition.type_.as_str(), "Complete" | "Failed")
    });
    let suspended = job.spec.as_ref().and_then(|spec| spec.suspend) == Some(true);
    let waits = match suspended {
        true => Some("its queue has not let it in yet".to_owned()),
        false => pods.iter().find_map(said::waits),
    };
    let failed =
        pods.iter().filter_map(|pod| Some((pod.metadata.name.clone()?, said::failed(pod)?))).collect();
    let number = |count: Option<i32>| u32::try_from(count.unwrap_or_default()).unwrap_or_default();
    State {
        done: number(status.succeeded),
        given_up: status.failed_indexes.as_deref().map_or(0, indexes).min(parts),
        at_work: number(status.active),
        ended: finished.is_some(),
        waits,
        failed,
    }
}

/// How many indexes a Job's list of them names: `1,3-5`.
fn indexes(list: &str) -> u32 {
    let count = |range: &str| -> Option<u32> {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        (last.trim().parse::<u32>().ok()? + 1).checked_sub(first.trim().parse().ok()?)
    };
    list.split(',').filter_map(count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jobs_status_is_read() {
        assert_eq!((indexes("1,3-5"), indexes(""), indexes("0")), (4, 0, 1));
        let job = |status| -> Job {
            serde_json::from_value(json!({"spec": {"template": {}}, "status": status})).unwrap()
        };
        let on = state(&job(json!({"active": 2, "succeeded": 1, "failedIndexes": "2"})), &[], 4);
        assert_eq!((on.at_work, on.done, on.given_up, on.ended), (2, 1, 1, false));
        let over = state(&job(json!({"conditions": [{"type": "Failed", "status": "True"}]})), &[], 4);
        assert!(over.ended && over.waits.is_none());
        let held: Job = serde_json::from_value(json!({"spec": {"suspend": true, "template": {}}})).unwrap();
        assert!(state(&held, &[], 1).waits.unwrap().contains("queue"));
    }
}
