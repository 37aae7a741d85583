//! Pure: whether a Pod can reach beyond its containers into the node, which no checkpoint of the cluster's data brings back.
//!
//! It goes by what is known to be harmless: a volume or a field that is not known here counts as reaching the node.

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec, Volume};
use serde_json::Value;

/// The capabilities that every container has: adding one of them changes nothing.
const USUAL: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// How a Pod reaches the node, in words; None: it does not.
pub(super) fn reaches_the_node(pod: &Pod) -> Option<String> {
    let name = pod.metadata.name.as_deref().unwrap_or("?");
    let namespace = pod.metadata.namespace.as_deref().unwrap_or("?");
    let how = pod.spec.as_ref().and_then(how)?;
    Some(format!("Pod {namespace}/{name} {how}"))
}

fn how(spec: &PodSpec) -> Option<String> {
    let shared = [(spec.host_pid, "hostPID"), (spec.host_network, "hostNetwork"), (spec.host_ipc, "hostIPC")];
    if let Some((_, what)) = shared.iter().find(|(on, _)| on.unwrap_or_default()) {
        return Some(format!("has {what}"));
    }
    if let Some(volume) = spec.volumes.iter().flatten().find(|volume| !is_plain(volume)) {
        return Some(format!("has the volume {}", volume.name));
    }
    if spec.resource_claims.iter().flatten().next().is_some() {
        return Some("claims a device".into());
    }
    let ephemeral = spec.ephemeral_containers.iter().flatten();
    // Their fields are those of a container, and some more.
    let ephemeral = ephemeral.filter_map(|c| serde_json::to_value(c).ok()).map(without_target);
    let ephemeral: Vec<Container> = ephemeral.filter_map(|c| serde_json::from_value(c).ok()).collect();
    let all = spec.init_containers.iter().flatten().chain(&spec.containers).chain(&ephemeral);
    all.into_iter().find_map(|container| privilege(container).map(|what| format!("is {what}")))
}

fn without_target(mut container: Value) -> Value {
    if let Some(fields) = container.as_object_mut() {
        fields.remove("targetContainerName");
    }
    container
}

/// A volume whose content is the API's, or the Pod's alone.
fn is_plain(volume: &Volume) -> bool {
    let bare = Volume {
        name: volume.name.clone(),
        config_map: volume.config_map.clone(),
        secret: volume.secret.clone(),
        projected: volume.projected.clone(),
        downward_api: volume.downward_api.clone(),
        empty_dir: volume.empty_dir.clone(),
        ..Volume::default()
    };
    *volume == bare
}

fn privilege(container: &Container) -> Option<String> {
    let security = container.security_context.as_ref()?;
    if security.privileged.unwrap_or_default() {
        return Some("privileged".into());
    }
    let added = security.capabilities.iter().flat_map(|capabilities| capabilities.add.iter().flatten());
    let odd =
        added.map(String::as_str).find(|name| !USUAL.contains(&name.strip_prefix("CAP_").unwrap_or(name)));
    if let Some(name) = odd {
        return Some(format!("given the capability {name}"));
    }
    (security.proc_mount.as_deref().unwrap_or("Default") != "Default").then(|| "given an open /proc".into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(spec: Value) -> Pod {
        serde_json::from_value(json!({"metadata": {"name": "p", "namespace": "n"}, "spec": spec})).unwrap()
    }

    fn container(security: Value) -> Value {
        json!({"name": "c", "image": "i", "securityContext": security})
    }

    #[test]
    fn ordinary_pods_stay_inside() {
        let spec = json!({
            "containers": [container(json!({"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}))],
            "volumes": [
                {"name": "a", "emptyDir": {}}, {"name": "b", "secret": {"secretName": "s"}},
                {"name": "c", "projected": {"sources": []}}, {"name": "d", "configMap": {"name": "m"}},
            ],
        });
        assert_eq!(reaches_the_node(&pod(spec)), None);
    }

    #[test]
    fn what_reaches_the_node_is_named() {
        let plain = container(json!({}));
        for (spec, says) in [
            (json!({"containers": [plain], "hostPID": true}), "hostPID"),
            (json!({"containers": [plain], "hostNetwork": true}), "hostNetwork"),
            (json!({"containers": [plain], "hostIPC": true}), "hostIPC"),
            (json!({"containers": [container(json!({"privileged": true}))]}), "privileged"),
            (json!({"containers": [container(json!({"capabilities": {"add": ["ALL"]}}))]}), "capability ALL"),
            (
                json!({"containers": [container(json!({"capabilities": {"add": ["CAP_SYS_ADMIN"]}}))]}),
                "SYS_ADMIN",
            ),
            (
                json!({"containers": [plain], "initContainers": [container(json!({"privileged": true}))]}),
                "privileged",
            ),
            (
                json!({"containers": [plain], "ephemeralContainers": [
                    {"name": "e", "image": "i", "targetContainerName": "c", "securityContext": {"privileged": true}}]}),
                "privileged",
            ),
            (json!({"containers": [container(json!({"procMount": "Unmasked"}))]}), "/proc"),
            (
                json!({"containers": [plain], "volumes": [{"name": "v", "hostPath": {"path": "/"}}]}),
                "volume v",
            ),
            (
                json!({"containers": [plain], "volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}]}),
                "volume v",
            ),
            (json!({"containers": [plain], "resourceClaims": [{"name": "d"}]}), "device"),
        ] {
            let told = reaches_the_node(&pod(spec.clone())).unwrap_or_else(|| panic!("{spec}"));
            assert!(told.contains(says) && told.contains("n/p"), "{told}");
        }
    }
}
