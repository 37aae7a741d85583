//! What a container mounts, without what admission mounts for the API token.
//!
//! In: a Pod and one of its containers. Out: each mount by the place that it is at and by what is behind it; what the
//! volume is called does not matter. Left out is a volume that has nothing but what admission adds: the token, the API's
//! certificate and the Namespace's name, or those of the three that are left.

use k8s_openapi::api::core::v1::{Container, Pod, Volume, VolumeMount, VolumeProjection};
use serde_json::{Value, json};

use crate::grade::file_path::FilePath;

/// The ConfigMap with the API's certificate, in each Namespace.
const API_CERTIFICATE: &str = "kube-root-ca.crt";

/// Where admission mounts the token, unless something is mounted there already.
const TOKEN_PLACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Where programs put what they need no longer than they run.
const SCRATCH: [&str; 3] = ["/tmp", "/var/tmp", "/var/cache"];

/// A mount of a container.
#[derive(Debug, Clone)]
pub(super) struct Mount {
    /// Where.
    pub(super) path: FilePath,
    /// How: the place, which part of the volume, read-only or not.
    pub(super) how: Value,
    /// What is behind it.
    pub(super) content: Value,
    empty: bool,
}

impl Mount {
    /// Whether it is an empty place to write to, as a container with a read-only file system needs one, or the place of
    /// the token, left empty.
    pub(super) fn is_scratch(&self) -> bool {
        let places = SCRATCH.iter().any(|place| self.path.is_within(&FilePath::new(place)));
        let exact = ["/run", TOKEN_PLACE].iter().any(|place| self.path == FilePath::new(place));
        self.empty && (places || exact)
    }
}

/// The mounts of a container that are the app's own.
pub(super) fn mounts(pod: &Pod, container: &Container) -> Vec<Mount> {
    let volumes = pod.spec.as_ref().and_then(|s| s.volumes.as_deref()).unwrap_or_default();
    let mounts = container.volume_mounts.iter().flatten();
    mounts
        .filter_map(|mount| {
            let volume = volumes.iter().find(|volume| volume.name == mount.name);
            let content = match volume {
                Some(volume) => content(pod, volume)?,
                None => Value::Null,
            };
            Some(Mount {
                path: FilePath::new(&mount.mount_path),
                how: how(mount, volume.is_some_and(is_read_only)),
                content,
                empty: volume.is_some_and(|volume| volume.empty_dir.is_some()),
            })
        })
        .collect()
}

/// What is in a volume; None when it is only what admission adds.
fn content(pod: &Pod, volume: &Volume) -> Option<Value> {
    let mut plain = volume.clone();
    plain.name = String::new();
    if let Some(source) = &mut plain.config_map {
        source.default_mode = None;
    }
    if let Some(source) = &mut plain.secret {
        source.default_mode = None;
    }
    if let Some(source) = &mut plain.downward_api {
        source.default_mode = None;
    }
    if let Some(source) = &mut plain.projected {
        source.default_mode = None;
        if let Some(sources) = source.sources.as_mut().filter(|sources| !sources.is_empty()) {
            sources.retain(|source| !is_admissions(source));
            if sources.is_empty() {
                return None;
            }
        }
    }
    // Who shares what can be written.
    let shared = if is_read_only(volume) { Value::Null } else { json!(places(pod, &volume.name)) };
    Some(json!([plain, shared]))
}

/// Whether admission adds this to each Pod that does not say otherwise. Only one of its three parts is a secret.
fn is_admissions(source: &VolumeProjection) -> bool {
    let certificate = source.config_map.as_ref().is_some_and(|map| map.name == API_CERTIFICATE);
    let namespace = source.downward_api.as_ref().is_some_and(|downward| {
        let mut fields = downward.items.iter().flatten().map(|item| item.field_ref.as_ref());
        fields.all(|field| field.is_some_and(|field| field.field_path == "metadata.namespace"))
    });
    source.service_account_token.is_some() || certificate || namespace
}

/// The kubelet mounts these read-only, whatever the mount says.
fn is_read_only(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.secret.is_some()
        || volume.projected.is_some()
        || volume.downward_api.is_some()
}

fn how(mount: &VolumeMount, read_only: bool) -> Value {
    let place = FilePath::new(&mount.mount_path).resolved();
    let mut plain = mount.clone();
    plain.name = String::new();
    plain.mount_path = place;
    if read_only {
        (plain.read_only, plain.recursive_read_only) = (None, None);
    }
    if plain.read_only == Some(false) {
        plain.read_only = None;
    }
    plain.sub_path = plain.sub_path.filter(|sub| !sub.is_empty());
    json!(plain)
}

/// All places of a Pod where a volume is mounted.
fn places(pod: &Pod, volume: &str) -> Vec<String> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    let containers = spec.init_containers.iter().flatten().chain(&spec.containers);
    let mounts = containers.flat_map(|c| c.volume_mounts.iter().flatten()).filter(|m| m.name == volume);
    let mut places: Vec<String> = mounts.map(|m| FilePath::new(&m.mount_path).resolved()).collect();
    places.sort();
    places
}
