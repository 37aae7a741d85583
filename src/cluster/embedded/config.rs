//! The configuration files of the components. Everything here is constant: paths are those inside the cluster
//! (see `layout`), and nothing secret is in these files.

use std::path::Path;

use serde_json::{Value, json};

use super::layout::{BIN, CONTAINERD, IMAGES, KUBELET, LAB, POD_LOGS};
use super::network::{BRIDGE, MIRROR, PODS};
use super::pki::SUPERVISOR;
use crate::cluster::audit;
use crate::cluster::error::{Result, io};

/// containerd looks at what each container uses, every second unless told otherwise, and at each snapshot, for metrics that
/// nobody asks for here: half of what idle Pods cost. A day.
const NEVER_SECONDS: u32 = 86_400;

/// What the node's side depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// Whether everything runs in a user namespace.
    pub(crate) in_user_namespace: bool,
    /// Bytes of the disk that Pods leave free.
    pub(crate) reserve: u64,
}

/// Writes all configuration files into `dir`, which is the layout's `config` folder.
pub(crate) fn write(dir: &Path, node: &Node) -> Result<()> {
    let save = |name: &str, text: String| {
        let path = dir.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(io("making", folder))?;
        }
        std::fs::write(&path, text).map_err(io("writing", &path))
    };
    save("containerd.toml", containerd())?;
    save("certs.d/_default/hosts.toml", mirror())?;
    save("cni/10-satrain.conflist", cni().to_string())?;
    save("audit-policy.yaml", audit::policy(&[SUPERVISOR]).to_string())?;
    save("kubelet.yaml", kubelet(node).to_string())
}

fn containerd() -> String {
    format!(
        r#"version = 4
root = "{IMAGES}"
state = "{CONTAINERD}"
[plugins."io.containerd.server.v1.grpc"]
  address = "{CONTAINERD}/containerd.sock"
[plugins."io.containerd.server.v1.ttrpc"]
  address = "{CONTAINERD}/containerd.sock.ttrpc"
# What the kernel has outlives a killed containerd, and a cluster that comes back begins with an empty one.
[plugins."io.containerd.metadata.v1.bolt"]
  no_sync = true
[plugins."io.containerd.nri.v1.nri"]
  disable = true
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  stats_collect_period = {NEVER_SECONDS}
  [plugins."io.containerd.cri.v1.images".registry]
    config_path = "{LAB}/config/certs.d"
[plugins."io.containerd.cri.v1.runtime"]
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  cdi_spec_dirs = []
  stats_collect_period = "{NEVER_SECONDS}s"
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["{BIN}"]
    conf_dir = "{LAB}/config/cni"
    use_internal_loopback = true
  [plugins."io.containerd.cri.v1.runtime".containerd]
    default_runtime_name = "runc"
    [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      runtime_path = "{BIN}/containerd-shim-runc-v2"
      sandboxer = "shim"
      disable_pause_image_pull = true
      [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
        BinaryName = "{BIN}/runc"
        SystemdCgroup = false
        Root = "/run/runc"
[plugins."io.containerd.grpc.v1.cri"]
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  disable_tcp_service = true
"#
    )
}

/// Every registry is answered by the distribution's own images: the cluster has no way to the outside.
fn mirror() -> String {
    format!("[host.\"http://{MIRROR}\"]\n  capabilities = [\"pull\", \"resolve\"]\n")
}

fn cni() -> Value {
    json!({"cniVersion": "1.0.0", "name": "satrain", "plugins": [{
        "type": "satrain-cni", "bridge": BRIDGE, "podAddresses": format!("{LAB}/pod-addresses"),
        "ipam": {"type": "host-local", "dataDir": "/var/lib/cni", "ranges": [[{"subnet": PODS}]]},
    }]})
}

fn kubelet(node: &Node) -> Value {
    let node_file = |file: &str| format!("{LAB}/node/{file}");
    let mut config = json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "0.0.0.0",
        "port": 10250,
        "healthzPort": 0,
        "readOnlyPort": 0,
        "authentication": {
            "anonymous": {"enabled": false},
            "webhook": {"enabled": true, "cacheTTL": "1s"},
            "x509": {"clientCAFile": node_file("node-ca.crt")},
        },
        "authorization": {"mode": "Webhook", "webhook": {"cacheAuthorizedTTL": "1s", "cacheUnauthorizedTTL": "1s"}},
        "tlsCertFile": node_file("kubelet-server.crt"),
        "tlsPrivateKeyFile": node_file("kubelet-server.key"),
        "containerRuntimeEndpoint": format!("unix://{CONTAINERD}/containerd.sock"),
        "failCgroupV1": false,
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": "/",
        "cgroupsPerQOS": true,
        "enforceNodeAllocatable": [],
        "failSwapOn": false,
        "clusterDNS": [],
        "clusterDomain": "cluster.local",
        "resolvConf": "",
        "registerNode": true,
        "nodeStatusUpdateFrequency": "5s",
        "nodeStatusReportFrequency": "1m",
        "syncFrequency": "5s",
        "fileCheckFrequency": "0s",
        "httpCheckFrequency": "0s",
        "configMapAndSecretChangeDetectionStrategy": "Watch",
        "serializeImagePulls": false,
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "oomScoreAdj": 0,
        // Fewer than there are addresses (PODS). A lab needs far less; a proof plays many at once.
        "maxPods": 220,
        // A Pod that makes processes without end is stopped before it uses up what the lab may have.
        "podPidsLimit": 2048,
        "shutdownGracePeriod": "0s",
        "registryPullQPS": 0,
        "eventRecordQPS": 0,
        "kubeAPIQPS": 200,
        "kubeAPIBurst": 400,
        "podLogsDir": POD_LOGS,
        "volumePluginDir": format!("{KUBELET}/volume-plugins"),
    });
    // Who writes most to the disk goes before it is full.
    config["evictionHard"] = json!({
        "memory.available": "1Mi", "nodefs.available": node.reserve.to_string(),
        "nodefs.inodesFree": "0%", "imagefs.available": "0%",
    });
    config["evictionPressureTransitionPeriod"] = json!("10s");
    if node.in_user_namespace {
        config["featureGates"] = json!({"KubeletInUserNamespace": true});
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_kubelet_in_a_user_namespace_gets_the_gate_for_that() {
        let gates =
            |in_user_namespace| kubelet(&Node { in_user_namespace, reserve: 0 })["featureGates"].clone();
        assert_eq!(gates(false), Value::Null);
        assert_eq!(gates(true)["KubeletInUserNamespace"], true);
    }
}
