//! Which of a container's environment variables hold a token, by the kubelet's own rules
//! (`pkg/kubelet/kubelet_pods.go`, `makeEnvironmentVariables`).
//!
//! A later source of `envFrom` wins over an earlier one, `env` wins over `envFrom`, and a later variable of a name over an
//! earlier one. `$(NAME)` takes the value that NAME has at that point. An optional reference to what is not there leaves
//! the variable as it was.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar, EnvVarSource, Pod, Volume};

use super::places::Reader;
use super::start::Start;
use super::stores::{Key, Needs, Source, Store, Stores};
use super::volume::{field_of_pod, file_at, of_text};
use super::{CredentialKind, volume_of};

/// The variables that hold a token: where each is, and what it holds.
pub(super) fn tokens(
    reader: &Reader<'_>,
    pod: &Pod,
    volumes: &[Volume],
    start: Option<Start>,
    stores: Stores<'_>,
) -> Vec<(String, CredentialKind)> {
    let changed = |source: Source<'_>| start.and_then(|start| stores.changed(&source, start));
    let mut poured = Vec::new();
    let mut variables: BTreeMap<String, Option<CredentialKind>> = BTreeMap::new();
    for source in reader.env_from() {
        let EnvFromSource { config_map_ref, prefix, secret_ref } = source;
        let prefix = prefix.as_deref().unwrap_or_default();
        let keys = match (config_map_ref, secret_ref) {
            (Some(map), _) => stores.config_map(&map.name),
            (None, Some(secret)) => stores.secret(&secret.name),
            (None, None) => None,
        };
        let keys = keys.into_iter().flatten();
        variables.extend(keys.map(|(key, kind)| (format!("{prefix}{key}"), kind)));
        poured.extend(all_of(source).and_then(changed));
    }
    for EnvVar { name, value, value_from } in reader.env() {
        let value = value.as_deref().unwrap_or_default();
        let kind = match value_from {
            Some(from) if value.is_empty() => {
                let since = key_of(from).and_then(changed).or_else(|| changed_field(from, pod, start));
                match (from_elsewhere(from, pod, volumes, stores), since) {
                    (Some(Some(kind)), _) | (_, Some(kind)) => Some(kind),
                    (Some(None), None) => None,
                    (None, None) => continue,
                }
            }
            _ => of_text(value).or_else(|| expanded(value, &variables)),
        };
        variables.insert(name.clone(), kind);
    }
    let held = variables.into_iter().filter_map(|(name, kind)| Some((name, kind?)));
    let held = held.map(|(name, kind)| (format!("environment variable {name}"), kind));
    held.chain(poured.into_iter().map(|kind| ("environment variables (envFrom)".into(), kind))).collect()
}

/// What all keys of an object are poured in from.
fn all_of(source: &EnvFromSource) -> Option<Source<'_>> {
    let (kind, name, optional) = match (&source.config_map_ref, &source.secret_ref) {
        (Some(map), _) => (Store::ConfigMap, &map.name, map.optional),
        (None, Some(secret)) => (Store::Secret, &secret.name, secret.optional),
        (None, None) => return None,
    };
    Some(Source { kind, name, keys: Vec::new(), optional: optional == Some(true), taken: true })
}

/// What one variable is taken from.
fn key_of(from: &EnvVarSource) -> Option<Source<'_>> {
    let (kind, name, key, optional) = match (&from.secret_key_ref, &from.config_map_key_ref) {
        (Some(secret), _) => (Store::Secret, &secret.name, &secret.key, secret.optional),
        (None, Some(map)) => (Store::ConfigMap, &map.name, &map.key, map.optional),
        (None, None) => return None,
    };
    Some(Source { kind, name, keys: vec![key], optional: optional == Some(true), taken: true })
}

/// A label or annotation of the Pod that was another one at the start.
fn changed_field(from: &EnvVarSource, pod: &Pod, start: Option<Start>) -> Option<CredentialKind> {
    let path = &from.field_ref.as_ref()?.field_path;
    let may_change = path.starts_with("metadata.annotations") || path.starts_with("metadata.labels");
    let changed = may_change && start?.is_before_change_of_fields(pod);
    changed.then(|| CredentialKind::Changed("the Pod's labels or annotations".into()))
}

/// Which lists say what the variables hold.
pub(super) fn needs(reader: &Reader<'_>) -> Needs {
    let from = || reader.env().iter().filter_map(|e| e.value_from.as_ref());
    Needs {
        secrets: from().any(|e| e.secret_key_ref.is_some())
            || reader.env_from().iter().any(|e| e.secret_ref.is_some()),
        config_maps: from().any(|e| e.config_map_key_ref.is_some())
            || reader.env_from().iter().any(|e| e.config_map_ref.is_some()),
        claims: false,
        trust_bundles: false,
    }
}

/// What a variable holds that is taken from elsewhere; None when there is nothing to take, and the variable stays as it is.
fn from_elsewhere(
    from: &EnvVarSource,
    pod: &Pod,
    volumes: &[Volume],
    stores: Stores<'_>,
) -> Option<Option<CredentialKind>> {
    let EnvVarSource {
        config_map_key_ref,
        field_ref,
        file_key_ref,
        secret_key_ref,
        // Numbers.
        resource_field_ref: _,
    } = from;
    let one = |keys: Option<Vec<Key>>, key: &str| {
        keys.into_iter().flatten().find(|(name, _)| name == key).map(|(_, kind)| kind)
    };
    if let Some(secret) = secret_key_ref {
        return one(stores.secret(&secret.name), &secret.key);
    }
    if let Some(map) = config_map_key_ref {
        return one(stores.config_map(&map.name), &map.key);
    }
    if let Some(field) = field_ref {
        return Some(field_of_pod(&field.field_path, pod));
    }
    let file = file_key_ref.as_ref();
    let volume = file.and_then(|file| Some((volume_of(volumes, &file.volume_name)?, file)));
    Some(volume.and_then(|(volume, file)| file_at(volume, &file.path, pod, stores)))
}

/// The token that a `$(NAME)` of `value` stands for; `$$(NAME)` stands for itself.
fn expanded(value: &str, variables: &BTreeMap<String, Option<CredentialKind>>) -> Option<CredentialKind> {
    let mut rest = value;
    while let Some(at) = rest.find("$(") {
        let escaped = rest[..at].chars().rev().take_while(|c| *c == '$').count() % 2 == 1;
        rest = &rest[at + 2..];
        let Some(name) = rest.split_once(')').map(|(name, _)| name) else { break };
        if !escaped && let Some(Some(kind)) = variables.get(name) {
            return Some(kind.clone());
        }
    }
    None
}
