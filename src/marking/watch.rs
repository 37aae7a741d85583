//! Watches the Pods of a cluster while a hand-in is played: the first that reaches the node is remembered, also if it is gone
//! again when the play ends.

use std::sync::{Arc, Mutex, PoisonError};

use futures::TryStreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::runtime::watcher;
use tokio::task::JoinHandle;

use super::hygiene::reaches_the_node;
use crate::lab::cluster::LabCluster;

/// A watch that is under way; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    found: Arc<Mutex<Option<String>>>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Begins to watch.
    pub(super) fn begin(lab: &LabCluster) -> Self {
        let found = Arc::new(Mutex::new(None));
        let remembered = found.clone();
        let client = lab.client.clone();
        let task = tokio::spawn(async move {
            let remember = |why: String| {
                remembered.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
            };
            let mut events = Box::pin(watcher(Api::<Pod>::all(client), watcher::Config::default()));
            loop {
                let pod = match events.try_next().await {
                    Ok(Some(watcher::Event::Apply(pod) | watcher::Event::InitApply(pod))) => pod,
                    Ok(Some(watcher::Event::Delete(pod))) => pod,
                    Ok(Some(watcher::Event::Init | watcher::Event::InitDone)) => continue,
                    Ok(None) => return,
                    // What happened meanwhile is not known.
                    Err(_) => return remember("its Pods could not be watched all the time".into()),
                };
                if let Some(how) = reaches_the_node(&pod) {
                    remember(how);
                }
            }
        });
        Self { found, task }
    }

    /// What was found until now.
    pub(super) fn found(&self) -> Option<String> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
