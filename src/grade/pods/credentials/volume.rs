//! What a volume brings into the containers that mount it.
//!
//! Each type of volume is in [`files`], by name: when the API gets a new one, this does not compile until somebody has
//! decided what it brings.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    DownwardAPIVolumeFile, KeyToPath, PersistentVolumeSpec, Pod, PodCertificateProjection, Volume,
    VolumeMount, VolumeProjection,
};
use serde::Deserialize as _;

use super::start::Start;
use super::stores::{Key, Needs, Source, Store, Stores};
use super::{CredentialKind, host, too_much, written_down};
use crate::grade::file_path::{FilePath, VolumePath};
use crate::token::is_labelled;

/// How long a projected token lives when the Pod does not say (API default).
const DEFAULT_SECONDS: i64 = 3600;

/// A file of a volume that holds a credential; the whole volume when its path is empty.
#[derive(Debug, Clone)]
pub(super) struct File {
    path: VolumePath,
    pub(super) kind: CredentialKind,
}

impl File {
    fn all(kind: CredentialKind) -> Self {
        Self { path: VolumePath::new(""), kind }
    }
}

/// The files of a volume that hold a credential.
pub(super) fn files(volume: &Volume, pod: &Pod, stores: Stores<'_>) -> Vec<File> {
    let Volume {
        name,
        // What the cluster itself holds.
        config_map,
        secret,
        projected,
        downward_api,
        // The node.
        host_path,
        // Only what this Pod's own containers write, and each of them is looked at.
        empty_dir: _,
        // What is behind these is another object.
        persistent_volume_claim,
        ephemeral,
        // Content from elsewhere.
        aws_elastic_block_store,
        azure_disk,
        azure_file,
        cephfs,
        cinder,
        csi,
        fc,
        flex_volume,
        flocker,
        gce_persistent_disk,
        git_repo,
        glusterfs,
        image,
        iscsi,
        nfs,
        photon_persistent_disk,
        portworx_volume,
        quobyte,
        rbd,
        scale_io,
        storageos,
        vsphere_volume,
    } = volume;
    let mut files = Vec::new();
    if let Some(secret) = secret {
        let keys = stores.secret(secret.secret_name.as_deref().unwrap_or_default());
        files.extend(stored(keys, secret.items.as_deref()).filter_map(token));
    }
    if let Some(map) = config_map {
        files.extend(stored(stores.config_map_files(&map.name), map.items.as_deref()).filter_map(token));
    }
    if let Some(downward) = downward_api {
        files.extend(downward.items.iter().flatten().map(|item| of_pod(item, pod)).filter_map(token));
    }
    if let Some(projected) = projected {
        files.extend(sources(projected.sources.as_deref().unwrap_or_default(), pod, stores));
    }
    if let Some(host) = host_path {
        files.extend(host::path(&host.path).map(File::all));
    }
    let own = || format!("{}-{name}", pod.metadata.name.as_deref().unwrap_or_default());
    let claim = persistent_volume_claim.as_ref().map(|claim| claim.claim_name.clone());
    if let Some(claim) = claim.or_else(|| ephemeral.as_ref().map(|_| own())) {
        files.extend(behind(&claim, stores).map(File::all));
    }
    let elsewhere = [
        ("awsElasticBlockStore", aws_elastic_block_store.is_some()),
        ("azureDisk", azure_disk.is_some()),
        ("azureFile", azure_file.is_some()),
        ("cephfs", cephfs.is_some()),
        ("cinder", cinder.is_some()),
        ("csi", csi.is_some()),
        ("fc", fc.is_some()),
        ("flexVolume", flex_volume.is_some()),
        ("flocker", flocker.is_some()),
        ("gcePersistentDisk", gce_persistent_disk.is_some()),
        ("gitRepo", git_repo.is_some()),
        ("glusterfs", glusterfs.is_some()),
        ("image", image.is_some()),
        ("iscsi", iscsi.is_some()),
        ("nfs", nfs.is_some()),
        ("photonPersistentDisk", photon_persistent_disk.is_some()),
        ("portworxVolume", portworx_volume.is_some()),
        ("quobyte", quobyte.is_some()),
        ("rbd", rbd.is_some()),
        ("scaleIO", scale_io.is_some()),
        ("storageos", storageos.is_some()),
        ("vsphereVolume", vsphere_volume.is_some()),
    ];
    let set = elsewhere.into_iter().find(|(_, set)| *set);
    files.extend(set.map(|(kind, _)| File::all(unseen(&format!("volume {name} of type {kind}")))));
    files
}

/// Which lists say what is in a volume.
pub(super) fn needs(volume: &Volume) -> Needs {
    let sources = || volume.projected.iter().flat_map(|p| p.sources.iter().flatten());
    Needs {
        secrets: volume.secret.is_some() || sources().any(|s| s.secret.is_some()),
        config_maps: volume.config_map.is_some() || sources().any(|s| s.config_map.is_some()),
        claims: volume.persistent_volume_claim.is_some() || volume.ephemeral.is_some(),
        trust_bundles: sources().any(|s| s.cluster_trust_bundle.is_some()),
    }
}

/// Where a mount shows a volume's file; None when `subPath` leaves it out. The path is None where only the kubelet knows it.
pub(super) fn visible(mount: &VolumeMount, file: &File) -> Option<(Option<FilePath>, String)> {
    let VolumeMount {
        name: _,
        mount_path,
        sub_path,
        sub_path_expr,
        // How it is mounted, not what.
        bind_mount_options: _,
        mount_propagation: _,
        read_only: _,
        recursive_read_only: _,
    } = mount;
    let base = FilePath::new(mount_path);
    let sub = match (sub_path.as_deref(), sub_path_expr.as_deref()) {
        // Only the kubelet can expand it: count it as showing the file.
        (_, Some(expression)) if expression.contains("$(") => {
            return Some((None, format!("{base} (subPathExpr {expression})")));
        }
        (sub, expression) => VolumePath::new(sub.or(expression).unwrap_or_default()),
    };
    let rest = if file.path.is_whole() { VolumePath::new("") } else { file.path.below(&sub)? };
    let path = base.join(&rest);
    let place = path.to_string();
    Some((Some(path), place))
}

/// Whether the file at `path` inside of a volume is a token: for variables that are read from files.
pub(super) fn file_at(volume: &Volume, path: &str, pod: &Pod, stores: Stores<'_>) -> Option<CredentialKind> {
    let path = VolumePath::new(path);
    files(volume, pod, stores).into_iter().find(|f| f.path.is_whole() || f.path == path).map(|f| f.kind)
}

/// What a projected volume is made of: where two sources write the same file, the later one wins.
fn sources(sources: &[VolumeProjection], pod: &Pod, stores: Stores<'_>) -> Vec<File> {
    let mut written: BTreeMap<VolumePath, Option<CredentialKind>> = BTreeMap::new();
    for source in sources {
        let VolumeProjection {
            config_map,
            downward_api,
            pod_certificate,
            secret,
            service_account_token,
            // Certificates of authorities, and nothing but those; but a certificate may have any text in it.
            cluster_trust_bundle,
        } = source;
        if let Some(token) = service_account_token {
            let audience = token.audience.clone().filter(|a| !a.is_empty());
            let seconds = token.expiration_seconds.unwrap_or(DEFAULT_SECONDS);
            written.insert(VolumePath::new(&token.path), Some(CredentialKind::Bound { audience, seconds }));
        }
        if let Some(secret) = secret {
            written.extend(stored(stores.secret(&secret.name), secret.items.as_deref()));
        }
        if let Some(map) = config_map {
            written.extend(stored(stores.config_map_files(&map.name), map.items.as_deref()));
        }
        if let Some(downward) = downward_api {
            written.extend(downward.items.iter().flatten().map(|item| of_pod(item, pod)));
        }
        if let Some(bundle) = cluster_trust_bundle {
            let kind = stores.trust_bundle(bundle.name.as_deref(), bundle.signer_name.as_deref());
            written.insert(VolumePath::new(&bundle.path), kind);
        }
        if let Some(certificate) = pod_certificate {
            written.extend(of_signer(certificate));
        }
    }
    written.into_iter().filter_map(token).collect()
}

/// A file with a token in it.
fn token((path, kind): (VolumePath, Option<CredentialKind>)) -> Option<File> {
    Some(File { path, kind: kind? })
}

/// The files that a volume makes of stored keys, `items` considered.
fn stored(
    keys: Option<Vec<Key>>,
    items: Option<&[KeyToPath]>,
) -> impl Iterator<Item = (VolumePath, Option<CredentialKind>)> {
    let keys = keys.unwrap_or_default();
    let files: Vec<_> = match items.filter(|items| !items.is_empty()) {
        None => keys.into_iter().map(|(key, kind)| (VolumePath::new(&key), kind)).collect(),
        Some(items) => {
            let file = |item: &KeyToPath| {
                let (_, kind) = keys.iter().find(|(key, _)| *key == item.key)?;
                Some((VolumePath::new(&item.path), kind.clone()))
            };
            items.iter().filter_map(file).collect()
        }
    };
    files.into_iter()
}

/// A file with a field of the Pod itself.
fn of_pod(item: &DownwardAPIVolumeFile, pod: &Pod) -> (VolumePath, Option<CredentialKind>) {
    let field = item.field_ref.as_ref();
    (VolumePath::new(&item.path), field.and_then(|field| field_of_pod(&field.field_path, pod)))
}

/// Whether a field that the downward API shows holds a token. A label is too short for one, but there may be many.
pub(super) fn field_of_pod(path: &str, pod: &Pod) -> Option<CredentialKind> {
    let (what, shown) = match path.strip_prefix("metadata.") {
        Some(rest) if rest.starts_with("annotations") => ("annotation", &pod.metadata.annotations),
        Some(rest) if rest.starts_with("labels") => ("label", &pod.metadata.labels),
        // Names and addresses.
        _ => return None,
    };
    let all = path == format!("metadata.{what}s");
    let mut asked =
        shown.iter().flatten().filter(|(name, _)| all || path == format!("metadata.{what}s['{name}']"));
    let token = asked.find(|(name, value)| is_labelled(name) || is_labelled(value));
    let token = token.map(|(name, _)| CredentialKind::Copy(format!("the Pod's {what} {name}")));
    token.or_else(|| {
        too_much(shown.iter().flatten().map(|(_, value)| value).filter(|_| what == "label"), "labels")
    })
}

/// What a mount may hold besides what its volume holds now: from objects that were changed since a container took it, or
/// that are not there any more, so that the kubelet leaves the files as they are.
pub(super) fn kept(
    mount: &VolumeMount,
    volume: &Volume,
    pod: &Pod,
    start: Start,
    stores: Stores<'_>,
) -> Option<CredentialKind> {
    let sub = [&mount.sub_path, &mount.sub_path_expr].into_iter().flatten().any(|path| !path.is_empty());
    // What an init container did with a volume was done with its content of then.
    let taken = sub || start.ended;
    let path = mount.sub_path.as_deref().or(mount.sub_path_expr.as_deref()).unwrap_or_default();
    // Only the kubelet can expand it: count it as showing all.
    let expanded = mount.sub_path_expr.as_deref().is_some_and(|path| path.contains("$("));
    let below = VolumePath::new(path);
    let mut sources = stored_in(volume);
    // Without a list of files, a key of any name may have been there.
    sources
        .retain(|(_, files)| expanded || files.is_empty() || files.iter().any(|f| f.below(&below).is_some()));
    if let [(source, files)] = sources.as_mut_slice()
        && files.is_empty()
        && sub
        && !expanded
    {
        source.keys = vec![path];
    }
    let changed =
        sources.into_iter().find_map(|(source, _)| stores.changed(&Source { taken, ..source }, start));
    let downward = volume.downward_api.is_some()
        || volume.projected.iter().flat_map(|p| p.sources.iter().flatten()).any(|s| {
            s.downward_api.as_ref().is_some_and(|d| {
                let mut fields = d.items.iter().flatten().filter_map(|item| item.field_ref.as_ref());
                fields.any(|field| field.field_path != "metadata.namespace")
            })
        });
    changed.or_else(|| {
        let changed = taken && downward && start.is_before_change_of_fields(pod);
        changed.then(|| CredentialKind::Changed("the Pod's labels or annotations".into()))
    })
}

/// The objects that a volume is made of, each with the files that it makes of them; none: one of each key.
fn stored_in(volume: &Volume) -> Vec<(Source<'_>, Vec<VolumePath>)> {
    fn source<'a>(
        kind: Store,
        name: &'a str,
        optional: Option<bool>,
        items: Option<&'a Vec<KeyToPath>>,
    ) -> (Source<'a>, Vec<VolumePath>) {
        let keys = items.into_iter().flatten().map(|item| item.key.as_str()).collect();
        let files = items.into_iter().flatten().map(|item| VolumePath::new(&item.path)).collect();
        (Source { kind, name, keys, optional: optional == Some(true), taken: false }, files)
    }
    let mut found = Vec::new();
    if let Some(secret) = &volume.secret {
        let name = secret.secret_name.as_deref().unwrap_or_default();
        found.push(source(Store::Secret, name, secret.optional, secret.items.as_ref()));
    }
    if let Some(map) = &volume.config_map {
        found.push(source(Store::ConfigMap, &map.name, map.optional, map.items.as_ref()));
    }
    for part in volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten()) {
        if let Some(secret) = &part.secret {
            found.push(source(Store::Secret, &secret.name, secret.optional, secret.items.as_ref()));
        }
        if let Some(map) = &part.config_map {
            found.push(source(Store::ConfigMap, &map.name, map.optional, map.items.as_ref()));
        }
    }
    found
}

/// Key and certificate of a signer. Kubernetes' own signers make certificates that the API server takes for the Pod's.
fn of_signer(asked: &PodCertificateProjection) -> Option<(VolumePath, Option<CredentialKind>)> {
    if !asked.signer_name.starts_with("kubernetes.io/") {
        return None;
    }
    let path = asked.credential_bundle_path.as_ref().or(asked.key_path.as_ref())?;
    Some((VolumePath::new(path), Some(CredentialKind::Certificate(asked.signer_name.clone()))))
}

/// What is behind a PersistentVolumeClaim.
fn behind(claim: &str, stores: Stores<'_>) -> Option<CredentialKind> {
    let spec = stores.volume_of_claim(claim);
    let spec = spec.and_then(|spec| PersistentVolumeSpec::deserialize(spec).ok());
    let path = spec.as_ref().and_then(|spec| {
        let local = spec.local.as_ref().map(|local| &local.path);
        spec.host_path.as_ref().map(|host| &host.path).or(local)
    });
    match path {
        Some(path) => host::path(path),
        None => Some(unseen(&format!("PersistentVolumeClaim {claim}"))),
    }
}

fn unseen(what: &str) -> CredentialKind {
    CredentialKind::Unseen(what.into())
}

/// Text of a field that a container sees.
pub(super) fn of_text(text: &str) -> Option<CredentialKind> {
    is_labelled(text).then(written_down)
}
