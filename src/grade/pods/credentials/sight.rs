//! Which container of a Pod sees the files of another: through its processes (`/proc/PID/root`).
//!
//! In: the Pod. Out: its containers, each with whose files it sees. Volumes are not meant: what a container mounts is its
//! own. A container that sees the node's processes is given the node, which [`super::host`] says.

use k8s_openapi::api::core::v1::Pod;

use super::places::{self, Given};

/// A container, and what it sees of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::grade) struct Onlooker {
    /// Its name.
    pub(in crate::grade) name: String,
    /// `container web`, `init container setup`, `ephemeral container debug`.
    pub(in crate::grade) title: String,
    /// Whether all containers of the Pod share their processes.
    shared: bool,
    /// The container whose processes an ephemeral container shares.
    target: Option<String>,
}

impl Onlooker {
    /// By which field it sees the files of the container `other`; None: it does not.
    pub(in crate::grade) fn sees(&self, other: &str) -> Option<&'static str> {
        if self.name == other {
            return None;
        }
        if self.shared {
            return Some("shareProcessNamespace");
        }
        (self.target.as_deref() == Some(other)).then_some("targetContainerName")
    }
}

/// All containers of a Pod: its own, those before and beside them, and those for debugging.
pub(in crate::grade) fn onlookers(pod: &Pod) -> Vec<Onlooker> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    let Given { readers, .. } = places::of(spec);
    let target = |name: &str| {
        let ephemeral = spec.ephemeral_containers.iter().flatten().find(|c| c.name == name)?;
        ephemeral.target_container_name.clone()
    };
    let shared = spec.share_process_namespace == Some(true);
    readers
        .iter()
        .map(|reader| Onlooker {
            name: reader.name().to_owned(),
            title: reader.title.clone(),
            shared,
            target: target(reader.name()),
        })
        .collect()
}
