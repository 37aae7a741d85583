//! Every way by which a container of an admitted Pod can read an API token, or reach the node that holds them all.
//!
//! In: the Pod, and the Secrets, ConfigMaps and volumes that it names. Out: each credential with who reads it, where.
//! The automount flags do not matter here: the admission put their effect into the Pod's volumes.
//!
//! [`places`] is the enumeration of all fields; `environment`, `volume` and `host` say what one of them brings in,
//! `start` what of it is older than what the objects hold now, and `sight` which container sees the files of another.

mod environment;
mod host;
mod places;
mod sight;
mod start;
mod stores;
mod volume;

use k8s_openapi::api::core::v1::{Pod, Volume};

use crate::grade::file_path::FilePath;
use places::Given;
pub(in crate::grade) use sight::{Onlooker, onlookers};
use start::Start;
pub(in crate::grade) use stores::{AtSetup, Needs, Stores};

/// How many letters cannot hold a token's signature and what else of it nobody could guess.
const ROOM: usize = 400;

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
    /// A client certificate that the API server accepts; by which signer.
    Certificate(String),
    /// The node's own files or processes, among them the tokens of all its Pods; by which way.
    Tokens(String),
    /// Anything else of the node, from where its files and processes are reached; by which way.
    Node(String),
    /// What a container took at its start from something that was changed or removed since; from what.
    Changed(String),
    /// Content from elsewhere that cannot be looked into, so that nobody can say that it is no token.
    Unseen(String),
}

impl CredentialKind {
    /// Whether tokens themselves are read by it, and not only what leads to them or may hold one.
    pub(in crate::grade) fn is_token(&self) -> bool {
        !matches!(self, Self::Node(_) | Self::Unseen(_) | Self::Changed(_))
    }
}

/// A credential that a container can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::grade) struct Credential {
    /// What it is.
    pub(in crate::grade) kind: CredentialKind,
    /// `container web`, `init container setup`, `ephemeral container debug`, `every container`.
    pub(in crate::grade) container: String,
    /// The container's name; None: it is every container.
    pub(in crate::grade) reader: Option<String>,
    /// A path, an environment variable or a field.
    pub(in crate::grade) place: String,
    /// The path, where it is one.
    pub(in crate::grade) path: Option<FilePath>,
}

/// Every credential that a container of `pod` can read.
pub(in crate::grade) fn credentials(pod: &Pod, stores: Stores<'_>) -> Vec<Credential> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    let Given { readers, volumes, everywhere } = places::of(spec);
    let mut found: Vec<Credential> = everywhere
        .into_iter()
        .map(|(place, kind)| Credential {
            kind,
            container: "every container".into(),
            reader: None,
            place,
            path: None,
        })
        .collect();
    for reader in &readers {
        let start = Start::of(pod, reader.name());
        let at = |kind, place| Credential {
            kind,
            container: reader.title.clone(),
            reader: Some(reader.name().to_owned()),
            place,
            path: None,
        };
        for mount in reader.mounts() {
            let Some(volume) = volume_of(volumes, &mount.name) else { continue };
            for file in volume::files(volume, pod, stores) {
                if let Some((path, place)) = volume::visible(mount, &file) {
                    found.push(Credential { path, ..at(file.kind, place) });
                }
            }
            let kept = start.and_then(|start| volume::kept(mount, volume, pod, start, stores));
            found.extend(kept.map(|kind| at(kind, mount.mount_path.clone())));
        }
        found.extend(
            environment::tokens(reader, pod, volumes, start, stores).into_iter().map(|(p, k)| at(k, p)),
        );
        found.extend(reader.others.iter().map(|(place, kind)| at(kind.clone(), place.clone())));
    }
    found
}

/// Volumes that hold a token and are mounted by no container: nobody reads them.
pub(in crate::grade) fn unmounted(pod: &Pod, stores: Stores<'_>) -> Vec<String> {
    let Some(spec) = &pod.spec else { return Vec::new() };
    let Given { readers, volumes, .. } = places::of(spec);
    volumes
        .iter()
        .filter(|v| !readers.iter().any(|r| r.mounts().iter().any(|m| m.name == v.name)))
        .filter(|v| volume::files(v, pod, stores).iter().any(|file| file.kind.is_token()))
        .map(|v| v.name.clone())
        .collect()
}

/// What must be listed to know what a Pod's volumes and variables hold.
pub(in crate::grade) fn refers_to(pod: &Pod) -> Needs {
    let Some(spec) = &pod.spec else { return Needs::default() };
    let Given { readers, volumes, .. } = places::of(spec);
    let volumes = volumes.iter().map(volume::needs);
    volumes.chain(readers.iter().map(environment::needs)).fold(Needs::default(), Needs::and)
}

fn volume_of<'a>(volumes: &'a [Volume], name: &str) -> Option<&'a Volume> {
    volumes.iter().find(|volume| volume.name == name)
}

/// Texts of which each is too short for a token, when they are more than anybody needs: in pieces, and in whatever
/// spelling, one has room in them.
fn too_much<'a>(texts: impl Iterator<Item = &'a String>, what: &str) -> Option<CredentialKind> {
    let room: usize = texts.map(String::len).sum();
    (room > ROOM).then(|| CredentialKind::Unseen(format!("{room} letters of {what}")))
}

/// A copy in the Pod's own fields.
fn written_down() -> CredentialKind {
    CredentialKind::Copy("the Pod's own spec".into())
}
