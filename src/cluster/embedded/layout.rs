//! Where the files of one embedded cluster are: satrain's own, and those that the cluster works with.
//!
//! The cluster lives in a private root (see `supervisor::rootfs`) in which its folder is always `/lab` and the
//! distribution always `/dist`. So no path depends on where the user keeps state, unix sockets stay far below
//! their limit of 107 bytes, and the components' configuration is constant.
//!
//! `/lab` is only a part of the folder on the host: what satrain runs and believes (kubectl, kubeconfigs, the record, the
//! status) is beside it, where nothing inside of the cluster can look or write.

use std::path::{Path, PathBuf};

/// The cluster's folder inside the cluster.
pub(crate) const LAB: &str = "/lab";
/// The distribution's folder inside the cluster.
pub(crate) const DIST: &str = "/dist";
/// The host's folder for the audit log inside the cluster, if it has one of its own.
pub(crate) const AUDIT: &str = "/audit";
/// The container runtime's socket inside the cluster; the runtime's state is beside it.
pub(crate) const CONTAINERD: &str = "/run/containerd";
/// Where the runtime keeps images, inside the cluster.
pub(crate) const IMAGES: &str = "/var/lib/containerd";
/// The kubelet's folder inside the cluster.
pub(crate) const KUBELET: &str = "/var/lib/kubelet";
/// The logs of containers inside the cluster.
pub(crate) const POD_LOGS: &str = "/var/log/pods";
/// The components' programs inside the cluster: links into the distribution.
pub(crate) const BIN: &str = "/opt/satrain/bin";

/// satrain's own files of one cluster, on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout(PathBuf);

impl Layout {
    /// The layout of the cluster in `dir`.
    pub(crate) fn new(dir: impl Into<PathBuf>) -> Self {
        Self(dir.into())
    }

    /// The folder itself.
    pub(crate) fn dir(&self) -> &Path {
        &self.0
    }

    /// What the cluster works with, as the host sees it.
    pub(crate) fn lab(&self) -> Lab {
        Lab(self.0.join("lab"))
    }

    /// What `up` decided: written once, before the supervisor starts.
    pub(crate) fn record(&self) -> PathBuf {
        self.0.join("cluster.json")
    }

    /// How the cluster is: replaced by the supervisor at each change.
    pub(crate) fn status(&self) -> PathBuf {
        self.0.join("status.json")
    }

    /// What the cluster was when it was first ready: with it, the cluster's data are somebody's work.
    pub(crate) fn identity(&self) -> PathBuf {
        self.0.join("identity.json")
    }

    /// Whether the folder holds a cluster that was ready once.
    pub(crate) fn is_kept(&self) -> bool {
        self.identity().exists()
    }

    /// What happened during the start, one JSON object per line.
    pub(crate) fn signals(&self) -> PathBuf {
        self.0.join("start.jsonl")
    }

    /// Locked by the supervisor as long as it lives.
    pub(crate) fn alive(&self) -> PathBuf {
        self.0.join("alive")
    }

    /// A FIFO through which the supervisor is told to stop.
    pub(crate) fn control(&self) -> PathBuf {
        self.0.join("control")
    }

    /// The learner's kubeconfig.
    pub(crate) fn learner(&self) -> PathBuf {
        self.0.join("learner.kubeconfig")
    }

    /// The grader's kubeconfig.
    pub(crate) fn grader(&self) -> PathBuf {
        self.0.join("grader.kubeconfig")
    }

    /// The folder with `kubectl`, for the learner's PATH.
    pub(crate) fn bin(&self) -> PathBuf {
        self.0.join("bin")
    }

    /// The cache of the learner's `kubectl`, which makes it.
    pub(crate) fn kubectl_cache(&self) -> PathBuf {
        self.0.join("kubectl-cache")
    }

    /// Folders of an earlier satrain's cluster, which had no folder of its own for the lab.
    pub(crate) fn earlier(&self) -> [PathBuf; 7] {
        ["pki", "config", "etcd", "run", "images", "kubelet", "pod-logs"].map(|d| self.0.join(d))
    }

    /// Folder of the supervisor's own log; the components' logs are in the lab.
    pub(crate) fn logs(&self) -> PathBuf {
        self.0.join("log")
    }

    /// The log of the supervisor or a component.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        let own = log_in(&self.logs(), name);
        if name == SUPERVISOR_LOG || own.exists() { own } else { self.lab().log(name) }
    }
}

const KUBELET_NAME: &str = "kubelet";
/// The name of the supervisor's log.
pub(crate) const SUPERVISOR_LOG: &str = "supervisor";

fn log_in(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}

/// What the cluster works with. The same paths serve both views: only the root differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lab(PathBuf);

impl Lab {
    /// In a folder, wherever that is.
    pub(crate) fn at(dir: impl Into<PathBuf>) -> Self {
        Self(dir.into())
    }

    /// As a process inside the cluster sees it.
    pub(crate) fn inside() -> Self {
        Self::at(LAB)
    }

    /// The folder itself.
    pub(crate) fn dir(&self) -> &Path {
        &self.0
    }

    /// Keys and certificates of the control plane.
    pub(crate) fn pki(&self) -> PathBuf {
        self.0.join("pki")
    }

    /// The kubelet's own keys and certificates: a Pod that sees its node's files sees these, as on any node.
    pub(crate) fn node(&self) -> PathBuf {
        self.0.join("node")
    }

    /// Files that configure the components; nothing in them is secret.
    pub(crate) fn config(&self) -> PathBuf {
        self.0.join("config")
    }

    /// The kubeconfig of a component.
    pub(crate) fn kubeconfig_of(&self, component: &str) -> PathBuf {
        let folder = if component == KUBELET_NAME { self.node() } else { self.pki() };
        folder.join(format!("{component}.kubeconfig"))
    }

    /// Folders that only the control plane sees, and no Pod: it gets what containerd and the kubelet see.
    pub(crate) fn of_control_plane(&self) -> [PathBuf; 4] {
        ["pki", "etcd", "run", "log"].map(|d| self.0.join(d))
    }

    /// What etcd keeps: all objects of the cluster.
    pub(crate) fn etcd_data(&self) -> PathBuf {
        self.0.join("etcd/member")
    }

    /// Folder of the components' logs.
    pub(crate) fn logs(&self) -> PathBuf {
        self.0.join("log")
    }

    /// The log of one component.
    pub(crate) fn log(&self, component: &str) -> PathBuf {
        log_in(&self.logs(), component)
    }

    /// The socket on which etcd answers about checkpoints.
    pub(crate) fn checkpoints(&self) -> PathBuf {
        self.0.join("run/checkpoints.sock")
    }

    /// All its folders: what is in them may belong to subordinate users.
    pub(crate) fn data(&self) -> [PathBuf; 9] {
        ["pki", "node", "config", "etcd", "run", "log", "images", "kubelet", "pod-logs"]
            .map(|d| self.0.join(d))
    }

    /// Those of [`Lab::data`] that mean nothing to another supervisor: sockets, and what containers were made of.
    pub(crate) fn fleeting(&self) -> [PathBuf; 2] {
        ["run", "images"].map(|d| self.0.join(d))
    }

    /// Those of [`Lab::data`] that have a place of their own inside the cluster, which is what a node's user
    /// expects; and processes in a container's user namespace may pass through there, which they may not in `/lab`.
    pub(crate) fn node_folders(&self) -> [(PathBuf, &'static str); 3] {
        [("images", IMAGES), ("kubelet", KUBELET), ("pod-logs", POD_LOGS)].map(|(d, at)| (self.0.join(d), at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_socket_inside_is_far_below_the_limit_of_unix_sockets() {
        for socket in
            [format!("{CONTAINERD}/containerd.sock.ttrpc"), format!("{KUBELET}/device-plugins/kubelet.sock")]
        {
            assert!(socket.len() < 60);
        }
    }

    #[test]
    fn what_satrain_runs_and_believes_is_not_in_the_lab() {
        let layout = Layout::new("/c");
        let own = [
            layout.record(),
            layout.status(),
            layout.identity(),
            layout.signals(),
            layout.alive(),
            layout.control(),
            layout.learner(),
            layout.grader(),
            layout.bin(),
            layout.kubectl_cache(),
            layout.log(SUPERVISOR_LOG),
        ];
        let lab = layout.lab();
        assert!(own.iter().all(|path| !path.starts_with(lab.dir())), "{own:?}");
    }
}
