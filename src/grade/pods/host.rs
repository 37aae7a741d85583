//! Ways out of a container that lead to the tokens of other Pods of the same node.
//!
//! In: a host path, or the powers of a container. Out: whether other Pods' files can be read so.

use k8s_openapi::api::core::v1::{Pod, SecurityContext};

/// Capabilities that open the files of other processes in `/proc`.
const STRONG: [&str; 3] = ["SYS_PTRACE", "SYS_ADMIN", "ALL"];

/// Whether a host path shows the kubelet's directory, where the tokens of all Pods lie.
pub(super) fn reaches_kubelet(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let kubelet = "/var/lib/kubelet";
    path.is_empty()
        || kubelet == path
        || kubelet.starts_with(&format!("{path}/"))
        || path.starts_with(&format!("{kubelet}/"))
}

/// By which power a container can read other Pods' files through `/proc/<pid>/root`: it sees the node's processes
/// (`hostPID`) and may look into them.
pub(super) fn reaches_processes(pod: &Pod, security: Option<&SecurityContext>) -> Option<String> {
    let sees = pod.spec.as_ref().is_some_and(|spec| spec.host_pid == Some(true));
    let security = security.filter(|_| sees)?;
    if security.privileged == Some(true) {
        return Some("privileged".into());
    }
    let added = security.capabilities.iter().flat_map(|c| c.add.iter().flatten());
    let mut names = added.map(|name| name.to_uppercase());
    names.find(|name| STRONG.contains(&name.trim_start_matches("CAP_")))
}
