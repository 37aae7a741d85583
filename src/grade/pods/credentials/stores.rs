//! What the objects hold that a Pod names: which of their keys are tokens.

use jiff::Timestamp;
use serde_json::Value;

use super::CredentialKind;
use super::start::Start;
use crate::token::{SECRET_TYPE, is_labelled};

/// What Secrets, ConfigMaps and volumes hold, as seen.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::grade) struct Stores<'a> {
    /// The Secrets of the Pod's Namespace, as observed (data replaced by digests).
    pub(in crate::grade) secrets: &'a [Value],
    /// The ConfigMaps of the Pod's Namespace, as observed (tokens redacted).
    pub(in crate::grade) config_maps: &'a [Value],
    /// The PersistentVolumeClaims of the Pod's Namespace.
    pub(in crate::grade) claims: &'a [Value],
    /// The cluster's PersistentVolumes.
    pub(in crate::grade) volumes: &'a [Value],
    /// The cluster's ClusterTrustBundles (tokens redacted).
    pub(in crate::grade) trust_bundles: &'a [Value],
    /// What Secrets and ConfigMaps held right after setup.
    pub(in crate::grade) at_setup: Option<AtSetup<'a>>,
}

/// Secrets and ConfigMaps as they were right after setup.
#[derive(Debug, Clone, Copy)]
pub(in crate::grade) struct AtSetup<'a> {
    /// When they were looked at: what ran by then had taken what they held.
    pub(in crate::grade) at: Timestamp,
    /// The Secrets.
    pub(in crate::grade) secrets: &'a [Value],
    /// The ConfigMaps.
    pub(in crate::grade) config_maps: &'a [Value],
}

/// Which of these lists are needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::grade) struct Needs {
    /// Secrets.
    pub(in crate::grade) secrets: bool,
    /// ConfigMaps.
    pub(in crate::grade) config_maps: bool,
    /// PersistentVolumeClaims and PersistentVolumes.
    pub(in crate::grade) claims: bool,
    /// ClusterTrustBundles.
    pub(in crate::grade) trust_bundles: bool,
}

impl Needs {
    /// All that either needs.
    pub(in crate::grade) fn and(self, other: Self) -> Self {
        Self {
            secrets: self.secrets || other.secrets,
            config_maps: self.config_maps || other.config_maps,
            claims: self.claims || other.claims,
            trust_bundles: self.trust_bundles || other.trust_bundles,
        }
    }
}

/// The ConfigMap with the API's certificate, in each Namespace.
const API_CERTIFICATE: &str = "kube-root-ca.crt";

/// Which sort of object values are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    Secret,
    ConfigMap,
}

/// What a container is given values of.
#[derive(Debug, Clone)]
pub(super) struct Source<'a> {
    pub(super) kind: Store,
    pub(super) name: &'a str,
    /// The keys that it cannot do without.
    pub(super) keys: Vec<&'a str>,
    /// Whether it starts without the object, too.
    pub(super) optional: bool,
    /// Whether it keeps what it got at its start; else the kubelet renews it, as long as the object is there.
    pub(super) taken: bool,
}

/// A key, and the token that its value holds.
pub(super) type Key = (String, Option<CredentialKind>);

impl<'a> Stores<'a> {
    /// The keys of a Secret; None when there is no such Secret.
    pub(super) fn secret(&self, name: &str) -> Option<Vec<Key>> {
        let secret = named(self.secrets, name)?;
        let legacy = secret.get("type").and_then(Value::as_str) == Some(SECRET_TYPE);
        let token = |key: &str, digest: &Value| match digest.get("jwt") {
            _ if legacy && key == "token" => Some(CredentialKind::Legacy(name.into())),
            Some(_) => Some(CredentialKind::Copy(format!("Secret {name}"))),
            None => None,
        };
        let keys = secret.get("data").and_then(Value::as_object).into_iter().flatten();
        Some(keys.map(|(key, digest)| (key.clone(), token(key, digest))).collect())
    }

    /// The keys of a ConfigMap's `data`, which is all that variables see; None when there is no such ConfigMap.
    pub(super) fn config_map(&self, name: &str) -> Option<Vec<Key>> {
        let map = named(self.config_maps, name)?;
        let token = |text: &Value| {
            let found = text.as_str().is_some_and(is_labelled);
            found.then(|| CredentialKind::Copy(format!("ConfigMap {name}")))
        };
        let keys = map.get("data").and_then(Value::as_object).into_iter().flatten();
        Some(keys.map(|(key, text)| (key.clone(), token(text))).collect())
    }

    /// The keys of a ConfigMap that become files: those of `binaryData`, too.
    pub(super) fn config_map_files(&self, name: &str) -> Option<Vec<Key>> {
        let mut all = self.config_map(name)?;
        let map = named(self.config_maps, name)?;
        let token = |seen: &Value| {
            let found = seen.get("jwt").is_some() || seen.as_str().is_some_and(is_labelled);
            found.then(|| CredentialKind::Copy(format!("ConfigMap {name}")))
        };
        let keys = map.get("binaryData").and_then(Value::as_object).into_iter().flatten();
        all.extend(keys.map(|(key, seen)| (key.clone(), token(seen))));
        Some(all)
    }

    /// Whether what a container took from there at its start may have been something else than what is there now: it was
    /// changed since, or what the container could not start without is not there.
    pub(super) fn changed(&self, from: &Source<'_>, start: Start) -> Option<CredentialKind> {
        let (list, kind) = match from.kind {
            Store::Secret => (self.secrets, "Secret"),
            Store::ConfigMap => (self.config_maps, "ConfigMap"),
        };
        let has = |object: &Value, key: &str| {
            ["data", "binaryData"]
                .iter()
                .any(|data| object.get(data).is_some_and(|data| data.get(key).is_some()))
        };
        let changed = match named(list, from.name) {
            // Kubernetes' own, the same in each Namespace.
            _ if from.kind == Store::ConfigMap && from.name == API_CERTIFICATE => false,
            None => !from.optional,
            Some(object) => {
                let gone = !from.optional && from.keys.iter().any(|key| !has(object, key));
                gone || from.taken
                    && (start.is_before_change_of(object) || self.is_not_of_setup(from, start, object))
            }
        };
        changed.then(|| CredentialKind::Changed(format!("{kind} {}", from.name)))
    }

    /// Whether an object held something else when a container ran that had begun before.
    fn is_not_of_setup(&self, from: &Source<'_>, start: Start, now: &Value) -> bool {
        let Some(then) = self.at_setup.filter(|then| start.is_before(then.at)) else { return false };
        let list = if from.kind == Store::Secret { then.secrets } else { then.config_maps };
        let differs = |old: &Value| ["data", "binaryData"].iter().any(|part| old.get(part) != now.get(part));
        named(list, from.name).is_some_and(differs)
    }

    /// Whether a ClusterTrustBundle that a projection names holds a token, among its certificates.
    pub(super) fn trust_bundle(&self, name: Option<&str>, signer: Option<&str>) -> Option<CredentialKind> {
        let text = |bundle: &'a Value, path: &str| bundle.pointer(path).and_then(Value::as_str);
        let asked = |bundle: &&'a Value| match name {
            Some(name) => text(bundle, "/metadata/name") == Some(name),
            None => text(bundle, "/spec/signerName") == signer,
        };
        let mut asked = self.trust_bundles.iter().filter(asked);
        let held = asked.find(|bundle| text(bundle, "/spec/trustBundle").is_some_and(is_labelled))?;
        let name = text(held, "/metadata/name").unwrap_or_default();
        Some(CredentialKind::Copy(format!("ClusterTrustBundle {name}")))
    }

    /// The PersistentVolume's spec that a claim is bound to.
    pub(super) fn volume_of_claim(&self, claim: &str) -> Option<&'a Value> {
        let claim = named(self.claims, claim)?;
        let volume = claim.pointer("/spec/volumeName").and_then(Value::as_str)?;
        named(self.volumes, volume)?.get("spec")
    }
}

fn named<'a>(objects: &'a [Value], name: &str) -> Option<&'a Value> {
    objects.iter().find(|o| o.pointer("/metadata/name").and_then(Value::as_str) == Some(name))
}
