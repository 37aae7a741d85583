//! Which of a container's environment variables hold a token, by the kubelet's own rules
//! (`pkg/kubelet/kubelet_pods.go`, `makeEnvironmentVariables`).
//!
//! A later source of `envFrom` wins over an earlier one, `env` wins over `envFrom`, and a later variable of a name over an
//! earlier one. `$(NAME)` takes the value that NAME has at that point. An optional reference to what is not there leaves
//! the variable as it was.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{EnvFromSource, EnvVar, EnvVarSource, Pod, Volume};

use super::places::Reader;
use super::stores::{Key, Needs, Stores};
use super::volume::{field_of_pod, file_at, of_text};
use super::{CredentialKind, volume_of};

/// The variables that hold a token: where each is, and what it holds.
pub(super) fn tokens(
    reader: &Reader<'_>,
    pod: &Pod,
    volumes: &[Volume],
    stores: Stores<'_>,
) -> Vec<(String, CredentialKind)> {
    let mut variables: BTreeMap<String, Option<CredentialKind>> = BTreeMap::new();
    for source in reader.env_from() {
        let EnvFromSource { config_map_ref, prefix, secret_ref } = source;
        let prefix = prefix.as_deref().unwrap_or_default();
        let keys = match (config_map_ref, secret_ref) {
            (Some(map), _) => stores.config_map(&map.name),
            (None, Some(secret)) => stores.secret(&secret.name),
            (None, None) => None,
        };
        variables.extend(keys.into_iter().flatten().map(|(key, kind)| (format!("{prefix}{key}"), kind)));
    }
    for EnvVar { name, value, value_from } in reader.env() {
        let value = value.as_deref().unwrap_or_default();
        let kind = match value_from {
            Some(from) if value.is_empty() => match from_elsewhere(from, pod, volumes, stores) {
                Some(kind) => kind,
                None => continue,
            },
            _ => of_text(value).or_else(|| expanded(value, &variables)),
        };
        variables.insert(name.clone(), kind);
    }
    let held = variables.into_iter().filter_map(|(name, kind)| Some((name, kind?)));
    held.map(|(name, kind)| (format!("environment variable {name}"), kind)).collect()
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
