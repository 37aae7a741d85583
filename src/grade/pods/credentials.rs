//! Every way by which a container of an admitted Pod can read an API token.
//!
//! In: the Pod, and the Secrets and ConfigMaps of its Namespace. Out: each credential with who reads it, where.
//! The automount flags do not matter here: the admission put their effect into the Pod's volumes.

use k8s_openapi::api::core::v1::{
    EnvFromSource, EnvVar, KeyToPath, Pod, SecurityContext, Volume, VolumeMount,
};
use serde_json::Value;

use super::host::{reaches_kubelet, reaches_processes};
use crate::token::is_labelled;

/// Type of a Secret that holds a ServiceAccount's long-lived token.
const TOKEN_SECRET: &str = "kubernetes.io/service-account-token";

/// How long a projected token lives when the Pod does not say (API default).
const DEFAULT_SECONDS: i64 = 3600;

/// What kind of credential it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::grade) enum CredentialKind {
    /// A token that the kubelet asks for, bound to the Pod.
    Bound {
        /// Its audience; None: the API server's own.
        audience: Option<String>,
        /// The lifetime asked for.
        seconds: i64,
    },
    /// The long-lived token of a Secret of type `kubernetes.io/service-account-token`.
    Legacy(String),
    /// A copy of a token: in an ordinary Secret or ConfigMap, or written into the Pod itself.
    Copy(String),
    /// The node's own files, among them the tokens of all its Pods.
    Node(String),
    /// The node's processes, and through them the files of all its Pods; by which power.
    Processes(String),
}

/// A credential that a container can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::grade) struct Credential {
    /// What it is.
    pub(in crate::grade) kind: CredentialKind,
    /// `container web`, `init container setup`, `ephemeral container debug`.
    pub(in crate::grade) container: String,
    /// A path or an environment variable.
    pub(in crate::grade) place: String,
}

/// What Secrets and ConfigMaps hold, as seen.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::grade) struct Stores<'a> {
    /// The Secrets of the Pod's Namespace, as observed (data replaced by digests).
    pub(in crate::grade) secrets: &'a [Value],
    /// The ConfigMaps of the Pod's Namespace, as observed (tokens redacted).
    pub(in crate::grade) config_maps: &'a [Value],
}

/// A container's parts that matter here, of whatever sort it is.
struct ContainerParts<'a> {
    title: String,
    mounts: &'a [VolumeMount],
    env: &'a [EnvVar],
    env_from: &'a [EnvFromSource],
    words: Vec<&'a String>,
    security: Option<&'a SecurityContext>,
}

/// A file of a volume that holds a credential: its path inside the volume.
struct TokenFile {
    path: String,
    kind: CredentialKind,
}

/// Every credential that a container of `pod` can read.
pub(in crate::grade) fn credentials(pod: &Pod, stores: Stores<'_>) -> Vec<Credential> {
    let volumes: &[Volume] = pod.spec.as_ref().and_then(|s| s.volumes.as_deref()).unwrap_or_default();
    let mut found = Vec::new();
    for reader in readers(pod) {
        for mount in reader.mounts {
            let Some(volume) = volumes.iter().find(|v| v.name == mount.name) else { continue };
            for file in token_files(volume, stores) {
                if let Some(place) = visible(mount, &file.path) {
                    found.push(Credential { kind: file.kind, container: reader.title.clone(), place });
                }
            }
        }
        found.extend(from_env(&reader, stores));
        found.extend(reaches_processes(pod, reader.security).map(|power| Credential {
            kind: CredentialKind::Processes(power),
            container: reader.title.clone(),
            place: "/proc/<pid>/root".into(),
        }));
    }
    found
}

/// Volumes that hold a token and are mounted by no container: nobody reads them.
pub(in crate::grade) fn unmounted(pod: &Pod, stores: Stores<'_>) -> Vec<String> {
    let volumes = pod.spec.iter().flat_map(|s| s.volumes.iter().flatten());
    let readers = readers(pod);
    volumes
        .filter(|v| !readers.iter().any(|r| r.mounts.iter().any(|m| m.name == v.name)))
        .filter(|v| !token_files(v, stores).is_empty())
        .map(|v| v.name.clone())
        .collect()
}

/// Whether a Pod names Secrets or ConfigMaps: then their lists are needed.
pub(in crate::grade) fn refers_to(pod: &Pod) -> (bool, bool) {
    let volumes = || pod.spec.iter().flat_map(|s| s.volumes.iter().flatten());
    let sources = || volumes().filter_map(|v| v.projected.as_ref()).flat_map(|p| p.sources.iter().flatten());
    let readers = readers(pod);
    let env = || readers.iter().flat_map(|r| r.env).filter_map(|e| e.value_from.as_ref());
    let env_from = || readers.iter().flat_map(|r| r.env_from);
    let secrets = volumes().any(|v| v.secret.is_some())
        || sources().any(|s| s.secret.is_some())
        || env().any(|e| e.secret_key_ref.is_some())
        || env_from().any(|e| e.secret_ref.is_some());
    let config_maps = volumes().any(|v| v.config_map.is_some())
        || sources().any(|s| s.config_map.is_some())
        || env().any(|e| e.config_map_key_ref.is_some())
        || env_from().any(|e| e.config_map_ref.is_some());
    (secrets, config_maps)
}

fn readers(pod: &Pod) -> Vec<ContainerParts<'_>> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    let init = spec.init_containers.iter().flatten().map(|c| ("init container", c));
    let main = spec.containers.iter().map(|c| ("container", c));
    let mut readers: Vec<ContainerParts<'_>> = main
        .chain(init)
        .map(|(sort, c)| ContainerParts {
            title: format!("{sort} {}", c.name),
            mounts: c.volume_mounts.as_deref().unwrap_or_default(),
            env: c.env.as_deref().unwrap_or_default(),
            env_from: c.env_from.as_deref().unwrap_or_default(),
            words: c.command.iter().flatten().chain(c.args.iter().flatten()).collect(),
            security: c.security_context.as_ref(),
        })
        .collect();
    readers.extend(spec.ephemeral_containers.iter().flatten().map(|c| ContainerParts {
        title: format!("ephemeral container {}", c.name),
        mounts: c.volume_mounts.as_deref().unwrap_or_default(),
        env: c.env.as_deref().unwrap_or_default(),
        env_from: c.env_from.as_deref().unwrap_or_default(),
        words: c.command.iter().flatten().chain(c.args.iter().flatten()).collect(),
        security: c.security_context.as_ref(),
    }));
    readers
}

fn token_files(volume: &Volume, stores: Stores<'_>) -> Vec<TokenFile> {
    let mut files = Vec::new();
    if let Some(secret) = &volume.secret {
        let name = secret.secret_name.as_deref().unwrap_or_default();
        files.extend(stored(stores.secret(name), secret.items.as_deref()));
    }
    if let Some(map) = &volume.config_map {
        files.extend(stored(stores.config_map(&map.name), map.items.as_deref()));
    }
    if let Some(host) = volume.host_path.as_ref().filter(|h| reaches_kubelet(&h.path)) {
        files.push(TokenFile { path: String::new(), kind: CredentialKind::Node(host.path.clone()) });
    }
    for source in volume.projected.iter().flat_map(|p| p.sources.iter().flatten()) {
        if let Some(token) = &source.service_account_token {
            let audience = token.audience.clone().filter(|a| !a.is_empty());
            let seconds = token.expiration_seconds.unwrap_or(DEFAULT_SECONDS);
            files.push(TokenFile {
                path: token.path.clone(),
                kind: CredentialKind::Bound { audience, seconds },
            });
        }
        if let Some(secret) = &source.secret {
            files.extend(stored(stores.secret(&secret.name), secret.items.as_deref()));
        }
        if let Some(map) = &source.config_map {
            files.extend(stored(stores.config_map(&map.name), map.items.as_deref()));
        }
    }
    files
}

/// The token files that a volume makes of stored keys, `items` considered.
fn stored(keys: Vec<(String, CredentialKind)>, items: Option<&[KeyToPath]>) -> Vec<TokenFile> {
    match items.filter(|items| !items.is_empty()) {
        None => keys.into_iter().map(|(path, kind)| TokenFile { path, kind }).collect(),
        Some(items) => items
            .iter()
            .filter_map(|item| {
                let (_, kind) = keys.iter().find(|(key, _)| *key == item.key)?;
                Some(TokenFile { path: item.path.clone(), kind: kind.clone() })
            })
            .collect(),
    }
}

/// Where a mount shows a volume's file; None when `subPath` leaves it out.
fn visible(mount: &VolumeMount, file: &str) -> Option<String> {
    let base = mount.mount_path.trim_end_matches('/');
    let join = |rest: &str| if rest.is_empty() { mount.mount_path.clone() } else { format!("{base}/{rest}") };
    // An expanded subPath is known to the kubelet only: count it as showing the file.
    let sub = mount.sub_path.as_deref().map(|s| s.trim_matches('/')).filter(|s| !s.is_empty() && *s != ".");
    match sub {
        None => Some(join(file)),
        Some(sub) if sub == file || file.is_empty() => Some(mount.mount_path.clone()),
        Some(sub) => file.strip_prefix(sub).and_then(|rest| rest.strip_prefix('/')).map(join),
    }
}

fn from_env(reader: &ContainerParts<'_>, stores: Stores<'_>) -> Vec<Credential> {
    let mut found = Vec::new();
    let mut add = |kind: CredentialKind, place: String| {
        found.push(Credential { kind, container: reader.title.clone(), place });
    };
    let one = |keys: Vec<(String, CredentialKind)>, key: &str| {
        keys.into_iter().find(|(k, _)| k == key).map(|(_, kind)| kind)
    };
    for var in reader.env {
        let place = format!("environment variable {}", var.name);
        if var.value.as_deref().is_some_and(is_labelled) {
            add(CredentialKind::Copy("the Pod's own spec".into()), place.clone());
        }
        let Some(from) = &var.value_from else { continue };
        if let Some(kind) = from.secret_key_ref.as_ref().and_then(|r| one(stores.secret(&r.name), &r.key)) {
            add(kind, place.clone());
        }
        if let Some(kind) =
            from.config_map_key_ref.as_ref().and_then(|r| one(stores.config_map(&r.name), &r.key))
        {
            add(kind, place);
        }
    }
    for from in reader.env_from {
        let prefix = from.prefix.as_deref().unwrap_or_default();
        let secret = from.secret_ref.iter().flat_map(|r| stores.secret(&r.name));
        let map = from.config_map_ref.iter().flat_map(|r| stores.config_map(&r.name));
        for (key, kind) in secret.chain(map) {
            add(kind, format!("environment variable {prefix}{key}"));
        }
    }
    if reader.words.iter().any(|word| is_labelled(word)) {
        add(CredentialKind::Copy("the Pod's own spec".into()), "its command line".into());
    }
    found
}

impl Stores<'_> {
    /// The keys of a Secret that hold a token.
    fn secret(&self, name: &str) -> Vec<(String, CredentialKind)> {
        let Some(secret) = named(self.secrets, name) else { return Vec::new() };
        let legacy = secret.get("type").and_then(Value::as_str) == Some(TOKEN_SECRET);
        let keys = secret.get("data").and_then(Value::as_object).into_iter().flatten();
        keys.filter_map(|(key, digest)| {
            if legacy && key == "token" {
                return Some((key.clone(), CredentialKind::Legacy(name.into())));
            }
            digest.get("jwt").map(|_| (key.clone(), CredentialKind::Copy(format!("Secret {name}"))))
        })
        .collect()
    }

    /// The keys of a ConfigMap that hold a token.
    fn config_map(&self, name: &str) -> Vec<(String, CredentialKind)> {
        let Some(map) = named(self.config_maps, name) else { return Vec::new() };
        let keys = map.get("data").and_then(Value::as_object).into_iter().flatten();
        keys.filter(|(_, text)| text.as_str().is_some_and(is_labelled))
            .map(|(key, _)| (key.clone(), CredentialKind::Copy(format!("ConfigMap {name}"))))
            .collect()
    }
}

fn named<'a>(objects: &'a [Value], name: &str) -> Option<&'a Value> {
    objects.iter().find(|o| o.pointer("/metadata/name").and_then(Value::as_str) == Some(name))
}
